import Foundation
import Testing

@testable import DaxModel

/// Mounts as far as the decision about DAX.
@Suite struct MountTests {
  /// `devices.json`: what real kernels said to three mounts of each device.
  struct Recorded: Decodable, Sendable {
    struct Case: Decodable, Sendable {
      var name: String
      var recorded: [String: Outcome]
    }
    struct Outcome: Decodable, Sendable {
      struct Mount: Decodable, Sendable {
        var opts: String
        var ok: Bool
        var log: [String]
      }
      var mounts: [Mount]
    }
    var cases: [Case]
  }

  @Test(
    "A recorded device is mounted, or not, as on the real kernel",
    arguments: try DeviceRows.probes("devices.json"))
  func recorded(_ probe: DeviceRows.Probe) throws {
    let file: Recorded = try Fixtures.json("devices.json")
    let row = try #require(file.cases.first { $0.name == probe.row.name })
    var machine = Machine(MachineConfiguration(release: probe.release, devices: [try probe.row.device()]))
    _ = machine.probe()
    for mount in row.recorded[probe.release.name]?.mounts ?? [] {
      let option = try #require(DaxOption(rawValue: mount.opts))
      let before = machine.messages.count
      let result = machine.finish(machine.startMount(probe.row.tag, option))
      #expect(result == (mount.ok ? .success : .error(.EINVAL)), "\(mount.opts)")
      // The session with the server is not modelled, nor is what it says about the alignment.
      let lines = machine.messages.dropFirst(before).map(\.line)
      #expect(lines == mount.log.filter { !$0.contains("map_alignment") })
      if mount.ok {
        #expect(machine.unmount(probe.row.tag) == .success)
      }
      #expect(machine.kernel.superblocks.count == 0 && machine.kernel.leaks.isEmpty)
    }
  }

  @Test(
    "A second mount shares the first one's superblock and mode",
    arguments: KernelRelease.since(.v6_1))
  func shared(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    #expect(machine.finish(machine.startMount("myfs", .dax)) == .success)
    #expect(machine.finish(machine.startMount("myfs", .never)) == .success)
    #expect(machine.kernel.superblocks.live.map(\.object.mode) == [.always])
    #expect(machine.kernel.superblocks.live.map(\.object.mounts) == [2])
    #expect(machine.kernel.instance(of: 0)?.references == 2)
    for count in [1, 0] {
      #expect(machine.unmount("myfs") == .success)
      #expect(machine.kernel.superblocks.count == min(count, 1))
    }
    #expect(machine.kernel.instance(of: 0)?.references == 1)
    #expect(machine.unmount("myfs") == nil)
  }

  @Test("What is asked for, and what becomes of it with a window", arguments: KernelRelease.all)
  func modes(_ release: KernelRelease) throws {
    let hasModes = ![KernelRelease.patchV2, .v5_10, .v5_15].contains(release)
    let expected: [DaxOption: DaxMode?] = [
      .unsaid: hasModes ? .inodeDefault : .never, .dax: .always, .always: hasModes ? .always : nil,
      .inode: hasModes ? .inode : nil, .never: hasModes ? .never : nil,
    ]
    for (option, mode) in expected {
      var machine = try Machine.probed(release)
      let task = machine.startMount("myfs", option)
      expectCallsAsNoted(machine.run(task), in: release)
      #expect(machine.task(task)?.result == (mode == nil ? .error(.EINVAL) : .success))
      let mounted = machine.kernel.superblocks.live.map(\.object)
      #expect(mounted.map(\.mode) == (mode.map { [$0] } ?? []))
      #expect(mounted.allSatisfy { ($0.daxDevice != nil) == ($0.mode != .never) })
    }
  }

  @Test("A mount keeps the instance when the driver leaves", arguments: Array(KernelRelease.all.dropFirst()))
  func outlives(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    #expect(machine.finish(machine.startMount("myfs")) == .success)
    #expect(machine.remove() == .success)
    #expect(machine.kernel.filesystems.count == 1 && machine.kernel.leaks.isEmpty)
    #expect(machine.finish(machine.startMount("myfs")) == .error(.EINVAL))
    #expect(machine.probe() == .success)
    #expect(machine.unmount("myfs") == .success)
    #expect(machine.kernel.filesystems.count == 1 && machine.kernel.leaks.isEmpty)
    #expect(machine.remove() == .success)
    #expect(machine.kernel.filesystems.count == 0 && machine.kernel.queueArrays.count == 0)
  }

  @Test("The driver leaves while the superblock is being filled in")
  func removedMeanwhile() throws {
    var machine = try Machine.probed(.v6_12)
    let mount = machine.startMount("myfs")
    machine.advance(mount, to: "virtio_fs_fill_super.lockInstances")
    #expect(machine.remove() == .success)
    #expect(machine.finish(mount) == .error(.EINVAL))
    #expect(machine.kernel.filesystems.count == 0 && machine.kernel.superblocks.count == 0)
    #expect(machine.kernel.leaks.isEmpty && machine.oops == nil)
  }

  @Test(
    "In the reviewed patch a device is mounted once, a wrong tag is -ENOENT, and a missing window is nothing")
  func patchV2() throws {
    var machine = try Machine.probed(.patchV2)
    #expect(machine.finish(machine.startMount("other")) == .error(.ENOENT))
    #expect(machine.finish(machine.startMount("myfs", .dax)) == .success)
    #expect(machine.finish(machine.startMount("myfs")) == .error(.EBUSY))
    #expect(
      machine.messages.suffix(2).map(\.line) == [
        "virtio-fs: tag <other> not found", "virtio-fs: device already in use",
      ])
    // Its instance is devres memory, and the mount does not hold it.
    #expect(machine.remove() == .success)
    #expect(machine.kernel.filesystems.count == 0)
    #expect(machine.unmount("myfs") == nil)
    #expect(machine.oops?.kind == .useAfterFree)
    #expect(machine.oops?.message.contains("devres_release_all.releaseNewest") == true)
  }

  @Test("Every line of a mount that names an error can be made to fail", arguments: KernelRelease.all)
  func faults(_ release: KernelRelease) throws {
    let functions = [FunctionID.virtioFsGetTree, .virtioFsFillSuper]
    for function in functions {
      for (position, line) in function.lines(in: release).enumerated() {
        for errno in line.note.failsWith {
          var machine = try Machine.probed(release)
          let before = machine.kernel
          machine.arm(Fault(.site(Site(function, UInt8(position))), errno))
          let result = machine.finish(machine.startMount("myfs"))
          #expect(result == .error(errno), "\(function.name).\(line.name)")
          #expect(machine.kernel.filesystems == before.filesystems)
          #expect(machine.kernel.superblocks.count == 0 && machine.oops == nil)
        }
      }
    }
  }
}
