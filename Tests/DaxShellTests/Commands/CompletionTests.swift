import Testing

@testable import DaxShell

@Suite("Completion of commands")
struct CompletionTests {
  private func texts(_ line: String, in shell: TestShell = TestShell()) -> [String] {
    var shell = shell
    return shell.session.completions(in: line, cursor: line.utf8.count).candidates.map { $0.text }
  }

  @Test("Commands, each with its summary")
  func commands() {
    #expect(texts("st") == ["start", "step", "stat", "store"])
    #expect(texts("").count == Command.allCases.count)
    var shell = TestShell()
    let found = shell.session.completions(in: "ste", cursor: 3)
    #expect(found.wordStart == 0)
    #expect(
      found.candidates == [Candidate("step", summary: "run one line of the current task, entering calls")])
    #expect(texts("whatif st") == ["start", "step", "stat", "store"])
    #expect(texts("whatif whatif st") == ["start", "step", "stat", "store"])
    #expect(texts("help diff") == ["diff-release", "diff"])
    #expect(texts("frobnicate ") == [])
  }

  @Test("Options and their values")
  func options() {
    #expect(texts("new ke") == ["kernel="])
    #expect(texts("new kernel=6.") == ["6.1", "6.12", "6.15", "6.16", "6.17-rc1", "6.17"])
    #expect(texts("new window=64M tr") == ["transport="])
    #expect(texts("new transport=c") == ["ccw"])
    #expect(texts("direct_access 0 1 layer=") == ["core", "driver"])
    #expect(texts("whatif new kernel=p") == ["patch-v2"])
    var shell = TestShell()
    let found = shell.session.completions(in: "new kernel=6.", cursor: 13)
    #expect(found.wordStart == 11)
    #expect(found.candidates.first?.summary.isEmpty == false)
    #expect(shell.session.completions(in: "new ke", cursor: 6).candidates[0].isFinal == false)
  }

  @Test("Functions and their lines")
  func places() {
    #expect(
      texts("break virtio_fs_setup_dax.re") == [
        "virtio_fs_setup_dax.requestRegion", "virtio_fs_setup_dax.remapPages",
        "virtio_fs_setup_dax.recordWindow",
        "virtio_fs_setup_dax.registerCleanup", "virtio_fs_setup_dax.returnError",
      ])
    #expect(texts("break kill").contains("kill_dax"))
    #expect(texts("start pro") == ["probe"])
    #expect(texts("inject devm_k").contains("devm_kzalloc"))
    #expect(texts("inject devm_kzalloc ENO").contains("ENOMEM"))
    var shell = TestShell()
    shell.run("start virtio_fs_setup_dax")
    #expect(texts("until recordW", in: shell) == ["recordWindow"])
    #expect(texts("explain ENX") == ["ENXIO"])
    #expect(texts("explain devr").contains("devres"))
  }

  @Test("Topics, settings, releases, tasks, breakpoints, devices, slots, fields")
  func names() {
    #expect(texts("info dev") == ["device", "devices", "devres"])
    #expect(texts("set f") == ["format"])
    #expect(texts("set format ") == ["text", "json", "csv", "markdown"])
    #expect(texts("set echo o") == ["on", "off"])
    #expect(texts("diff-release 5.10 6.") == ["6.1", "6.12", "6.15", "6.16", "6.17-rc1", "6.17"])
    #expect(texts("spawn ").prefix(3) == ["probe", "remove", "reader"])
    #expect(texts("explore remove ho") == ["hold"])
    #expect(texts("try ").prefix(2) == ["move", "drop"])
    #expect(texts("goto ") == ["end"])
    #expect(texts("device ").prefix(2) == ["0", "add"])
    var shell = TestShell()
    shell.run("probe", "spawn reader", "break kill_dax", "lspci Examples/machines/virtiofs-dax.lspci.txt")
    #expect(texts("task ", in: shell) == ["1", "2"])
    #expect(texts("delete ", in: shell) == ["1"])
    #expect(texts("use 00:02", in: shell) == ["00:02.0"])
    shell.run("probe", "remove")
    #expect(texts("expect ret", in: shell) == ["return"])
    #expect(texts("expect devices.0.wi", in: shell) == ["devices.0.window"])
    #expect(texts("expect return =", in: shell) == ["=="])
    #expect(texts("expect return m", in: shell) == ["matches", "missing"])
  }

  @Test("Files through the host, folders to go on from")
  func files() {
    #expect(texts("source Exam") == ["Examples/"])
    #expect(
      texts("lspci Examples/machines/virtiofs") == [
        "Examples/machines/virtiofs-dax.lspci.txt", "Examples/machines/virtiofs-dax.resources.txt",
      ])
    #expect(
      texts("lspci x resources=Examples/machines/virtiofs-dax.r") == [
        "Examples/machines/virtiofs-dax.resources.txt"
      ])
    #expect(!texts("source ").contains { $0.hasPrefix(".") })
    #expect(texts("source .swift-f") == [".swift-format"])
    var shell = TestShell()
    #expect(shell.session.completions(in: "source Exam", cursor: 11).candidates.first?.isFinal == false)
  }

  @Test("What shows files: topics, places in files, pictures, exports")
  func views() {
    var shell = TestShell()
    shell.run("host file a4m size=4M", "host file b4m size=4M")
    #expect(texts("walk ", in: shell) == ["a4m:", "b4m:"])
    #expect(shell.session.completions(in: "walk a", cursor: 6).candidates[0].isFinal == false)
    #expect(texts("info pag") == ["pages", "pagemap", "pagecache"])
    #expect(texts("info lo") == ["locals", "log", "locks"].sorted { Self.place($0) < Self.place($1) })
    #expect(texts("picture o") == ["on", "off"])
    #expect(texts("trace ") == ["export"])
    #expect(texts("estimate wi") == ["window="])
  }

  private static func place(_ topic: String) -> Int {
    InfoTopic.allCases.firstIndex { $0.rawValue == topic } ?? 0
  }

  @Test("In the middle of a line only what is before the cursor counts")
  func middle() {
    var shell = TestShell()
    let found = shell.session.completions(in: "info devres", cursor: 7)
    #expect(found.wordStart == 5)
    #expect(found.candidates.count > 2)
    #expect(
      shell.session.completions(in: "info devres", cursor: 2).candidates.map { $0.text } == [
        "inject", "info", "insn",
      ])
  }

  @Test("A continued command is completed as one")
  func continued() {
    var shell = TestShell()
    shell.run("new window=64M \\")
    let found = shell.session.completions(in: "  tr", cursor: 4)
    #expect(found.candidates.map { $0.text } == ["transport="])
    #expect(found.wordStart == 2)
  }

  @Test("Nothing crashes at any cursor of any line")
  func anyCursor() {
    var shell = TestShell()
    shell.run("probe", "start remove", "step 3", "break kill_dax")
    var random = SplitMix64(state: 3)
    var lines = Command.allCases.flatMap { $0.info.examples }
    lines += [
      "日本 é👍🏽 x=é", "\u{301}a \u{301}b", "expect devices.0.wi", "new \u{1b}[31m kernel=\u{202e}",
      "source /no/such/", "\"", "\\", " ̈step",
    ]
    for line in lines {
      for _ in 0..<6 {
        let cursor = random.below(line.utf8.count + 3) - 1
        let found = shell.session.completions(in: line, cursor: cursor)
        #expect(found.wordStart >= 0 && found.wordStart <= max(0, min(cursor, line.utf8.count)))
      }
    }
    for cursor in -2...40 {
      for line in lines.suffix(8) {
        let found = shell.session.completions(in: line, cursor: cursor)
        #expect(found.wordStart <= max(0, cursor))
      }
    }
  }
}
