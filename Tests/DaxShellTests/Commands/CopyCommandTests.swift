import DaxModel
import Testing

@testable import DaxShell

/// `copy`, `engine`, `chunks` and `compare`.
@Suite("Copies in the shell")
struct CopyCommandTests {
  /// A shell with a machine on which PCI instructions reach the window.
  private func s390x(_ options: String = "") -> TestShell {
    var shell = TestShell()
    shell.run("new arch=s390x assume=remap \(options)", "probe")
    return shell
  }

  @Test("copy answers with the promised fields")
  func contract() throws {
    var shell = TestShell()
    shell.run("probe")
    let copy = try shell.result("copy from_iter 8192 100 engine=zpci-b memory_offset=8")
    #expect(copy["copied"] == 100 && copy["return"] == 100 && copy["errno"] == nil)
    #expect(copy["instructions"]["PCISTG"] == 13)
    #expect(copy["accesses"].elements.count == 2)
    #expect(copy["accesses"].elements[0].names == ["insn", "offset", "len", "count"])
    #expect(copy["accesses"].elements[1]["insn"] == "PCISTG")
    #expect(copy["accesses"].elements[1]["offset"] == 8288)
    #expect(copy["accesses"].elements[1]["len"] == 4 && copy["accesses"].elements[1]["count"] == 1)
    #expect(copy["engine"] == "zpci-b")
  }

  @Test("The machine's own copy, and every engine by name", arguments: CopyEngine.names)
  func engines(_ name: String) throws {
    var shell = TestShell()
    shell.run("probe")
    #expect(try shell.result("copy to_iter 0 64")["engine"] == "x86")
    #expect(try shell.result("copy to_iter 0 64 engine=\(name)")["engine"] == .text(name))
    #expect(try shell.result("copy to_iter 0 64")["engine"] == "x86")
    #expect(try shell.result("engine \(name)")["engine"] == .text(name))
    #expect(try shell.result("copy to_iter 0 64")["copied"] == 64)
    #expect(try shell.result("engine auto")["chosen"] == false)
  }

  @Test("An oops on the cookie: kind, place, address and the kernel's words")
  func oops() throws {
    var shell = s390x()
    let copy = try shell.result("copy to_iter 0 4096")
    #expect(copy["copied"] == 0 && copy["return"] == nil)
    #expect(copy["oops"]["kind"] == "cookie-dereference")
    #expect(copy["oops"]["function"] == "dax_copy_to_iter" && copy["oops"]["line"] == "copy")
    #expect(copy["oops"]["address"] == "0x4001000000000000")
    #expect(shell.complaint("copy to_iter 0 1").contains("the machine has died"))
  }

  @Test("An engine for one copy is for that copy alone, also if the machine dies of it")
  func oneCopy() throws {
    var shell = s390x()
    shell.run("engine zpci-a", "copy to_iter 0 64 engine=s390-memcpy")
    #expect(shell.session.machine.oops != nil)
    shell.run("back")
    #expect(try shell.result("engine")["engine"] == "zpci-a")
    #expect(try shell.result("copy to_iter 0 64")["instructions"]["PCILG"] == 8)
    shell.run("start copy to_iter 0 64 engine=zpci-b")
    #expect(try shell.result("finish")["stopped"] == "finished")
  }

  @Test("Failures: the prefix, the error, and where the error is lost")
  func failures() throws {
    var shell = s390x()
    shell.run("inject PCILG cc=1 status=12 nth=3")
    let failed = try shell.result("copy to_iter 0 64 engine=zpci-a")
    #expect(failed["copied"] == 16 && failed["return"] == -5 && failed["errno"] == "EIO")
    #expect(failed["accesses"].elements.last?["cc"] == 1 && failed["accesses"].elements.last?["status"] == 12)
    shell.run("inject PCILG cc=1 status=12 nth=3")
    let lost = try shell.result("copy to_iter 0 64 engine=zpci-a errors=lost")
    #expect(lost["copied"] == 64 && lost["moved"] == 16 && lost["return"] == 64 && lost["errno"] == nil)
    shell.run("inject PCILG cc=2 times=3 nth=2")
    let busy = try shell.result("copy to_iter 0 64 engine=zpci-a")
    #expect(busy["copied"] == 64 && busy["instructions"]["PCILG"] == 11)
  }

  @Test("A page that is not there: a short copy, or -EFAULT")
  func faults() throws {
    var shell = TestShell()
    shell.run("probe")
    #expect(try shell.result("copy to_iter 0 8192 fault=5000")["return"] == 4096)
    let none = try shell.result("copy to_iter 0 8192 fault=0")
    #expect(none["copied"] == 0 && none["return"] == -14 && none["errno"] == "EFAULT")
    #expect(try shell.result("copy to_iter 0 100 segments=10,20")["copied"] == 100)
  }

  @Test("A device that dies between direct_access and the copy")
  func dies() throws {
    var shell = TestShell()
    shell.run("probe", "start copy to_iter 0 4096", "until copy", "start remove", "continue", "task 2")
    let end = try shell.result("finish")
    #expect(end["stopped"] == "finished")
    #expect(shell.run("task").contains("-EFAULT"))
  }

  @Test("Misuse is a sentence with a place")
  func misuse() {
    var shell = TestShell()
    shell.run("probe")
    for (line, words) in [
      ("copy", "the direction"), ("copy sideways 0 1", "is no direction"), ("copy to_iter 0", "the length"),
      ("copy to_iter 0 1 engine=zcpi-a", "did you mean `zpci-a`"),
      ("copy to_iter 0 1 width=4", "only the engine `bus`"), ("engine bus width=0", "1 to 4096"),
      ("copy to_iter 0 10 segments=20", "longer than the copy"), ("copy to_iter 0 10 fault=10", "at most 9"),
      ("copy to_iter 0 10 errors=lost", "which x86 does not use"), ("engine width=4", "say which engine"),
      ("compare", "the command to compare"), ("compare compare probe", "cannot be compared"),
      ("compare source x", "cannot be compared"), ("chunks 0", "the length"),
    ] {
      #expect(shell.complaint(line).contains(words), "\(line)")
    }
  }

  @Test("chunks counts by both rules and says what is refused")
  func chunks() throws {
    var shell = TestShell()
    let chunks = try shell.result("chunks 0xfc0 128 direction=from_iter")
    #expect(chunks["rows"].elements.map { $0["count"] } == [2, 1])
    #expect(chunks["rows"].elements.map { $0["errno"] } == [nil, "ENXIO"])
    #expect(shell.run("chunks 0xfc0 128").contains("PCISTB 128 at 0xfc0: PGM_SPECIFICATION"))
    #expect(try shell.result("chunks 3 13 rules=lenient")["rows"].elements[1]["errno"] == nil)
  }

  @Test(
    "compare: a page read, read off by one, and written",
    arguments: [
      ("to_iter 0 4096", "PCILG", 512), ("to_iter 0 4096 memory_offset=1", "PCILG", 4096),
      ("from_iter 0 4096", "PCISTB", 32),
    ])
  func compare(_ copy: String, _ instruction: String, _ count: Int) throws {
    for release in KernelRelease.all {
      var shell = TestShell()
      shell.run("new kernel=\(release.name) stack=garbage")
      let answer = try shell.result("compare copy \(copy)")
      let machines = answer["machines"].elements
      #expect(
        machines.map { $0["name"] } == ["x86-64", "s390x as patched", "s390x done right", "s390x as memory"])
      #expect(machines.map { $0["result"]["copied"] } == [4096, 0, 4096, 4096])
      let cookie = IomapCookie(release.built(for: .s390x).cookieBase, index: 1).address
      #expect(machines[1]["result"]["oops"]["address"] == .text("\(cookie)"))
      #expect(machines[2]["result"]["instructions"][instruction] == .number(Int64(count)))
      #expect(answer["first_difference"] == "copied")
    }
  }

  @Test("compare leaves the machine as it was")
  func compareLooks() throws {
    var shell = TestShell()
    shell.run("probe")
    let digest = shell.digest
    shell.run("compare copy from_iter 0 4096", "compare probe")
    #expect(shell.digest == digest)
    #expect(
      try shell.result("compare probe")["machines"].elements.map { $0["result"]["return"] } == [0, -6, 0, 0])
  }

  @Test("x tells what an access is, by whom, on both architectures")
  func examine() throws {
    var shell = TestShell()
    shell.run("new arch=s390x")
    #expect(try shell.result("x window 1 by=mapping")["architectures"].elements[0]["outcome"] == "SIGILL")
    #expect(try shell.result("x window 1 by=buffer")["architectures"].elements[0]["outcome"] == "EFAULT")
    #expect(try shell.result("x window 1 by=nofault")["architectures"].elements[0]["outcome"] == "EFAULT")
    #expect(
      try shell.result("x window 1 access=store")["architectures"].elements[0]["outcome"] == "oops 0038")
  }
}
