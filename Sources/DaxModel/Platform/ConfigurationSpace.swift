/// The configuration space of one PCI function: the bytes that the operating system reads to learn what
/// the function is, where its BARs are and which capabilities it has.
///
/// A whole conventional space has 256 bytes, PCI Express has 4096. A dump may hold less: `lspci -x`
/// prints the 64 bytes of the header only. Reads beyond what is there answer `nil`, never zero, so that
/// "the dump is too short" stays different from "the device says 0".
public struct ConfigurationSpace: Hashable, Sendable {
  /// Bytes in the header, the least that a configuration space can hold.
  public static let headerLength = 64
  /// Bytes in which capabilities may lie: what an 8-bit pointer can reach.
  public static let conventionalLength = 256
  /// Bytes of a PCI Express configuration space, the most that there is.
  public static let extendedLength = 4096

  /// The bytes, from offset 0.
  public private(set) var bytes: [UInt8]

  /// Takes over the bytes of a function, from offset 0.
  ///
  /// `nil` unless there are 64 to 4096 of them.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.headerLength, bytes.count <= Self.extendedLength else { return nil }
    self.bytes = bytes
  }

  /// Writes the bytes of a layout that is known to fit, for the builder: the rest stays zero.
  init(conventional write: (inout ConfigurationSpace) -> Void) {
    bytes = [UInt8](repeating: 0, count: Self.conventionalLength)
    write(&self)
  }

  /// How many bytes are known.
  public var count: Int { bytes.count }

  /// `pci_read_config_byte()`: the byte at `offset`, or `nil` beyond the known bytes.
  public func read8(_ offset: Int) -> UInt8? {
    bytes.indices.contains(offset) ? bytes[offset] : nil
  }

  /// `pci_read_config_word()`: 16 bits, little-endian, or `nil` if one of the bytes is not known.
  public func read16(_ offset: Int) -> UInt16? {
    guard let low = read8(offset), let high = read8(offset + 1) else { return nil }
    return UInt16(low) | UInt16(high) << 8
  }

  /// `pci_read_config_dword()`: 32 bits, little-endian, or `nil` if one of the bytes is not known.
  public func read32(_ offset: Int) -> UInt32? {
    guard let low = read16(offset), let high = read16(offset + 2) else { return nil }
    return UInt32(low) | UInt32(high) << 16
  }

  /// Changes one byte, as a broken device or an experiment would.
  ///
  /// False if the byte is not there.
  @discardableResult
  public mutating func write8(_ offset: Int, _ value: UInt8) -> Bool {
    guard bytes.indices.contains(offset) else { return false }
    bytes[offset] = value
    return true
  }

  /// Changes four bytes, little-endian.
  ///
  /// False, and nothing is changed, if one of them is not there.
  @discardableResult
  public mutating func write32(_ offset: Int, _ value: UInt32) -> Bool {
    guard offset >= 0, offset <= count - 4 else { return false }
    for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
    return true
  }
}
