import Testing

@testable import DaxModel

/// How often bytes of a file are copied on each way.
@Suite struct CopyCountTests {
  private let buffer = IovIter(buffers: [8192], on: .x86_64)

  /// What a call has moved.
  private func counts(_ call: SystemCall, in machine: inout Machine) -> CopyCounts {
    let before = machine.kernel.copyCounts
    _ = machine.finish(machine.start(call))
    return machine.kernel.copyCounts.since(before)
  }

  private func mounted(_ option: DaxOption, flags: OpenFlags = .readWrite) throws -> Machine {
    let attachment = try MachineConfiguration.syntheticDevice(release: .v6_12, window: ByteCount(8 << 20))
    var device = MachineConfiguration.Device(attachment)
    try device.files.hostCreate("f", .pattern(size: ByteCount(4 << 20), seed: "f"))
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [device]))
    #expect(machine.probe() == .success)
    #expect(machine.finish(machine.startMount("myfs", option)) == .success)
    #expect(machine.finish(machine.start(.open("f", flags))) == .int(3))
    #expect(machine.kernel.copyCounts.isEmpty)
    return machine
  }

  @Test("With DAX a read or a write is one copy, and pages that were mapped are touched without one")
  func dax() throws {
    var machine = try mounted(.always)
    let read = counts(.pread(3, offset: 4096, buffer), in: &machine)
    #expect(read[.daxRead].bytes == 8192 && read[.daxRead].count == 1 && read.bytesCopied == 8192)
    let write = counts(.pwrite(3, offset: 4096, buffer), in: &machine)
    #expect(write[.daxWrite].bytes == 8192 && write.bytesCopied == 8192)
    let longer = counts(.pwrite(3, offset: 4 << 20, buffer), in: &machine)
    #expect(longer[.serverWrite].bytes == 8192 && longer[.daxWrite].count == 0)

    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 4 << 20)))) == .int(1))
    let load = counts(.load(1, offset: 0, buffer), in: &machine)
    #expect(load[.load].bytes == 8192 && load.bytesCopied == 0)
    #expect(load[.huge] == 1 && load[.page] == 0)
    let small = MapRequest(offset: 4096, length: 8192, protection: 3, flags: 2)
    #expect(machine.finish(machine.start(.mmap(3, small))) == .int(2))
    let store = counts(.store(2, offset: 0, buffer), in: &machine)
    #expect(store[.store].bytes == 8192 && store[.pageCopy].bytes == 8192 && store[.page] == 2)
  }

  @Test("Without DAX a read or a write is two copies, and a page that is cached is read by one")
  func buffered() throws {
    var machine = try mounted(.never)
    let first = counts(.pread(3, offset: 1 << 20, buffer), in: &machine)
    #expect(first[.pageFill].bytes == 8192 && first[.pageRead].bytes == 8192 && first.bytesCopied == 16384)
    let again = counts(.pread(3, offset: 1 << 20, buffer), in: &machine)
    #expect(again[.pageRead].bytes == 8192 && again.bytesCopied == 8192)
    let write = counts(.pwrite(3, offset: 4096, buffer), in: &machine)
    #expect(write[.pageWrite].bytes == 8192 && write[.serverWrite].bytes == 8192)
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 4 << 20)))) == .int(1))
    let load = counts(.load(1, offset: 1 << 20, buffer), in: &machine)
    // The first fault maps what is cached around it.
    #expect(load[.cached] == 1 && load.bytesCopied == 0)
  }

  @Test("With O_DIRECT the server's copy is the only one")
  func direct() throws {
    var machine = try mounted(.never, flags: OpenFlags(rawValue: 0o40002))
    let read = counts(.pread(3, offset: 4096, buffer), in: &machine)
    #expect(read[.directRead].bytes == 8192 && read.bytesCopied == 8192)
    let write = counts(.pwrite(3, offset: 4096, buffer), in: &machine)
    #expect(write[.serverWrite].bytes == 8192 && write.bytesCopied == 8192)
  }

  @Test("A search does not tell two kernels apart by what has been counted")
  func forgotten() throws {
    var machine = try mounted(.always)
    _ = counts(.pread(3, offset: 0, buffer), in: &machine)
    var other = machine
    _ = counts(.pread(3, offset: 0, buffer), in: &other)
    #expect(machine.kernel != other.kernel && machine.digest != other.digest)
    machine.kernel.forgetPath()
    other.kernel.forgetPath()
    #expect(machine.kernel == other.kernel)
  }
}
