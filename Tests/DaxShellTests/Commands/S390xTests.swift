import Testing

@testable import DaxShell

/// Machines of s390x, as commands make and show them.
@Suite("s390x")
struct S390xTests {
  @Test("new says what the machine is, for people and for programs")
  func new() throws {
    var shell = TestShell()
    let text = shell.run("new arch=s390x")
    #expect(text.hasPrefix("s390x, Linux 6.12, pci at 00:02.0: a window of 64 MiB at 0x4001000000000000\n"))
    #expect(text.contains("iomem cookie"))
    let machine = try shell.result("new arch=s390x kernel=7.3")
    #expect(machine["arch"] == "s390x")
    #expect(machine["kernel"] == "7.3")
    #expect(machine["window_len"] == 67_108_864)
    #expect(machine["base"] == "0x4001000000000000")
    #expect(machine["assume"] == nil)
    #expect(machine["mio"] == false)
    #expect(machine["zpci"] == "strict")
    #expect(try shell.result("new arch=s390x kernel=patch-v2")["base"] == "0x8001000000000000")
    let mio = try shell.result("new arch=s390x mio=yes zpci=emulation assume=remap")
    #expect(mio["base"] == "0xc001000000000000")
    #expect(mio["assume"] == "remap")
    #expect(mio["mio"] == true)
    #expect(mio["zpci"] == "emulation")
    #expect(try shell.result("new arch=s390x zpci=lenient")["zpci"] == "lenient")
    #expect(!(try shell.result("new")).names.contains("zpci"))
    #expect(try shell.result("new arch=s390x transport=ccw")["window_len"] == 0)
    #expect(shell.session.banner.contains("s390x, Linux 6.12"))
  }

  @Test("A line for the debug log says so, in every place that shows it to a person")
  func debugLines() throws {
    var shell = TestShell()
    shell.run("new arch=s390x")
    let line = "debug virtiofs virtio0: probe with driver virtiofs rejects match -6\n"
    let text = shell.run("probe")
    #expect(text.contains("\n  " + line) && text.contains("\n  log   virtiofs virtio0: Cache len"))
    #expect(shell.run("reset", "start probe", "continue").contains("\n   " + line))
    #expect(
      shell.run("reset", "start __devm_request_region", "until checkProbe", "step").contains("\n   " + line))
    shell.run("reset")
    #expect(
      try shell.result("probe")["log"].elements.last?.text?.hasPrefix("virtiofs virtio0: probe") == true)
    #expect(shell.run("log 1").hasPrefix("<7> virtiofs virtio0: probe with"))
  }

  @Test("Where there is no window, x says what to do")
  func noWindow() {
    var shell = TestShell()
    #expect(shell.complaint("x window").contains("hint: `probe` first"))
    shell.run("new arch=s390x transport=ccw", "probe")
    #expect(shell.complaint("x window").contains("hint: virtio0 has none"))
  }

  @Test("After an oops, where has one line about it")
  func whereAfterAnOops() throws {
    var shell = TestShell()
    shell.run("new arch=s390x assume=remap", "probe", "copy to_iter 0 8")
    #expect(shell.run("log 1").hasPrefix("<3> Oops in dax_copy_to_iter.copy: Unable"))
    let lines = shell.run("where").split(separator: "\n")
    #expect(lines.count { $0.contains("OOPS") } == 1)
    #expect(lines.last == "   OOPS  cookie-dereference in dax_copy_to_iter.copy; `oops` says why")
    // The kernel's log line says the same as the result.
    shell.run("new arch=s390x assume=remap", "probe", "start copy to_iter 0 8")
    #expect(shell.run("continue").ranges(of: "Unable to handle").count == 1)
    shell.run("back")
    #expect(try shell.result("continue")["log"].elements.count { $0.text?.hasPrefix("Oops in") == true } == 1)
  }

  @Test(
    "Hints for what a beginner writes",
    arguments: [
      ("new s390x", "options are written NAME=VALUE"), ("reset s390x", "the command takes no arguments"),
      ("arch=s390x", "options stand behind a command, as in: new arch=s390x"),
      ("x windw", "hint: write a number, window,"), ("x 12q", "write one such as 4096"),
      ("inject PCILG EIO", "inject PCILG cc=2"), ("explain pagemap_range", "has no pagemap_range()"),
    ])
  func hints(line: String, words: String) {
    var shell = TestShell()
    shell.run("new arch=s390x")
    let complaint = shell.complaint(line)
    #expect(complaint.contains(words), "\(complaint)")
  }

  @Test("A mount that finds no bound device says so; the table of functions fits 80 columns")
  func firstEvening() throws {
    var shell = TestShell()
    shell.session.options.width = 80
    shell.run("new arch=s390x", "probe")
    #expect(shell.run("mount myfs").contains("  no driver is bound to a device with this tag\n"))
    #expect(try shell.result("mount myfs")["errno"] == "EINVAL")
    #expect(!shell.run("zpci").contains("…") && !shell.run("insn").contains("…"))
    #expect(shell.run("explain remap") == shell.run("explain assume"))
    #expect(!shell.run("new", "probe", "mount myfs dax=inode").contains("no driver"))
  }

  @Test("A window that is memory has an address, and may be put elsewhere")
  func memory() throws {
    var shell = TestShell()
    #expect(try shell.result("new arch=s390x assume=memory")["base"] == "0x4000000000")
    #expect(try shell.result("new arch=s390x assume=memory base=0x5000000000")["base"] == "0x5000000000")
    #expect(try shell.result("probe")["return"] == 0)
    #expect(try shell.result("x window 1")["rows"][0]["value"] == "0x50000000")
    #expect(try shell.result("new arch=s390x assume=memory base=0x8000000000")["base"] == "0x8000000000")
    #expect(try shell.result("probe")["errno"] == "EINVAL")
  }

  @Test(
    "What an architecture does not have is refused in a sentence",
    arguments: [
      ("new arch=riscv", "`riscv` is no value for arch"),
      ("new arch=s390x transport=mmio", "there is no virtio-mmio on s390x"),
      ("new arch=s390x base=0x4000000000", "on s390x a BAR has no address: Linux gives it an iomem cookie"),
      ("new arch=s390x base=4G assume=remap mio=yes", "Linux gives it an MIO mapping"),
      ("new arch=s390x kernel=patch-v2 mio=yes", "Linux patch-v2 does not use MIO"),
      ("new assume=remap", "`assume` is about s390x, and this machine is x86_64"),
      ("new mio=no", "`mio` is about s390x"), ("new arch=x86_64 zpci=strict", "`zpci` is about s390x"),
    ])
  func refusals(line: String, message: String) {
    var shell = TestShell()
    let complaint = shell.complaint(line)
    #expect(complaint.contains(message) && complaint.contains("hint: "), "\(complaint)")
  }

  @Test("transport, device add, use and reset stay on s390x")
  func rebuilding() throws {
    var shell = TestShell()
    shell.run("new arch=s390x kernel=7.3 assume=remap zpci=lenient")
    for line in ["transport ccw", "transport pci", "reset"] {
      let machine = try shell.result(line)
      #expect(machine["arch"] == "s390x")
      #expect(machine["assume"] == "remap")
      #expect(machine["zpci"] == "lenient")
    }
    #expect(shell.complaint("transport mmio").contains("there is no virtio-mmio on s390x"))
    #expect(shell.complaint("device add base=4G").contains("on s390x a BAR has no address"))
    shell.run("device add", "device 1", "probe")
    #expect(try shell.result("info window")["rows"][0]["kaddr"] == "0x4004000000000000")

    let path = "Examples/machines/virtiofs-dax"
    shell.run("lspci \(path).lspci.txt resources=\(path).resources.txt")
    let used = try shell.result("use 00:02.0 kernel=6.1")
    #expect(used["arch"] == "s390x")
    #expect(used["kernel"] == "6.1")
    #expect(used["base"] == "0x4001000000000000")
    #expect(used["assume"] == "remap")
    #expect(try shell.result("new")["arch"] == "x86_64")
  }

  @Test("What shows addresses shows cookies")
  func addresses() throws {
    var shell = TestShell()
    shell.run("new arch=s390x assume=remap", "probe")
    #expect(try shell.result("shm_region")["linux"]["addr"] == "0x4001000000000000")
    #expect(
      try shell.result("info bars")["rows"].elements.map { $0["base"] } == [
        "0x4000000000000000", "0x4001000000000000", "0x4002000000000000",
      ])
    #expect(shell.run("iomem").contains("  4001000000000000-4001000003ffffff : virtio0\n"))
    let walk = try shell.result("walk 5")["rows"].elements
    #expect(walk.last?["value"] == "0x4001000000005000")
    #expect(walk.last?["note"] == "an iomem cookie: BAR 2 of virtio0, offset 0x5000")
    #expect(try shell.result("info machine")["rows"][0]["value"] == "s390x")
    #expect(try shell.result("info machine")["rows"].elements.last?["value"] == "strict")
  }

  @Test("releases, diff-release and explain speak of builds for the machine's architecture")
  func releases() throws {
    var shell = TestShell()
    func names(_ from: String, _ to: String) throws -> [JSON] {
      try shell.result("diff-release \(from) \(to)")["differences"].elements.map { $0["switch"] }
    }
    #expect(
      try names("6.12", "7.3") == [
        "idlePagesCountZero", "pfnCarriesFlags", "announcesTag", "alignsReadahead",
      ])
    #expect(!(try names("5.10", "6.1")).contains("copiesByRuleB"))
    let switches = try shell.result("releases")["switches"].elements.map { $0["switch"] }
    #expect(switches.contains("zoneDevice") && !switches.contains("cookieInBit62"))
    shell.run("new arch=s390x")
    #expect(try names("6.12", "7.3").last == "zoneDevice")
    #expect(try names("5.10", "6.1").contains("copiesByRuleB"))
    let releases = try shell.result("releases")
    #expect(releases["arch"] == "s390x")
    let row = releases["switches"].elements.first { $0["switch"] == "cookieInBit62" }
    #expect(row?["releases"] == ["5.10", "5.15", "6.1", "6.12", "6.15", "6.16", "6.17-rc1", "6.17", "7.3"])
    #expect(try shell.result("explain zoneDevice")["releases"] == ["6.17-rc1", "6.17", "7.3"])
    #expect(try shell.result("explain zoneDevice")["unconfirmed"] == true && row?["unconfirmed"] == false)
  }

  @Test("A failed probe leaves no mount; a device without a window can be mounted without DAX")
  func mounting() throws {
    var shell = TestShell()
    shell.run("new arch=s390x")
    #expect(try shell.result("probe")["errno"] == "ENXIO")
    let missing = try shell.result("mount myfs dax=never")
    #expect(missing["return"] == -22)
    #expect(missing["errno"] == "EINVAL")
    #expect(missing["dax"] == nil && missing["mode"] == nil)
    #expect(missing["log"] == ["virtio-fs: tag <myfs> not found"])
    shell.run("new arch=s390x kernel=7.3 transport=ccw", "probe")
    let refused = try shell.result("mount myfs dax")
    #expect(refused["errno"] == "EINVAL")
    #expect(refused["log"] == ["virtio-fs: dax can't be enabled as filesystem device does not support it."])
    let mounted = try shell.result("mount myfs dax=inode")
    #expect(mounted["return"] == 0)
    #expect(mounted["dax"] == false && mounted["mode"] == "never")
    #expect(try shell.result("umount myfs")["return"] == 0)
    #expect(shell.complaint("umount myfs").contains("nothing is mounted from `myfs`"))
    #expect(shell.complaint("mount myfs ro").contains("`ro` is no mount option"))
    #expect(shell.complaint("mount").contains("tag"))
    shell.run("new", "probe")
    #expect(try shell.result("mount myfs")["mode"] == "inode-default")
    #expect(try shell.result("start mount myfs dax=always")["function"] == "virtio_fs_get_tree")
    #expect(shell.run("finish").contains("returned 0"))
    #expect(try shell.result("start virtio_fs_fill_super other")["stopped"] == "finished")
    #expect(try shell.result("start umount myfs")["function"] == "do_umount")
    #expect(shell.complaint("start umount other").contains("what is mounted: "))
  }
}
