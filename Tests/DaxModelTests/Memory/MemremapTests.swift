import Testing

@testable import DaxModel

/// Which ranges of device memory each release maps, and how.
@Suite struct MemremapTests {
  /// Windows in MMIO registers can lie anywhere, which BARs cannot.
  private func machine(
    _ release: KernelRelease, _ base: UInt64, _ length: UInt64, ram: [PhysicalRange]? = nil
  ) throws -> Machine {
    let region = SharedMemoryRegion(address: PhysicalAddress(base), length: ByteCount(length))
    var configuration = MachineConfiguration(
      release: release, devices: [.init(.mmio(MmioRegisters(window: region)))])
    if let ram { configuration.ram = ram }
    configuration.stackHoldsGarbage = true
    return Machine(configuration)
  }

  private static let mib: UInt64 = 1 << 20
  private static let high: UInt64 = 0x80_0000_0000

  struct Row: Sendable, CustomTestStringConvertible {
    var what: String
    var base: UInt64
    var length: UInt64
    /// In 5.1, and in all later releases.
    var results: [Errno?]
    var testDescription: String { what }
  }

  static let rows = [
    Row(what: "aligned", base: high, length: 64 * mib, results: [nil, nil]),
    Row(what: "one page", base: high, length: 4096, results: [nil, .EINVAL]),
    Row(what: "1 MiB", base: high, length: mib, results: [nil, .EINVAL]),
    Row(what: "2 MiB", base: high, length: 2 * mib, results: [nil, nil]),
    Row(what: "5 MiB", base: high, length: 5 * mib, results: [nil, .EINVAL]),
    Row(
      what: "start off by a page", base: high + 4096, length: 2 * mib,
      results: [nil, .EINVAL]),
    Row(
      what: "start off by 1 MiB", base: high + mib, length: 2 * mib,
      results: [nil, .EINVAL]),
    Row(what: "start off by 2 MiB", base: high + 2 * mib, length: 2 * mib, results: [nil, nil]),
    // 5.1 finds out in the xarray, later kernels when the region is reserved.
    Row(what: "length zero", base: high, length: 0, results: [.EINVAL, .EBUSY]),
    // Where the region is reserved, RAM is in the way already then.
    Row(what: "inside RAM", base: 0x1000_0000, length: 2 * mib, results: [.ENXIO, .EBUSY]),
    Row(what: "half in RAM", base: 0x3fe0_0000, length: 4 * mib, results: [.ENXIO, .EBUSY]),
    Row(what: "right behind RAM", base: 0x4000_0000, length: 2 * mib, results: [nil, nil]),
    Row(what: "ends at 64 TiB", base: (1 << 46) - 2 * mib, length: 2 * mib, results: [nil, nil]),
  ]

  @Test("A range is mapped or refused", arguments: rows, Array(KernelRelease.all.enumerated()))
  func rules(_ row: Row, _ release: (offset: Int, element: KernelRelease)) throws {
    var machine = try machine(release.element, row.base, row.length)
    let result = machine.probe()
    let expected = row.results[min(release.offset, 1)]
    #expect(result == (expected.map { .error($0) } ?? .success))
    #expect(machine.oops == nil && machine.hangs.isEmpty)
    #expect(machine.kernel.leaks.isEmpty)
    if expected != nil { return }
    // The struct pages are those of the exact range; the linear map may reach further.
    let range = PhysicalRange(PhysicalAddress(row.base), length: ByteCount(row.length))
    #expect(machine.kernel.memory.pages.map(\.first) == [range.start.frame])
    #expect(machine.kernel.memory.pages.map(\.count) == [range.length.pages])
    let widened = release.element == .patchV2 ? machine.kernel.widenedToSections(range) : range
    #expect(machine.kernel.memory.linear == [widened])
    #expect(
      machine.kernel.instance(of: 0)?.windowAddress == Architecture.x86_64.kernelAddress(of: range.start))
    #expect(machine.remove() == .success)
    #expect(machine.kernel.leaks.isEmpty && machine.kernel.memory.linear.isEmpty)
  }

  @Test("5.1 widens to sections of 128 MiB")
  func widening() throws {
    let mib = Self.mib
    let table: [(start: UInt64, length: UInt64, first: UInt64, whole: UInt64)] = [
      (0, 128, 0, 128), (1, 1, 0, 128), (127, 1, 0, 128), (127, 2, 0, 256), (128, 1, 128, 128),
      (256, 0, 256, 0),
    ]
    for row in table {
      let range = PhysicalRange(PhysicalAddress(row.start * mib), length: ByteCount(row.length * mib))
      let widened = try machine(.patchV2, Self.high, 2 * Self.mib).kernel.widenedToSections(range)
      #expect(widened.start.rawValue == row.first * mib)
      #expect(widened.length.rawValue == row.whole * mib)
    }
  }

  @Test("RAM in the same section is in the way of 5.1 alone", arguments: KernelRelease.all)
  func ramInSection(_ release: KernelRelease) throws {
    let ram = [PhysicalRange(PhysicalAddress(0x10_0000), length: ByteCount(0x40f0_0000))]
    var machine = try machine(release, 0x4200_0000, 2 << 20, ram: ram)
    #expect(machine.probe() == (release == .patchV2 ? .error(.ENXIO) : .success))
    #expect(machine.kernel.leaks.isEmpty)
    if release == .patchV2 {
      #expect(machine.messages.contains { $0.text.contains("attempted on mixed region") })
    }
  }

  @Test(
    "Another window in the same section: 5.1 finds its pagemap and hangs; later there is no conflict",
    arguments: KernelRelease.all)
  func windowInSection(_ release: KernelRelease) throws {
    let devices = [UInt64(0), 64].map { mib in
      MachineConfiguration.Device(
        .mmio(
          MmioRegisters(
            window: SharedMemoryRegion(
              address: PhysicalAddress(Self.high + mib * Self.mib), length: ByteCount(64 * Self.mib)))),
        tag: "fs\(mib)")
    }
    var configuration = MachineConfiguration(release: release, devices: devices)
    configuration.stackHoldsGarbage = true
    var machine = Machine(configuration)
    #expect(machine.probe(0) == .success)
    let task = machine.startProbe(1)
    _ = machine.run(task)
    if release == .patchV2 {
      #expect(
        machine.hangs.map { $0.site.description(in: release) } == ["virtio_fs_percpu_exit.waitForReference"])
      #expect(machine.messages.contains { $0.text.contains("Conflicting mapping in same section") })
    } else {
      #expect(machine.task(task)?.result == .success)
    }
  }

  @Test(
    "Beyond 64 TiB the linear map does not reach: -E2BIG in 5.10, -EINVAL later",
    arguments: KernelRelease.since(.v5_10))
  func beyond(_ release: KernelRelease) throws {
    for base in [UInt64(1) << 46, (1 << 46) - 2 * Self.mib, 1 << 60] {
      var machine = try machine(release, base, 4 * Self.mib)
      #expect(machine.probe() == .error(release == .v5_10 ? .E2BIG : .EINVAL))
      #expect(machine.messages.contains { $0.text.contains("exceeds maximum addressable") })
      #expect(machine.kernel.leaks.isEmpty)
    }
  }

  @Test("A window of 1 TiB costs no more than a small one", arguments: KernelRelease.pinning)
  func huge(_ release: KernelRelease) throws {
    var machine = try Machine.standard(release, window: ByteCount(1 << 40), base: PhysicalAddress(1 << 40))
    let clock = ContinuousClock()
    let time = try clock.measure {
      #expect(machine.probe() == .success)
      #expect(machine.kernel.memory.memmapCost == ByteCount(1 << 34))
      let pin = try machine.pin(at: (1 << 28) - 1)
      machine.advance(pin, to: "pin.putPage")
      #expect(machine.kernel.memory.pages.map(\.touched.count) == [1])
      #expect(machine.finish(pin) == .success)
      #expect(machine.kernel.memory.pages.map(\.touched.count) == [0])
      #expect(machine.kernel.pagemaps.live.map(\.object.ref.count) == [1 + 1 << 28])
      #expect(machine.remove() == .success)
    }
    #expect(time < .milliseconds(500))
    var facts = FactList()
    machine.inspect(&facts)
    #expect(facts.entries.count < 400)
  }

  @Test(
    "With its struct pages inside, the window begins later and they are given back",
    arguments: KernelRelease.all)
  func altmap(_ release: KernelRelease) throws {
    var machine = try Machine.standard(release, window: ByteCount(64 << 20), altmap: true)
    #expect(machine.probe() == .success)
    // 16384 pages of 64 bytes: 1 MiB, 256 pages.
    let altmap = try #require(machine.kernel.pagemaps.live.first?.object.altmap)
    #expect(altmap.reserved == PageCount(256) && altmap.allocated == PageCount(256))
    let pages = try #require(machine.kernel.memory.pages.first)
    #expect(pages.first == MachineConfiguration.windowBase.advanced(by: PageCount(256).bytes).frame)
    #expect(pages.count == PageCount(16384 - 256))
    #expect(machine.kernel.pagemaps.live.map(\.object.ref.count) == [1 + 16384 - 256])
    // direct_access knows nothing of it and hands the struct pages out as file contents.
    guard
      case .access(let access)? = machine.finish(machine.startDirectAccess(0, at: PageOffset(0), pages: 1))
    else {
      Issue.record("no answer")
      return
    }
    #expect(access.address == Architecture.x86_64.kernelAddress(of: MachineConfiguration.windowBase))
    #expect(machine.remove() == .success)
    let claims = release.has(.claimsWholeBar) ? 1 : 0
    #expect(machine.kernel.leaks.count == claims)
    #expect(!machine.messages.contains { $0.text.contains("reserved pages") })
  }
}
