import DaxModel
import Testing

/// Devices made by `PciFunction.virtioFs`.
@Suite struct SyntheticFunctionTests {
  let base = PhysicalAddress(0x80_0000_0000)

  /// The layout is that of the reference dump, byte for byte.
  @Test func equalsTheReferenceDump() throws {
    let row = try #require(try PciCases.load().cases.first { $0.name == "V01-qemu-like-4GiB" })
    let made = try PciFunction.virtioFs(
      window: ByteCount(1 << 32), base: PhysicalAddress(0x8_0000_0000))
    #expect(made.config.bytes == bytes(hex: row.hex))
    #expect(made.bars == (try row.function().bars))
    let none = try PciFunction.virtioFs(window: nil, base: base)
    #expect(none.linuxLookup(id: 0).outcome == .absent)
    #expect(none.strictLookup(id: 0) == .absent)
    #expect(none.bars.map(\.index) == [1, 4])
  }

  @Test(
    arguments: [
      (0, 0, 0x1000), (1, 0, 0x1000), (0x1000, 0, 0x1000), (0x1001, 0, 0x2000), (5 << 20, 0, 8 << 20),
      (4 << 20, 1 << 20, 8 << 20), (1 << 40, 0, 1 << 40),
    ] as [(UInt64, UInt64, UInt64)])
  func barIsAPowerOfTwo(window: UInt64, offset: UInt64, length: UInt64) throws {
    let function = try PciFunction.virtioFs(
      window: ByteCount(window), base: PhysicalAddress(1 << 41), offset: ByteCount(offset))
    #expect(function.resource(2)?.length == ByteCount(length))
    let region = function.linuxLookup(id: 0).outcome.region
    #expect(region?.address == PhysicalAddress((1 << 41) + offset))
    #expect(region?.length == ByteCount(window))
    let decoded = PciFunction(slot: function.slot, config: function.config)
    #expect(decoded.bars.map(\.base) == function.bars.map(\.base))
    #expect(decoded.bars.map(\.flags) == function.bars.map(\.flags))
  }

  /// So that a machine can have several: the first takes its BARs, and the next must not want the same.
  @Test func slotsHaveBarsOfTheirOwn() throws {
    var ranges: [PhysicalRange] = []
    for device in UInt8(0)..<8 {
      let slot = device == 0 ? .virtioFsDefault : try #require(PciSlot(bus: 1, device: device, function: 0))
      let function = try PciFunction.virtioFs(slot: slot, window: nil, base: base)
      for range in function.bars.compactMap(\.range) {
        #expect(!ranges.contains { $0.overlaps(range) })
        ranges.append(range)
      }
    }
    #expect(ranges.count == 16)
  }

  @Test func layoutsThatCannotBe() {
    #expect(throws: WindowLayoutError.misaligned(base: PhysicalAddress(0x1000), barLength: ByteCount(0x2000)))
    {
      try PciFunction.virtioFs(window: ByteCount(0x2000), base: PhysicalAddress(0x1000))
    }
    #expect(throws: WindowLayoutError.tooLong(ByteCount(.max))) {
      try PciFunction.virtioFs(window: ByteCount(.max), base: base)
    }
    #expect(throws: WindowLayoutError.tooLong(ByteCount(2))) {
      try PciFunction.virtioFs(window: ByteCount(2), base: base, offset: ByteCount(.max))
    }
    #expect(throws: WindowLayoutError.self) {
      try PciFunction.virtioFs(window: ByteCount(1 << 33), base: PhysicalAddress(0))
    }
  }

  /// The last BAR of the address space, and a window where the other BARs usually are.
  @Test func unusualBases() throws {
    let top = try PciFunction.virtioFs(
      window: ByteCount(1 << 20), base: PhysicalAddress(UInt64.max - (1 << 20) + 1))
    #expect(top.linuxLookup(id: 0).outcome.region?.range.end == PhysicalAddress(.max))
    let low = try PciFunction.virtioFs(window: ByteCount(64 << 20), base: PhysicalAddress(0xfc00_0000))
    let ranges = low.bars.compactMap(\.range)
    for (index, range) in ranges.enumerated() {
      for other in ranges[(index + 1)...] { #expect(!range.overlaps(other)) }
    }
    #expect(low.modernBars == [4])
  }

  /// A window that nobody has placed begins at a multiple of its size.
  @Test(
    arguments: [
      (0, 0x80_0000_0000), (1 << 20, 0x80_0000_0000), (3 << 20, 0x80_0000_0000),
      (1 << 40, 0x100_0000_0000), ((1 << 40) + 1, 0x200_0000_0000), (1 << 46, 0x4000_0000_0000),
    ] as [(UInt64, UInt64)])
  func placed(window: UInt64, base: UInt64) throws {
    #expect(MachineConfiguration.place(for: ByteCount(window)) == PhysicalAddress(base))
    let device = try MachineConfiguration.syntheticDevice(release: .v6_12, window: ByteCount(window))
    #expect(device.linuxLookup(id: 0).outcome.region?.address == PhysicalAddress(base))
  }
}
