import Testing

@testable import DaxModel

/// What stands in place of an address on s390x, and which function and BAR it means.
@Suite struct ZpciResourceTests {
  @Test("The layouts of the cookie")
  func cookies() throws {
    let table: [(base: IomapCookie.Base, address: UInt64, entries: UInt64)] = [
      (.bit63, 0x8005_0000_0000_1000, 32768), (.bit62, 0x4005_0000_0000_1000, 16384),
    ]
    for (base, address, entries) in table {
      let cookie = IomapCookie(base, index: 5, offset: 0x1000)
      #expect(cookie.address == KernelAddress(address))
      #expect(base.maxEntries == entries)
      #expect(IomapCookie(KernelAddress(address), base: base) == cookie)
      #expect(IomapCookie(base, index: entries + 5) == IomapCookie(base, index: 5))
    }
    #expect(IomapCookie(KernelAddress(0x40_0000_0000), base: .bit62) == nil)
    #expect(IomapCookie(KernelAddress(0xc001_0000_0000_0000), base: .bit62) == nil)
    #expect(KernelRelease.patchV2.built(for: .s390x).cookieBase == .bit63)
    for release in KernelRelease.all.dropFirst() { #expect(release.built(for: .s390x).cookieBase == .bit62) }
  }

  @Test("An MIO mapping and its inverse")
  func mappings() {
    let mapping = MioMapping(index: 7, offset: 0x1234)
    #expect(mapping.address == KernelAddress(0xc007_0000_0000_1234))
    #expect(MioMapping(mapping.address) == mapping)
    #expect(MioMapping(KernelAddress(0x4007_0000_0000_1234)) == nil)
    #expect(MioMapping(index: 0x7fff, offset: .max).address == KernelAddress(.max))
  }

  @Test("Every memory BAR takes the next place in the table, in ascending order", arguments: [false, true])
  func table(_ hasMIO: Bool) throws {
    let release = KernelRelease.v6_12.built(for: .s390x)
    let slot = try #require(PciSlot(bus: 0, device: 3, function: 0))
    var configuration = MachineConfiguration(
      release: release,
      devices: [
        .init(try MachineConfiguration.syntheticDevice(release: release)), .init(.ccw, tag: "a"),
        .init(try MachineConfiguration.syntheticDevice(release: release, slot: slot), tag: "b"),
      ])
    configuration.zpci = Zpci(rules: .emulation, hasMIO: hasMIO)
    let machine = Machine(configuration)
    let zpci = try #require(machine.kernel.zpci)
    #expect(zpci.rules == .emulation)
    #expect(zpci.iomap.map(\.device) == [0, 0, 0, 2, 2, 2])
    #expect(zpci.iomap.map(\.bar) == [1, 2, 4, 1, 2, 4])
    #expect(zpci.functions.map { $0?.handle.rawValue } == [0x8002_0001, nil, 0x8002_0002])
    let regions: [ZpciFunction.Region] = [
      .refusing, .accepting, .plainRam, .refusing, .accepting, .refusing,
    ]
    #expect(zpci.functions[0]?.regions == regions)

    let flag: UInt64 = hasMIO ? 0xc000_0000_0000_0000 : 0x4000_0000_0000_0000
    for (device, first) in [(0, UInt64(0)), (2, 3)] {
      let bars = try #require(machine.kernel.devices[device].pciFunction).bars
      #expect(bars.map(\.base.rawValue) == (first..<first + 3).map { flag | $0 << 48 })
      #expect(bars.map(\.length?.rawValue) == [0x1000, 0x400_0000, 0x4000])
      let inWindow = KernelAddress(bars[1].base.rawValue + 0x1234)
      let meaning = try #require(zpci.bar(at: inWindow, base: release.cookieBase))
      #expect(meaning.entry == Zpci.IomapEntry(device: device, bar: 2) && meaning.offset == 0x1234)
    }
    #expect(zpci.bar(at: KernelAddress(flag | 6 << 48), base: release.cookieBase) == nil)
    #expect(zpci.bar(at: KernelAddress(0x1000), base: release.cookieBase) == nil)

    // /proc/iomem shows them as if they were addresses; RAM is one range from 0.
    let roots = machine.kernel.iomem.roots
    #expect(roots.first?.range == PhysicalRange(PhysicalAddress(0), length: ByteCount(1 << 30)))
    #expect(roots.dropFirst().map { $0.range.start.rawValue } == (UInt64(0)..<6).map { flag | $0 << 48 })
    // The configuration keeps what the device has.
    #expect(machine.configuration.devices == configuration.devices)
  }

  @Test("On x86-64 there is no zPCI, and a BAR starts where the device has it")
  func elsewhere() throws {
    let machine = try Machine.standard(.v7_3)
    #expect(machine.kernel.zpci == nil)
    #expect(machine.kernel.devices[0].pciFunction?.resource(2)?.base == MachineConfiguration.windowBase)
  }
}
