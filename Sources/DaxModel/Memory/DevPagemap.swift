/// `struct dev_pagemap`: a range of device memory that has struct pages, and who may still use them.
///
/// In the reviewed patch the driver wraps it, with the reference count and the completion, in a
/// `struct virtio_fs_memremap_info`; since 5.10 the pagemap carries both itself. The model keeps one shape.
///
/// - Kernel: include/linux/memremap.h
public struct DevPagemap: Hashable, Sendable {
  /// The physical range; nil until the driver has described it.
  public var range: PhysicalRange?
  /// References: one of the owner's, one for each page, and those of lookups under way.
  public var ref = PercpuRef()
  /// Done when the reference count is.
  public var completion = Completion()
  /// Whether the driver owns `ref` and gives the callbacks that kill it.
  public var isReferenceOfDriver: Bool
  /// Where the struct pages are kept if inside the device's own memory.
  public var altmap: Altmap?

  init(isReferenceOfDriver: Bool) { self.isReferenceOfDriver = isReferenceOfDriver }
}

/// `struct vmem_altmap`: struct pages that live in the device's own memory instead of in RAM.
public struct Altmap: Hashable, Sendable {
  /// Pages at the start of the range set aside for struct pages.
  public var reserved: PageCount
  /// Of those, how many are in use.
  public var allocated = PageCount(0)
}

/// Struct pages for one range of device memory.
///
/// A page in its initial state is not stored: only those whose count has been changed are.
public struct DevicePages: Hashable, Sendable {
  /// A page that somebody has taken a reference to, or given one back.
  public struct Touched: Hashable, Sendable {
    public var frame: PageFrameNumber
    public var count: Int
  }

  /// The first frame.
  public let first: PageFrameNumber
  /// How many frames.
  public let count: PageCount
  /// The pagemap that the pages point back to.
  public let pagemap: Handle<DevPagemap>
  /// `page_count()` of every page not in `touched`.
  public internal(set) var idleCount: Int
  /// Pages with another count, in ascending order.
  public internal(set) var touched: [Touched] = []

  /// One past the last frame.
  public var end: PageFrameNumber { first.advanced(by: count) }

  public func contains(_ frame: PageFrameNumber) -> Bool { first <= frame && frame < end }

  /// `page_count()`.
  public func pageCount(_ frame: PageFrameNumber) -> Int {
    touched.first { $0.frame == frame }?.count ?? idleCount
  }

  mutating func setPageCount(_ frame: PageFrameNumber, _ value: Int) {
    let index = touched.firstIndex { $0.frame >= frame } ?? touched.count
    let exists = index < touched.count && touched[index].frame == frame
    if value == idleCount {
      if exists { touched.remove(at: index) }
    } else if exists {
      touched[index].count = value
    } else {
      touched.insert(Touched(frame: frame, count: value), at: index)
    }
  }
}

/// Kernel memory as far as device memory is concerned: the linear map, the struct pages, the pagemaps.
public struct MemoryMap: Hashable, Sendable {
  /// The size of `struct page` in bytes.
  public static let pageStructSize: UInt64 = 64
  /// A sub-section: both ends of added memory must be multiples of it.
  public static let subsectionSize: UInt64 = 2 << 20

  /// RAM.
  public internal(set) var ram: [PhysicalRange]
  /// Device memory that the linear map covers.
  public internal(set) var linear: [PhysicalRange] = []
  /// Ranges with struct pages.
  public internal(set) var pages: [DevicePages] = []
  /// `pgmap_array`: which pagemap owns which range.
  public internal(set) var pagemaps: [Owner] = []
  /// Ranges whose cache attributes are tracked (`track_pfn_remap()`).
  public internal(set) var tracked: [PhysicalRange] = []
  /// What is in RAM and in device memory. Until somebody writes to it, each 8-byte word holds its own address.
  public internal(set) var physical = SparseMemory()
  /// The memory of the processes that read and write through the window.
  public internal(set) var user = SparseMemory()

  /// A range in `pgmap_array`.
  public struct Owner: Hashable, Sendable {
    public var range: PhysicalRange
    public var pagemap: Handle<DevPagemap>
  }

  init(ram: [PhysicalRange]) { self.ram = ram }

  /// The struct pages that cover a frame.
  public func devicePages(covering frame: PageFrameNumber) -> DevicePages? {
    pages.first { $0.contains(frame) }
  }

  /// Whether the linear map reaches a physical address.
  public func isMapped(_ address: PhysicalAddress) -> Bool {
    linear.contains { $0.contains(address) } || ram.contains { $0.contains(address) }
  }

  /// Bytes of struct pages for device memory.
  public var memmapCost: ByteCount {
    ByteCount(pages.reduce(0) { $0 + $1.count.rawValue * MemoryMap.pageStructSize })
  }
}

extension DevPagemap: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("start", range?.start)
    visitor.field("end", range?.end)
    visitor.field("driver_owns_ref", .flag(isReferenceOfDriver))
    visitor.part("ref", ref)
    visitor.part("completion", completion)
    if let altmap {
      visitor.field("altmap_reserved", .number(altmap.reserved.rawValue))
      visitor.field("altmap_allocated", .number(altmap.allocated.rawValue))
    }
  }
}

extension DevicePages: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("first", first)
    visitor.field("pages", .number(count.rawValue))
    visitor.field("pagemap", pagemap)
    visitor.field("page_count", .signed(Int64(idleCount)))
    for page in touched {
      visitor.enter("page", Int(truncatingIfNeeded: page.frame.rawValue &- first.rawValue))
      visitor.field("count", .signed(Int64(page.count)))
      visitor.leave()
    }
  }
}

extension MemoryMap: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for index in linear.indices {
      visitor.enter("linear", index)
      visitor.field("start", linear[index].start)
      visitor.field("end", linear[index].end)
      visitor.leave()
    }
    visitor.list("pages", pages)
    for index in pagemaps.indices {
      visitor.enter("pgmap_array", index)
      visitor.field("start", pagemaps[index].range.start)
      visitor.field("end", pagemaps[index].range.end)
      visitor.field("pagemap", pagemaps[index].pagemap)
      visitor.leave()
    }
    visitor.field("tracked", .number(UInt64(tracked.count)))
    visitor.part("written", physical)
    visitor.part("user", user)
  }
}
