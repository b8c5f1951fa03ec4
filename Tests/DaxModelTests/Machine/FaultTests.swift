import Testing

@testable import DaxModel

/// Every line of a probe that can fail is made to fail, once with each error that its note names.
@Suite struct FaultTests {
  /// What a probe comes to after a failure.
  enum Ending: Hashable, Sendable {
    /// It fails with this and leaves nothing behind.
    case fails(Errno)
    /// It succeeds without DAX.
    case withoutDax
    /// It never returns: it waits there.
    case hangs(at: String)
  }

  /// One failure that is asked for, and what follows from it in Linux.
  struct Injection: Sendable, CustomTestStringConvertible {
    var release: KernelRelease
    var place: String
    var errno: Errno
    var ending: Ending
    var testDescription: String { "\(place) fails with \(errno.name) on \(release.name)" }
  }

  private static func rows(
    _ releases: [KernelRelease], _ table: [(place: String, errnos: [Errno], ending: Ending?)]
  ) -> [Injection] {
    releases.flatMap { release in
      table.flatMap { row in
        row.errnos.map {
          Injection(release: release, place: row.place, errno: $0, ending: row.ending ?? .fails($0))
        }
      }
    }
  }

  /// By hand, from what is known of Linux. Without an ending the error is handed through unchanged.
  static let injections: [Injection] =
    rows(
      KernelRelease.all,
      [
        ("really_probe.checkResources", [.EBUSY], nil),
        ("virtio_dev_probe.finalizeFeatures", [.EINVAL], nil),
        ("virtio_dev_probe.featuresOK", [.ENODEV], nil),
        ("virtio_fs_probe.allocateFs", [.ENOMEM], nil),
        ("virtio_fs_read_tag.checkEmpty", [.EINVAL], nil),
        ("virtio_fs_read_tag.allocateTag", [.ENOMEM], nil),
        ("virtio_fs_setup_vqs.readCount", [.EINVAL], nil),
        ("virtio_fs_setup_vqs.allocateArray", [.ENOMEM], nil),
        ("virtio_fs_setup_vqs.allocateTemporaries", [.ENOMEM], nil),
        ("virtio_fs_setup_vqs.findQueues", [.ENOENT, .ENOMEM, .EBUSY, .EINVAL], nil),
        ("alloc_dax.allocateMinor", [.ENOMEM], nil),
        ("alloc_dax.allocateInode", [.ENOMEM], nil),
        ("virtio_fs_setup_dax.registerCleanup", [.ENOMEM], nil),
        ("virtio_fs_add_instance.checkDuplicate", [.EEXIST], nil),
      ])
    + rows(
      [.patchV2],
      [
        ("virtio_fs_setup_dax.allocateInfo", [.ENOMEM], nil),
        ("virtio_fs_setup_dax.initReference", [.ENOMEM], nil),
        ("virtio_fs_setup_dax.registerExit", [.ENOMEM], nil),
        // These three return before the reference count is killed, and the wait for it is registered already.
        (
          "devm_memremap_pages.checkReference", [.EINVAL],
          .hangs(at: "virtio_fs_percpu_exit.waitForReference")
        ),
        (
          "devm_memremap_pages.checkStartOwner", [.ENOMEM],
          .hangs(at: "virtio_fs_percpu_exit.waitForReference")
        ),
        (
          "devm_memremap_pages.checkEndOwner", [.ENOMEM], .hangs(at: "virtio_fs_percpu_exit.waitForReference")
        ),
        ("devm_memremap_pages.checkRam", [.ENXIO], nil),
        ("devm_memremap_pages.storePagemap", [.ENOMEM], nil),
        ("devm_memremap_pages.trackPfn", [.EINVAL], nil),
        ("devm_memremap_pages.beginHotplug", [.ENOMEM], nil),
        ("devm_memremap_pages.addMemory", [.ENOMEM, .EEXIST], nil),
        ("devm_memremap_pages.addRelease", [.ENOMEM], nil),
      ])
    + rows(
      KernelRelease.since(.v5_10),
      [
        ("alloc_dax.checkOperations", [.EINVAL], nil),
        ("__devm_request_region.allocateNode", [.EBUSY], nil),
        ("__devm_request_region.requestRegion", [.EBUSY], nil),
        ("virtio_fs_setup_dax.allocatePageMap", [.ENOMEM], nil),
        ("memremap_pages.checkType", [.EINVAL], nil),
        ("memremap_pages.initReference", [.ENOMEM], nil),
        ("pagemap_range.checkStartOwner", [.ENOMEM], nil),
        ("pagemap_range.checkEndOwner", [.ENOMEM], nil),
        ("pagemap_range.checkRam", [.ENXIO], nil),
        ("pagemap_range.storePagemap", [.ENOMEM], nil),
        ("pagemap_range.trackPfn", [.EINVAL], nil),
        ("pagemap_range.beginHotplug", [.ENOMEM], nil),
        ("pagemap_range.addMemory", [.E2BIG, .EINVAL, .ENOMEM, .EEXIST], nil),
        ("devm_memremap_pages.registerRelease", [.ENOMEM], nil),
      ])
    + rows(
      [.v5_10, .v5_15], [("memremap_pages.checkTeardown", [.EINVAL], nil)])
    + rows(
      KernelRelease.since(.v5_15), [("pagemap_range.checkPluggable", [.EINVAL], nil)])
    + rows(
      KernelRelease.since(.v6_1), [("virtio_fs_read_tag.checkNewline", [.EINVAL], nil)])
    + rows(
      KernelRelease.since(.v6_12),
      [
        ("alloc_dax.checkAliasing", [.EOPNOTSUPP], .withoutDax),
        ("virtio_fs_add_instance.addKobject", [.ENOMEM], nil),
      ])

  @Test("The probe ends as Linux's would", arguments: injections)
  func injection(_ row: Injection) throws {
    var machine = try Machine.standard(row.release)
    let fault = Fault(.site(try site(row.place, in: row.release)), row.errno)
    let iomem = machine.kernel.iomem
    machine.arm(fault)
    let task = machine.startProbe(0)
    let events = machine.run(task)
    expectCallsAsNoted(events, in: row.release)
    #expect(machine.kernel.faults.faults.map(\.hasFired) == [true])
    #expect(machine.oops == nil)

    switch row.ending {
    case .fails(let errno):
      #expect(machine.task(task)?.result == .error(errno))
      try expectNothingLeft(machine, iomem, row)
      // The next probe knows nothing of it, but for the BAR that the reviewed patch never gives back.
      machine.reap(task)
      let hasClaimed = machine.kernel.iomem != iomem
      #expect(machine.probe() == (hasClaimed ? .error(.ENXIO) : .success))
    case .withoutDax:
      #expect(machine.task(task)?.result == .success)
      #expect(machine.kernel.devices[0].isBound)
      #expect(machine.kernel.window(of: 0) == nil)
      #expect(machine.kernel.leaks.isEmpty)
      #expect(machine.kernel.daxDevices.count == 0)
      machine.reap(task)
      #expect(machine.remove() == .success)
      try expectNothingLeft(machine, iomem, row)
    case .hangs(let place):
      #expect(machine.place(of: task) == place)
      #expect(machine.hangs.map(\.task) == [task])
      #expect(machine.hangs.map { $0.site.description(in: row.release) } == [place])
      #expect(machine.hangs.first?.message.contains("nobody has killed") == true)
      #expect(machine.task(task)?.result == nil)
    }
  }

  @Test(
    "Every line of a probe that names an error is in the table, and no other", arguments: KernelRelease.all)
  func complete(_ release: KernelRelease) throws {
    var machine = try Machine.standard(release)
    var named: Set<String> = []
    for event in machine.run(machine.startProbe(0)) {
      let line = event.site.function.lines(in: release)[Int(event.site.position)]
      for errno in line.note.failsWith {
        named.insert("\(event.site.description(in: release)) \(errno.name)")
      }
    }
    let table = Self.injections.filter { $0.release == release }.map { "\($0.place) \($0.errno.name)" }
    #expect(Set(table).count == table.count)
    #expect(Set(table).subtracting(named).sorted() == [])
    #expect(named.subtracting(table).sorted() == [])
  }

  @Test("The nth operation fails, and the same operation elsewhere does not", arguments: KernelRelease.all)
  func counted(_ release: KernelRelease) throws {
    var machine = try Machine.standard(release)
    machine.arm(Fault(.operation(.getDevPagemap), .ENOMEM, nth: 2))
    let task = machine.startProbe(0)
    let faults = machine.run(task).filter { event in
      event.observations.contains { if case .fault = $0 { true } else { false } }
    }
    #expect(faults.map { $0.site.line(in: release) } == ["checkEndOwner"])
    machine.disarmAll()
    #expect(machine.kernel.faults.faults.isEmpty)
  }

  /// What must be true after a probe that failed, and after every remove.
  private func expectNothingLeft(_ machine: Machine, _ iomem: ResourceTree, _ row: Injection) throws {
    let kernel = machine.kernel
    #expect(!kernel.devices[0].isBound)
    #expect(kernel.devices[0].driverData == nil)
    #expect(kernel.devices[0].queues.isEmpty)
    #expect(kernel.devices[0].devres.nodes.isEmpty)
    #expect(kernel.instances.isEmpty)
    #expect(kernel.filesystems.count + kernel.tags.count + kernel.queueArrays.count == 0)
    #expect(kernel.pagemaps.count + kernel.daxDevices.count == 0)
    #expect(kernel.memory.pages.isEmpty && kernel.memory.pagemaps.isEmpty)
    #expect(kernel.memory.linear.isEmpty && kernel.memory.tracked.isEmpty)
    if row.release.has(.claimsWholeBar) {
      #expect(kernel.leaks.allSatisfy { $0.contains("virtio-pci-shm") } && kernel.leaks.count < 2)
    } else {
      #expect(kernel.leaks.isEmpty)
      #expect(kernel.iomem == iomem)
    }
  }

  private func site(_ place: String, in release: KernelRelease) throws -> Site {
    let parts = place.split(separator: ".").map { String($0) }
    let function = try #require(FunctionID(rawValue: parts[0]))
    return try #require(function.site(parts[1], in: release), "\(release.name) has no \(place)")
  }
}
