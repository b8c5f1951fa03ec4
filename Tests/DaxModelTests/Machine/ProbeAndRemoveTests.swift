import Testing

@testable import DaxModel

/// A whole probe and a whole remove, on every transport.
@Suite struct ProbeAndRemoveTests {
  struct Setup: Sendable, CustomTestStringConvertible {
    var release: KernelRelease
    var transport: Transport
    var hasWindow: Bool
    /// A device without a region has no DAX: the reviewed patch refuses it altogether.
    var bindsWithDax: Bool { hasWindow && transport != .ccw }
    var testDescription: String {
      "\(release.name), \(transport.rawValue), \(hasWindow ? "a window" : "no window")"
    }
  }

  static let setups = KernelRelease.all.flatMap { release in
    Transport.allCases.flatMap { transport in
      [true, false].map { Setup(release: release, transport: transport, hasWindow: $0) }
    }
  }

  @Test("A probe and a remove leave nothing behind, twice in a row", arguments: setups)
  func twice(_ setup: Setup) throws {
    let release = setup.release
    var machine = try Machine.standard(
      release, transport: setup.transport, window: setup.hasWindow ? MachineConfiguration.windowLength : nil)
    let iomem = machine.kernel.iomem
    for round in 1...2 {
      let isBarLost =
        release.has(.claimsWholeBar) && setup.transport == .pci && round == 2 && setup.bindsWithDax
      let isRefused = release.has(.missingRegionIsFatal) && (!setup.bindsWithDax || isBarLost)
      let probe = machine.startProbe(0)
      expectCallsAsNoted(machine.run(probe), in: release)
      #expect(machine.task(probe)?.result == (isRefused ? .error(.ENXIO) : .success))
      machine.reap(probe)
      #expect(machine.kernel.devices[0].isBound == !isRefused)
      #expect((machine.kernel.window(of: 0) != nil) == (setup.bindsWithDax && !isRefused))
      if !isRefused {
        #expect(machine.kernel.leaks.isEmpty)
        #expect(machine.kernel.devices[0].queues.map(\.name) == ["hiprio", "requests.0"])
        #expect(machine.kernel.devices[0].queues.allSatisfy { $0.isConnected })
        let running: VirtioDevice.Status = [.acknowledge, .driver, .featuresOK, .driverOK]
        #expect(machine.kernel.devices[0].status == running)
        let remove = machine.startRemove(0)
        expectCallsAsNoted(machine.run(remove), in: release)
        #expect(machine.task(remove)?.result == .success)
        machine.reap(remove)
        #expect(machine.kernel.devices[0].status == .acknowledge)
      }
      #expect(!machine.kernel.devices[0].isBound)
      let claims = release.has(.claimsWholeBar) && setup.transport == .pci && setup.hasWindow ? 1 : 0
      #expect(machine.kernel.leaks.count == claims)
      if claims == 0 { #expect(machine.kernel.iomem == iomem) }
      #expect(machine.kernel.devices[0].devres.nodes.isEmpty)
      #expect(machine.kernel.memory.pages.isEmpty && machine.kernel.memory.linear.isEmpty)
      #expect(!machine.messages.contains { $0.text.hasPrefix("WARNING") })
    }
    #expect(machine.oops == nil && machine.hangs.isEmpty && machine.tasks.isEmpty)
  }

  @Test("Every step of every task is a line of its function's listing", arguments: KernelRelease.pinning)
  func steps(_ release: KernelRelease) throws {
    var machine = try Machine.standard(release)
    var events = machine.run(machine.startProbe(0))
    events += machine.run(machine.startReader(0, at: PageOffset(0), rounds: 2))
    events += machine.run(try machine.pin(at: 0))
    events += machine.run(machine.startRemove(0))
    for event in events {
      #expect(Int(event.site.position) < event.site.function.lines(in: release).count)
    }
    #expect(machine.tasks.allSatisfy { $0.isFinished })
  }

  @Test("The managed resources stand in the order of their registration", arguments: KernelRelease.all)
  func devresOrder(_ release: KernelRelease) throws {
    let machine = try Machine.probed(release)
    let kinds = machine.kernel.devices[0].devres.nodes.map { node in
      switch node.content {
      case .memory(.fs): "fs"
      case .memory(.tag): "tag"
      case .memory(.queues): "queues"
      case .memory(.pagemap): "pagemap"
      case .region: "region"
      case .memremap: "memremap"
      case .action(.percpuExit): "percpu_exit"
      case .action(.cleanupDax), .action(.cleanupDaxOf): "cleanup_dax"
      case .groupOpen, .groupClose: "group"
      }
    }
    #expect(
      kinds
        == (release == .patchV2
          ? ["fs", "tag", "queues", "pagemap", "percpu_exit", "memremap", "cleanup_dax"]
          : ["tag", "region", "pagemap", "memremap", "cleanup_dax"]))
  }

  @Test("The window is a child of its BAR in /proc/iomem while the device is bound")
  func iomem() throws {
    var machine = try Machine.probed(.v6_12)
    func owners() -> [String] { machine.kernel.iomem.flattened.filter { $0.depth == 1 }.map(\.resource.name) }
    #expect(owners().sorted() == ["virtio-pci-modern", "virtio0"])
    #expect(machine.remove() == .success)
    #expect(owners() == ["virtio-pci-modern"])
  }

  @Test("A device that was probed is not probed again; one without a driver is left alone")
  func wrongOrder() throws {
    var machine = try Machine.probed(.v6_12)
    #expect(machine.probe() == .error(.EBUSY))
    #expect(machine.kernel.devices[0].isBound)
    #expect(machine.remove() == .success)
    let before = machine.kernel
    #expect(machine.remove() == .success)
    #expect(machine.kernel.devices == before.devices)
  }

  @Test("After a failed probe the status is FAILED alone if there were queues, else with what came before")
  func status() throws {
    let device = try MachineConfiguration.syntheticDevice(release: .v6_12)
    for (tag, queues, expected) in [("", 1, UInt8(0x8b)), ("a", 0, 0x8b)] {
      var machine = Machine(
        MachineConfiguration(
          release: .v6_12, devices: [.init(device, tag: tag, requestQueues: queues)]))
      #expect(machine.probe() == .error(.EINVAL))
      #expect(machine.kernel.devices[0].status.rawValue == expected)
    }
    var machine = try Machine.standard(.v6_12, window: ByteCount(5 << 20))
    #expect(machine.probe() == .error(.EINVAL))
    #expect(machine.kernel.devices[0].status.rawValue == 0x80)
  }

  @Test("A tag with a newline is refused since it stands in sysfs", arguments: KernelRelease.all)
  func newline(_ release: KernelRelease) throws {
    let device = try MachineConfiguration.syntheticDevice(release: release)
    var machine = Machine(MachineConfiguration(release: release, devices: [.init(device, tag: "a\nb")]))
    #expect(machine.probe() == (release.has(.refusesNewlineInTag) ? .error(.EINVAL) : .success))
    #expect(KernelRelease.since(.v6_1).contains(release) == release.has(.refusesNewlineInTag))
  }

  @Test("A capability list that is a ring is walked for ever, once something is looked for in vain")
  func ring() throws {
    var image = try ConfigImage()
    image.bytes[0x41] = 0xa4
    image.bytes[0xa9] = 1
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [.init(.pci(try image.function()))]))
    let task = machine.startProbe(0)
    _ = machine.run(task)
    #expect(machine.place(of: task) == "vp_get_shm_region.findCapability")
    #expect(machine.hangs.map(\.wait) == [.endlessWalk])

    // Without the common structure it is virtio-pci itself that never comes back.
    image.bytes[0x43] = 9
    machine = Machine(MachineConfiguration(release: .v6_12, devices: [.init(.pci(try image.function()))]))
    #expect(machine.kernel.devices[0].registration == .lost)
    #expect(machine.hangs.map { $0.site.description(in: .v6_12) } == ["vp_modern_probe.findCommon"])
    #expect(machine.probe() == .error(.ENODEV))
  }

  @Test("A function that virtio-pci refuses is not on the bus")
  func refused() throws {
    var image = try ConfigImage()
    image.bytes[0x43] = 9
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [.init(.pci(try image.function()))]))
    #expect(machine.kernel.devices[0].registration == .refused(.ENODEV))
    #expect(machine.probe() == .error(.ENODEV))

    image = try ConfigImage()
    image.bytes[0x53] = 9
    machine = Machine(MachineConfiguration(release: .v6_12, devices: [.init(.pci(try image.function()))]))
    #expect(machine.kernel.devices[0].registration == .refused(.EINVAL))
    #expect(machine.tasks.isEmpty)
  }
}
