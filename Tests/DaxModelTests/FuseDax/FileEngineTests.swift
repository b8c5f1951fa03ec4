import Testing

@testable import DaxModel

/// Reads and writes of files through every way of copying.
@Suite struct FileEngineTests {
  private static let size = 5 << 20

  private static func mounted(
    _ release: KernelRelease, _ assumption: Assumption? = nil, engine: CopyEngine? = nil
  ) throws -> Machine {
    let attachment = try MachineConfiguration.syntheticDevice(release: release, window: ByteCount(8 << 20))
    var device = MachineConfiguration.Device(attachment)
    try device.files.hostCreate("f", .pattern(size: ByteCount(UInt64(size)), seed: "f"))
    var configuration = MachineConfiguration(release: release, devices: [device])
    configuration.assumption = assumption
    var machine = Machine(configuration)
    #expect(machine.probe() == .success)
    #expect(machine.finish(machine.startMount("myfs", .dax)) == .success)
    #expect(machine.finish(machine.start(.open("f", .readWrite))) == .int(3))
    machine.choose(engine)
    return machine
  }

  /// Reads and writes pieces that begin and end at any multiple of a unit, and compares the file with an array.
  private func check(_ machine: inout Machine, seed: UInt64, unit: Int = 1) throws {
    var random = SplitMix64(seed: seed)
    var bytes = FilePattern(seed: "f").bytes(at: 0, count: Self.size)
    for round in 0..<24 {
      let offset = random.below((Self.size - 9000) / unit) * unit
      let length = (1 + random.below(9000 / unit)) * unit
      let address = machine.kernel.architecture.userBuffer + UInt64(random.below(5000) / unit * unit)
      let cut = UInt64(random.below(length) / unit * unit)
      let iter = IovIter([
        .init(address: address, length: cut), .init(address: address + 69_632, length: UInt64(length) - cut),
      ])
      if round % 2 == 0 {
        #expect(
          machine.finish(machine.start(.pread(3, offset: UInt64(offset), iter))) == .int(Int64(length)))
        let got =
          machine.readUser(address, count: Int(cut))
          + machine.readUser(address + 69_632, count: length - Int(cut))
        let isRight = got == Array(bytes[offset..<offset + length])
        #expect(isRight)
      } else {
        let new = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.below(256)) }
        machine.writeUser(Array(new[..<Int(cut)]), at: address)
        machine.writeUser(Array(new[Int(cut)...]), at: address + 69_632)
        #expect(
          machine.finish(machine.start(.pwrite(3, offset: UInt64(offset), iter))) == .int(Int64(length)))
        bytes.replaceSubrange(offset..<offset + length, with: new)
      }
    }
    let host = try #require(machine.server(of: 0))
    let isRight = try host.files.hostRead("f", at: FileOffset(0), count: Self.size) == bytes
    #expect(isRight)
  }

  @Test(
    "On x86-64 every engine moves the right bytes, and its instructions are counted",
    arguments: CopyEngine.names)
  func everyEngine(_ name: String) throws {
    for release in [KernelRelease.v5_10, .v6_12] {
      var machine = try Self.mounted(release, engine: CopyEngine.named(name))
      // Rule B has pieces that the instructions refuse: not so at the start of a page.
      try check(&machine, seed: UInt64(name.utf8.count), unit: name == "zpci-b" ? 4096 : 1)
      #expect(machine.kernel.copyCounts.instructions.reduce(0) { $0 + $1.count } >= 24)
    }
  }

  @Test(
    "The kernel's own choice on x86-64 is a plain copy for reads and for writes: the device is not NOCACHE")
  func natural() throws {
    var machine = try Self.mounted(.v6_12)
    try check(&machine, seed: 9)
    #expect(machine.kernel.copyCounts.instructions.map(\.instruction) == [.repMovsb])
  }

  @Test(
    "s390x, if the remap is taken to succeed: the first read dies at its first byte, as the patch would",
    arguments: [KernelRelease.patchV2, .v5_10, .v6_1, .v6_12, .v7_3])
  func plainOnCookie(_ release: KernelRelease) throws {
    let built = release.built(for: .s390x)
    var machine = try Self.mounted(built, .remap)
    let buffer = IovIter(buffers: [4096], on: .s390x)
    let read = machine.start(.pread(3, offset: 8192, buffer))
    _ = machine.run(read)
    let oops = try #require(machine.oops)
    #expect(oops.kind == .cookieDereference)
    let copier =
      machine.kernel.release.has(.copyIsDriverOperation) ? "virtio_fs_copy_to_iter" : "dax_copy_to_iter"
    #expect(oops.site.description(in: machine.kernel.release) == copier + ".copy")
    #expect(oops.address == machine.kernel.instance(of: 0)?.windowAddress.advanced(by: ByteCount(8192)))
    #expect(
      machine.readUser(buffer.segments[0].address, count: 1)
        != FilePattern(seed: "f").bytes(at: 8192, count: 1))
  }

  @Test(
    "s390x with PCI instructions: the bytes come right, and are counted",
    arguments: ["zpci-a", "zpci-b"], [KernelRelease.v5_10, .v6_1])
  func zpci(_ name: String, _ release: KernelRelease) throws {
    var machine = try Self.mounted(release.built(for: .s390x), .remap, engine: CopyEngine.named(name))
    let buffer = IovIter(buffers: [4096], on: .s390x)
    let before = machine.kernel.copyCounts
    #expect(machine.finish(machine.start(.pread(3, offset: 8192, buffer))) == .int(4096))
    #expect(
      machine.readUser(buffer.segments[0].address, count: 4096)
        == FilePattern(seed: "f").bytes(at: 8192, count: 4096))
    let counts = machine.kernel.copyCounts.since(before)
    #expect(counts.instructions.map(\.instruction.name) == ["PCILG"])
    #expect(counts.instructions.map(\.count) == [512])
    #expect(machine.finish(machine.start(.pwrite(3, offset: 0, buffer))) == .int(4096))
    let host = try #require(machine.server(of: 0))
    #expect(
      try host.files.hostRead("f", at: FileOffset(0), count: 4096)
        == FilePattern(seed: "f").bytes(at: 8192, count: 4096))
    #expect(machine.kernel.copyCounts.instructions.contains { $0.instruction.name == "PCISTB" })
    // The engine is the kernel's: a program that loads through its mapping uses plain instructions.
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 4096)))) == .int(1))
    let load = machine.finish(machine.start(.load(1, offset: 0, buffer)))
    #expect(load == .signal(Signal(number: 4, code: 3, offset: 0)))
  }

  @Test("s390x with the window taken to be memory: MVC is right")
  func windowIsMemory() throws {
    var machine = try Self.mounted(KernelRelease.v6_12.built(for: .s390x), .memory)
    try check(&machine, seed: 4)
    #expect(machine.kernel.copyCounts.instructions.map(\.instruction) == [.mvc])
  }

  @Test("A page of the caller that is not there ends the copy: short, or -EFAULT")
  func absentPage() throws {
    var machine = try Self.mounted(.v6_12)
    let short = IovIter(buffers: [8192], on: .x86_64, absentByte: 5000)
    #expect(machine.finish(machine.start(.pread(3, offset: 0, short))) == .int(4096))
    let none = IovIter(buffers: [8192], on: .x86_64, absentByte: 0)
    #expect(machine.finish(machine.start(.pread(3, offset: 0, none))) == .error(.EFAULT))
  }
}
