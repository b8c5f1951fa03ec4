import DaxModel
import Testing

@testable import DaxShell
@testable import FileTraffic

/// What random traffic prints when it fails can be played in the shell.
@Suite struct TrafficScriptTests {
  @Test(
    "A plan as a script does the same, and meets what the oracle expects",
    arguments: 1...4 as ClosedRange<UInt64>)
  func replay(_ seed: UInt64) {
    var plan = TrafficPlan(seed: seed, operations: 50)
    plan.operations.append(.list(file: Int(seed) % plan.files.count))
    plan.pace = 0
    let text = plan.script(because: "a test")
    var shell = TestShell()
    let (_, errors) = shell.script(text)
    #expect(errors.isEmpty && shell.session.exitCode == 0, "\(errors)\n\(text)")
  }

  @Test("A script of a disagreement ends with the expectation that is not met")
  func disagreement() throws {
    var plan = TrafficPlan(seed: 5, operations: 30)
    plan.operations += [
      .allocate(slot: 0, .punch, offset: 100, length: 300), .read(slot: 0, offset: 200, length: 100),
    ]
    let small = plan.shrunk(mistake: .punchIsForgotten)
    let text = small.script(because: "a lie", mistake: .punchIsForgotten)
    var shell = TestShell()
    let (_, errors) = shell.script(text)
    #expect(shell.session.exitCode == 2, "\(errors)\n\(text)")
    #expect(errors.contains("crc32"), "\(errors)\n\(text)")
    let lines = text.split(separator: "\n")
    #expect(lines.count < 24, "\(text)")
    #expect(try #require(lines.last).hasPrefix("# here: "))
  }

  @Test("A read into a mapping, with one range: the shell shows the hang")
  func selfMapping() throws {
    var shell = TestShell()
    shell.run(
      "new window=2M", "host file f size=8M", "probe", "mount myfs dax", "open f rw", "mmap 3 0 8M prot=rw")
    let address = try #require(shell.session.machine.kernel.address(of: 1))
    let read = try shell.result("pread 3 0 4k buffer=\(address + (4 << 20))")
    #expect(read["return"] == nil)
    shell.run(
      "new window=4M", "host file f size=8M", "probe", "mount myfs dax", "open f rw", "mmap 3 0 8M prot=rw")
    #expect(try shell.result("pread 3 0 4k buffer=\(address + (4 << 20))")["return"] == 4096)
    #expect(try shell.result("pwrite 3 4k buffer=\(address + (4 << 20)) len=4k")["return"] == 4096)
    #expect(try shell.result("pread 3 4k 8")["hex"] == shell.result("pread 3 0 8")["hex"])
    #expect(shell.complaint("pwrite 3 0 buffer=0x1000 seed=w").contains("a buffer has its bytes already"))
    #expect(shell.complaint("pwrite 3 0 buffer=0x1000").contains("the length is missing"))
  }
}
