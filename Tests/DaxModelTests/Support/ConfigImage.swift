import DaxModel
import Testing

/// A configuration space that is put together in a test.
///
/// The base is the reference device: MSI-X in BAR 1, a window of 4 GiB in BAR 2 at 0x800000000, the virtio
/// structures in BAR 4, and a capability list a4, 98, 84, 70, 60, 50, 40.
struct ConfigImage {
  var bytes: [UInt8]
  var bars: [BarResource]

  init() throws {
    let function = try PciFunction.virtioFs(
      window: ByteCount(1 << 32), base: PhysicalAddress(0x8_0000_0000))
    bytes = function.config.bytes
    bars = function.bars
  }

  /// A function with these bytes.
  func function() throws -> PciFunction {
    let config = try #require(ConfigurationSpace(bytes))
    return PciFunction(slot: .virtioFsDefault, config: config, bars: bars)
  }

  /// Puts bytes at an offset.
  mutating func put(_ offset: Int, _ values: [UInt8]) {
    for (index, value) in values.enumerated() { bytes[offset + index] = value }
  }

  /// Puts a shared-memory capability at an offset, as much of it as there is room for.
  mutating func putRegion(
    _ at: Int, next: UInt8, capLength: UInt8 = 24, bar: UInt8 = 2, id: UInt8 = 0, offset: UInt64 = 0,
    length: UInt64 = 1 << 32
  ) {
    var values: [UInt8] = [9, next, capLength, 8, bar, id, 0, 0]
    for number in [offset, length] { values += word(UInt32(truncatingIfNeeded: number)) }
    for number in [offset, length] { values += word(UInt32(truncatingIfNeeded: number >> 32)) }
    put(at, Array(values.prefix(bytes.count - at)))
  }

  private func word(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
  }
}
