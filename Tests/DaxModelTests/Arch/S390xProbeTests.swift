import Testing

@testable import DaxModel

/// What becomes of a virtio-fs device on s390x, release by release.
@Suite struct S390xProbeTests {
  static let window = MachineConfiguration.windowLength

  /// A machine with PCI devices of 64 MiB each, or with none if `window` is nil.
  private func machine(
    _ release: KernelRelease, transport: Transport = .pci, window: ByteCount? = window, devices: Int = 1,
    assuming assumption: Assumption? = nil, mio: Bool = false
  ) throws -> Machine {
    let release = release.built(for: .s390x)
    let made = try (0..<devices).map { number in
      let slot = try #require(PciSlot(bus: 0, device: UInt8(2 + number), function: 0))
      return MachineConfiguration.Device(
        try MachineConfiguration.syntheticDevice(
          transport: transport, release: release, window: window,
          base: PhysicalAddress(0x40_0000_0000 + UInt64(number) << 30), slot: slot),
        tag: "fs\(number)")
    }
    var configuration = MachineConfiguration(release: release, devices: made)
    configuration.assumption = assumption
    configuration.stackHoldsGarbage = true
    configuration.zpci = Zpci(hasMIO: mio)
    return Machine(configuration)
  }

  private func texts(_ machine: Machine) -> [String] { machine.messages.map(\.line) }

  private func expectNothingLeft(_ machine: Machine) {
    #expect(machine.kernel.leaks.isEmpty && machine.oops == nil && machine.hangs.isEmpty)
    #expect(machine.kernel.instances.isEmpty && machine.kernel.filesystems.count == 0)
    #expect(machine.kernel.pagemaps.count == 0 && machine.kernel.daxDevices.count == 0)
    #expect(machine.kernel.memory.linear.isEmpty && machine.kernel.memory.pages.isEmpty)
  }

  static let stub =
    "WARNING: devm_memremap_pages: device memory cannot have struct pages: this kernel is built without ZONE_DEVICE"

  @Test(
    "Without ZONE_DEVICE the stub refuses every window; only the first device warns",
    arguments: [KernelRelease.v5_10, .v5_15, .v6_1, .v6_12, .v6_15, .v6_16])
  func stub(_ release: KernelRelease) throws {
    var machine = try machine(release, devices: 2)
    let iomem = machine.kernel.iomem
    #expect(machine.probe(0) == .error(.ENXIO))
    #expect(
      texts(machine) == ["virtiofs virtio0: Cache len: 0x4000000 @ 0x4001000000000000", Self.stub])
    #expect(machine.probe(1) == .error(.ENXIO))
    #expect(machine.probe(0) == .error(.ENXIO))
    #expect(
      texts(machine).dropFirst(2) == [
        "virtiofs virtio1: Cache len: 0x4000000 @ 0x4004000000000000",
        "virtiofs virtio0: Cache len: 0x4000000 @ 0x4001000000000000",
      ])
    let rejections = machine.kernel.log.entries.filter { $0.level == .debug && $0.text.hasSuffix("match -6") }
    #expect(
      rejections.map { $0.line }
        == (release.has(.failureNamesDriver)
          ? ["virtio0", "virtio1", "virtio0"].map {
            "virtiofs \($0): probe with driver virtiofs rejects match -6"
          }
          : ["virtio0", "virtio1", "virtio0"].map { "virtiofs: probe of \($0) rejects match -6" }))
    #expect(machine.kernel.iomem == iomem)
    expectNothingLeft(machine)
  }

  @Test(
    "Since 6.17 memory hot-plug refuses the cookie: it is far behind the linear map",
    arguments: KernelRelease.since(.v6_17rc1))
  func hotplug(_ release: KernelRelease) throws {
    var machine = try machine(release)
    #expect(machine.probe() == .error(.EINVAL))
    #expect(
      texts(machine) == (release == .v7_3 ? ["virtiofs virtio0: discovered new tag: fs0"] : []) + [
        "virtiofs virtio0: Cache len: 0x4000000 @ 0x4001000000000000",
        "Hotplug memory [0x4001000000000000-0x4001000004000000] exceeds maximum addressable range "
          + "[0x0-0x7fffffffff]",
        "virtiofs virtio0: probe with driver virtiofs failed with error -22",
      ])
    expectNothingLeft(machine)
  }

  /// The early return of the stub is one of those that do not kill the reference count.
  @Test("The reviewed patch hangs: its wait is registered, and the stub kills no reference")
  func patchV2() throws {
    var machine = try machine(.patchV2)
    let task = machine.startProbe(0)
    _ = machine.run(task)
    #expect(
      texts(machine) == ["virtiofs virtio0: Cache len: 0x4000000 @ 0x8001000000000000", Self.stub])
    #expect(machine.place(of: task) == "virtio_fs_percpu_exit.waitForReference")
    #expect(machine.hangs.map(\.task) == [task])
  }

  @Test("A window that cannot be mapped costs every mount", arguments: Array(KernelRelease.all.dropFirst()))
  func noMount(_ release: KernelRelease) throws {
    var machine = try machine(release)
    #expect(machine.probe()?.errno != nil)
    for option in DaxOption.allCases where option.mode(in: release) != nil {
      let before = texts(machine).count
      #expect(machine.finish(machine.startMount("fs0", option)) == .error(.EINVAL))
      #expect(Array(texts(machine).dropFirst(before)) == ["virtio-fs: tag <fs0> not found"])
    }
    expectNothingLeft(machine)
  }

  @Test(
    "Without a window, over PCI or channel I/O, the probe is fine, and so is every mount that does not insist",
    arguments: Array(KernelRelease.all.dropFirst()), [Transport.pci, .ccw])
  func noWindow(_ release: KernelRelease, _ transport: Transport) throws {
    var machine = try machine(release, transport: transport, window: nil)
    #expect(machine.probe() == .success)
    #expect(texts(machine).last == "virtiofs virtio0: virtio_fs_setup_dax: No cache capability")
    for option in DaxOption.allCases {
      guard let mode = option.mode(in: release) else { continue }
      let before = texts(machine).count
      let result = machine.finish(machine.startMount("fs0", option))
      let lines = Array(texts(machine).dropFirst(before))
      if mode == .always {
        #expect(result == .error(.EINVAL))
        #expect(lines == ["virtio-fs: dax can't be enabled as filesystem device does not support it."])
        continue
      }
      #expect(result == .success && lines.isEmpty)
      #expect(machine.kernel.superblocks.live.map(\.object.mode) == [.never])
      #expect(machine.unmount("fs0") == .success)
    }
    #expect(machine.remove() == .success)
    expectNothingLeft(machine)
  }

  @Test("The reviewed patch refuses a device without a window", arguments: [Transport.pci, .ccw])
  func patchWithoutWindow(_ transport: Transport) throws {
    var machine = try machine(.patchV2, transport: transport, window: nil)
    #expect(machine.probe() == .error(.ENXIO))
    #expect(texts(machine) == ["virtiofs virtio0: virtio_fs_setup_dax: No cache capability"])
    expectNothingLeft(machine)
  }

  @Test(
    "If the remap is taken to succeed, the window's kernel address is the cookie",
    arguments: KernelRelease.all)
  func remap(_ release: KernelRelease) throws {
    var machine = try machine(release, assuming: .remap)
    #expect(machine.probe() == .success)
    let cookie = IomapCookie(release.built(for: .s390x).cookieBase, index: 1).address
    let fs = try #require(machine.kernel.instance(of: 0))
    #expect(fs.windowAddress == cookie)
    #expect(fs.windowPhysical.rawValue == cookie.rawValue)
    #expect(machine.kernel.memory.pages.map(\.count) == [Self.window.pages])
    #expect(!texts(machine).contains { $0.hasPrefix("WARNING") })
    #expect(machine.finish(machine.startMount("fs0", .dax)) == .success)
    #expect(machine.kernel.superblocks.live.map(\.object.daxDevice) == [fs.daxDevice])
  }

  @Test("With MIO the window starts at its mapping", arguments: [KernelRelease.patchV2, .v6_12])
  func mio(_ release: KernelRelease) throws {
    var machine = try machine(release, assuming: .remap, mio: true)
    #expect(machine.probe() == .success)
    // The reviewed patch stands on 5.1, and MIO came with 5.2.
    let start: UInt64 = release == .patchV2 ? 0x8001_0000_0000_0000 : 0xc001_0000_0000_0000
    #expect(machine.kernel.window(of: 0)?.address == PhysicalAddress(start))
  }

  @Test("A window that is memory works on every release", arguments: KernelRelease.all)
  func memory(_ release: KernelRelease) throws {
    var machine = try machine(release, devices: 2, assuming: .memory)
    for device in [0, 1] {
      #expect(machine.probe(device) == .success)
      let start = UInt64(0x40_0000_0000) + UInt64(device) << 30
      #expect(machine.kernel.window(of: device)?.address == PhysicalAddress(start))
      #expect(machine.kernel.instance(of: device)?.windowAddress == KernelAddress(start))
      #expect((try? machine.kernel.examine(KernelAddress(start + 8))) != nil)
    }
    let reader = machine.startReader(0, at: PageOffset(3))
    // The device's bytes are little-endian, the processor is not.
    #expect(machine.finish(reader) == .int(Int64(0x40_0000_3000).byteSwapped))
    #expect(machine.remove(0) == .success && machine.remove(1) == .success)
    #expect(machine.kernel.memory.linear.isEmpty)
  }

  @Test("An assumption adds struct pages, and nothing else that a real build would refuse")
  func builds() {
    for release in KernelRelease.all {
      #expect(release.built(for: .x86_64) == release)
      let real = release.built(for: .s390x)
      #expect(real.has(.zoneDevice) == KernelRelease.since(.v6_17rc1).contains(release))
      #expect(
        real.differences(to: real.built(for: .s390x, assuming: .memory)).allSatisfy { $0 == .zoneDevice })
      let remapped = real.built(for: .s390x, assuming: .remap)
      #expect(remapped.has(.zoneDevice) && !remapped.has(.checksPluggableRange))
      #expect(remapped.built(for: .s390x) == real)
      for function in [FunctionID.memremapPages, .pagemapRange, .memunmapPages, .pageunmapRange] {
        #expect(real.has(.zoneDevice) || function.lines(in: real).isEmpty)
      }
      if !real.has(.zoneDevice) {
        #expect(FunctionID.devmMemremapPages.lines(in: real).map(\.name) == ["warnAndRefuse"])
      }
    }
  }

  @Test("In what two builds for s390x differ")
  func differences() {
    func build(_ release: KernelRelease) -> KernelRelease { release.built(for: .s390x) }
    #expect(
      build(.v6_12).differences(to: build(.v7_3)) == [
        .idlePagesCountZero, .pfnCarriesFlags, .announcesTag, .alignsReadahead, .zoneDevice,
      ])
    #expect(!KernelRelease.v6_12.differences(to: .v7_3).contains(.zoneDevice))
    let older = build(.patchV2).differences(to: build(.v5_10))
    #expect(older.contains(.usesMio) && older.contains(.cookieInBit62) && !older.contains(.copiesByRuleB))
    #expect(build(.v5_10).differences(to: build(.v6_1)).contains(.copiesByRuleB))
    for item in [ReleaseSwitch.usesMio, .cookieInBit62, .copiesByRuleB] {
      #expect(!KernelRelease.all.contains { $0.has(item) })
    }
  }
}
