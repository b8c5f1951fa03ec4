import DaxModel
import Testing

/// Headers, BARs, capability lists and what virtio-pci looks for.
@Suite struct StructureTests {
  @Test func header() throws {
    let header = try ConfigImage().function().header
    #expect(header.vendor == 0x1af4)
    #expect(header.device == 0x105a)
    #expect(header.command == 0x0507)
    #expect(header.hasCapabilityList)
    #expect(header.classCode == 0x018000)
    #expect(header.revision == 1)
    #expect(header.subsystemVendor == 0x1af4)
    #expect(header.subsystemDevice == 0x1100)
    #expect(header.capabilityPointer == 0xa4)
    #expect(header.virtioDevice == 26)
  }

  @Test func readsAreChecked() throws {
    #expect(ConfigurationSpace([UInt8](repeating: 0, count: 63)) == nil)
    #expect(ConfigurationSpace([UInt8](repeating: 0, count: 4097)) == nil)
    let config = try #require(ConfigurationSpace([UInt8](0..<64)))
    #expect(config.read8(63) == 63)
    #expect(config.read8(64) == nil)
    #expect(config.read8(-1) == nil)
    #expect(config.read16(62) == 0x3f3e)
    #expect(config.read16(63) == nil)
    #expect(config.read32(60) == 0x3f3e_3d3c)
    #expect(config.read32(61) == nil)
    #expect(config.read32(.min) == nil)
  }

  @Test(
    arguments: [
      (0x0000_c001, nil, 0xc000, 0x40101, BarKind.io),
      (0xfebd_4000, nil, 0xfebd_4000, 0x40200, .mem32),
      (0x4000_0008, nil, 0x4000_0000, 0x42208, .mem32Prefetchable),
      (0x000c_0002, nil, 0x000c_0000, 0x40202, .mem32),
      (0x4000_0006, nil, 0x4000_0000, 0x40206, .mem32),
      (0x0000_0004, 0x40, 0x40_0000_0000, 0x140204, .mem64),
      (0x0000_000c, 8, 0x8_0000_0000, 0x14220c, .mem64Prefetchable),
    ] as [(UInt32, UInt32?, UInt64, UInt64, BarKind)])
  func registers(value: UInt32, next: UInt32?, base: UInt64, flags: UInt64, kind: BarKind) {
    let resource = BaseAddressRegister(index: 0, value: value, next: next).resource
    #expect(resource?.base == PhysicalAddress(base))
    #expect(resource?.flags.rawValue == flags)
    #expect(resource?.kind == kind)
    #expect(resource?.length == nil)
  }

  @Test func registersOfAFunction() throws {
    let registers = BaseAddressRegister.all(in: try ConfigImage().function().config)
    #expect(registers.map(\.index) == [0, 1, 2, 3, 4, 5])
    #expect(registers[0].space == .unimplemented)
    #expect(registers[1].space == .memory32(prefetchable: false, belowOneMegabyte: false))
    #expect(registers[2].space == .memory64(prefetchable: true))
    #expect(registers[3].space == .upperHalf)
    #expect(registers[5].space == .upperHalf)
  }

  @Test func sizingCorners() {
    // Programmed with all ones down to the size: the readback equals the original and is believed.
    #expect(BarSizing(original: [0xffff_f000], readback: [0xffff_f000]).size == ByteCount(0x1000))
    // The write did not take.
    #expect(BarSizing(original: [0xfebd_4000], readback: [0xfebd_4000]).space == .none)
    // Nobody answers.
    #expect(BarSizing(original: [.max], readback: [.max]).space == .none)
    #expect(BarSizing(original: [], readback: []).space == .none)
    // No address yet.
    let unassigned = BarSizing(original: [0xc, 0], readback: [0xc, 0xffff_ffff])
    #expect(unassigned.base == PhysicalAddress(0))
    #expect(unassigned.size == ByteCount(1 << 32))
  }

  @Test func sizesMustFit() throws {
    var function = try ConfigImage().function()
    #expect(throws: BarSizeError.noSuchBar(3, known: [1, 2, 4])) {
      try function.setSize(ofBar: 3, to: ByteCount(4096))
    }
    #expect(throws: BarSizeError.notPowerOfTwo(ByteCount(0x3000))) {
      try function.setSize(ofBar: 2, to: ByteCount(0x3000))
    }
    #expect(throws: BarSizeError.notPowerOfTwo(ByteCount(0))) {
      try function.setSize(ofBar: 2, to: ByteCount(0))
    }
    #expect(throws: BarSizeError.self) { try function.setSize(ofBar: 2, to: ByteCount(1 << 40)) }
    try function.setSize(ofBar: 2, to: ByteCount(1 << 30))
    #expect(function.resource(2)?.length == ByteCount(1 << 30))
  }

  @Test func listInOrder() throws {
    let list = try ConfigImage().function().capabilities
    #expect(list.entries.map(\.offset) == [0xa4, 0x98, 0x84, 0x70, 0x60, 0x50, 0x40])
    #expect(
      list.entries.map(\.name)
        == ["shared-memory", "MSI-X", "pci-access", "notify", "device", "isr", "common"])
    #expect(list.end == .proper)
    let window = try #require(list.entries.first?.virtio)
    #expect(window.bar == 2)
    #expect(window.id == 0)
    #expect(window.regionLength == ByteCount(1 << 32))
    #expect(window.length == 24)
    #expect(list.entries[3].virtio?.notifyMultiplier == 4)
    guard case .msix(let msix) = list.entries[1].content else {
      Issue.record("no MSI-X")
      return
    }
    #expect(msix.vectors == 4)
    #expect(msix.isEnabled)
    #expect(msix.tableBar == 1)
    #expect(msix.pendingOffset == ByteCount(0x800))
  }

  /// Whatever the bytes, walks end.
  @Test func randomListsEnd() throws {
    var random = SplitMix64(seed: 7)
    for _ in 0..<500 {
      var image = try ConfigImage()
      for _ in 0..<40 { image.put(0x34 + random.below(0xcc), [UInt8(truncatingIfNeeded: random.next())]) }
      let function = try image.function()
      #expect(function.capabilities.entries.count <= 48)
      _ = function.linuxLookup(id: 0)
      _ = function.linuxLookup(id: 0, rules: .draft)
      _ = function.strictLookup(id: 0)
      _ = function.modernBars
    }
  }

  @Test func structuresOfVirtioPci() throws {
    var image = try ConfigImage()
    var function = try image.function()
    for type in [VirtioCapabilityType.common, .isr, .notify, .device] {
      #expect(function.findStructure(type).bar == 4)
    }
    #expect(function.modernBars == [4])
    #expect(function.findStructure(.vendorData) == .missing)

    // A reserved BAR and one that is not implemented are passed over.
    image.put(0xbc, [9, 0xcc, 16, 1, 6, 0, 0, 0])
    image.put(0xcc, [9, 0xa4, 16, 1, 0, 0, 0, 0])
    image.put(0x34, [0xbc])
    function = try image.function()
    #expect(function.findStructure(.common).bar == 4)

    // The first that suits wins.
    image.put(0xc0, [1])
    function = try image.function()
    #expect(function.findStructure(.common).bar == 1)
    #expect(function.modernBars == [1, 4])

    image.put(0x43, [0xff])
    image.put(0xbf, [0xff])
    image.put(0xcf, [0xff])
    image.put(0x41, [0xa4])
    function = try image.function()
    #expect(function.findStructure(.common) == .failed(.capListLoop))
    #expect(function.findStructure(.isr).bar == 4)
    #expect(function.modernBars.isEmpty)
  }

  @Test func slots() throws {
    #expect(PciSlot("00:02.0")?.description == "00:02.0")
    #expect(PciSlot("0000:00:1F.7")?.description == "0000:00:1f.7")
    #expect(PciSlot("10000:e1:00.0")?.domain == 0x10000)
    #expect(PciSlot("0000:00:02.0") == PciSlot("00:02.0"))
    #expect(PciSlot("0001:00:02.0") != PciSlot("00:02.0"))
    let wrong = [
      "", "00:02", "00:02.8", "00:20.0", "0:02.0", "00:02.0 ", "00:00:02.0", "00:02.00", "é0:02.0",
    ]
    for text in wrong { #expect(PciSlot(text) == nil, "\(text)") }
  }
}
