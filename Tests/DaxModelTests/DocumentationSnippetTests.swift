import DaxModel
import Testing

/// The snippets of the documentation and of README.md, so that they keep compiling and stay true.
@Suite struct DocumentationSnippetTests {
  @Test func theOverviewOfTheLibrary() throws {
    // A device with a DAX window of 64 MiB, and the Linux that drives it.
    let device = try MachineConfiguration.syntheticDevice(
      release: .v6_12, window: ByteCount(64 << 20), base: PhysicalAddress(0x80_0000_0000))
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [.init(device)]))

    // Bind the driver, one line of the kernel at a time.
    let probe = machine.startProbe(0)
    while let event = machine.step(probe) {
      if event.site.function == .virtioFsSetupDax { print(event.site.description(in: .v6_12)) }
    }

    // Look at what it did.
    print(machine.task(probe)?.result ?? .void)  // 0
    print(machine.kernel.memory.memmapCost.pages)  // 256
    for entry in machine.kernel.log.entries { print(entry.line) }

    #expect(machine.task(probe)?.result == .int(0))
    #expect(machine.kernel.memory.memmapCost.pages == PageCount(256))
    #expect(!machine.kernel.log.entries.isEmpty)
  }

  @Test func goingBack() throws {
    let device = try MachineConfiguration.syntheticDevice(release: .patchV2, window: ByteCount(64 << 20))
    let machine = Machine(MachineConfiguration(release: .patchV2, devices: [.init(device)]))
    var timeline = Timeline(machine)
    let probe = timeline.change { $0.startProbe(0) }
    while timeline.advance(probe) != nil {}

    // Every moment is still there.
    let end = timeline.machine.digest
    let wasThere = timeline.go(to: 10)
    print(timeline.machine.site(of: probe)?.description(in: .patchV2) ?? "")

    #expect(wasThere)
    let cameBack = timeline.go(to: timeline.last)
    #expect(cameBack)
    #expect(timeline.machine.digest == end)
  }

  @Test func failureThatIsAskedFor() throws {
    let device = try MachineConfiguration.syntheticDevice(release: .v6_12)
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [.init(device)]))
    machine.arm(Fault(.operation(.devmKzalloc), .ENOMEM, nth: 2))
    let probe = machine.startProbe(0)
    _ = machine.run(probe)

    #expect(machine.task(probe)?.result?.errno == .ENOMEM)
    #expect(machine.kernel.leaks.isEmpty)
  }

  @Test func theProbeThatHangsInTheReadme() throws {
    let device = try MachineConfiguration.syntheticDevice(release: .patchV2, window: ByteCount(64 << 20))
    var machine = Machine(MachineConfiguration(release: .patchV2, devices: [.init(device)]))
    machine.arm(Fault(.operation(.getDevPagemap), .ENOMEM))
    let probe = machine.startProbe(0)
    _ = machine.run(probe)

    for hang in machine.hangs { print(hang.message) }
    #expect(machine.hangs.map(\.task) == [probe])
    #expect(machine.hangs.first?.site.function == .virtioFsPercpuExit)
  }

  @Test func aMachineOfOnesOwn() throws {
    struct ByteBus: CopySemantics {
      var name: String { "byte-bus" }

      func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
        for index in 0..<piece.length {
          try port.busRead(AccessInstruction("LB"), at: piece.offset + index, 1, to: piece.address + index)
        }
      }

      func write(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
        for index in 0..<piece.length {
          try port.busWrite(AccessInstruction("SB"), at: piece.offset + index, 1, from: piece.address + index)
        }
      }
    }
    let device = try MachineConfiguration.syntheticDevice(release: .v6_12)
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [.init(device)]))
    _ = machine.run(machine.startProbe(0))

    let memory = IovIter(buffers: [100], on: .x86_64)
    let report = machine.withWindow(0) { port in
      port.copy(.toIter, at: 4096, 100, memory, by: ByteBus())
    }
    print(report?.log.counts.first?.count ?? 0)  // 100

    #expect(report?.moved == 100)
    #expect(report?.log.count(of: AccessInstruction("LB")) == 100)
    let arrived = machine.kernel.memory.user.bytes(at: memory.segments[0].address, count: 100)
    let expected = machine.kernel.memory.physical.bytes(at: 0x80_0000_1000, count: 100)
    #expect(arrived == expected)
  }

  @Test func unitsThatDoNotMix() {
    let window = PhysicalRange(PhysicalAddress(0x80_0000_0000), length: ByteCount(1 << 30))
    #expect("\(window)" == "0x8000000000-0x803fffffff")
    #expect("\(window.length.pages)" == "262144")
    #expect("\(window.start.frame)" == "0x8000000")
    #expect("\(PageOffset(512).bytes)" == "0x200000")
    #expect("\(Errno.ENXIO)" == "-ENXIO")
    #expect(Errno.ENXIO.returnValue == -6)
  }
}
