/// What Linux notes about a resource in `struct resource.flags`: the last column of a sysfs `resource` file
/// (`include/linux/ioport.h`).
///
/// The low four bits are those of the register itself.
public struct ResourceFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// `IORESOURCE_IO`: ports, not memory.
  public static let io = ResourceFlags(rawValue: 0x100)
  /// `IORESOURCE_MEM`: memory.
  public static let memory = ResourceFlags(rawValue: 0x200)
  /// `IORESOURCE_PREFETCH`: reading has no side effects.
  public static let prefetch = ResourceFlags(rawValue: 0x2000)
  /// `IORESOURCE_SIZEALIGN`: the start is a multiple of the size, true of every BAR.
  public static let sizeAligned = ResourceFlags(rawValue: 0x4_0000)
  /// `IORESOURCE_MEM_64`: a 64-bit memory BAR, which takes two registers.
  public static let memory64 = ResourceFlags(rawValue: 0x10_0000)

  /// The word as sysfs prints it, without leading zeros: `0x14220c`.
  public var description: String { hex(rawValue) }
}

/// What sort of BAR a resource comes from, as one word.
public enum BarKind: String, Hashable, Sendable, CaseIterable {
  /// I/O ports.
  case io = "io"
  /// Memory below 4 GiB.
  case mem32 = "mem32"
  /// Memory below 4 GiB that may be prefetched.
  case mem32Prefetchable = "mem32-prefetchable"
  /// Memory anywhere.
  case mem64 = "mem64"
  /// Memory anywhere that may be prefetched: the usual home of a DAX window.
  case mem64Prefetchable = "mem64-prefetchable"
}

/// One BAR as Linux keeps it in `pci_dev.resource[]`: where it is, how long it is, what it is.
///
/// A configuration space holds the base of a BAR but not its length, so the length is `nil` until
/// somebody gives it: a `[size=…]` in the dump, a resource file, or the user.
public struct BarResource: Hashable, Sendable {
  /// The number of the BAR: 0 to 5; 6 for the expansion ROM; higher in resource files of bridges.
  public var index: Int
  /// The first address, or the first port of an I/O BAR.
  public var base: PhysicalAddress
  /// Bytes, or `nil` while the size is not known.
  ///
  /// Zero means that the BAR is not implemented.
  public var length: ByteCount?
  /// Linux's flag word.
  public var flags: ResourceFlags

  public init(index: Int, base: PhysicalAddress, length: ByteCount?, flags: ResourceFlags) {
    self.index = index
    self.base = base
    self.length = length
    self.flags = flags
  }

  /// Whether it is I/O ports rather than memory.
  public var isIO: Bool { flags.contains(.io) }

  /// The sort of BAR, from the flags.
  public var kind: BarKind {
    if flags.contains(.io) { return .io }
    let prefetchable = flags.contains(.prefetch)
    if flags.contains(.memory64) { return prefetchable ? .mem64Prefetchable : .mem64 }
    return prefetchable ? .mem32Prefetchable : .mem32
  }

  /// The addresses, both ends included, or `nil` while the size is not known.
  public var range: PhysicalRange? { length.map { PhysicalRange(base, length: $0) } }
}
