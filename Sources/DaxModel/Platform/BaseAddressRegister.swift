/// One base address register (BAR) of a configuration space, decoded as `decode_bar()` in
/// `drivers/pci/probe.c` does.
public struct BaseAddressRegister: Hashable, Sendable {
  /// What a register stands for.
  public enum Space: Hashable, Sendable {
    /// Reads as zero: a dump cannot tell "not implemented" from "not assigned yet".
    case unimplemented
    /// I/O ports (bit 0 is set).
    case io
    /// 32-bit memory. `belowOneMegabyte` is the obsolete type 01, which Linux treats the same.
    case memory32(prefetchable: Bool, belowOneMegabyte: Bool)
    /// 64-bit memory: the next register holds the high half.
    case memory64(prefetchable: Bool)
    /// The high half of the 64-bit BAR before it: not a BAR, Linux leaves its resource empty.
    case upperHalf
  }

  /// 0 to 5: the register at `0x10 + 4 * index`.
  public var index: Int
  /// What it stands for.
  public var space: Space
  /// The address with the flag bits cleared, high half included.
  public var base: PhysicalAddress
  /// The flag bits of the register, below the address.
  var lowBits: UInt64

  /// Decodes register `index` from its value and that of the register after it, if there is one.
  ///
  /// A 64-bit type in the last register has no high half: Linux would read beyond the BARs, here the high
  /// half counts as zero.
  public init(index: Int, value: UInt32, next: UInt32?) {
    self.index = index
    if value & 1 != 0 {
      space = .io
      base = PhysicalAddress(UInt64(value & ~3))
      lowBits = UInt64(value & 3)
      return
    }
    lowBits = UInt64(value & 0xf)
    let prefetchable = value & 8 != 0
    let low = UInt64(value & ~0xf)
    switch (value >> 1) & 3 {
    case 2:
      space = .memory64(prefetchable: prefetchable)
      base = PhysicalAddress(low | UInt64(next ?? 0) << 32)
    case let type:
      let belowOneMegabyte = type == 1
      space = .memory32(prefetchable: prefetchable, belowOneMegabyte: belowOneMegabyte)
      base = PhysicalAddress(low)
    }
    if value == 0 { space = .unimplemented }
  }

  private init(upperHalf index: Int) {
    self.index = index
    space = .upperHalf
    base = PhysicalAddress(0)
    lowBits = 0
  }

  /// All registers of a configuration space in order: 6 for a device, fewer for a bridge.
  public static func all(in config: ConfigurationSpace) -> [BaseAddressRegister] {
    let count = PciHeader(config).baseAddressRegisterCount
    var registers: [BaseAddressRegister] = []
    while registers.count < count {
      let index = registers.count
      let next = index + 1 < count ? config.read32(0x14 + 4 * index) : nil
      let value = config.read32(0x10 + 4 * index) ?? 0
      let register = BaseAddressRegister(index: index, value: value, next: next)
      registers.append(register)
      if case .memory64 = register.space, index + 1 < count {
        registers.append(BaseAddressRegister(upperHalf: index + 1))
      }
    }
    return registers
  }

  /// The flag word that Linux derives (`__pci_read_base()`), or `nil` if there is no BAR here.
  public var flags: ResourceFlags? {
    let low = ResourceFlags(rawValue: lowBits).union(.sizeAligned)
    switch space {
    case .unimplemented, .upperHalf: return nil
    case .io: return low.union(.io)
    case .memory32(let prefetchable, _):
      return low.union(.memory).union(prefetchable ? .prefetch : [])
    case .memory64(let prefetchable):
      return low.union(.memory).union(.memory64).union(prefetchable ? .prefetch : [])
    }
  }

  /// The resource without its size, or `nil` if there is no BAR here.
  public var resource: BarResource? {
    flags.map { BarResource(index: index, base: base, length: nil, flags: $0) }
  }
}
