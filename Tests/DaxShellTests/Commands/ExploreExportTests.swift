import Testing

@testable import DaxModel
@testable import DaxShell

/// A schedule as a script: whoever runs it stands where the search has been.
@Suite("Exported schedules") struct ExploreExportTests {
  /// How a machine was made, and what is explored on it.
  struct Way: Sendable, CustomTestStringConvertible {
    var name: String
    var lines: [String]
    var explore: String
    var testDescription: String { name }
  }

  static let dump = "Examples/machines/virtiofs-dax"

  static let ways: [Way] = [
    Way(name: "the reviewed patch", lines: ["new kernel=patch-v2", "probe"], explore: "remove pin"),
    Way(name: "the machine of the beginning", lines: ["probe"], explore: "remove hold"),
    Way(
      name: "after many other things",
      lines: ["probe", "remove", "new kernel=5.10", "step 20", "new kernel=patch-v2 window=8M", "probe"],
      explore: "remove reader:3 pin:5 times=2"),
    Way(
      name: "a dump, read before the last new",
      lines: [
        "lspci \(dump).lspci.txt resources=\(dump).resources.txt", "new kernel=6.12", "use 00:02.0", "probe",
      ], explore: "remove hold"),
    Way(
      name: "two devices",
      lines: ["new kernel=patch-v2", "device add", "device 1", "probe", "device 0", "probe"],
      explore: "remove@1 pin@1 remove"),
    Way(name: "a failure", lines: ["new kernel=patch-v2"], explore: "probe faults=1"),
    Way(
      name: "a failure asked for before, and two on the way",
      lines: ["new kernel=patch-v2", "inject devm_kzalloc ENOMEM nth=9"], explore: "probe faults=2"),
    Way(
      name: "a changed kernel",
      lines: ["new kernel=patch-v2", "try move registerExit after remapPages", "probe"], explore: "remove pin"
    ),
    Way(
      name: "after going back",
      lines: ["new kernel=patch-v2", "probe", "start remove", "step 30", "back 25", "task"], explore: "pin"),
    Way(
      name: "after going to a step and on",
      lines: [
        "step 3", "new kernel=patch-v2", "probe", "start remove", "step 9", "goto 80", "goto 83", "step",
      ],
      explore: "pin"),
    Way(
      name: "after going back to before the last new",
      lines: ["probe", "start remove", "step 4", "new kernel=5.10", "probe", "goto 91", "spawn pin 3"],
      explore: ""),
    Way(
      name: "with breakpoints, some of them gone",
      lines: [
        "new kernel=patch-v2", "break kill_dax", "break pin.putPage", "delete 1", "probe",
        "spawn pin 2 steps=1",
        "start remove", "break devm_memremap_pages_release.putPages", "continue",
      ], explore: ""),
    Way(
      name: "with breakpoints from before the last new",
      lines: ["break virtio_fs_setup_dax", "new kernel=patch-v2", "start probe", "continue", "finish"],
      explore: "faults=1"),
    Way(
      name: "tasks that are there",
      lines: [
        "new kernel=patch-v2", "probe", "spawn reader 2 times=3 steps=4", "spawn pin 1 steps=1",
        "start remove",
        "step 6", "task 2",
      ], explore: ""),
    Way(
      name: "under a mount", lines: ["new kernel=6.12", "probe", "mount myfs dax=always"],
      explore: "remove reader"),
    Way(
      name: "s390x with ZONE_DEVICE",
      lines: ["new arch=s390x kernel=6.12 assume=remap", "probe"], explore: "remove pin"),
    Way(
      name: "a command on two lines, and a comment",
      lines: ["new \\", "  kernel=patch-v2   # reviewed", "probe"], explore: "unbind pin"),
  ]

  private func hex(_ digest: UInt64) -> JSON { .text("0x" + String(digest, radix: 16)) }

  @Test(
    "source stands at the violation, in the same session and in a fresh one, and back works", arguments: ways)
  func source(_ way: Way) throws {
    var shell = TestShell()
    for line in way.lines { #expect(shell.complaint(line) == "") }
    let found = try shell.result("explore \(way.explore)")["violations"].elements
    #expect(!found.isEmpty)
    for (index, violation) in found.enumerated() where index < 2 || index == found.count - 1 {
      let answer = try shell.result("explore \(way.explore) export=f.dax violation=\(index + 1)")
      #expect(answer["exported"] == "f.dax" && answer["violations"].elements == found)
      let script = String(decoding: shell.session.host.files["f.dax"] ?? [], as: UTF8.self)
      var same = shell
      var fresh = TestShell(files: ["f.dax": script])
      for session in [0, 1] {
        var here = session == 0 ? same : fresh
        let reply = here.session.run("source f.dax")
        #expect(reply.diagnostics == "", "\(script)")
        #expect(hex(here.digest) == violation["state"], "\(session): \(script)")
        #expect((here.session.machine.oops != nil) == (violation["kind"] == "oops"))
        let count = violation["schedule"].elements.count
        // Back over every line of the schedule. A failure that was asked for is a moment of its own.
        let faults = violation["schedule"].elements.filter { $0["fault"] != nil }.count
        let back = try here.result("back \(count + faults)")
        #expect(back["event"] == "moved" && here.session.machine.oops == nil)
        here.run("goto end")
        #expect(hex(here.digest) == violation["state"])
        if session == 0 { same = here } else { fresh = here }
      }
    }
  }

  @Test("The script says what it is, how the machine is made, who runs, and how to go back")
  func script() {
    var shell = ExploreTests.probed()
    let text = shell.run("explore remove pin:5 export=fault.dax violation=3")
    #expect(text.hasSuffix("\nviolation 3 is in fault.dax: `source` it to stand there\n"))
    let script = String(decoding: shell.session.host.files["fault.dax"] ?? [], as: UTF8.self)
    #expect(
      script == """
        # Found by explore on Linux patch-v2: bad-address in pin.putPage, after 31 lines.
        # The struct page of pfn 0x8000005 is touched, but the memmap around it has been
        # removed.

        # The machine as it was.
        new kernel=patch-v2
        delete
        probe

        # The tasks.
        spawn remove
        spawn pin:5

        # Their lines, in the order that leads there.
        task 2
        step 24
        task 3
        step 1
        task 2
        step 1
        task 3
        step 1
        task 2
        step 2
        task 3
        step 2

        # The machine has died. `back` undoes it.
        oops

        """)
    // At the fault itself, one line back is before it.
    shell.run("source fault.dax")
    #expect(shell.run("where").contains("putPage"))
    #expect(shell.run("back").contains("pin.putPage"))
    #expect(shell.run("step").contains("OOPS"))
  }

  @Test("Breakpoints of the session that sources do not stop it; those of the machine are there again")
  func breakpoints() throws {
    var shell = ExploreTests.probed()
    shell.run("break pin.getPage")
    let state = try shell.result("explore remove pin export=f.dax")["violations"][0]["state"]
    shell.run("break kill_dax", "break put_dax", "source f.dax")
    #expect(hex(shell.digest) == state)
    #expect(try shell.result("breakpoints")["rows"].elements.map { $0["function"] } == ["pin"])
  }

  @Test("A run that was stopped by hand is kept as far as it went")
  func interrupted() throws {
    var shell = ExploreTests.probed()
    shell.session.beginConversation()
    shell.run("spawn reader 0 times=100000000000")
    shell.session.host.rest()
    shell.session.host.patience = 1
    #expect(try shell.result("continue")["stopped"] == "interrupted")
    shell.session.host.patience = .max
    let digest = shell.digest
    var again = TestShell()
    for line in shell.session.journal.lines { again.run(line) }
    #expect(again.digest == digest)
  }

  @Test("Nothing found is nothing written; a file that cannot be written is said")
  func nothing() throws {
    var shell = ExploreTests.probed("6.12")
    #expect(
      shell.run("explore remove user export=f.dax").hasSuffix("nothing was found, so nothing is exported\n"))
    #expect(try shell.result("explore remove user export=f.dax")["exported"] == nil)
    #expect(shell.session.host.files["f.dax"] == nil)
    shell.session.host.isReadOnly = true
    #expect(
      shell.complaint("explore remove hold export=f.dax").contains("f.dax cannot be written: read-only"))
  }

  // MARK: Any schedule

  /// What is searched for random schedules, and how many of them.
  static let searches: [(lines: [String], tasks: [String], faults: Int, count: Int)] = [
    (["new kernel=patch-v2 window=2M", "probe"], ["remove", "reader", "pin", "user"], 0, 200),
    (["new kernel=6.12 window=2M", "probe", "mount myfs dax=always"], ["remove", "reader", "pin"], 0, 150),
    (["new kernel=5.10 window=2M", "probe", "start remove", "step 5"], ["hold:1", "reader"], 0, 150),
    (["new kernel=patch-v2 window=2M"], ["probe"], 1, 150),
    (["new kernel=6.1 window=2M"], ["probe", "user"], 2, 150),
    (["new kernel=patch-v2 window=2M", "device add window=2M"], ["probe", "probe@1"], 1, 100),
    (["new kernel=6.16 window=2M stack=garbage", "probe"], ["remove", "probe", "pin"], 0, 100),
    (
      [
        "new kernel=6.12 window=4M", "host file a4m size=4M", "probe", "mount myfs dax", "open a4m rw",
        "start pread 3 0 8", "step 5",
      ], ["umount"], 2, 100
    ),
  ]

  @Test(
    "A thousand random schedules: the script of each leads to the digest that it stands for",
    arguments: searches.indices)
  func randomSchedules(_ index: Int) throws {
    let search = Self.searches[index]
    var shell = TestShell()
    for line in search.lines { #expect(shell.complaint(line) == "") }
    var requests: [TaskRequest] = []
    for word in search.tasks {
      requests.append(
        try TaskWord.parse(
          Token(word), device: shell.session.device, devices: shell.session.machine.kernel.devices.count))
    }
    var start = shell.session.machine
    for request in requests { #expect(start.start(request) != nil) }
    var options = Explorer.Options()
    options.faults = search.faults
    var explorer = Explorer(start, options)
    while explorer.advance(states: 1 << 14), explorer.stateCount < 60_000 {}
    var random = SplitMix64(state: UInt64(2026 + index))
    var lived = shell
    for round in 0..<search.count {
      let state = random.below(explorer.stateCount)
      let schedule = explorer.schedule(to: state)
      let wanted = schedule.replayed(on: start).digest
      let lines = shell.session.scheduleLines(requests, schedule)
      var fresh = TestShell()
      for line in lines { fresh.run(line) }
      #expect(fresh.digest == wanted, "seed \(2026 + index), state \(state): \(lines)")
      guard round % 10 == 0 else { continue }
      // The same in a session that has seen all the others.
      for line in lines { lived.run(line) }
      #expect(lived.digest == wanted)
    }
  }
}
