import Testing

@testable import DaxModel

/// Reads that never come back, as real kernels were seen to hang.
@Suite struct HangTests {
  static func mounted(_ release: KernelRelease, ranges: UInt64) throws -> Machine {
    let attachment = try MachineConfiguration.syntheticDevice(
      release: release, window: ByteCount(ranges << 21))
    var device = MachineConfiguration.Device(attachment)
    try device.files.hostCreate("f", .pattern(size: ByteCount(8 << 20), seed: "f"))
    var machine = Machine(MachineConfiguration(release: release, devices: [device]))
    #expect(machine.probe() == .success)
    #expect(machine.finish(machine.startMount("myfs", .dax)) == .success)
    #expect(machine.finish(machine.start(.open("f", .readWrite))) == .int(3))
    return machine
  }

  @Test(
    "One range, and a read into a mapping of another part of the file: the page fault inside the copy never ends",
    arguments: [KernelRelease.v6_1, .v6_12, .v7_3], [1, 4] as [UInt64])
  func selfMapping(_ release: KernelRelease, _ ranges: UInt64) throws {
    var machine = try Self.mounted(release, ranges: ranges)
    let map = MapRequest(length: 8 << 20, protection: 3)
    #expect(machine.finish(machine.start(.mmap(3, map))) == .int(1))
    let address = try #require(machine.kernel.address(of: 1))
    let target = IovIter([.init(address: address + (4 << 20), length: 4096)])
    let read = machine.start(.pread(3, offset: 0, target))
    _ = machine.run(read)
    machine.passTime()
    _ = machine.run(read)
    if ranges > 1 {
      #expect(machine.task(read)?.result == .int(4096))
      return
    }
    #expect(machine.place(of: read) == "__fuse_dax_fault.waitForRange")
    let hang = try #require(machine.hangs.first { $0.task == read })
    #expect(hang.message.contains("free range") && hang.message.contains("the only one is in use"))
    #expect(machine.oops == nil)
  }

  @Test(
    "A read of 0 bytes never comes back up to 5.10, and is 0 later",
    arguments: KernelRelease.all.filter { $0 != .v6_16 && $0 != .v6_17rc1 })
  func nothing(_ release: KernelRelease) throws {
    var machine = try Self.mounted(release, ranges: 4)
    let read = machine.start(.pread(3, offset: 0, IovIter([])))
    _ = machine.run(read)
    let hangs = [KernelRelease.patchV2, .v5_10].contains(release)
    #expect((machine.task(read)?.result == .success) == !hangs)
    #expect(machine.hangs.isEmpty == !hangs)
  }

  @Test("A window of less than 2 MiB has no range: the patch mounts it, and the first read waits for ever")
  func tooSmall() throws {
    let attachment = try MachineConfiguration.syntheticDevice(release: .patchV2, window: ByteCount(1 << 20))
    var device = MachineConfiguration.Device(attachment)
    try device.files.hostCreate("f", .pattern(size: ByteCount(8192), seed: "f"))
    var machine = Machine(MachineConfiguration(release: .patchV2, devices: [device]))
    #expect(machine.probe() == .success)
    #expect(machine.finish(machine.startMount("myfs", .dax)) == .success)
    #expect(machine.finish(machine.start(.open("f", []))) == .int(3))
    let read = machine.start(.pread(3, offset: 0, IovIter(buffers: [100], on: .x86_64)))
    _ = machine.run(read)
    #expect(machine.place(of: read) == "fuse_dax_read_iter.waitForRange")
    #expect(machine.hangs.count == 1)
  }

  @Test(
    "A page of the buffer that is taken away right before the copy is faulted in again, and no byte is lost",
    arguments: [KernelRelease.patchV2, .v6_1, .v6_12, .v7_3])
  func takenAway(_ release: KernelRelease) throws {
    var machine = try Self.mounted(release, ranges: 4)
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 8 << 20, protection: 3)))) == .int(1))
    let address = try #require(machine.kernel.address(of: 1))
    let target = IovIter([.init(address: address + (4 << 20), length: 100)])
    let read = machine.start(.pread(3, offset: 0, target))
    let copy = release.has(.copyIsDriverOperation) ? "virtio_fs_copy_to_iter.copy" : "dax_copy_to_iter.copy"
    machine.advance(read, to: copy)
    #expect(machine.place(of: read) == copy)
    let inode = try #require(machine.kernel.process.mapping(1)?.inode)
    machine.kernel.unmapPages(of: inode, from: 0, length: .max, takesCopies: false)
    #expect(machine.finish(read) == .int(100))
    let files = try #require(machine.server(of: 0)?.files)
    let right = FilePattern(seed: "f").bytes(at: 0, count: 100)
    #expect(try files.hostRead("f", at: FileOffset(4 << 20), count: 100) == right)
  }

  @Test("The host makes a file shorter than the guest believes: the next load kills the machine")
  func shortened() throws {
    var machine = try Self.mounted(.v6_12, ranges: 4)
    let buffer = IovIter(buffers: [4096], on: .x86_64)
    #expect(machine.finish(machine.start(.pread(3, offset: 1 << 20, buffer))) == .int(4096))
    _ = machine.changeServer(of: 0) { try? $0.files.hostTruncate("f", to: ByteCount(8192)) }
    _ = machine.run(machine.start(.pread(3, offset: 1 << 20, buffer)))
    #expect(machine.oops?.kind == .deviceDeath)
    #expect(machine.oops?.site.description(in: .v6_12) == "dax_copy_to_iter.copy")
  }
}
