import Testing

@testable import DaxModel
@testable import DaxShell

/// What `explore` takes and what it answers.
@Suite("Every order of several tasks") struct ExploreTests {
  /// A shell whose machine has a window, on the reviewed patch unless told otherwise.
  static func probed(_ release: String = "patch-v2") -> TestShell {
    var shell = TestShell()
    shell.run("new kernel=\(release)", "probe")
    return shell
  }

  // MARK: The answer

  @Test("A program reads states, transitions, violations with their schedules, and whether it is complete")
  func contract() throws {
    var shell = Self.probed()
    let answer = try shell.result("explore remove pin")
    #expect(
      answer.names == [
        "states", "transitions", "violations", "complete", "stopped", "remarks", "depth", "ends", "tasks",
        "lines_run", "unreached",
      ])
    #expect(answer["states"] == 223 && answer["transitions"] == 360)
    #expect(answer["complete"] == true && answer["stopped"] == nil && answer["remarks"] == [])
    #expect(answer["tasks"] == ["remove", "pin"])
    #expect(
      answer["depth"].isNumber && answer["ends"].isNumber && answer["lines_run"].isNumber)
    let violations = answer["violations"].elements
    #expect(violations.map { $0["kind"] } == ["oops", "invariant", "oops", "leak"])
    #expect(violations.map { $0["what"] } == ["bad-address", "invariant pages", "bad-address", "leak"])
    for violation in violations {
      #expect(
        violation.names == ["kind", "message", "what", "function", "line", "state", "schedule"])
      #expect(violation["message"].isText && violation["state"].isHex)
      let steps = violation["schedule"].elements
      #expect(steps.map { $0["step"] } == (1...steps.count).map { JSON.number(Int64($0)) })
      for step in steps {
        #expect(step.names == ["step", "task", "name", "function", "line", "fault"])
        #expect(step["task"] == (step["name"] == "remove" ? 2 : 3) && step["fault"] == nil)
      }
    }
    let last = violations[2]["schedule"].elements.last
    #expect(violations[2]["function"] == "pin" && violations[2]["line"] == "putPage")
    #expect(last?["function"] == "pin" && last?["line"] == "putPage")
    #expect(violations[3]["function"] == nil && violations[3]["line"] == nil)
  }

  @Test(
    "A person reads a summary, what goes wrong, numbered steps with function and line, and what ran never")
  func text() {
    var shell = Self.probed("6.12")
    let text = shell.run("explore remove hold")
    #expect(
      text.hasPrefix(
        """
        174 states, 278 transitions: every order of remove (task 2) and hold (task 3)
        1  invariant pages in pageunmap_range.removeMemory, after 37 lines
           The struct page of pfn 0x8000000 is removed while somebody uses the page (count 2).
        the shortest way to 1:
          1   task 2 (remove)   device_release_driver_internal.lockDevice
          2                     device_release_driver_internal.releaseDriver

        """), "\(text)")
    #expect(text.contains("task 3 (hold)     pin.lookupPagemap\n"))
    #expect(shell.run("explore remove user").contains("\nnothing goes wrong in any of them\n"))
    let early = shell.run("explore remove depth=1")
    #expect(early.contains("2 states, 1 transition: every order of remove (task 2)\n"))
    #expect(early.contains("It stopped at 1 line: 1 state has not been looked at.\n"))
    #expect(early.contains("nothing has gone wrong so far\n"))
    #expect(early.contains("not reached, of the functions that ran:\n  device_release_driver_internal: "))
  }

  @Test("A failure stands in the step that it was injected into")
  func fault() throws {
    var shell = TestShell()
    shell.run("new kernel=patch-v2")
    let answer = try shell.result("explore probe faults=1")
    let hang = try #require(answer["violations"].elements.first { $0["kind"] == "hang" })
    #expect(hang["function"] == "virtio_fs_percpu_exit" && hang["line"] == "waitForReference")
    #expect(hang["message"].text?.contains("nobody has killed the reference count") == true)
    let faults = hang["schedule"].elements.filter { $0["fault"] != nil }
    #expect(faults.map { $0["fault"] } == ["EINVAL"] && faults.map { $0["line"] } == ["checkReference"])
    let text = shell.run("explore probe faults=1")
    #expect(text.contains("every order of probe (task 1), with a failure anywhere\n"))
    #expect(text.contains("devm_memremap_pages.checkReference fails with -EINVAL\n"), "\(text)")
    #expect(shell.run("explore probe faults=2").contains("with up to 2 failures anywhere\n"))
  }

  @Test("Lines that no order reaches are named")
  func unreached() throws {
    var shell = TestShell()
    let gaps = try shell.result("explore probe")["unreached"].elements
    let setup = gaps.first { $0["function"] == "virtio_fs_setup_dax" }
    #expect(setup?["lines"] == ["cleanupNow", "killDax", "putDax", "returnError"])
    let faults = try shell.result("explore probe faults=1")["unreached"].elements
    #expect(!faults.contains { $0["function"] == "virtio_fs_setup_dax" })
  }

  // MARK: The tasks

  @Test(
    "A task is KIND, KIND:PGOFF or KIND@DEVICE; bind and unbind are other words",
    arguments: [
      ("remove", "remove"), ("unbind", "remove"), ("unb", "remove"), ("probe", "probe"), ("bind", "probe"),
      ("rebind", "probe"), ("pin:5", "pin"), ("pin:0x10", "pin"), ("pin:4@0", "pin"), ("reader@0", "reader"),
      ("hold", "hold"), ("unpin:3", "unpin"), ("user", "user"), ("mount", "mount"), ("res", ""),
    ])
  func words(_ word: String, _ name: String) throws {
    var shell = Self.probed("6.12")
    let answer = try shell.json("explore \(word) depth=2")
    #expect(answer["ok"] == .bool(!name.isEmpty))
    if !name.isEmpty { #expect(answer["result"]["tasks"] == [.text(name)]) }
  }

  @Test(
    "What is wrong with a task is said, and what helps",
    arguments: [
      ("explore remvoe", "no task is called `remvoe`", "hint: did you mean `remove`?"),
      ("explore pin:5 unbnid", "no task is called `unbnid`", "hint: did you mean `unbind`?"),
      ("explore x", "no task is called `x`", "for example pin:5 or probe@1"),
      ("explore u", "`u` is short for more than one task", "write more of `umount`, `unbind`, `unpin` or"),
      ("explore remove:3", "a remove is not about a page", "hint: write just remove"),
      ("explore user:0", "a user is not about a page", "hint: write just user"),
      ("explore probe@1", "there is no device 1", "`device add` adds a second one"),
      ("explore pin:x", "the page offset: `x` is not a number", "hint: "),
      ("explore pin@x", "the device: `x` is not a number", "hint: "),
      ("explore umount", "nothing is mounted that could be unmounted", "`mount` first"),
      ("explore", "there is no task whose lines could be ordered", "for example: explore remove pin"),
    ])
  func wrongTasks(_ line: String, _ message: String, _ hint: String) {
    var shell = Self.probed("6.12")
    let complaint = shell.complaint(line)
    #expect(complaint.contains(message) && complaint.contains(hint), "\(complaint)")
  }

  @Test("Who wants a page must have a window", arguments: ["pin", "hold", "unpin:3"])
  func noWindow(_ word: String) {
    var shell = TestShell()
    let complaint = shell.complaint("explore probe \(word)")
    #expect(complaint.contains("pinned") && complaint.contains("hint: `probe` first"), "\(complaint)")
    #expect(complaint.contains("  explore probe \(word)\n                ^"))
  }

  @Test("The device that commands are about is the one that a task without a device is about")
  func device() throws {
    var shell = TestShell()
    shell.run("device add", "device 1")
    #expect(shell.complaint("explore probe@2").contains("the devices are 0 to 1"))
    shell.run("probe")
    // Device 1 is bound already, so only one of the two probes has anything to do.
    #expect(try shell.result("explore probe")["states"].number ?? 0 < 10)
    #expect(try shell.result("explore probe@0")["states"].number ?? 0 > 50)
  }

  @Test("A reader without a mount: it is said that nobody holds the instance for it")
  func unmountedReader() throws {
    var shell = Self.probed("6.12")
    let remark = "Nothing is mounted, so nobody holds the instance for the reader"
    #expect(try shell.result("explore reader remove depth=3")["remarks"].elements.count == 1)
    #expect(shell.run("explore reader remove depth=3").contains(remark))
    #expect(!shell.run("explore pin remove depth=3").contains(remark))
    shell.run("mount myfs dax=always")
    #expect(!shell.run("explore reader remove depth=3").contains(remark))
    #expect(try shell.result("explore reader remove depth=3")["remarks"] == [])
  }

  @Test("Tasks that are there and have not finished take part, from where they stand")
  func present() throws {
    var shell = Self.probed()
    shell.run("spawn pin 5 steps=1", "start remove", "until devm_memremap_pages_release.putPages")
    let answer = try shell.result("explore")
    #expect(answer["tasks"] == ["pin", "remove"])
    let put = answer["violations"].elements.first { $0["function"] == "pin" }
    #expect(put?["schedule"].elements.count ?? 99 < 7)
    #expect(try shell.result("explore reader")["tasks"] == ["pin", "remove", "reader"])
    shell.run("task 2", "continue", "task 3", "continue")
    #expect(shell.complaint("explore").contains("there is no task whose lines could be ordered"))
  }

  @Test("times= is how often readers read")
  func times() throws {
    var shell = Self.probed("6.12")
    let once = try shell.result("explore reader")["transitions"].number ?? 0
    #expect(try shell.result("explore reader times=3")["transitions"] == .number(once * 3))
  }

  // MARK: The options

  @Test("invariant= chooses what is checked, with commas or repeated, and may be written short")
  func invariants() throws {
    var shell = Self.probed("6.12")
    func kinds(_ line: String) throws -> [JSON] {
      try shell.result(line)["violations"].elements.map { $0["what"] }
    }
    #expect(try kinds("explore remove hold") == ["invariant pages"])
    #expect(try kinds("explore remove hold invariant=references") == [])
    #expect(try kinds("explore remove hold invariant=references,pages") == ["invariant pages"])
    #expect(try kinds("explore remove hold invariant=claims invariant=pages") == ["invariant pages"])
    #expect(try kinds("explore remove hold invariant=p") == ["invariant pages"])
  }

  @Test("faults= is how many failures may come, and each way of failing is tried")
  func faults() throws {
    var shell = TestShell()
    shell.run("new kernel=patch-v2")
    let none = try shell.result("explore probe")
    let one = try shell.result("explore probe faults=1")
    #expect(try shell.result("explore probe faults=0")["states"] == none["states"])
    #expect(one["states"].number ?? 0 > none["states"].number ?? 0)
    #expect(none["violations"].elements.isEmpty && !one["violations"].elements.isEmpty)
  }

  @Test("Where it would need more memory than it may have, it stops, says so and keeps what it has found")
  func memory() throws {
    var shell = Self.probed("6.12")
    let answer = try shell.result("explore remove pin pin pin memory=64k")
    #expect(answer["complete"] == false && answer["violations"].elements.count == 2)
    #expect(
      answer["stopped"].text?.hasPrefix("It stopped where it would need more than 64 KiB of memory: ") == true
    )
    #expect(answer["stopped"].text?.hasSuffix(" depth= asks for less.") == true)
    #expect(answer["states"].number ?? 0 < 10_000)
  }

  @Test("depth= goes so many lines and no further")
  func depth() throws {
    var shell = Self.probed()
    let shallow = try shell.result("explore remove pin depth=28")
    #expect(shallow["complete"] == false && shallow["depth"] == 28 && shallow["violations"] == [])
    #expect(shallow["stopped"].text?.hasPrefix("It stopped at 28 lines: ") == true)
    let deeper = try shell.result("explore remove pin depth=29")
    #expect(deeper["violations"].elements.map { $0["schedule"].elements.count } == [29, 29])
    let all = try shell.result("explore remove pin depth=1000")
    #expect(all["complete"] == true && all["stopped"] == nil)
  }

  @Test(
    "An option that is wrong is pointed at",
    arguments: [
      ("fautls=1", "there is no option `fautls`", "did you mean `faults`?"),
      ("faults=9", "faults is at most 8", "it was given as 9"),
      ("faults=x", "faults: `x` is not a number", "hint"), ("depth=-1", "depth", "hint"),
      ("memory=lots", "memory: `lots`", "hint"),
      ("invariant=pagse", "no invariant is called `pagse`", "did you mean `pages`?"),
      ("invariant=pages,", "no invariant is called ``", "there are `references`, `pages`"),
      ("violation=2", "violation= says what export= writes, which is missing", "for example"),
      ("export=f violation=9", "there is no violation 9", "there are 1 to 4"),
      ("export=f violation=0", "there is no violation 0", "there are 1 to 4"),
    ])
  func wrongOptions(_ option: String, _ message: String, _ hint: String) {
    var shell = Self.probed()
    let complaint = shell.complaint("explore remove pin \(option)")
    #expect(complaint.contains(message) && complaint.contains(hint), "\(complaint)")
    #expect(complaint.contains("^"))
  }

  // MARK: What it leaves

  @Test("A machine that has died has nothing to explore")
  func dead() {
    var shell = TestShell()
    shell.run("direct_access 0 1 layer=driver")
    #expect(shell.complaint("explore probe").contains("the machine has died in virtio_fs_direct_access"))
    shell.run("back")
    #expect(shell.run("explore probe").contains("every order of direct_access (task 1) and probe (task 2)"))
  }

  @Test("The machine, the history, the current task and the breakpoints stay as they were")
  func nothingChanges() throws {
    var shell = Self.probed()
    shell.run("start remove", "step 9", "back 2", "break kill_dax")
    let before = shell.session
    for line in ["explore pin", "explore pin export=f.dax", "explore", "verify 6.12 case=pin", "explore x"] {
      shell.run(line)
      #expect(shell.digest == before.machine.digest)
      #expect(shell.session.debugger.timeline.step == before.debugger.timeline.step)
      #expect(shell.session.debugger.timeline.last == before.debugger.timeline.last)
      #expect(shell.session.debugger.current == before.debugger.current)
      #expect(shell.session.debugger.breakpoints == before.debugger.breakpoints)
      #expect(shell.session.journal.lines == before.journal.lines)
    }
  }
}
