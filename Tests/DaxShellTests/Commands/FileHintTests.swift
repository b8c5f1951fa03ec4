import Testing

@testable import DaxModel
@testable import DaxShell

/// Hints about files that work when they are followed, and what is said of things that stay or go.
@Suite("Hints about files")
struct FileHintTests {
  private func shell(_ lines: [String]) -> TestShell {
    var shell = TestShell()
    for line in lines { #expect(shell.session.run(line).diagnostics == "", "\(line)") }
    return shell
  }

  private static let mounted = ["host file a4m size=4M", "probe", "mount myfs dax", "open a4m rw"]
  private static let mapped = mounted + ["mmap 3 0 4M prot=rw"]

  @Test(
    "The example of a call that start begins can be typed, and then stepped", arguments: StartedCall.allCases)
  func startedCalls(call: StartedCall) {
    var shell = shell(["host file b size=1M"] + Self.mapped + ["open b rw"])
    #expect(shell.session.run(call.example).diagnostics == "", "\(call.example)")
    #expect(shell.run("step").hasPrefix("#"))
    #expect(shell.run("continue").contains("has finished"))
    if call != .dropCaches {
      let complaint = shell.complaint("start \(call.rawValue)")
      #expect(complaint.contains(" is missing"), "\(complaint)")
      #expect(complaint.contains("for example: \(call.example)"), "\(complaint)")
    }
  }

  @Test("start takes the words of the commands, and asks for the descriptor first")
  func startArguments() throws {
    var shell = shell(Self.mapped)
    shell.run("start fallocate 3 0 1M mode=punch")
    #expect(shell.run("continue").contains("returned 0"))
    #expect(shell.complaint("start pread").contains("the descriptor is missing"))
    #expect(shell.complaint("start pread 3").contains("for example: start pread 3 0 4096"))
    #expect(shell.complaint("start truncate 3").contains("for example: start truncate 3 1M"))
    #expect(shell.complaint("start load 77 0 8").contains("there is no mapping 77"))
    let complaintOfName = shell.complaint("start pread a4m 0 8")
    #expect(complaintOfName.contains("`open a4m` opens the file and tells its descriptor"))
    #expect(shell.complaint("start dd a4m").contains("start pread 3 0 4096"))
    let spawned = shell.complaint("spawn pread 3 0 8")
    #expect(spawned.contains("`start pread 3 0 4096` begins one beside the others"))
    shell.run("start ls 3")
    #expect(shell.run("continue").contains("-ENOTDIR"))
    var other = self.shell(["probe"])
    #expect(other.complaint("start fuse_iomap_begin").contains("it is part of a mount or of a system call"))
    var again = self.shell(Self.mounted)
    let complaint = again.complaint("start fuse_iomap_begin")
    #expect(complaint.contains("`start pread 3 0 4096`, then"))
    again.run("start pread 3 0 4096")
    #expect(again.run("until fuse_iomap_begin").contains("=> fuse_iomap_begin."))
    var idle = self.shell(Self.mounted)
    #expect(idle.complaint("step").contains("`start pread 3 0 64`"))
  }

  @Test("Behind start, completion offers calls and their arguments")
  func completion() {
    var shell = shell(Self.mapped)
    func texts(_ line: String) -> [String] {
      shell.session.completions(in: line, cursor: line.utf8.count).candidates.map { $0.text }
    }
    #expect(Set(["pread", "pwrite", "pin", "probe"]).isSubset(of: texts("start p")))
    #expect(texts("start open a") == ["a4m"])
    #expect(texts("start open a4m rw cr") == ["create"])
    #expect(texts("start fallocate 3 0 1M mode=p") == ["punch"])
    #expect(texts("start msync 1 0 4k a") == ["async"])
  }

  @Test("Where DAX cannot be had, no hint says to mount with it")
  func mountHints() {
    var none = shell(["new window=none", "probe"])
    #expect(none.complaint("open a4m").contains("`mount myfs` mounts; without a DAX device"))
    #expect(none.run("info ranges").contains("`mount myfs` mounts"))
    #expect(none.session.run("mount myfs").output.contains("mount returned 0"))
    var broken = shell(["new kernel=6.17-rc1", "probe"])
    #expect(broken.complaint("ls").contains("`mount myfs` mounts; without"))
    var z = TestShell()
    z.run("new arch=s390x", "probe")
    let hint = z.complaint("open a4m").split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(hint.contains("`new arch=s390x assume=memory`"))
    let fresh = shell(["new window=8M"]).session.nothingMounted("ranges")
    #expect(fresh.hasSuffix("`probe`, then `mount myfs dax` mounts"))
  }

  @Test("Examples in hints are whole commands")
  func wholeExamples() {
    var shell = shell(Self.mounted + ["host file hello size=4M"])
    for (line, example) in [
      ("host file", "host file hello size=4M"), ("host write", "host write hello 0 Hi"),
      ("host write hello", "host write hello 0 Hi"), ("host read hello", "host read hello 0 64"),
      ("host truncate hello", "host truncate hello 4k"), ("host rm", "host rm hello"),
    ] {
      #expect(shell.complaint(line).contains("for example: \(example)"), "\(line)")
    }
    for example in [
      "host write hello 0 Hi", "host read hello 0 64", "host truncate hello 4k", "host rm hello",
    ] {
      #expect(shell.complaint(example) == "")
    }
    #expect(shell.complaint("close a4m").contains("`a4m` is no descriptor"))
    #expect(shell.run("requests 0") == "4 requests so far\n")
  }

  @Test("What is contradictory is refused")
  func contradictions() {
    var shell = shell(Self.mapped)
    #expect(shell.complaint("host file b size=4M seed=x text=hi").contains("a text or a pattern, not both"))
    #expect(shell.complaint("host file b text=hi zeros=4").contains("a text or zeros, not both"))
    #expect(shell.complaint("host file b text=hi seed=x").contains("a seed is for a pattern"))
    #expect(shell.complaint("pread 3 0 8 buffer=0x100000000000 show=hex").contains("is not shown"))
    shell.run("host limit=2", "host fail LOOKUP EIO nth=2")
    let text = shell.run("info host")
    #expect(text.contains("2 mappings") && text.contains("LOOKUP number 2: -EIO"))
  }

  @Test("Files of the host stay when the machine starts anew, and that is said")
  func filesStay() throws {
    var shell = shell(["host file b size=1M"] + Self.mounted + ["pwrite 3 0 text=changed", "unlink b"])
    for line in ["reset", "host timeout=1", "try drop virtio_fs_setup_dax.recordWindow", "transport mmio"] {
      shell.run("probe", "mount myfs dax")
      let text = shell.run(line).split { $0 == " " || $0 == "\n" }.joined(separator: " ")
      #expect(text.lowercased().contains("the machine has started anew"), "\(line): \(text)")
      #expect(text.contains("still has 1 file"), "\(line): \(text)")
      #expect(shell.run("host read a4m 0 7 show=text").contains("changed"), "\(line)")
      let rows = try shell.result("info host")["rows"].elements
      #expect(rows.contains { $0["field"] == "files" && $0["value"] == 1 })
    }
    #expect(!shell.run("host timeout=2").contains("started anew"), "nothing was lost")
    #expect(shell.session.machine.server(of: 0)?.files.orphans.isEmpty == true)
    shell.run("new")
    #expect(shell.run("host list").contains("no files"))
  }

  @Test("A mount, an unmount and a cat show their requests; a refused unmount names who uses the files")
  func requestsOfMounts() throws {
    var shell = shell(["host file t text=Hello", "probe"])
    #expect(shell.run("mount myfs dax").contains("→ INIT major=7 "))
    #expect(shell.run("cat t").hasPrefix("Hello\n  → GETATTR\n"))
    shell.run("open t", "mmap 3 0 4k")
    let busy = shell.run("umount myfs")
    #expect(busy.contains("umount returned -EBUSY (-16): "))
    #expect(busy.contains("open: 3 (t); mapped: 1 (t); `close` and `munmap` let go of them"))
    shell.run("munmap 1", "close 3")
    let answer = try shell.result("umount myfs")
    #expect(answer["requests"].elements.map { $0["opcode"] } == ["DESTROY"])
    let mount = try shell.result("mount myfs dax")
    #expect(mount["requests"][0]["opcode"] == "INIT")
    #expect(mount["requests"][0]["features"].elements.contains("MAP_ALIGNMENT"))
    shell.run("umount myfs", "host fail INIT EIO")
    #expect(shell.run("mount myfs dax").contains("INIT has failed, so the session refuses every request"))
    #expect(shell.run("open t").contains("INIT has failed"))
  }

  @Test("Requests name a file by its path, and each argument is a field")
  func paths() throws {
    var shell = shell([
      "host file d1/f text=one", "host file d2/f text=two", "probe", "mount myfs dax", "open d1/f",
      "open d2/f",
    ])
    #expect(shell.run("pread 3 0 8 show=text").contains("→ SETUPMAPPING d1/f foffset=0"))
    let answer = try shell.result("pread 4 0 8")
    #expect(answer["requests"][0]["file"] == "d2/f")
    #expect(answer["requests"][0]["flags"] == 2 && answer["requests"][0]["moffset"] == 2_097_152)
    let text = shell.run("requests 2")
    #expect(text.contains("SETUPMAPPING d1/f ") && text.contains("SETUPMAPPING d2/f "))
    #expect(try shell.result("walk d2/f:0")["rows"].elements.contains { $0["value"] == "d2/f:0x0" })
    shell.run("pread 4 0 8")
    shell.run("requests 2")
    shell.session.options.format = .json
    shell.run("requests 1")
    #expect(shell.complaint("expect rows.0.arguments contains flags=2") == "")
    #expect(shell.complaint("expect rows.0.flags == 2") == "")
    #expect(shell.run("expect rows.0.arguments contains flags=3").contains("but it is"))
  }

  @Test("A walk tells when the host maps for less than the guest believes")
  func walkDisagrees() {
    var shell = shell(["new window=8M", "host variant=dragonball"] + Self.mounted + ["pread 3 0 8"])
    #expect(shell.run("walk a4m:0").contains("so all agree"))
    shell.run("start pwrite 3 0 text=hello", "until dax_iomap_iter.copy")
    let text = shell.run("walk a4m:0").split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(text.contains("but the guest's range is rw: a store there dies on the host"), "\(text)")
    #expect(!text.contains("so all agree"))
  }

  @Test("Who waits for a range that it holds itself is told so")
  func selfDeadlock() throws {
    var shell = shell([
      "new window=2M", "host file a16m size=16M", "probe", "mount myfs dax", "open a16m rw",
      "mmap 3 4M 2M prot=rw",
    ])
    let words = shell.run("pread 3 6M 8 buffer=0x100000000000").split { $0 == " " || $0 == "\n" }
    let text = words.joined(separator: " ")
    #expect(
      text.contains("the only one is in use. Range 0, which holds a16m#3 r, is in use by the task itself."))
    let rows = try shell.result("info locks")["rows"].elements
    let row = rows.first { $0["lock"] == "free range" }
    #expect(row?["holder"] == "2 (pread): range 0, a16m#3 r")
  }

  @Test("History names tasks where there are several, and a difference names them by their numbers")
  func tasks() throws {
    var shell = shell(Self.mounted + ["start pread 3 0 8", "step 2", "spawn reader 0 steps=2"])
    let text = shell.run("history 6")
    #expect(text.contains("  task ") && text.contains("(pread)") && text.contains("(reader)"))
    let id = try #require(shell.session.machine.tasks.last?.id)
    let rows = try shell.result("diff")["rows"].elements
    #expect(rows.contains { $0["path"].text?.hasPrefix("task[\(id)]") == true })
  }
}
