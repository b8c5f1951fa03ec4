import Testing

@testable import DaxShell

@Suite("Several tasks")
struct TaskTests {
  @Test("A reader reads, and its end is told")
  func reader() throws {
    var shell = TestShell()
    shell.run("probe")
    #expect(try shell.result("spawn reader 5 times=3")["task"] == 2)
    #expect(try shell.result("task 2")["function"] == "reader")
    let end = try shell.result("continue")
    #expect(end["stopped"] == "finished")
    #expect(try shell.result("task")["rows"].elements.count == 2)
    #expect(shell.complaint("task 9").contains("there is no task 9"))
  }

  @Test("A pin holds a page until it is dropped")
  func pin() throws {
    var shell = TestShell()
    #expect(shell.complaint("spawn pin 1").contains("there is no window whose page could be pinned"))
    shell.run("probe", "spawn pin 5 steps=2")
    let pinned = try shell.result("pages 5")["rows"][0]["count"]
    let idle = try shell.result("pages 6")["rows"][0]["count"]
    #expect(pinned.number ?? 0 > idle.number ?? 0)
    shell.run("continue")
    #expect(try shell.result("pages 5")["rows"][0]["count"] == idle)
  }

  @Test("kill_dax waits for a reader; when the reader has left, the removal goes on")
  func blocked() throws {
    var shell = TestShell()
    shell.run("probe", "spawn reader 0", "task 2", "step")
    let removal = try shell.result("remove")
    #expect(removal["stopped"] == "blocked")
    #expect(removal["return"] == nil)
    #expect(removal["waits"].isText)
    let rows = try shell.result("task")["rows"].elements
    #expect(rows.contains { $0["state"].text?.hasPrefix("waits for") == true })
    let text = shell.run("step")
    #expect(text.contains("It waits."))
    #expect(text.contains("Tasks that can run: 2 (reader)."))
    shell.run("task 2")
    #expect(try shell.result("continue")["stopped"] == "finished")
    shell.run("task 3")
    let end = try shell.result("continue")
    #expect(end["stopped"] == "finished")
    #expect(end["return"] == 0)
  }

  @Test("The same removal can be finished by `remove` again")
  func resumed() throws {
    var shell = TestShell()
    shell.run("probe", "spawn reader 0", "task 2", "step", "remove", "task 2", "continue")
    #expect(try shell.result("remove")["return"] == 0)
    #expect(try shell.result("task")["rows"].elements.count == 3)
  }

  @Test(
    "A removal with a pinned page: what each release does",
    arguments: [
      ("patch-v2", "oops"), ("5.10", "finished"), ("5.15", "finished"), ("6.1", "finished"),
      ("6.12", "finished"),
    ])
  func pinnedRemoval(release: String, end: String) throws {
    var shell = TestShell()
    shell.run("new kernel=\(release)", "probe", "spawn pin 1 steps=2", "start remove")
    let wait = try shell.result("continue")
    #expect(wait["stopped"] == "blocked")
    #expect(wait["waits"].isText)
    shell.run("task 2")
    let drop = try shell.result("continue")
    #expect(drop["stopped"] == .text(end))
    guard end == "finished" else {
      // The series under review: whoever drops the last reference touches what is gone already.
      #expect(drop["oops"]["function"] == "pin")
      #expect(drop["oops"]["line"] == "putPage")
      #expect(drop["oops"]["kind"] == "bad-address")
      return
    }
    shell.run("task 3")
    #expect(try shell.result("continue")["return"] == 0)
  }

  @Test("A task whose wait can never end is named as hung")
  func hung() throws {
    var shell = TestShell()
    shell.session.host.files["ring.txt"] = Array(JSONContractTests.ring.utf8)
    shell.run("lspci ring.txt")
    let text = shell.run("use 00:02.0")
    #expect(text.contains("never came back from the capability list"))
    let rows = try shell.result("task")["rows"].elements
    #expect(rows.contains { $0["state"].text?.hasPrefix("hung") == true })
  }

  @Test(
    "A reader who comes back after the window has gone, per release",
    arguments: ["patch-v2", "5.10", "5.15", "6.12", "6.15", "6.17"])
  func lateReader(release: String) throws {
    var shell = TestShell()
    shell.run("new kernel=\(release)", "probe", "spawn reader 0 times=2")
    #expect(try shell.result("remove")["return"] == 0)
    shell.run("task 2")
    let answer = try shell.result("continue")
    #expect(answer["stopped"] == "oops")
    #expect(answer["oops"]["kind"] == "use-after-free")
    #expect(answer["oops"]["function"] == "dax_direct_access")
    #expect(answer["oops"]["message"].text?.hasSuffix("it was freed by put_dax.dropInode.") == true)
  }

  @Test("A run to a place that never comes ends with a sentence that says so")
  func until() throws {
    var shell = TestShell()
    #expect(try shell.result("until virtio_fs_setup_dax.remapPages")["reached"] == true)
    let text = shell.run("until kill_dax")
    #expect(text.hasSuffix("Task 1 has not come to kill_dax on its way.\n"), "\(text)")
    #expect(text.contains("has finished"))
    shell.run("start remove")
    let past = try shell.result("until device_release_driver_internal.lockDevice")
    #expect(past["reached"] == false && past["stopped"] == "finished")
    shell.run("probe", "spawn reader 0 times=3", "task 4", "break dax_direct_access")
    let early = try shell.result("until dax_direct_access.checkCount")
    #expect(early["stopped"] == "breakpoint" && early["reached"] == false)
    #expect(!shell.run("until dax_direct_access.clampResult").contains("has not come to"))
    // A name that does not exist starts nothing.
    var other = TestShell()
    #expect(other.complaint("until nowhere").contains("no kernel function or line is called `nowhere`"))
    #expect(try other.step() == 0)
  }

  @Test("A reference count that nobody keeps is not shown as one")
  func references() throws {
    var shell = TestShell()
    for (release, state) in [("patch-v2", "not counted: managed memory"), ("5.10", "counted")] {
      shell.run("new kernel=\(release)", "probe")
      let row = try shell.result("info refs")["rows"].elements.first { $0["object"] == "virtio_fs#0" }
      #expect(row?["state"] == .text(state) && row?["count"] == (release == "patch-v2" ? JSON.null : 1))
    }
  }

  @Test("Any order of three tasks ends in a stop that has a name")
  func interleavings() throws {
    var random = SplitMix64(state: 7)
    for _ in 0..<60 {
      var shell = TestShell()
      shell.run(
        "new kernel=\(random.pick(["patch-v2", "5.10", "6.1", "6.12"]))", "probe", "spawn reader 1 times=2",
        "spawn pin 2", "start remove")
      for _ in 0..<60 {
        shell.run("task \(1 + random.below(4))", "step \(1 + random.below(3))")
      }
      for task in 1...4 {
        shell.run("task \(task)")
        let answer = try shell.json("continue")
        if answer["ok"] == true {
          #expect(["finished", "blocked", "hung", "oops"].contains(answer["result"]["stopped"].text))
        } else {
          #expect(answer["error"]["message"].isText)
        }
      }
    }
  }
}
