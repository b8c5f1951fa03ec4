import Testing

@testable import DaxModel
@testable import DaxShell

/// A kernel whose lines somebody changes, and what every order then finds.
@Suite("Changing the kernel") struct TryTests {
  private func lines(_ function: String, _ shell: inout TestShell) throws -> [String] {
    try shell.result("list \(function)")["rows"].elements.compactMap { $0["line"].text }
  }

  private func found(_ line: String, _ shell: inout TestShell) throws -> [JSON] {
    try shell.result(line)["violations"].elements.map { $0["what"] }
  }

  @Test("move, add and drop change what is listed; undo and clear take it back")
  func verbs() throws {
    var shell = TestShell()
    shell.run("new kernel=patch-v2")
    let setup = try lines("virtio_fs_setup_dax", &shell)
    let release = try lines("devm_memremap_pages_release", &shell)
    let moved = try shell.result("try move registerExit after remapPages")
    #expect(moved["kernel"] == "patch-v2")
    #expect(
      moved["rows"] == [
        ["function": "virtio_fs_setup_dax", "line": "registerExit", "change": "after remapPages"]
      ])
    let other = try lines("virtio_fs_setup_dax", &shell)
    #expect(other != setup && other.sorted() == setup.sorted())
    #expect(other.firstIndex(of: "registerExit") == other.firstIndex(of: "remapPages").map { $0 + 1 })
    shell.run("try add devm_memremap_pages_release.waitForReference after putPages")
    #expect(
      try lines("devm_memremap_pages_release", &shell)
        == ["killReference", "putPages", "waitForReference"] + release.dropFirst(2))
    shell.run("try drop virtio_fs_setup_dax.registerExit")
    let dropped = try lines("virtio_fs_setup_dax", &shell)
    #expect(!dropped.contains("registerExit"))
    #expect(
      try shell.result("try")["rows"].elements.map { $0["change"] } == [
        "after remapPages", "after putPages", "dropped",
      ])
    #expect(shell.run("try undo").contains("changed: virtio_fs_setup_dax: registerExit after remapPages\n"))
    #expect(try lines("virtio_fs_setup_dax", &shell) == other)
    #expect(shell.run("try clear").hasPrefix("the lines are those of Linux patch-v2\n"))
    #expect(try lines("virtio_fs_setup_dax", &shell) == setup)
    #expect(try lines("devm_memremap_pages_release", &shell) == release)
    shell.run("try move registerExit before findCacheRegion")
    #expect(try lines("virtio_fs_setup_dax", &shell).first == "registerExit")
  }

  @Test("A change makes the machine anew; reset keeps it, new begins without, back undoes it")
  func machine() throws {
    var shell = ExploreTests.probed()
    let (digest, step) = (shell.digest, try shell.step())
    #expect(
      shell.run("try drop registerExit").hasSuffix(
        "the machine has started anew: `probe`, then `explore` again\n"))
    #expect(try shell.result("device")["devices"][0]["bound"] == false)
    let other = shell.digest
    shell.run("back")
    #expect(shell.digest == digest)
    #expect(try shell.step() == step)
    #expect(try shell.result("try")["rows"] == [])
    shell.run("goto end")
    #expect(shell.digest == other)
    shell.run("probe", "reset")
    #expect(try shell.result("try")["rows"].elements.count == 1)
    shell.run("new kernel=patch-v2")
    #expect(try shell.result("try")["rows"] == [])
  }

  @Test("The device that commands are about stays chosen")
  func device() throws {
    var shell = TestShell()
    shell.run("new kernel=patch-v2", "device add", "device 1", "try drop registerExit")
    #expect(try shell.result("device")["device"] == 1)
  }

  @Test(
    "What cannot be changed is said, and what could be",
    arguments: [
      ("try mvoe registerExit after remapPages", "no change is called `mvoe`", "did you mean `move`?"),
      ("try move", "the line is missing", "for example: try move registerExit after remapPages"),
      ("try move registerExit", "`after` or `before` is missing", "for example"),
      ("try move registerExit after", "the line beside which it shall stand is missing", "for example"),
      ("try move registerExit beside remapPages", "`beside` is neither after nor before", "for example"),
      ("try move registerExit after registerExit", "a line cannot stand beside itself", "another line"),
      (
        "try move registerExti after remapPages", "no line is called `registerExti`",
        "did you mean `registerExit`?"
      ),
      (
        "try move registerExit after putPages", "`putPages` is no line of virtio_fs_setup_dax",
        "it has `findCacheRegion`"
      ),
      ("try drop returnError", "several functions have a line `returnError`", "write `"),
      (
        "try drop virtio_fs_setup_dax.registerExti",
        "no line of virtio_fs_setup_dax is called `registerExti`", "did you mean `registerExit`?"
      ),
      (
        "try drop virtio_fs_stup_dax.registerExit", "no kernel function is called `virtio_fs_stup_dax`",
        "did you mean"
      ),
      (
        "try add putPages after killReference", "devm_memremap_pages_release has `putPages` already",
        "`try move` moves it"
      ),
      (
        "try add waitForReferenc after putPages", "no line that could be added is called `waitForReferenc`",
        "did you mean `waitForReference`?"
      ),
      ("try drop pageunmap_range.removeMemory", "is called `removeMemory`", "hint"),
      ("try undo", "nothing has been changed", "changes the order of lines"),
      ("try drop a b c d", "`d` is too much here", "help"),
    ])
  func refusals(_ line: String, _ message: String, _ hint: String) {
    var shell = TestShell()
    shell.run("new kernel=patch-v2")
    let digest = shell.digest
    let complaint = shell.complaint(line)
    #expect(complaint.contains(message) && complaint.contains(hint), "\(complaint)")
    #expect(shell.digest == digest)
  }

  // MARK: What a student finds out

  @Test("The obvious repair, the wait after the remap: the race is gone, and the unbind hangs instead")
  func firstRepair() throws {
    var shell = ExploreTests.probed()
    #expect(
      try found("explore remove pin", &shell) == ["bad-address", "invariant pages", "bad-address", "leak"])
    shell.run("try move registerExit after remapPages", "probe")
    #expect(try found("explore remove pin", &shell) == ["hang"])
    let hang = try shell.result("explore remove")["violations"][0]
    #expect(hang["function"] == "virtio_fs_percpu_exit" && hang["line"] == "waitForReference")
    #expect(hang["message"].text?.contains("nobody has killed the reference count") == true)
  }

  @Test(
    "The right repair, to wait between the puts and the removal: only the BAR is left, which is another bug")
  func rightRepair() throws {
    var shell = ExploreTests.probed()
    shell.run(
      "try add devm_memremap_pages_release.waitForReference after putPages",
      "try add devm_memremap_pages_release.exitReference after waitForReference", "try drop registerExit",
      "probe")
    for tasks in ["remove pin", "remove pin pin", "remove reader pin"] {
      let answer = try shell.result("explore \(tasks)")
      let leaks = answer["violations"].elements.filter { $0["kind"] == "leak" }
      #expect(leaks.map { $0["message"] } == ["0x8000000000-0x8003ffffff is still claimed by virtio-pci-shm"])
      let rest = answer["violations"].elements.filter { $0["kind"] != "leak" }
      // A reader without a mount may come too late in any kernel.
      #expect(rest.allSatisfy { $0["function"] != "pin" && tasks.contains("reader") })
    }
    shell.run("reset")
    #expect(try found("explore probe faults=1", &shell) == ["leak"])
    // Whoever keeps a page for ever is waited for.
    shell.run("probe")
    let held = try shell.result("explore remove hold")["violations"].elements
    #expect(held.contains { $0["kind"] == "hang" && $0["function"] == "devm_memremap_pages_release" })
  }

  @Test("With the check of 5.2 for a teardown, the probe of the reviewed patch hangs")
  func checkTeardown() throws {
    var shell = TestShell()
    shell.run("new kernel=patch-v2", "try add devm_memremap_pages.checkTeardown after checkReference")
    let answer = try shell.result("probe")
    #expect(answer["stopped"] == "hung" && answer["return"] == nil)
    #expect(
      answer["log"].elements.contains {
        $0.text?.contains("Missing reference count teardown definition") == true
      })
    shell.run("reset")
    #expect(try found("explore probe", &shell) == ["hang"])
  }

  @Test("Where a line goes, its role goes: a moved line runs where it stands, whatever it breaks")
  func wrongRepair() throws {
    var shell = TestShell()
    shell.run("try move putDax before killDax")
    #expect(
      shell.complaint("try move putDax before killDax").contains("several functions have a line `putDax`"))
    shell.run("try move virtio_fs_cleanup_dax.putDax before killDax", "probe")
    let kinds = try found("explore remove", &shell)
    #expect(kinds == ["use-after-free"])
  }
}
