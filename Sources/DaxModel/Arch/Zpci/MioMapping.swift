/// What zPCI with MIO gives in place of an address: where the platform has mapped the BAR.
///
/// Unlike a cookie it is mapped by page tables, and yet only the MIO instructions may use it. The real numbers are the
/// platform's choice in the upper half of the address space. These are the model's own: the two highest bits, then the
/// place in the table of mapped BARs, then 48 bits of offset.
///
/// - Linux: arch/s390/pci/pci.c, the write-through address of `struct zpci_bar_struct`
public struct MioMapping: Hashable, Sendable, CustomStringConvertible {
  /// Where the mappings begin.
  public static let base: UInt64 = 0xc000_0000_0000_0000

  /// The place in the table of mapped BARs: 14 bits.
  public var index: UInt64
  /// Bytes from the start of the BAR.
  public var offset: UInt64

  /// - Parameters: out-of-range bits of `index` and `offset` are cut off.
  public init(index: UInt64, offset: UInt64 = 0) {
    self.index = index & 0x3fff
    self.offset = offset & IomapCookie.offsetMask
  }

  /// The mapping that an address lies in; nil below all of them.
  public init?(_ address: KernelAddress) {
    guard address.rawValue >= MioMapping.base else { return nil }
    self.init(index: (address.rawValue - MioMapping.base) >> 48, offset: address.rawValue)
  }

  /// The number that Linux uses as the BAR's resource start.
  public var address: KernelAddress { KernelAddress(MioMapping.base | index << 48 | offset) }

  public var description: String { "\(address)" }
}
