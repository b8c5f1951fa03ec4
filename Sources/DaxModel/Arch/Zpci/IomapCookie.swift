/// What classic zPCI gives in place of an address: a number that says which BAR is meant, and where in it.
///
/// No page table maps it. `__raw_readl()` and its kin look the index up and use PCI instructions.
///
/// - Linux: arch/s390/include/asm/pci_io.h
public struct IomapCookie: Hashable, Sendable, CustomStringConvertible {
  /// Which bit says "this is a cookie".
  public enum Base: UInt64, Hashable, Sendable, CaseIterable {
    /// Bit 63, until November 2021.
    case bit63 = 0x8000_0000_0000_0000
    /// Bit 62: bit 63 is where MIO addresses are, and both stand in the iomem tree (52d04d408185).
    case bit62 = 0x4000_0000_0000_0000

    /// The index is what lies between the flag and the offset: 15 or 14 bits.
    public var indexMask: UInt64 { (rawValue - 1) & ~IomapCookie.offsetMask }
    /// How many BARs can be told apart.
    public var maxEntries: UInt64 { indexMask >> 48 + 1 }
  }

  /// The lower 48 bits: where in the BAR.
  public static let offsetMask: UInt64 = 0xffff_ffff_ffff

  public var base: Base
  /// The place in the table of mapped BARs.
  public var index: UInt64
  /// Bytes from the start of the BAR.
  public var offset: UInt64

  /// - Parameters: out-of-range bits of `index` and `offset` are cut off, as the macros do.
  public init(_ base: Base, index: UInt64, offset: UInt64 = 0) {
    self.base = base
    self.index = index & (base.indexMask >> 48)
    self.offset = offset & IomapCookie.offsetMask
  }

  /// The cookie that an address is, if the flag bit is set.
  ///
  /// With bit 62 the address must lie in `[1 << 62, 1 << 63)`.
  public init?(_ address: KernelAddress, base: Base) {
    guard address.rawValue & base.rawValue != 0 else { return nil }
    if base == .bit62, address.rawValue >> 63 != 0 { return nil }
    self.init(base, index: (address.rawValue & base.indexMask) >> 48, offset: address.rawValue)
  }

  /// The number that Linux uses as an iomem pointer and as the BAR's resource start.
  public var address: KernelAddress { KernelAddress(base.rawValue | index << 48 | offset) }

  public var description: String { "\(address)" }
}

extension KernelRelease {
  /// Which bit says "this is a cookie" in this release.
  public var cookieBase: IomapCookie.Base { has(.cookieInBit62) ? .bit62 : .bit63 }
}
