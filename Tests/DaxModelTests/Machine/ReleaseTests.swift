import Foundation
import Testing

@testable import DaxModel

/// What neighbouring releases do differently: every row is a fact, and there are no other differences.
@Suite struct ReleaseTests {
  /// A row of the table of changes.
  struct Change: Sendable, CustomTestStringConvertible {
    /// The release of Linux in which it changed.
    var release: String
    var from: String
    var to: String
    var item: String
    var goesOn: Bool
    /// Whether only builds for s390x have it.
    var isS390xOnly: Bool
    /// What is known of it, in short.
    var fact: String

    /// Whether a switch stands for it: else the fact says why not.
    var isModelled: Bool { item != "-" }
    var testDescription: String { "\(from) to \(to): \(item)" }

    init?(_ line: Substring) {
      let fields = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard fields.count == 7, !line.hasPrefix("#") else { return nil }
      (release, from, to, item) = (fields[0], fields[1], fields[2], fields[3])
      goesOn = fields[4] == "on"
      isS390xOnly = fields[5] == "s390x"
      fact = fields[6]
    }
  }

  static let table: [Change] =
    ((try? Fixtures.text("release-changes.txt")) ?? "").split(separator: "\n").compactMap { Change($0) }

  @Test("Neighbours differ in what the table says and in nothing else", arguments: Architecture.allCases)
  func neighbours(_ architecture: Architecture) {
    #expect(Self.table.count > 40)
    for (from, to) in zip(KernelRelease.all, KernelRelease.all.dropFirst()) {
      let (before, after) = (from.built(for: architecture), to.built(for: architecture))
      let rows = Self.table.filter {
        $0.from == from.name && $0.to == to.name && (architecture == .s390x || !$0.isS390xOnly)
      }
      let named = rows.map(\.item)
      #expect(Set(named).count == named.count, "\(from.name) to \(to.name) has a row twice")
      #expect(
        before.differences(to: after).map(\.name).sorted() == named.sorted(),
        "\(from.name) to \(to.name) on \(architecture)")
      #expect(after.differences(to: before) == before.differences(to: after))
      for row in rows {
        let item = ReleaseSwitch.allCases.first { $0.name == row.item }
        #expect(
          item.map { after.has($0) == row.goesOn && before.has($0) != row.goesOn } == true,
          "\(row.testDescription)")
      }
    }
  }

  @Test("Every row is about neighbours, or says why no switch stands for it")
  func rows() {
    let names = KernelRelease.all.map(\.name)
    for row in Self.table {
      #expect(row.fact.count > 10)
      if !row.isModelled { continue }
      let place = names.firstIndex(of: row.from)
      #expect(place.map { names[$0 + 1] } == row.to, "\(row.testDescription) are no neighbours")
    }
  }

  @Test("The releases stand in the order of time")
  func order() {
    #expect(
      KernelRelease.all.map(\.name) == [
        "patch-v2", "5.10", "5.15", "6.1", "6.12", "6.15", "6.16", "6.17-rc1", "6.17", "7.3",
      ])
    for release in KernelRelease.all { #expect(KernelRelease.named(release.name) == release) }
  }

  // MARK: The length that nobody has set

  private static func machine(
    _ release: KernelRelease, garbage: Bool, _ transport: Transport = .pci,
    window: ByteCount? = MachineConfiguration.windowLength
  ) throws -> Machine {
    let device = try MachineConfiguration.syntheticDevice(
      transport: transport, release: release, window: window)
    var configuration = MachineConfiguration(release: release, devices: [.init(device)])
    configuration.stackHoldsGarbage = garbage
    return Machine(configuration)
  }

  @Test(
    "With a zeroed stack 6.16 never finds the window, and the probe succeeds without",
    arguments: KernelRelease.all, [Transport.pci, .mmio])
  func zeroedStack(_ release: KernelRelease, _ transport: Transport) throws {
    var machine = try Self.machine(release, garbage: false, transport)
    #expect(machine.probe() == .success)
    let isBlind = [.v6_16, .v6_17rc1].contains(release)
    #expect((machine.kernel.window(of: 0) == nil) == isBlind)
    #expect(machine.messages.contains { $0.text.hasSuffix("No cache capability") } == isBlind)
    #expect((machine.kernel.daxDevice(of: 0) == nil) == isBlind)
    if isBlind {
      #expect(
        machine.finish(machine.startDirectAccess(0, at: PageOffset(0), pages: 1)) == .error(.EOPNOTSUPP))
    }
  }

  @Test(
    "With garbage on the stack the window is found as before", arguments: [KernelRelease.v6_16, .v6_17rc1])
  func garbage(_ release: KernelRelease) throws {
    for transport in [Transport.pci, .mmio] {
      var machine = try Self.machine(release, garbage: true, transport)
      #expect(machine.probe() == .success)
      #expect(machine.kernel.window(of: 0)?.length == MachineConfiguration.windowLength)
    }
    var without = try Self.machine(release, garbage: true, window: nil)
    #expect(without.probe() == .success && without.kernel.window(of: 0) == nil)
  }

  @Test("The test asks the wrong question: a region of length 0 passes it if there is garbage")
  func lengthZero() throws {
    func probe(_ release: KernelRelease, garbage: Bool) -> Value? {
      let registers = MmioRegisters(
        window: SharedMemoryRegion(address: MachineConfiguration.windowBase, length: ByteCount(0)))
      var configuration = MachineConfiguration(release: release, devices: [.init(.mmio(registers))])
      configuration.stackHoldsGarbage = garbage
      var machine = Machine(configuration)
      return machine.probe()
    }
    let without = probe(.v6_15, garbage: false)
    #expect(without?.errno != nil, "a window of length 0 cannot be mapped")
    #expect(probe(.v6_16, garbage: true) == without)
    #expect(probe(.v6_16, garbage: false) == .success)
  }

  // MARK: The physical address for a frame

  @Test("The pfn is the physical address in 6.17-rc1 alone", arguments: KernelRelease.all)
  func handedOut(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let base = MachineConfiguration.windowBase.rawValue
    for outputs in [AccessOutputs.both, .frame, .address] {
      let value = machine.finish(
        machine.startDirectAccess(0, at: PageOffset(5), pages: 1, outputs: outputs))
      guard case .access(let access) = value else {
        Issue.record("no access")
        continue
      }
      let frame = release == .v6_17rc1 ? base + 5 * 4096 : base / 4096 + 5
      #expect(access.frame?.rawValue == (outputs.contains(.frame) ? frame : nil))
      #expect(access.pages == 1)
      if outputs.contains(.address) {
        #expect(access.address?.rawValue == 0xffff_8880_0000_0000 + base + 0x5000)
      }
    }
  }

  @Test(
    "Who needs only the address does not notice; a page fault dies",
    arguments: [KernelRelease.v6_17rc1, .v6_17])
  func usersOfTheFrame(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let word = MachineConfiguration.windowBase.rawValue + 5 * 4096
    #expect(machine.finish(machine.startReader(0, at: PageOffset(5))) == .int(Int64(word)))
    let task = try machine.pin(at: 5)
    _ = machine.run(task)
    guard release == .v6_17rc1 else {
      #expect(machine.task(task)?.result == .success && machine.oops == nil)
      return
    }
    #expect(machine.oops?.kind == .badAddress)
    #expect(machine.oops?.site.description(in: release) == "pin.mapPage")
    let wrong = MachineConfiguration.windowBase.rawValue + 5 * 4096
    #expect(machine.oops?.address == Architecture.x86_64.pageStruct(of: PageFrameNumber(wrong)))
  }
}
