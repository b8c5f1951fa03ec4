/// A guest-physical address in bytes: what a BAR or a shared-memory region names.
public struct PhysicalAddress: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The frame that holds the address: `PHYS_PFN()`, a shift by 12.
  public var frame: PageFrameNumber { PageFrameNumber(rawValue >> pageShift) }

  /// The address `count` bytes further on. Wraps past 2^64 on purpose: C does, and so the mistakes
  /// of a driver that forgets to check stay visible.
  public func advanced(by count: ByteCount) -> PhysicalAddress {
    PhysicalAddress(rawValue &+ count.rawValue)
  }
}

/// A kernel virtual address in bytes: what C code dereferences.
public struct KernelAddress: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// `NULL`.
  public static let null = KernelAddress(0)

  /// The address `count` bytes further on, wrapping as C pointer arithmetic on the hardware does.
  public func advanced(by count: ByteCount) -> KernelAddress {
    KernelAddress(rawValue &+ count.rawValue)
  }
}

/// The number of a physical page frame: a physical address divided by 4096.
public struct PageFrameNumber: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The first byte of the frame: `PFN_PHYS()`. Bits shifted out are lost, as in C.
  public var address: PhysicalAddress { PhysicalAddress(rawValue << pageShift) }

  /// The frame `count` pages further on, wrapping as C does.
  public func advanced(by count: PageCount) -> PageFrameNumber {
    PageFrameNumber(rawValue &+ count.rawValue)
  }
}

/// `pgoff_t`: a page offset into the DAX window, in units of 4096 bytes.
public struct PageOffset: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The byte offset: `PFN_PHYS(pgoff)`. Bits shifted out are lost, as in C.
  public var bytes: ByteCount { ByteCount(rawValue << pageShift) }
}

/// A number of bytes: the length of a window, a region or a BAR, or an offset into one.
public struct ByteCount: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// Whole pages in this many bytes; a remainder is dropped, as `len / PAGE_SIZE` does.
  public var pages: PageCount { PageCount(rawValue >> pageShift) }
}

/// A number of 4096-byte pages.
public struct PageCount: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The bytes in this many pages. Bits shifted out are lost, as in C.
  public var bytes: ByteCount { ByteCount(rawValue << pageShift) }

  /// Decimal, since counts are read as numbers.
  public var description: String { String(rawValue) }
}

/// `PAGE_SHIFT`: pages are 4096 bytes here.
public let pageShift: UInt64 = 12

/// `PAGE_SIZE` in bytes.
public let pageSize: UInt64 = 1 << pageShift

/// A range of guest-physical addresses, both ends included, as the kernel's resources have it.
///
/// `end` may lie one below `start`: that is how the kernel writes a range of length zero.
public struct PhysicalRange: Hashable, Sendable, CustomStringConvertible {
  /// The first byte.
  public var start: PhysicalAddress
  /// The last byte.
  public var end: PhysicalAddress

  /// `[address, address + length - 1]`, computed with C's wrap-around.
  public init(_ address: PhysicalAddress, length: ByteCount) {
    start = address
    end = PhysicalAddress(address.rawValue &+ length.rawValue &- 1)
  }

  /// Bytes in the range: `resource_size()`, with C's wrap-around.
  public var length: ByteCount { ByteCount(end.rawValue &- start.rawValue &+ 1) }

  /// Whether a byte lies in the range.
  public func contains(_ address: PhysicalAddress) -> Bool { start <= address && address <= end }

  /// Whether all of `other` lies in the range.
  public func contains(_ other: PhysicalRange) -> Bool { start <= other.start && other.end <= end }

  /// Whether the two ranges share a byte.
  public func overlaps(_ other: PhysicalRange) -> Bool { start <= other.end && other.start <= end }

  /// `0x8000000000-0x8003ffffff`.
  public var description: String { "\(start)-\(end)" }
}
