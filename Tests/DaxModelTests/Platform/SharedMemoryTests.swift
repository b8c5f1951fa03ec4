import DaxModel
import Testing

/// One constructed device and what is expected of it.
struct ShmCase: Sendable, CustomTestStringConvertible {
  var name: String
  var id: UInt8 = 0
  var linux: ShmExpectation
  var strict: ShmExpectation
  var change: @Sendable (inout ConfigImage) -> Void
  var testDescription: String { name }
}

/// An outcome without BAR and capability.
enum ShmExpectation: Hashable, Sendable {
  case found(UInt64, UInt64)
  case absent
  case failed(ShmDefect)

  init(_ outcome: ShmOutcome) {
    switch outcome {
    case .found(let region): self = .found(region.address.rawValue, region.length.rawValue)
    case .absent: self = .absent
    case .failed(let defect): self = .failed(defect)
    }
  }
}

private let whole = ShmExpectation.found(0x8_0000_0000, 0x1_0000_0000)

/// Devices that have no row in `pci.json` yet, or that no row covers.
private let constructed: [ShmCase] = [
  ShmCase(
    name: "two regions, ask 0", linux: .found(0x8_4000_0000, 0xc000_0000),
    strict: .found(0x8_4000_0000, 0xc000_0000)
  ) {
    $0.putRegion(0xbc, next: 0xa4, id: 1, length: 0x4000_0000)
    $0.putRegion(0xa4, next: 0x98, offset: 0x4000_0000, length: 0xc000_0000)
    $0.put(0x34, [0xbc])
  },
  ShmCase(
    name: "two regions, ask 1", id: 1, linux: .found(0x8_0000_0000, 0x4000_0000),
    strict: .found(0x8_0000_0000, 0x4000_0000)
  ) {
    $0.putRegion(0xbc, next: 0xa4, id: 1, length: 0x4000_0000)
    $0.putRegion(0xa4, next: 0x98, offset: 0x4000_0000, length: 0xc000_0000)
    $0.put(0x34, [0xbc])
  },
  ShmCase(name: "first pointer has low bits", linux: whole, strict: whole) { $0.put(0x34, [0xa7]) },
  ShmCase(name: "capability ends at byte 255", linux: whole, strict: whole) {
    $0.put(0x34, [0xe8])
    $0.putRegion(0xe8, next: 0x98)
  },
  ShmCase(
    name: "one page at the end of the BAR", linux: .found(0x8_ffff_f000, 0x1000),
    strict: .found(0x8_ffff_f000, 0x1000)
  ) {
    $0.putRegion(0xa4, next: 0x98, offset: 0xffff_f000, length: 0x1000)
  },
  ShmCase(name: "status bit clear", linux: .absent, strict: .absent) { $0.put(0x06, [0]) },
  ShmCase(name: "status bit clear, pointer broken", linux: .absent, strict: .absent) {
    $0.put(0x06, [0])
    $0.put(0x34, [0x20])
  },
  ShmCase(name: "next pointer into the header", linux: .absent, strict: .failed(.capPointerIntoHeader)) {
    $0.put(0x34, [0x98])
    $0.put(0x41, [0x10])
  },
  ShmCase(name: "next pointer of 2 ends the list", linux: .absent, strict: .absent) {
    $0.put(0x34, [0x98])
    $0.put(0x41, [0x02])
  },
  ShmCase(name: "loop without vendor capabilities", linux: .absent, strict: .failed(.capListLoop)) {
    $0.put(0x34, [0x98])
    $0.put(0x99, [0xc0])
    $0.put(0xc0, [0x01, 0x98])
  },
  ShmCase(
    name: "loop through vendor capabilities", linux: .failed(.capListLoop), strict: .failed(.capListLoop)
  ) {
    $0.put(0x34, [0x98])
    $0.put(0x41, [0x98])
  },
  ShmCase(
    name: "vendor capability points to itself", linux: .failed(.capListLoop), strict: .failed(.capListLoop)
  ) {
    $0.put(0x34, [0x84])
    $0.put(0x85, [0x84])
  },
  ShmCase(name: "match before the loop", linux: whole, strict: .failed(.capListLoop)) {
    $0.put(0x41, [0x98])
  },
  ShmCase(name: "other id, list loops", id: 1, linux: .failed(.capListLoop), strict: .failed(.capListLoop)) {
    $0.put(0x41, [0xa4])
  },
  ShmCase(name: "capability id ff", linux: .absent, strict: .failed(.capIDFF)) {
    $0.put(0x34, [0x98])
    $0.put(0x98, [0xff])
  },
  ShmCase(name: "length 20", linux: .absent, strict: .failed(.capTooShort)) {
    $0.putRegion(0xa4, next: 0x98, capLength: 20)
  },
  ShmCase(name: "length 28", linux: .absent, strict: whole) { $0.putRegion(0xa4, next: 0x98, capLength: 28) },
  ShmCase(name: "BAR ff", linux: .absent, strict: .absent) { $0.putRegion(0xa4, next: 0x98, bar: 0xff) },
  ShmCase(name: "BAR 6 too short", linux: .absent, strict: .absent) {
    $0.putRegion(0xa4, next: 0x98, capLength: 16, bar: 6)
  },
  ShmCase(name: "BAR 6, then good", linux: whole, strict: whole) {
    $0.putRegion(0xbc, next: 0xa4, bar: 6)
    $0.put(0x34, [0xbc])
  },
  ShmCase(name: "region larger than a 32-bit BAR", linux: .failed(.beyondBar), strict: .failed(.beyondBar)) {
    $0.bars[1] = BarResource(
      index: 2, base: PhysicalAddress(0x4000_0000), length: ByteCount(0x1000_0000),
      flags: [.memory, .sizeAligned])
  },
  ShmCase(name: "offset wraps", linux: .failed(.offsetLengthOverflow), strict: .failed(.offsetLengthOverflow))
  {
    $0.putRegion(0xa4, next: 0x98, offset: 0xffff_ffff_ffff_f000, length: 0x2000)
  },
  ShmCase(
    name: "sum is exactly 2^64", linux: .failed(.offsetLengthOverflow), strict: .failed(.offsetLengthOverflow)
  ) {
    $0.putRegion(0xa4, next: 0x98, offset: 0xffff_ffff_ffff_f000, length: 0x1000)
  },
  ShmCase(
    name: "offset and length all ones", linux: .failed(.offsetLengthOverflow),
    strict: .failed(.offsetLengthOverflow)
  ) {
    $0.putRegion(0xa4, next: 0x98, offset: .max, length: .max)
  },
  ShmCase(name: "upper half of a 64-bit BAR", linux: .failed(.beyondBar), strict: .failed(.barNotImplemented))
  {
    $0.putRegion(0xa4, next: 0x98, bar: 3)
  },
  ShmCase(name: "BAR of length 0", linux: .failed(.beyondBar), strict: .failed(.barNotImplemented)) {
    $0.bars[1].length = ByteCount(0)
  },
  ShmCase(
    name: "same id twice, first out of range", linux: .failed(.beyondBar), strict: .failed(.duplicateShmid)
  ) {
    $0.putRegion(0xbc, next: 0xa4, length: 1 << 40)
    $0.put(0x34, [0xbc])
  },
  ShmCase(name: "length zero", linux: .found(0x8_0000_0000, 0), strict: .failed(.zeroLength)) {
    $0.putRegion(0xa4, next: 0x98, length: 0)
  },
  ShmCase(
    name: "capability runs past byte 255", linux: .failed(.capPastConfigSpace),
    strict: .failed(.capPastConfigSpace)
  ) {
    $0.put(0x34, [0xf0])
    $0.putRegion(0xf0, next: 0x98)
  },
  ShmCase(name: "another region's capability runs past byte 255", id: 1, linux: .absent, strict: .absent) {
    $0.put(0x34, [0xf0])
    $0.putRegion(0xf0, next: 0x98)
  },
  ShmCase(name: "dump ends in the list", linux: .failed(.truncatedConfig), strict: .failed(.truncatedConfig))
  {
    $0.bytes = Array($0.bytes[..<0xa0])
  },
  ShmCase(
    name: "dump ends in the capability", linux: .failed(.truncatedConfig), strict: .failed(.truncatedConfig)
  ) {
    // The capability comes last, so that only it is cut.
    $0.put(0x34, [0x98])
    $0.put(0x41, [0xa4])
    $0.putRegion(0xa4, next: 0)
    $0.bytes = Array($0.bytes[..<0xb0])
  },
  ShmCase(
    name: "size of the BAR not known", linux: .failed(.barSizeUnknown), strict: .failed(.barSizeUnknown)
  ) {
    $0.bars[1].length = nil
  },
  ShmCase(
    name: "size not known, nothing to check", linux: .found(0x8_0000_0000, 0), strict: .failed(.zeroLength)
  ) {
    $0.bars[1].length = nil
    $0.putRegion(0xa4, next: 0x98, length: 0)
  },
  ShmCase(name: "not a device header", linux: whole, strict: .failed(.notType0Header)) {
    $0.put(0x0e, [0x81])
  },
]

@Suite struct SharedMemoryTests {
  @Test(arguments: constructed)
  func outcomes(_ row: ShmCase) throws {
    var image = try ConfigImage()
    row.change(&image)
    let function = try image.function()
    #expect(ShmExpectation(function.linuxLookup(id: row.id).outcome) == row.linux)
    #expect(ShmExpectation(function.strictLookup(id: row.id)) == row.strict)
  }

  @Test func foundRegionNamesItsPlace() throws {
    let lookup = try ConfigImage().function().linuxLookup(id: 0)
    #expect(lookup.outcome.region?.bar == 2)
    #expect(lookup.outcome.region?.capability == 0xa4)
    #expect(lookup.chosen?.regionLength == ByteCount(1 << 32))
    #expect(lookup.log.isEmpty)
    #expect(lookup.reservedBar == nil)
  }

  @Test func logSaysWhatLinuxPrints() throws {
    var image = try ConfigImage()
    image.putRegion(0xbc, next: 0xa4, capLength: 16)
    image.put(0x34, [0xbc])
    #expect(
      try image.function().linuxLookup(id: 0).log.map(\.description)
        == ["virtio_pci_find_shm_cap: shm cap with bad size offset: 188 size: 16"])
    image = try ConfigImage()
    image.putRegion(0xa4, next: 0x98, offset: .max, length: 1)
    #expect(
      try image.function().linuxLookup(id: 0).log.map(\.description)
        == ["vp_get_shm_region: cap offset+len overflow detected"])
    image.putRegion(0xa4, next: 0x98, length: 1 << 33)
    #expect(
      try image.function().linuxLookup(id: 0).log.map(\.description)
        == ["vp_get_shm_region: bar shorter than cap offset+len"])
  }

  @Test func endlessWalkLogsOneRound() throws {
    var image = try ConfigImage()
    image.putRegion(0xa4, next: 0x98, capLength: 16)
    image.put(0x41, [0xa4])
    let lookup = try image.function().linuxLookup(id: 0)
    #expect(lookup.outcome == .failed(.capListLoop))
    #expect(lookup.log == [.badCapabilityLength(offset: 0xa4, length: 16)])
  }

  /// Linux 5.10 uses the BAR number as it is: behind the six BARs are the ROM and empty resources.
  @Test func withoutBarCheck() throws {
    var image = try ConfigImage()
    image.putRegion(0xa4, next: 0x98, bar: 7)
    let lookup = try image.function().linuxLookup(id: 0, rules: .withoutBarCheck)
    #expect(lookup.outcome == .failed(.beyondBar))
    #expect(lookup.reservedBar == 7)
    #expect(lookup.log == [.barTooShort])

    image.putRegion(0xa4, next: 0x98, bar: 6, length: 0x1000)
    image.bars.append(
      BarResource(
        index: 6, base: PhysicalAddress(0xfeb0_0000), length: ByteCount(0x2000),
        flags: ResourceFlags(rawValue: 0x46200)))
    let rom = try image.function().linuxLookup(id: 0, rules: .withoutBarCheck).outcome
    #expect(ShmExpectation(rom) == .found(0xfeb0_0000, 0x1000))
  }

  /// The 28-byte draft of 2019 and the 24 bytes of the specification do not recognise each other.
  @Test func draftLayout() throws {
    let base = PhysicalAddress(0x80_0000_0000)
    let draft = try PciFunction.virtioFs(window: ByteCount(1 << 30), base: base, shmid: 3, draft: true)
    let found = draft.linuxLookup(id: 3, rules: .draft)
    #expect(ShmExpectation(found.outcome) == .found(base.rawValue, 1 << 30))
    #expect(found.chosen?.draftID == 3)
    #expect(draft.linuxLookup(id: 0, rules: .draft).outcome == .absent)
    let current = draft.linuxLookup(id: 0)
    #expect(current.outcome == .absent)
    #expect(current.log == [.badCapabilityLength(offset: 0xa4, length: 28)])

    let modern = try PciFunction.virtioFs(window: ByteCount(1 << 30), base: base)
    let old = modern.linuxLookup(id: 0, rules: .draft)
    #expect(old.outcome == .absent)
    #expect(old.log == [.badCapabilityLength(offset: 0xa4, length: 24)])
  }

  /// Without the overflow check the wrapped sum fits, and the region begins below its BAR.
  @Test func draftAcceptsAWrappedSum() throws {
    var function = try PciFunction.virtioFs(
      window: ByteCount(0x2000), base: PhysicalAddress(0x80_0000_0000), draft: true)
    function.config.write32(0xac, 0xffff_f000)
    function.config.write32(0xb4, 0xffff_ffff)
    let lookup = function.linuxLookup(id: 0, rules: .draft)
    #expect(ShmExpectation(lookup.outcome) == .found(0x7f_ffff_f000, 0x2000))
    #expect(lookup.log.isEmpty)
  }

  @Test func capabilityBehindByte255OfAnExpressFunction() throws {
    var image = try ConfigImage()
    image.bytes += [UInt8](repeating: 0, count: 4096 - 256)
    image.put(0x34, [0xf0])
    image.putRegion(0xf0, next: 0x98, length: 0x1000)
    let function = try image.function()
    #expect(ShmExpectation(function.linuxLookup(id: 0).outcome) == .found(0x8_0000_0000, 0x1000))
    #expect(function.strictLookup(id: 0) == .failed(.capPastConfigSpace))
  }

  @Test func otherTransports() {
    var mmio = MmioRegisters(
      window: SharedMemoryRegion(address: PhysicalAddress(0x1_2345_6000), length: ByteCount(0x2_0000_0000)))
    #expect(mmio.read(0x0b4) == 2)
    #expect(mmio.read(0x0b8) == 0x2345_6000)
    let isSelected = mmio.write(0x0ac, 1)
    #expect(isSelected)
    #expect(mmio.read(0x0b0) == .max)
    #expect(mmio.read(0x0bc) == .max)
    #expect(mmio.read(0x0ac) == nil)
    #expect(mmio.read(0x000) == 0x7472_6976)
    let isWritten = mmio.write(0x0b0, 1)
    #expect(!isWritten)
    let device = AttachedDevice.mmio(mmio)
    #expect(device.linuxLookup(id: 0).outcome.region?.length == ByteCount(0x2_0000_0000))
    #expect(device.linuxLookup(id: 1).outcome == .absent)
    mmio[0] = MmioRegionImage(lengthLow: 0, lengthHigh: 0, baseLow: 0, baseHigh: 1)
    #expect(mmio.linuxLookup(id: 0).region?.length == ByteCount(0))
    #expect(mmio.strictLookup(id: 0) == .failed(.zeroLength))
    for id in UInt8.min...UInt8.max {
      #expect(AttachedDevice.ccw.linuxLookup(id: id).outcome == .absent)
    }
    #expect(Transport.ccw.noRegionReason != nil)
    #expect(Transport.pci.noRegionReason == nil)
  }
}
