/// What the kernel learns about a BAR by writing all ones and reading back: `__pci_read_base()` and
/// `pci_size()` in `drivers/pci/probe.c`.
///
/// Address bits that the device does not decode read back as zero; the lowest bit that stays set is the
/// size.
///
///     let sizing = BarSizing(original: [0x0000_000c, 8], readback: [0x0000_000c, 0xffff_ffff])
///     // sizing.size is 0x100000000 at 0x800000000
public struct BarSizing: Hashable, Sendable {
  /// Which address space the BAR is in.
  public enum Space: String, Hashable, Sendable {
    /// Not implemented: nothing stays set, or the answer makes no sense.
    case none = "none"
    /// I/O ports.
    case io = "io"
    /// Memory.
    case memory = "mem"
  }

  /// Which address space the BAR is in.
  public var space: Space
  /// 32 or 64 for memory, otherwise `nil`.
  public var width: Int?
  /// Whether memory may be prefetched.
  ///
  /// False for ports.
  public var isPrefetchable: Bool
  /// The address that was programmed.
  public var base: PhysicalAddress
  /// Bytes: a power of two, or 0 if the BAR is not implemented.
  public var size: ByteCount

  /// Sizes a BAR from one register image, or two for a 64-bit BAR, before and after writing all ones.
  ///
  /// A missing image counts as zero.
  public init(original: [UInt32], readback: [UInt32]) {
    // A register that reads as all ones before or after is one that nobody answers for.
    let value = original.first.map { $0 == .max ? 0 : $0 } ?? 0
    let answer = readback.first.map { $0 == .max ? 0 : $0 } ?? 0
    let register = BaseAddressRegister(
      index: 0, value: value, next: original.count > 1 ? original[1] : nil)

    let mask: UInt64
    var maximum = UInt64(answer)
    switch register.space {
    case .io:
      // Ports have 16 address bits on x86; a device may leave out the upper half of the register.
      mask = 0xfffc
      (space, width, isPrefetchable) = (.io, nil, false)
    case .memory64(let prefetchable):
      mask = ~0xf
      maximum |= UInt64(readback.count > 1 ? readback[1] : 0) << 32
      (space, width, isPrefetchable) = (.memory, 64, prefetchable)
    case .memory32(let prefetchable, _):
      mask = 0xffff_fff0
      (space, width, isPrefetchable) = (.memory, 32, prefetchable)
    case .unimplemented, .upperHalf:
      // A register of zero is 32-bit memory that has no address yet, if the answer shows a size.
      mask = 0xffff_fff0
      (space, width, isPrefetchable) = (.memory, 32, false)
    }
    maximum &= mask
    base = register.base
    size = ByteCount(Self.extent(base: base.rawValue, maximum: maximum, mask: mask))
    if size.rawValue == 0 { (space, width, isPrefetchable, base) = (.none, nil, false, PhysicalAddress(0)) }
  }

  /// `pci_size()`: the lowest set bit, unless the register simply kept its value: then the write did not
  /// take, except when the BAR had been programmed with all ones already.
  static func extent(base: UInt64, maximum: UInt64, mask: UInt64) -> UInt64 {
    let decoded = mask & maximum
    guard decoded != 0 else { return 0 }
    let size = decoded & (~decoded &+ 1)
    if base == maximum && (base | (size - 1)) & mask != mask { return 0 }
    return size
  }
}
