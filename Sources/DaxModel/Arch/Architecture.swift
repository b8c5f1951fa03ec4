/// The processor architecture that a kernel is built for: where it puts memory in its address space.
public enum Architecture: String, Hashable, Sendable, CaseIterable {
  /// x86-64 with four levels of page tables and no KASLR. A BAR is a range of physical addresses.
  case x86_64
  /// IBM Z. PCI memory is no part of the address space: special instructions reach it.
  case s390x

  /// Where the linear map begins: the kernel address of physical address 0.
  ///
  /// On s390x the kernel runs identity-mapped.
  public var linearMapBase: UInt64 {
    switch self {
    case .x86_64: 0xffff_8880_0000_0000
    case .s390x: 0
    }
  }

  /// The size of the linear map's window, and so the first physical address that cannot be mapped.
  ///
  /// 64 TiB on x86-64. 512 GiB on s390x, as Linux 7.2 says when it refuses a window.
  public var linearMapSize: UInt64 {
    switch self {
    case .x86_64: 1 << 46
    case .s390x: 1 << 39
    }
  }

  /// A memory section: 5.1 adds memory in such units.
  public var sectionSize: UInt64 {
    switch self {
    case .x86_64: 128 << 20
    case .s390x: 256 << 20
    }
  }

  /// Where the array of struct pages begins.
  public var memmapBase: UInt64 {
    switch self {
    case .x86_64: 0xffff_ea00_0000_0000
    case .s390x: 0x372_0000_0000
    }
  }

  /// Where the memory of the process lies that reads and writes through the window.
  public var userBuffer: UInt64 {
    switch self {
    case .x86_64: 0x7f00_0000_0000
    case .s390x: 0x3ff_0000_0000
    }
  }

  /// `__va()`: the linear map's kernel address of a physical address. Wraps as C's addition does.
  public func kernelAddress(of address: PhysicalAddress) -> KernelAddress {
    KernelAddress(linearMapBase &+ address.rawValue)
  }

  /// `__pa()`: the physical address behind a kernel address of the linear map; nil if it lies outside.
  public func physicalAddress(of address: KernelAddress) -> PhysicalAddress? {
    let offset = address.rawValue &- linearMapBase
    return offset < linearMapSize ? PhysicalAddress(offset) : nil
  }

  /// `pfn_to_page()`: where the struct page of a frame stands, if there is one.
  public func pageStruct(of frame: PageFrameNumber) -> KernelAddress {
    KernelAddress(memmapBase &+ frame.rawValue &* MemoryMap.pageStructSize)
  }
}
