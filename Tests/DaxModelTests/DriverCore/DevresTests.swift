import Testing

@testable import DaxModel

/// Managed resources: newest first, and groups of them.
@Suite struct DevresTests {
  private static let here = Site(.reallyProbe, 0)

  /// A list of regions 1, 2, 3 … and the marks of groups: `"1 (7 2 )7 3"`.
  private func list(_ text: String) -> DevresList {
    var list = DevresList()
    for word in text.split(separator: " ") { list.add(content(String(word)), at: Self.here) }
    return list
  }

  private func content(_ word: String) -> DevresNode.Content {
    if word.hasPrefix("(") { return .groupOpen(Int(word.dropFirst()) ?? 0) }
    if word.hasPrefix(")") { return .groupClose(Int(word.dropFirst()) ?? 0) }
    return .region(PhysicalRange(PhysicalAddress((UInt64(word) ?? 0) << 12), length: ByteCount(4096)))
  }

  private func words(_ nodes: [DevresNode]) -> String {
    nodes.map { node in
      switch node.content {
      case .groupOpen(let id): "(\(id)"
      case .groupClose(let id): ")\(id)"
      case .region(let range): "\(range.start.frame.rawValue)"
      case .memory, .memremap, .action: "?"
      }
    }.joined(separator: " ")
  }

  @Test("All are taken newest first, and the list is empty then")
  func lastInFirstOut() {
    var list = list("1 2 3 4")
    #expect(words(list.takeAll()) == "4 3 2 1")
    #expect(list.nodes.isEmpty)
    #expect(list.takeAll().isEmpty)
  }

  @Test(
    "A group is released with what lies in it and with the groups that lie wholly inside",
    arguments: [
      // list, group, taken, left
      ("1 (7 2 3 )7 4", 7, ")7 3 2 (7", "1 4"),
      ("1 (7 2 3", 7, "3 2 (7", "1"),
      ("1 (7 2 (8 3 )8 4 )7 5", 7, ")7 4 )8 3 (8 2 (7", "1 5"),
      ("1 (7 2 (8 3 )8 4 )7 5", 8, ")8 3 (8", "1 (7 2 4 )7 5"),
      // Overlapping: the mark of the other group stays, its contents in the span go.
      ("(7 1 (8 2 )7 3 )8 4", 7, ")7 2 1 (7", "(8 3 )8 4"),
      ("(7 1 (8 2 )7 3 )8 4", 8, ")8 3 2 (8", "(7 1 )7 4"),
      // A group that is still open reaches to the end.
      ("(7 1 (8 2 )7 3", 8, "3 2 (8", "(7 1 )7"),
      ("(7 1 (8 2", 7, "2 (8 1 (7", ""),
      ("1 2", 7, "", "1 2"),
      ("(7 )7", 7, ")7 (7", ""),
      // The newest group of that name.
      ("(7 1 )7 (7 2 )7", 7, ")7 2 (7", "(7 1 )7"),
    ])
  func releaseGroup(_ text: String, _ id: Int, _ taken: String, _ left: String) {
    var list = list(text)
    #expect(words(list.takeGroup(id)) == taken)
    #expect(words(list.nodes) == left)
  }

  @Test(
    "Removing a group forgets its marks alone",
    arguments: [
      ("1 (7 2 )7 3", 7, "1 2 3", true), ("1 (7 2", 7, "1 2", true), ("1 2", 7, "1 2", false),
      ("(7 (8 1 )8 )7", 7, "(8 1 )8", true), ("(7 1 )7 (7 2 )7", 7, "(7 1 )7 2", true),
    ])
  func removeGroup(_ text: String, _ id: Int, _ left: String, _ isFound: Bool) {
    var list = list(text)
    #expect(list.removeGroup(id) == isFound)
    #expect(words(list.nodes) == left)
  }

  @Test("Removing an action forgets the newest such and does not run it")
  func removeAction() throws {
    var machine = try Machine.probed(.v6_12)
    let daxDevice = try #require(machine.kernel.daxDevice(of: 0))
    #expect(machine.kernel.devices[0].devres.remove(.cleanupDax(daxDevice)) == true)
    #expect(machine.kernel.devices[0].devres.remove(.cleanupDax(daxDevice)) == false)
    #expect(machine.kernel.daxDevices.isLive(daxDevice))
    #expect(machine.remove() == .success)
    // Nobody has killed or dropped the DAX device: that is the leak.
    #expect(machine.kernel.leaks == ["struct dax_device#0 is not freed"])
  }

  @Test("devm_add_action() that fails runs nothing; devm_add_action_or_reset() runs the action at once")
  func orReset() throws {
    // The reviewed patch adds the wait plainly: it would hang if it ran, since nobody has killed the count.
    var machine = try Machine.standard(.patchV2)
    machine.arm(
      Fault(.site(try #require(FunctionID.virtioFsSetupDax.site("registerExit", in: .patchV2))), .ENOMEM))
    var events = machine.run(machine.startProbe(0))
    #expect(!events.contains { $0.site.function == .virtioFsPercpuExit })
    #expect(machine.tasks.last?.result == .error(.ENOMEM))

    for release in KernelRelease.all {
      machine = try Machine.standard(release)
      machine.arm(
        Fault(.site(try #require(FunctionID.virtioFsSetupDax.site("registerCleanup", in: release))), .ENOMEM))
      events = machine.run(machine.startProbe(0))
      let calls = events.filter { $0.site.function == .virtioFsCleanupDax }.map { $0.site.line(in: release) }
      #expect(calls == (release == .patchV2 ? ["readPointer", "killDax", "putDax"] : ["killDax", "putDax"]))
      #expect(machine.kernel.daxDevices.count == 0)
    }
  }

  @Test("A device with managed resources is not probed, and nothing is cleaned up")
  func presentBeforeProbe() throws {
    var machine = try Machine.standard(.v6_12)
    machine.kernel.devices[0].devres.add(content("1"), at: Self.here)
    #expect(machine.probe() == .error(.EBUSY))
    #expect(words(machine.kernel.devices[0].devres.nodes) == "1")
    #expect(machine.messages.contains { $0.text == "Resources present before probing" })
  }
}
