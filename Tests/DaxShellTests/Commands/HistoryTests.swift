import Testing

@testable import DaxShell

@Suite("Going back and trying out")
struct HistoryTests {
  /// Lines that only look, for a machine that has a window and a running task.
  static let looking: [String] =
    [
      "list", "list kill_dax", "where", "explain", "explain devres", "explain ENOMEM", "log", "log 2",
      "iomem",
      "pages", "pages 0 3", "diff", "diff 0", "walk 5", "picture", "picture window", "picture devres",
      "picture stack", "oops", "x window 2", "shm_region 0", "help", "help step", "apropos dax",
      "expect rows missing", "set", "set width 100", "history", "version", "breakpoints", "break kill_dax",
      "delete 1", "delete", "task", "device", "device 0", "transport", "releases", "diff-release 5.10 6.12",
      "inject", "lspci Examples/machines/virtiofs-dax.lspci.txt", "whatif probe", "whatif step", "step 0",
      "goto end", "task 2", "stpe", "# nothing", "", "insn", "insn PCILG len=3", "zpci", "explain PCISTB",
      "engine", "chunks 0 64", "compare direct_access 0 1", "explore pin", "verify 6.12 case=pin", "try",
      "walk a4m:3M", "picture on", "picture off", "estimate", "estimate window=8M data=16M", "trace",
      "trace export nothing.json", "ls", "host", "requests", "conform Examples/workloads/remount.json",
    ] + InfoTopic.allCases.map { "info " + $0.rawValue }

  @Test("Looking is not a step", arguments: looking)
  func looks(line: String) throws {
    var shell = TestShell()
    shell.run("probe", "start remove", "step 5")
    let (step, digest) = (try shell.step(), shell.digest)
    shell.run(line)
    #expect(try shell.step() == step)
    #expect(shell.digest == digest)
  }

  @Test("Every command is among those that only look, or is a step")
  func everyCommand() throws {
    let steps: Set<Command> = [
      .new, .use, .reset, .probe, .remove, .start, .step, .next, .finish, .continue, .until, .spawn,
      .mount, .umount, .directAccess, .zeroPageRange, .copy, .back, .goto, .source, .quit, .inject,
      .transport, .device, .try, .open, .close, .pread, .pwrite, .cat, .dd, .stat, .fsync, .truncate,
      .fallocate,
      .unlink, .dropCaches, .mmap, .munmap, .load, .store, .msync, .share,
      .mprotect, .lseek, .sendfile, .copyFileRange, .exec,
    ]
    var looks: Set<Command> = []
    for line in Self.looking {
      guard let word = line.split(separator: " ").first else { continue }
      if let command = try? Command.named(Token(String(word))) { looks.insert(command) }
    }
    #expect(looks.union(steps).count == Command.allCases.count)
  }

  @Test("back goes across an oops, and the machine lives again")
  func oops() throws {
    var shell = TestShell()
    shell.run("step 3")
    let digest = shell.digest
    let step = try shell.step()
    shell.run("direct_access 0 1 layer=driver")
    #expect(shell.session.machine.oops != nil)
    #expect(shell.complaint("step").contains("the machine has died in virtio_fs_direct_access.findInstance"))
    #expect(shell.complaint("probe").contains("hint: look around with `oops`"))
    shell.run("back")
    #expect(shell.session.machine.oops == nil)
    guard case .number(let number) = step else { return }
    shell.run("goto \(number)")
    #expect(shell.digest == digest)
    #expect(try shell.result("step")["event"] == "ran")
    shell.run("goto 0")
    #expect(shell.complaint("back").contains("this is the beginning of the history"))
    #expect(shell.complaint("goto 99999").contains("has not happened"))
  }

  @Test("Where the current task is not there yet, the one that runs next in history becomes the current one")
  func currentTask() throws {
    var shell = TestShell()
    shell.run("probe", "start remove", "step 2", "spawn pin 1", "spawn reader 1", "task 3", "step")
    shell.run("task 2", "step 3")
    let moment = try shell.step()
    shell.run("start mount", "spawn hold 2", "task 5")
    guard case .number(let number) = moment else { return }
    // Task 5 came later; before it, at this moment, task 2 is about to run; two lines earlier as well.
    #expect(try shell.result("goto \(number - 2)")["task"] == 2)
    shell.run("goto end", "task 5")
    #expect(try shell.result("goto \(number - 4)")["task"] == 3)
    // A task that is there stays the current one.
    #expect(try shell.result("back")["task"] == 3)
  }

  @Test("new, use and reset are one step each, which back undoes")
  func machines() throws {
    var shell = TestShell()
    shell.run("probe")
    for line in ["new kernel=5.10", "reset", "transport mmio", "device add tag=other"] {
      let (step, digest) = (try shell.step(), shell.digest)
      shell.run(line)
      #expect(shell.digest != digest)
      shell.run("back")
      #expect(try shell.step() == step)
      #expect(shell.digest == digest)
    }
  }

  @Test("A long random session comes back to every moment it goes back to")
  func randomSession() throws {
    let moves = [
      "step", "step 3", "next", "finish", "continue", "probe", "remove", "start virtio_fs_setup_dax",
      "start remove", "spawn reader 1", "spawn pin 2", "spawn reader 0 times=3 steps=2", "task 1", "task 2",
      "direct_access 3 1", "direct_access 16385 1", "inject devm_kzalloc ENOMEM", "inject clear",
      "new kernel=5.10", "new kernel=patch-v2", "reset", "break kill_dax", "delete", "zero_page_range 1",
      "until kill_dax", "new window=8M",
    ]
    var random = SplitMix64(state: 2019)
    var shell = TestShell()
    // The digest of each moment of the present future, where it is known.
    var known: [UInt64?] = [shell.digest]
    var checked = 0
    for _ in 1...10_000 {
      let before = shell.session.debugger.timeline.step
      if random.below(8) == 0 {
        shell.run("back \(random.below(40))")
        let now = shell.session.debugger.timeline.step
        if let digest = known.indices.contains(now) ? known[now] : nil {
          #expect(shell.digest == digest, "at \(now)")
          checked += 1
        }
        if random.below(2) == 0 { shell.run("goto end") }
      } else {
        shell.run(random.pick(moves))
        let now = shell.session.debugger.timeline.step
        if now > before {
          known.removeLast(max(0, known.count - before - 1))
          known += [UInt64?](repeating: nil, count: now - known.count) + [shell.digest]
        }
      }
    }
    #expect(checked > 100)
    #expect(shell.session.debugger.timeline.last > 10_000)
    // Back N and forwards again, from the end.
    shell.run("goto end")
    let (last, digest) = (shell.session.debugger.timeline.last, shell.digest)
    for _ in 0..<50 {
      let distance = random.below(last)
      shell.run("back \(distance)")
      if let digest = known[last - distance] { #expect(shell.digest == digest) }
      #expect(shell.session.debugger.timeline.step == last - distance)
      shell.run("goto \(last)")
      #expect(shell.digest == digest)
    }
  }

  @Test("whatif changes nothing", arguments: Command.allCases)
  func whatif(command: Command) throws {
    var shell = TestShell()
    shell.run("break kill_dax", "probe", "spawn pin 1", "start remove", "step 4")
    let before = shell.session
    let digest = shell.digest
    for example in command.info.examples { shell.run("whatif " + example) }
    #expect(shell.digest == digest)
    #expect(shell.session.debugger.breakpoints == before.debugger.breakpoints)
    #expect(shell.session.debugger.current == before.debugger.current)
    #expect(shell.session.debugger.timeline.step == before.debugger.timeline.step)
    #expect(shell.session.debugger.timeline.last == before.debugger.timeline.last)
    #expect(shell.session.machine.tasks == before.machine.tasks)
    #expect(shell.session.options == before.options)
    #expect(shell.session.device == before.device)
    #expect(shell.session.functions == before.functions)
  }

  @Test("whatif says what would change, and points at what is wrong")
  func whatifAnswers() throws {
    var shell = TestShell()
    let answer = try shell.result("whatif probe")
    #expect(answer["command"] == "probe")
    #expect(answer["result"]["return"] == 0)
    #expect(answer["changed"].number == Int64(answer["changes"].elements.count))
    #expect(answer["changes"].elements.count > 10)
    #expect(answer["changes"][0].names == ["path", "before", "after"])
    #expect(
      shell.run("whatif list").hasSuffix(
        "what would change: nothing\nnothing has been done: this was a copy\n"))
    #expect(shell.complaint("whatif whatif probe").contains("`whatif` cannot be tried out"))
    #expect(shell.complaint("whatif quit").contains("`quit` cannot be tried out"))
    #expect(
      shell.complaint("whatif step x") == """
        error: the number of lines: `x` is not a number
          whatif step x
                      ^
          hint: write one such as 4096, 0x1000, 4k, 2M, or 16p for pages

        """)
    #expect(
      try shell.result("whatif direct_access 0 1 layer=driver")["result"]["oops"]["kind"]
        == "null-dereference")
    #expect(shell.session.machine.oops == nil)
  }
}
