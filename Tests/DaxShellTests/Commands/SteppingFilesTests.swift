import DaxModel
import Testing

@testable import DaxShell

/// File functions line by line: failures of the host, requests, ends of calls, and where one stands after `back`.
@Suite("Stepping through file calls")
struct SteppingFilesTests {
  private static func opened(_ first: String = "new window=4M kernel=6.1") -> TestShell {
    var shell = TestShell()
    shell.run(first, "host file a16m size=16M", "probe", "mount myfs dax", "open a16m rw")
    return shell
  }

  // MARK: What a session costs

  @Test("No call is looked at again once it has ended: the next call costs the same after many as after few")
  func endedCalls() {
    var shell = Self.opened()
    for number in 0..<100 { shell.run("pread 3 \(number * 4096) 4k show=crc") }
    shell.run("dd a16m bs=1M")
    #expect(shell.session.trace.entries.count > 105)
    #expect(shell.session.trace.open.isEmpty)
    shell.run("start pread 3 0 8", "step")
    #expect(shell.session.trace.open == [shell.session.trace.entries.count - 1])
    shell.run("continue", "history")
    #expect(shell.session.trace.open.isEmpty)
  }

  @Test(
    "The bytes that a call has moved are in no machine after it",
    arguments: [
      "pread 3 0 16M show=crc", "pread a16m 5 100000 show=crc", "dd 3", "dd a16m bs=3M", "cat a16m", "ls",
      "load 1 0 4M show=crc", "pwrite 3 1M seed=w len=3M", "store 1 1M seed=w len=2M",
    ])
  func bytesAreForgotten(line: String) throws {
    var shell = Self.opened("new window=64M")
    shell.run("mmap 3 0 8M prot=rw")
    #expect(shell.session.machine.storedUserBytes.rawValue == 0)
    let begun = shell.session.debugger.timeline.step
    #expect(try shell.result(line)["return"] != nil)
    #expect(shell.session.machine.storedUserBytes.rawValue == 0)
    // Going there runs the lines again, and they find the same.
    let (end, digest) = (shell.session.debugger.timeline.step, shell.digest)
    let middle = (begun + end) / 2
    shell.run("goto \(middle)")
    let there = shell.digest
    shell.run("goto \(begun)", "goto \(middle)")
    #expect(shell.digest == there)
    shell.run("goto end")
    #expect(shell.digest == digest)
  }

  @Test("What a call reads into other memory stays there")
  func otherBuffer() throws {
    var shell = Self.opened()
    shell.run("pread 3 0 4k buffer=0x10000000")
    #expect(try shell.result("pwrite 3 4M buffer=0x10000000 len=4k")["return"] == 4096)
    let first = try shell.result("pread 3 0 4k show=crc")["crc32"]
    #expect(try shell.result("pread 3 4M 4k show=crc")["crc32"] == first)
  }

  @Test("A call leaves the buffer alone while another that is stepped uses it")
  func sharedBuffer() throws {
    var shell = Self.opened()
    let whole = try shell.result("pread 3 3M 8 show=hex")["hex"]
    shell.run("start pread 3 3M 8", "until ksys_pread64.returnResult", "pread 3 0 0")
    #expect(try shell.result("continue")["hex"] == whole)
  }

  @Test("dd is one change, which back undoes")
  func dd() throws {
    var shell = Self.opened()
    let (step, digest) = (shell.session.debugger.timeline.step, shell.digest)
    let whole = try shell.result("dd 3 bs=64k")
    #expect(whole["bytes"] == 16_777_216)
    #expect(whole["calls"] == 257)
    #expect(shell.session.debugger.timeline.step == step + 1)
    let after = shell.digest
    #expect(try shell.result("back")["before"] == "dd 3 bs=64k")
    #expect(shell.digest == digest)
    shell.run("goto end")
    #expect(shell.digest == after)
    #expect(try shell.result("dd 3 bs=1M")["crc32"] == whole["crc32"])
  }

  @Test("A dd whose read waits can be looked at line by line from that read on")
  func blockedDd() throws {
    var shell = Self.opened()
    shell.run("start pwrite 3 0 text=hi", "until fuse_dax_write_iter.iomapRw")
    #expect(try shell.result("info locks")["rows"].elements.count == 1)
    let step = shell.session.debugger.timeline.step
    let answer = try shell.result("dd 3")
    #expect(answer["stopped"] == "blocked")
    #expect(answer["return"] == nil)
    #expect(shell.session.debugger.timeline.step > step + 2)
    #expect(try shell.result("back")["inside"] == "dd 3")
    #expect(try shell.result("where")["rows"].elements.count > 1)
  }

  // MARK: Failures of the host

  @Test(
    "A line that sends a request, or leads to one, fails by the host's answer",
    arguments: [
      "SETUPMAPPING", "FUSE_SETUPMAPPING", "fuse_setup_one_mapping.sendSetup", "fuse_setup_one_mapping",
      "fuse_setup_new_dax_mapping.setupMapping", "fuse_iomap_begin.setupNew",
    ])
  func requests(place: String) throws {
    var shell = Self.opened()
    let armed = try shell.result("inject \(place) ENOSPC")
    #expect(armed["armed"] == true)
    #expect(armed["request"] == "SETUPMAPPING")
    let pending = try shell.result("host")["faults"]
    #expect(pending[0]["request"] == "SETUPMAPPING")
    #expect(pending[0]["errno"] == "ENOSPC")
    for line in ["inject", "info faults"] {
      let rows = try shell.result(line)["rows"]
      #expect(rows.elements.count == 1)
      #expect(rows[0]["place"] == "SETUPMAPPING")
      #expect(rows[0]["errno"] == "ENOSPC")
      #expect(rows[0]["left"] == 1)
    }
    #expect(shell.run("info host").contains("will fail      SETUPMAPPING number 1: -ENOSPC\n"))
    #expect(try shell.result("pread 3 0 8")["errno"] == "ENOSPC")
    #expect(try shell.result("inject")["rows"].elements.isEmpty)
    #expect(try shell.result("pread 3 0 8")["return"] == 8)
  }

  @Test("inject counts requests, clear forgets them, and the trace tells both")
  func countAndClear() throws {
    var shell = Self.opened()
    shell.run("inject SETUPMAPPING EIO nth=2")
    #expect(try shell.result("pread 3 0 8")["return"] == 8)
    #expect(try shell.result("pread 3 2M 8")["errno"] == "EIO")
    #expect(shell.run("inject fuse_fsync EIO").hasPrefix("fuse_fsync.sendFsync sends a request: "))
    shell.run("inject clear")
    #expect(shell.run("inject") == "no failure is asked for\n")
    #expect(try shell.result("fsync 3")["return"] == 0)
    #expect(shell.complaint("trace export t.json") == "")
    #expect(try shell.result("conform t.json")["passed"] == 1)
  }

  @Test("What no answer can make fail is refused, with what can be done")
  func refusals() {
    var shell = Self.opened()
    #expect(shell.complaint("inject FORGET EIO").contains("FORGET gets no answer"))
    #expect(
      shell.complaint("inject fuse_evict_inode.sendForget EIO").contains("such as inject SETUPMAPPING ENOSPC")
    )
    #expect(
      shell.complaint("inject fuse_simple_request.sendRequest EIO")
        .contains("the current task is not about to send a request"))
    #expect(shell.complaint("inject file_call.callFile EIO").contains("such as inject SETUPMAPPING ENOSPC"))
    #expect(shell.complaint("inject SETUPMAPPNG EIO").contains("is called `SETUPMAPPNG`"))
  }

  @Test("At the line of fuse_simple_request the request of the current task fails")
  func pendingRequest() throws {
    var shell = Self.opened()
    shell.run("start pread 3 0 8", "until fuse_simple_request.sendRequest")
    #expect(try shell.result("inject sendRequest EIO")["request"] == "SETUPMAPPING")
    #expect(try shell.result("continue")["errno"] == "EIO")
  }

  @Test("Every line that only sends a request is known by it, in every release")
  func senders() {
    var count = 0
    for release in KernelRelease.all {
      for function in FunctionID.allCases where function != .fuseSimpleRequest && function != .fileCall {
        for (position, info) in function.lines(in: release).enumerated()
        where info.note.calls.contains(.fuseSimpleRequest) && info.name != "sendForget" {
          let site = Site(function, UInt8(position))
          let request = site.request(in: release)
          #expect(request != nil, "\(site.description(in: release))")
          count += 1
        }
      }
    }
    #expect(count > 100)
  }

  @Test(
    "explore with failures lets each answer of the host be an error, and its schedules can be lived through")
  func exploredAnswers() throws {
    var shell = Self.opened()
    shell.run("start pread 3 0 8")
    let none = try shell.result("explore")
    let some = try shell.result("explore faults=1")
    #expect((some["states"].number ?? 0) > (none["states"].number ?? 0))
    #expect(some["violations"].elements.isEmpty)
    var options = Explorer.Options()
    options.faults = 1
    var explorer = Explorer(shell.session.machine, options)
    while explorer.advance(states: 1 << 14) {}
    let schedules = (0..<explorer.stateCount).map { explorer.schedule(to: $0) }
    let failed = schedules.filter { $0.steps.contains { $0.fault != nil } }
    let results = failed.compactMap { $0.replayed(on: shell.session.machine).tasks.last?.result }
    #expect(results == [.error(.EIO)])
    let last = try #require(failed.last)
    let wanted = last.replayed(on: shell.session.machine).digest
    let lines = shell.session.scheduleLines([], last)
    #expect(lines.contains("inject fuse_simple_request.sendRequest EIO"))
    var fresh = TestShell()
    for line in lines { fresh.run(line) }
    #expect(fresh.digest == wanted)
    // A request that Linux can do without may be unknown to the server.
    shell.run("continue", "start fsync 3")
    let withoutFsync = try shell.result("explore faults=1")["states"].number ?? 0
    let plain = try shell.result("explore")["states"].number ?? 0
    #expect(withoutFsync > plain + 2)
  }

  // MARK: Steps

  @Test("A step that sends a request shows it, and the end of a call shows its answer")
  func steppedCall() throws {
    var shell = Self.opened()
    let setup = "→ SETUPMAPPING a16m foffset=2097152 len=2097152 flags=2 moffset=0\n"
    shell.run("start pread 3 2M 8", "until fuse_simple_request.sendRequest")
    var copy = shell
    #expect(try copy.result("step")["requests"][0]["opcode"] == "SETUPMAPPING")
    #expect(shell.run("step").contains("   " + setup))
    copy = shell
    let end = try copy.result("continue")
    let text = shell.run("continue")
    shell = Self.opened()
    let plain = try shell.result("pread 3 2M 8")
    for field in ["call", "return", "errno", "crc32", "hex"] { #expect(end[field] == plain[field]) }
    #expect(end["requests"].elements.count == 1)
    #expect(text.contains("has finished: it returned 8\n  0x200000  5f ee e9 91 61 cb b8 d1 "))
    #expect(text.hasSuffix("  " + setup))
  }

  @Test("A run of many lines tells its requests, and only those")
  func requestsOfRun() throws {
    var shell = Self.opened()
    shell.run("pread 3 0 8", "pread 3 2M 8", "start pread 3 4M 8")
    #expect(try shell.result("until fuse_iomap_begin.setupNew")["requests"].elements.isEmpty)
    let run = shell.run("until dax_iomap_iter.copy")
    #expect(run.contains("lines ran\n"))
    #expect(run.contains("   → SETUPMAPPING a16m foffset=4194304 "))
  }

  @Test("Loads and mappings that were stepped end as their commands do")
  func otherCalls() throws {
    var shell = Self.opened()
    shell.run("start mmap 3 0 4M prot=rw")
    let mapped = try shell.result("continue")
    #expect(mapped["mapping"] == 1)
    #expect(mapped["address"].isHex)
    shell.run("start store 1 5 text=hello")
    #expect(try shell.result("continue")["crc32"] == .text(Crc32(Array("hello".utf8)).text))
    shell.run("start load 1 5 5")
    let loaded = try shell.result("continue")
    #expect(loaded["hex"] == "68656c6c6f")
    #expect(loaded["signal"] == nil)
    shell.run("truncate 3 0", "start load 1 2M 5")
    let killed = try shell.result("continue")
    #expect(killed["signal"] == "SIGBUS")
    #expect(killed["hex"] == nil)
  }

  // MARK: Breakpoints

  @Test("A command that runs over a breakpoint says so")
  func passedBreakpoints() throws {
    var shell = Self.opened()
    shell.run("break fuse_iomap_begin", "break fuse_fsync.sendFsync", "break file_call", "break fuse_lookup")
    #expect(
      shell.run("pread 3 0 8").hasSuffix(
        "  ran over breakpoint 1 at fuse_iomap_begin: `start pread …` and `continue` stop there\n"))
    #expect(try shell.result("dd 3")["passed_breakpoints"] == [1])
    #expect(
      shell.run("fsync 3").hasSuffix(
        "  ran over breakpoints 2 at fuse_fsync.sendFsync, 3 at file_call: `start fsync …` and `continue`\n"
          + "  stop there\n"))
    #expect(
      shell.run("stat 3").contains(
        "ran over breakpoint 3 at file_call: `start stat …` and `continue` stop there\n"))
    #expect(try shell.result("cat a16m")["passed_breakpoints"] == [1, 3, 4])
    shell.run("delete")
    #expect(!shell.run("pread 3 8M 8").contains("breakpoint"))
    #expect(try shell.result("pread 3 0 8")["passed_breakpoints"] == nil)
  }

  // MARK: Going back

  @Test("Whoever ran the line there goes on with it, and the future stays")
  func backOverTasks() throws {
    var shell = Self.opened()
    shell.run("pread 3 0 8 show=crc", "start pread 3 2M 8")
    let read = try shell.result("continue")
    let worker = try shell.result("step 2")
    #expect(worker["task"] != read["task"])
    let last = try shell.result("history 0")["last"]
    #expect(try shell.result("back 5")["task"] == read["task"])
    let step = try shell.result("step")
    #expect(step["task"] == read["task"])
    #expect(step["ran"] == "fuse_dax_read_iter.unlockInode")
    #expect(try shell.result("history 0")["last"] == last)
    #expect(try shell.result("goto end")["task"] == worker["task"])
    #expect(try shell.result("back")["task"] == worker["task"])
  }

  @Test("back into or before a command says which it is, and what has become of its task")
  func place() throws {
    var shell = Self.opened()
    let before = try shell.step()
    shell.run("pread 3 0 8 show=crc")
    #expect(
      shell.run("back").hasSuffix(
        ", inside `pread 3 0 8 show=crc`\n=> task 2 (pread) has finished: it returned 8\n"))
    #expect(shell.run("goto \(before.number ?? 0)").hasSuffix(", before `pread 3 0 8 show=crc`\n"))
    #expect(try shell.result("goto end")["inside"] == nil)
    shell.run("start pread 3 2M 8", "step 3", "next")
    let stepped = try shell.result("back")
    #expect(stepped["inside"] == nil)
    #expect(stepped["before"] == nil)
    // What comes after has given way to something else.
    shell.run("goto \(before.number ?? 0)", "close 3", "open a16m")
    #expect(try shell.result("back")["inside"] == "open a16m")
    #expect(try shell.result("goto \(before.number ?? 0)")["before"] == "close 3")
  }
}
