import DaxModel
import Testing

/// Every row of `pci.json`.
@Suite struct PciCaseTests {
  @Test(arguments: try PciCases.load().cases)
  func linuxAnswer(_ row: PciCases.Case) throws {
    #expect(PciCases.Answer(try row.function().linuxLookup(id: row.shmid).outcome) == row.expected)
  }

  @Test(arguments: try PciCases.load().cases)
  func strictAnswer(_ row: PciCases.Case) throws {
    #expect(PciCases.Answer(try row.function().strictLookup(id: row.shmid)) == row.strict)
  }

  /// The BARs decoded from the bytes are those of the row, whose sizes the bytes do not hold.
  @Test(arguments: try PciCases.load().cases)
  func decodedBars(_ row: PciCases.Case) throws {
    let function = try row.function()
    guard function.header.layout == 0 else { return }
    let decoded = PciFunction(slot: function.slot, config: function.config).bars
    let expected = function.bars.map {
      BarResource(index: $0.index, base: $0.base, length: nil, flags: $0.flags)
    }
    #expect(decoded == expected)
  }

  @Test func everyErrorHasACase() throws {
    for name in try PciCases.load().meta.errors { #expect(ShmDefect(rawValue: name) != nil, "\(name)") }
  }

  @Test(arguments: try Array(PciCases.load().barSizing.enumerated()).map { $0.offset })
  func barSizing(_ index: Int) throws {
    let row = try PciCases.load().barSizing[index]
    let sizing = BarSizing(
      original: row.orig.map { UInt32(truncatingIfNeeded: $0.value) },
      readback: row.readback.map { UInt32(truncatingIfNeeded: $0.value) })
    #expect(sizing.space.rawValue == row.expected.space)
    #expect(sizing.size.rawValue == row.expected.size.value)
    #expect(sizing.width == row.expected.width)
    if let prefetchable = row.expected.prefetchable { #expect(sizing.isPrefetchable == prefetchable) }
    if let base = row.expected.base { #expect(sizing.base.rawValue == base.value) }
  }

  @Test(arguments: try Array(PciCases.load().mmio.enumerated()).map { $0.offset })
  func mmioAnswer(_ index: Int) throws {
    let row = try PciCases.load().mmio[index]
    var registers = MmioRegisters()
    registers[row.sel] = MmioRegionImage(
      lengthLow: UInt32(truncatingIfNeeded: row.lengthLow.value),
      lengthHigh: UInt32(truncatingIfNeeded: row.lengthHigh.value),
      baseLow: UInt32(truncatingIfNeeded: row.baseLow.value),
      baseHigh: UInt32(truncatingIfNeeded: row.baseHigh.value))
    let outcome = registers.linuxLookup(id: UInt8(truncatingIfNeeded: row.sel))
    #expect(PciCases.Answer(outcome) == row.expected)
  }
}
