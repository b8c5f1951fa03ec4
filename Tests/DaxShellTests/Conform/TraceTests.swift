import DaxModel
import Testing

@testable import DaxShell

/// Sessions that are written as workloads: `conform` then passes, request by request.
@Suite("Sessions as workloads")
struct TraceTests {
  private static let start = [
    "host file a16m size=16M", "host file b4m size=4M seed=other", "probe", "mount myfs dax",
  ]

  static let sessions: [String: [String]] = [
    "reads": start + [
      "open a16m", "pread 3 0 64", "pread 3 5000 4k", "pread a16m 15M 4M", "stat a16m", "stat 3", "close 3",
    ],
    "reclaim": ["new window=8M"] + start + [
      "open a16m rw", "dd a16m bs=512k", "pread 3 0 8", "pwrite 3 9M seed=w len=3M", "pread b4m 1M 100",
      "drop_caches", "close 3", "umount myfs",
    ],
    "failing host": ["new window=8M kernel=7.3"] + start + [
      "host fail SETUPMAPPING ENOSPC nth=2", "open a16m rw", "pread 3 0 8", "pread 3 4M 8", "pread 3 4M 8",
      "host fail REMOVEMAPPING EIO", "dd a16m bs=1M", "host fail OPEN EACCES", "open b4m", "close 77",
      "host fail FSYNC EIO nth=3", "host fail FSYNC EIO nth=0", "fsync 3", "close 3", "umount myfs",
      "mount myfs dax",
      "pread b4m 0 16",
    ],
    "mmap": start + [
      "open a16m rw", "mmap 3 4M 8M prot=rw", "load 1 0 100", "store 1 3M seed=s len=5000",
      "pread 3 7M 6000", "msync 1 0 8M", "truncate 3 6M", "load 1 4M 8", "munmap 1",
      "mmap 3 0 2M private prot=rw populate", "store 2 4k seed=p len=10", "load 2 4k 10",
      "host read a16m 4096 10",
      "unlink a16m", "munmap 2", "close 3",
    ],
    "no DAX": [
      "host file a16m size=16M", "host fail LOOKUP EIO", "probe", "mount myfs dax=never", "open a16m rw",
      "open a16m rw",
      "pread 3 0 100000", "pwrite 3 17M seed=x len=100", "fsync 3 data", "fallocate 3 20M 1M mode=keep",
      "stat 3",
      "open new rw create", "pwrite 4 0 seed=n len=5000", "close 4", "truncate new 100", "pread new 0 4k",
    ],
    "the host changes files": start + [
      "open a16m", "pread 3 0 8", "host write a16m 0 seed=h len=9000", "pread 3 0 9000",
      "host truncate b4m 1000", "host append b4m 3000", "host read b4m 990 20", "pread b4m 0 5000",
    ],
    "settings": [
      "host file fdax size=4M dax=yes", "host file plain size=4M", "host align=21 timeout=0 max-write=4k",
      "probe",
      "mount myfs dax=inode", "open fdax rw", "pwrite 3 0 seed=w len=10k", "pwrite 3 4M seed=w len=10k",
      "pread plain 0 100",
    ],
    "stepped": start + [
      "open a16m rw", "start pread 3 3M 5000", "next", "until dax_iomap_iter.copy", "continue",
      "start pwrite 3 0 seed=q len=77", "finish", "pread 3 0 100",
    ],
    "back and on": start + [
      "open a16m", "pread 3 0 8", "back 3", "goto end", "back 9", "pread 3 6M 9", "whatif pread 3 8M 8",
      "close 3",
    ],
  ]

  @Test("What is exported passes, with every request", arguments: sessions.keys.sorted())
  func roundTrip(name: String) throws {
    var shell = TestShell()
    for line in try #require(Self.sessions[name]) {
      #expect(shell.session.run(line).diagnostics == "", "\(line)")
    }
    let release = shell.session.release.name
    let digest = shell.session.machine.digest
    let answer = try shell.result("trace export s.json")
    #expect(answer["exact_on"] == .list([.text(release)]))
    #expect(shell.session.machine.digest == digest)
    let bytes = try #require(shell.session.host.files["s.json"])
    let workload = try Workload(bytes)
    #expect(workload.steps.count == Int(answer["steps"].number ?? 0))
    #expect(workload.steps.contains { !$0.requests.isEmpty })
    let report = try shell.result("conform s.json")
    #expect(report["passed"] == 1)
    #expect(report["workloads"][0]["exact"] == .bool(true))
    var other = TestShell(files: ["s.json": String(decoding: bytes, as: UTF8.self)])
    #expect(try other.result("conform s.json kernel=\(release)")["passed"] == 1)
  }

  @Test("An export has just the steps, the files and the device of the session")
  func content() throws {
    var shell = TestShell()
    for line in Self.start + ["pread b4m 0 8"] { shell.run(line) }
    shell.run("trace export folder/mine.json")
    let bytes = try #require(shell.session.host.files["folder/mine.json"])
    let datum = try JSONReader.read(bytes)
    #expect(datum["name"] == "mine")
    #expect(datum["exact_on"] == ["6.12"])
    #expect(datum["device"]?["window"] == 67_108_864)
    #expect(datum["device"]?["map_alignment"] == 12)
    #expect(datum["files"] == ["b4m": ["size": 4_194_304, "seed": "other"]], "only what is used")
    #expect(datum["steps"]?.elements.map { $0["op"] } == ["mount", "open", "pread", "close"])
    let read = datum["steps"]?.elements[2]
    #expect(read?["ret"] == 8)
    #expect(read?["errno"] == 0)
    #expect(read?["crc32"] == .text(Crc32(FilePattern(seed: "other").bytes(at: 0, count: 8)).text))
    #expect(read?["requests"]?.elements.first?["op"] == "SETUPMAPPING")
    #expect(datum["steps"]?.elements[1]["other_requests"] == ["GETATTR", "LOOKUP", "OPEN"])
    let rows = try shell.result("trace")["rows"].elements
    #expect(rows.map { $0["what"] } == ["mount myfs dax", "open b4m 00", "pread 3 0x0 8", "close 3"])
  }

  @Test(
    "What a workload cannot hold is refused in a sentence",
    arguments: [
      (
        ["host file t text=hello", "probe", "mount myfs dax", "cat t"],
        "`t` does not hold the pattern of a seed"
      ),
      (Self.start + ["pwrite b4m 0 text=hi"], "pwrite writes a text, and a workload has only patterns"),
      (Self.start + ["open b4m", "open b4m", "pread 3 0 8"], "descriptor 3 is not the newest one of `b4m`"),
      (Self.start + ["open b4m", "mmap 3 0 1M", "mmap 3 0 1M", "load 1 0 8"], "load uses mapping 1"),
      (Self.start + ["remove"], "no step for `remove`"),
      (Self.start + ["open b4m", "start pread 3 0 8"], "pread has not come to its end"),
      (["host file f/g size=1M", "probe", "mount myfs dax", "pread f/g 0 8"], "`f/g` lies in a folder"),
      (
        Self.start + ["host write b4m 0 Hi", "pread b4m 0 8"],
        "what was left out may be missed: host write b4m (`host write` writes a text"
      ),
      (["probe"], "nothing has been mounted"),
      (["new arch=s390x kernel=7.3 assume=memory"] + Self.start, "workloads are run on x86-64"),
      (["host file xdax size=1M", "probe", "mount myfs dax", "pread xdax 0 8"], "has `dax` in its name"),
    ])
  func refused(lines: [String], sentence: String) {
    var shell = TestShell()
    for line in lines { shell.run(line) }
    let words = shell.complaint("trace export s.json").split { $0 == " " || $0 == "\n" }
    #expect(words.joined(separator: " ").contains(sentence), "\(words)")
    #expect(shell.session.host.files["s.json"] == nil)
  }

  @Test(
    "What has sent no request that is compared is left out with a sentence",
    arguments: [
      ("ls", "getdents64 3 (a folder has been read"), ("host rm a16m", "no step that removes `a16m`"),
      ("host file c size=1M", "`c` is made after the mount"), ("stat t", "`t` does not hold the pattern"),
      ("host write a16m 0 Hi", "`host write` writes a text"),
    ])
  func leftOut(line: String, sentence: String) throws {
    var shell = TestShell(files: [:])
    for line in ["host file t text=hello"] + Self.start + ["pread b4m 0 8", line] { shell.run(line) }
    let answer = try shell.result("trace export s.json")
    #expect(answer["steps"] == 4)
    #expect(answer["left_out"].elements.contains { $0.text?.contains(sentence) == true }, "\(answer["left_out"])")
    #expect(try shell.result("conform s.json")["passed"] == 1)
    #expect(shell.run("trace export s.json").contains("left out: "))
  }

  @Test("A dd is one step, and a buffer in the newest mapping is written as such")
  func wholeReads() throws {
    var shell = TestShell()
    for line in Self.start + ["dd b4m bs=128k", "dd b4m count=3", "open b4m rw", "mmap 3 0 2M prot=rw"] {
      shell.run(line)
    }
    shell.run("pread 3 2M 100 buffer=0x100000001000", "pwrite 3 2M len=50 buffer=0x100000000000")
    let rows = try shell.result("trace")["rows"].elements
    #expect(rows.map { $0["what"].text ?? "" }.contains("33 preads of 3 from 0x0 on, 131072 bytes each"))
    let answer = try shell.result("trace export s.json")
    #expect(answer["left_out"] == .list([]))
    let datum = try JSONReader.read(try #require(shell.session.host.files["s.json"]))
    let steps = datum["steps"]?.elements ?? []
    #expect(
      steps.map { $0["op"] } == [
        "mount", "open", "seqread", "close", "open", "seqread", "close", "open", "mmap", "pread_into_map",
        "pwrite_from_map",
      ])
    #expect(steps[2]["calls"] == 33 && steps[2]["ret"] == 4_194_304)
    #expect(steps[2]["requests"]?.elements.count == 2)
    #expect(steps[5]["calls"] == 3 && steps[5]["to"] == 393_216)
    #expect(steps[9]["map_off"] == 4096)
    #expect(try shell.result("conform s.json")["passed"] == 1)
  }

  @Test("A call that hangs shows the requests that it has sent")
  func hungRequests() throws {
    var shell = TestShell()
    for line in [
      "new window=2M", "host file a16m size=16M", "probe", "mount myfs dax", "open a16m rw", "mmap 3 4M 2M prot=rw",
      "pread 3 6M 8 buffer=0x100000000000",
    ] { shell.run(line) }
    #expect(try shell.result("trace")["rows"].elements.last?["requests"] == 1)
  }

  @Test("What the steps alone do not lead to is refused, with the place")
  func different() {
    var shell = TestShell()
    for line in ["new window=8M"] + Self.start + ["open a16m", "pread 3 0 8", "pread 3 2M 8", "pread 3 4M 8"]
    {
      shell.run(line)
    }
    // The worker is kicked and does not run.
    shell.run("start pread 3 6M 8", "continue")
    let complaint = shell.complaint("trace export s.json")
    #expect(
      complaint.contains("the steps alone do not lead to this session: at step 5 (pread), requests.0"),
      "\(complaint)")
    #expect(complaint.contains("a worker that is kicked runs at once"))
  }

  @Test("A machine that has died cannot be told, and what is forgotten is not told")
  func deadAndForgotten() throws {
    var shell = TestShell()
    for line in Self.start + ["open b4m", "pread 3 0 8", "host truncate b4m 0"] { shell.run(line) }
    shell.run("pread 3 1M 8")
    #expect(shell.complaint("trace export s.json").contains("the machine has died in"))
    shell.run("back", "reset")
    #expect(try shell.result("trace")["rows"] == .list([]))
    shell.run("back")
    #expect(try shell.result("trace")["rows"].elements.isEmpty == false)
  }

  @Test("Ctrl-C leaves no file, and neither does a folder that is not there")
  func interrupted() {
    var shell = TestShell()
    for line in Self.start + ["dd a16m bs=4k"] { shell.run(line) }
    shell.session.host.rest()
    shell.session.host.patience = 1
    #expect(shell.complaint("trace export s.json").contains("interrupted"))
    #expect(shell.session.host.files["s.json"] == nil)
    #expect(shell.complaint("trace import x").contains("hint: did you mean `export`?"))
    #expect(shell.complaint("trace export").contains("the file is missing"))
  }
}
