import Testing

@testable import DaxShell

/// What `docs` promise to programs: the names, the types and, for known cases, the values.
@Suite("What programs are promised")
struct JSONContractTests {
  static let stepping: Set<String> = [
    "task", "function", "line", "depth", "event", "stopped", "step", "state",
  ]

  @Test("A command is answered by one line: command, line, ok and result")
  func envelope() throws {
    var shell = TestShell(.json)
    let answer = try JSON(shell.run("version"))
    #expect(answer.names == ["command", "line", "ok", "result"])
    #expect(answer["command"] == "version")
    #expect(answer["line"] == 1)
    #expect(answer["ok"] == true)
    #expect(shell.run("# a comment", "") == "")
    #expect(try JSON(shell.run("version"))["line"] == 4)
  }

  @Test("An error has a message and a hint, which may be null")
  func errors() throws {
    var shell = TestShell(.json)
    let answer = try JSON(shell.run("stpe 3"))
    #expect(answer["ok"] == false)
    #expect(answer["error"]["message"] == "no command is called `stpe`")
    #expect(answer["error"]["hint"] == "did you mean `step`?")
    #expect(answer["error"]["column"] == 1)
    let other = try JSON(shell.run("back"))
    #expect(other["error"].names.isSuperset(of: ["message", "hint"]))
    #expect(other["error"]["hint"] == nil)
    #expect(shell.complaint("stpe") == "")
  }

  @Test("A command on several lines has the number of the first")
  func continued() throws {
    var shell = TestShell(.json)
    let script = shell.script("version\nexpect \\\n version \\\n == 0\nversion\n").output
    let answers = try script.split(separator: "\n").map { try JSON($0 + "\n") }
    #expect(answers.map { $0["line"] } == [1, 2])
    #expect(answers[1]["command"] == "expect \\\n version \\\n == 0")
  }

  @Test("new")
  func new() throws {
    var shell = TestShell()
    let machine = try shell.result("new kernel=6.1 window=16M")
    #expect(machine["arch"] == "x86_64")
    #expect(machine["kernel"] == "6.1")
    #expect(machine["window_len"] == 16_777_216)
    #expect(machine["transport"] == "pci")
    #expect(machine["base"] == "0x8000000000")
    let other = try shell.result("new transport=ccw")
    #expect(other["window_len"] == 0)
    #expect(other["transport"] == "ccw")
    #expect(other["base"] == nil)
    #expect(try shell.result("new transport=mmio base=0x900000000")["base"] == "0x900000000")
    #expect(try shell.json("new arch=riscv")["ok"] == false)
  }

  @Test("lspci and use")
  func lspci() throws {
    var shell = TestShell()
    let path = "Examples/machines/virtiofs-dax"
    let dump = try shell.result("lspci \(path).lspci.txt")
    let functions = dump["functions"].elements
    #expect(functions.count == 16)
    for function in functions {
      #expect(function.names.isSuperset(of: ["slot", "vendor", "device", "bars", "capabilities"]))
      #expect(function["slot"].isText && function["vendor"].isHex && function["device"].isHex)
      for bar in function["bars"].elements {
        #expect(bar.names.isSuperset(of: ["index", "base", "len", "flags"]))
        #expect(bar["index"].isNumber && bar["base"].isHex && bar["flags"].isHex && bar["len"] == nil)
      }
      for capability in function["capabilities"].elements {
        #expect(
          capability.names.isSuperset(of: ["offset", "type", "bar", "id", "region_offset", "region_len"]))
        #expect(capability["offset"].isNumber)
      }
    }
    let device = try #require(functions.first { $0["slot"] == "00:02.0" })
    #expect(device["vendor"] == "0x1af4")
    #expect(device["device"] == "0x105a")
    let region = try #require(device["capabilities"].elements.first { $0["type"] == 8 })
    #expect(region["bar"] == 2)
    #expect(region["id"] == 0)
    #expect(region["region_offset"] == 0)
    #expect(region["region_len"] == 67_108_864)

    let sized = try shell.result("lspci \(path).lspci.txt resources=\(path).resources.txt")
    let bars = sized["functions"][4]["bars"]
    #expect(bars[1]["index"] == 2)
    #expect(bars[1]["base"] == "0xec000000")
    #expect(bars[1]["len"] == 67_108_864)
    let machine = try shell.result("use 00:02.0 kernel=6.1")
    #expect(machine["kernel"] == "6.1")
    #expect(machine["window_len"] == 67_108_864)
    #expect(machine["base"] == "0xec000000")
    #expect(machine["slot"] == "00:02.0")
  }

  @Test("shm_region")
  func shmRegion() throws {
    var shell = TestShell()
    let found: JSON = ["found": true, "addr": "0x8000000000", "len": 67_108_864]
    #expect(try shell.result("shm_region 0")["linux"] == found)
    #expect(try shell.result("shm_region 0")["strict"] == found)
    #expect(try shell.result("shm_region 1")["linux"] == ["found": false])
    shell.run("lspci Tests/DaxModelTests/Fixtures/no-such-file")
    shell.session.host.files["ring.txt"] = Array(Self.ring.utf8)
    shell.run("lspci ring.txt", "use 00:02.0")
    #expect(try shell.result("shm_region")["linux"] == ["error": "cap-list-loop"])
    #expect(try shell.result("shm_region")["strict"] == ["error": "cap-list-loop"])
  }

  /// A virtio-fs function whose only capability points to itself.
  static let ring = """
    00:02.0 Mass storage controller: Red Hat, Inc. Virtio file system
    00: f4 1a 5a 10 07 05 10 00 01 00 80 01 00 00 00 00
    10: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    20: 00 00 00 00 00 00 00 00 00 00 00 00 f4 1a 00 11
    30: 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00
    40: 09 40 18 05 00 00 00 00 00 00 00 00 00 00 00 00

    """

  @Test("probe and remove")
  func probeAndRemove() throws {
    let promised: Set<String> = ["return", "errno", "devices", "trace", "leaks"]
    var shell = TestShell()
    let up = try shell.result("probe")
    #expect(up.names.isSuperset(of: promised))
    #expect(up["return"] == 0)
    #expect(up["errno"] == nil)
    #expect(up["leaks"] == [])
    #expect(up["devices"][0]["bound"] == true)
    #expect(up["devices"][0]["window"] == ["addr": "0x8000000000", "len": 67_108_864])
    #expect(up["trace"][0] == "device_driver_attach.lockDevice")
    #expect(up["trace"].elements.contains("virtio_fs_setup_dax.recordWindow"))
    let down = try shell.result("remove")
    #expect(down.names.isSuperset(of: promised))
    #expect(down["return"] == 0)
    #expect(down["devices"][0]["window"] == nil)
    #expect(down["trace"].elements.contains("virtio_fs_remove.stopQueues"))

    shell.run("reset", "inject virtio_fs_setup_dax.allocatePageMap ENOMEM")
    let failed = try shell.result("probe")
    #expect(failed["return"] == -12)
    #expect(failed["errno"] == "ENOMEM")
    #expect(failed["leaks"] == [])
  }

  @Test("step, next, finish, continue, until, back and goto")
  func stepping() throws {
    var shell = TestShell()
    let first = try shell.result("step")
    #expect(first["task"] == 1)
    #expect(first["function"] == "device_driver_attach")
    #expect(first["line"] == "probeDevice")
    #expect(first["depth"] == 1)
    #expect(first["event"] == "ran")
    #expect(first["stopped"] == "step")
    #expect(first["step"] == 2)
    #expect(first["state"].isHex)
    #expect(first["state"] == .text(hexText(shell.digest)))
    shell.run("break virtio_fs_setup_dax.remapPages")
    for line in [
      "step 5", "next", "start virtio_fs_setup_dax", "next", "until virtio_fs_setup_dax.requestRegion",
      "continue", "step", "finish", "continue", "back", "back 5", "goto 2", "goto end", "goto 0", "step 0",
    ] {
      let answer = try shell.result(line)
      #expect(answer.names.isSuperset(of: Self.stepping), "\(line)")
      #expect(answer["depth"].isNumber && answer["step"].isNumber && answer["state"].isHex, "\(line)")
      #expect(answer["stopped"].isText, "\(line)")
      #expect(answer["state"] == .text(hexText(shell.digest)), "\(line)")
      switch line {
      case "start virtio_fs_setup_dax":
        #expect(answer["function"] == "virtio_fs_setup_dax")
        #expect(answer["line"] == "allocateDaxDevice")
        #expect(answer["event"] == "calls virtio_fs_setup_dax")
      case "until virtio_fs_setup_dax.requestRegion": #expect(answer["line"] == "requestRegion")
      case "goto 0": #expect(answer["task"] == nil && answer["function"] == nil && answer["step"] == 0)
      case "back": #expect(answer["event"] == "moved")
      default: break
      }
    }
  }

  @Test("continue stops at a breakpoint and at the end, with the value returned")
  func stops() throws {
    var shell = TestShell()
    shell.run("break kill_dax", "start probe")
    let end = try shell.result("continue")
    #expect(end["stopped"] == "finished")
    #expect(end["return"] == 0)
    #expect(end["errno"] == nil)
    #expect(end["function"] == nil)
    shell.run("start remove")
    let hit = try shell.result("continue")
    #expect(hit["stopped"] == "breakpoint")
    #expect(hit["breakpoint"] == 1)
    #expect(hit["function"] == "kill_dax")
  }

  @Test("direct_access")
  func directAccess() throws {
    var shell = TestShell()
    shell.run("probe")
    #expect(
      try shell.result("direct_access 5 512") == [
        "return": 512, "errno": nil, "kaddr": "0xffff890000005000", "pfn": "0x8000005",
        "pfn_flags": ["DEV", "MAP"],
      ])
    let end = try shell.result("direct_access 16384 1")
    #expect(end["return"] == -34)
    #expect(end["errno"] == "ERANGE")
    #expect(try shell.result("direct_access 16385 1 layer=driver")["return"] == 1)
    #expect(try shell.result("direct_access 0 0")["return"] == -34)
    #expect(try shell.result("direct_access 0 -1")["errno"] == "EINVAL")
    let none = try shell.result("direct_access 0 1 outputs=none")
    #expect(none["kaddr"] == nil && none["pfn"] == nil && none["pfn_flags"] == [])
  }

  @Test("inject")
  func inject() throws {
    var shell = TestShell()
    let line = try shell.result("inject virtio_fs_setup_dax.remapPages ENOMEM")
    #expect(line["armed"] == true)
    #expect(line["errno"] == "ENOMEM")
    #expect(line["nth"] == 1)
    #expect(line["place"] == "memremap_pages.initReference")
    #expect(try shell.result("inject devm_kzalloc ENOMEM nth=2")["nth"] == 2)
    #expect(try shell.result("inject")["rows"].elements.count == 2)
    #expect(try shell.result("inject clear")["armed"] == false)
  }

  @Test("oops, alone and in other results")
  func oops() throws {
    let promised: Set<String> = ["kind", "function", "line", "address", "message"]
    var shell = TestShell()
    #expect(try shell.result("oops").names == promised)
    #expect(try shell.result("oops")["kind"] == nil)
    let result = try shell.result("direct_access 0 1 layer=driver")
    #expect(result["return"] == nil)
    let oops = try shell.result("oops")
    #expect(oops == result["oops"])
    #expect(oops.names == promised)
    #expect(oops["kind"] == "null-dereference")
    #expect(oops["function"] == "virtio_fs_direct_access")
    #expect(oops["line"] == "findInstance")
    #expect(oops["address"] == "0x8")
    #expect(oops["message"].isText)
  }

  @Test("Every topic of info has rows", arguments: InfoTopic.allCases)
  func info(topic: InfoTopic) throws {
    var shell = TestShell()
    func check(_ rows: JSON) {
      guard case .list(let elements) = rows else {
        Issue.record("\(topic.rawValue) has no rows")
        return
      }
      for row in elements { #expect(!row.names.isEmpty) }
    }
    check(try shell.result("info \(topic.rawValue)")["rows"])
    shell.run(
      "break kill_dax", "inject kzalloc ENOMEM nth=9", "probe", "mount myfs", "spawn pin 3 steps=1",
      "start remove")
    check(try shell.result("info \(topic.rawValue)")["rows"])
    if topic == .zpci { shell.run("new arch=s390x") }
    if [.inodes, .mappings, .pagecache, .locks, .copies].contains(topic) {
      let mode = topic == .pagecache ? "never" : "always"
      shell.run("new", "host file a4m size=4M", "probe", "mount myfs dax=\(mode)", "open a4m", "mmap 3 0 4M")
      shell.run("load 1 0 8", "start pread 3 2M 8", "until fuse_iomap_begin")
    }
    if topic != .locals { #expect(try shell.result("info \(topic.rawValue)")["rows"] != []) }
    #expect(try shell.result("info")["rows"].elements.count == InfoTopic.allCases.count)
  }

  @Test("Rows of info in a known case")
  func infoRows() throws {
    var shell = TestShell()
    shell.run("probe")
    #expect(
      try shell.result("info window")["rows"] == [
        ["kaddr": "0xffff890000000000", "phys_addr": "0x8000000000", "len": 67_108_864, "pages": 16_384]
      ])
    let devres = try shell.result("info devres")["rows"]
    #expect(devres.elements.count == 5)
    #expect(devres[0]["added_by"] == "virtio_fs_setup_dax.registerCleanup")
    #expect(try shell.result("info pagemap")["rows"][0]["start"] == "0x8000000000")
    #expect(try shell.result("info pages 0 2")["rows"][1]["pfn"] == "0x8000001")
    #expect(try shell.result("info tasks")["rows"][0]["state"] == "returned 0")
    #expect(try shell.result("info log")["rows"][0].names == ["level", "who", "text"])
  }

  @Test("Every example of every command is answered by valid JSON", arguments: Command.allCases)
  func examples(command: Command) throws {
    var shell = TestShell(.json)
    for example in command.info.examples {
      // `set format text` may leave JSON, and a script answers for each of its lines.
      for line in shell.run(example).split(separator: "\n") where shell.session.options.format == .json {
        #expect(try JSON(line + "\n")["ok"] == true, "\(example)")
      }
    }
  }
}

/// A number as the shell writes addresses and digests.
func hexText(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
