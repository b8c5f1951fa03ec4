import DaxModel
import Testing

@testable import DaxShell

/// Files, as a program in the guest and somebody on the host use them.
@Suite("Files of the guest and of the host")
struct FileCommandTests {
  static func mounted(_ lines: String...) -> TestShell {
    var shell = TestShell()
    for line in ["host file a4m size=4M", "host file hello text=\"Hello, guest\"", "probe", "mount myfs dax"]
      + lines
    {
      shell.run(line)
    }
    return shell
  }

  @Test("A file is opened, read, written and closed")
  func readAndWrite() throws {
    var shell = Self.mounted()
    #expect(try shell.result("open a4m rw")["return"] == 3)
    let read = try shell.result("pread 3 0 8")
    #expect(read["return"] == 8)
    #expect(
      read["hex"]
        == .text(
          FilePattern(seed: "a4m").bytes(at: 0, count: 8).map { hexDigits(UInt64($0), width: 2) }.joined()))
    #expect(read["requests"][0]["opcode"] == "SETUPMAPPING")
    #expect(try shell.result("pwrite 3 0 text=hello")["return"] == 5)
    #expect(try shell.result("pread 3 0 5 show=text")["text"] == "hello")
    #expect(try shell.result("host read a4m 0 5 show=text")["text"] == "hello")
    #expect(try shell.result("pwrite 3 4096 seed=w1 len=4k")["return"] == 4096)
    #expect(try shell.result("fsync 3")["requests"][0]["opcode"] == "FSYNC")
    #expect(try shell.result("close 3")["return"] == 0)
    #expect(try shell.result("pread 3 0 8")["errno"] == "EBADF")
    #expect(try shell.result("cat hello")["text"] == "Hello, guest")
    #expect(shell.run("cat hello") == "Hello, guest\n")
    let whole = try shell.result("dd a4m bs=1M")
    #expect(whole["bytes"] == 4_194_304)
    #expect(whole["calls"] == 5)
  }

  @Test("A file is mapped, loaded from and stored to")
  func mapped() throws {
    var shell = Self.mounted("open a4m rw")
    let mapping = try shell.result("mmap 3 0 4M prot=rw")
    #expect(mapping["mapping"] == 1)
    #expect(mapping["address"].isHex)
    #expect(try shell.result("load 1 2M 16")["signal"] == nil)
    #expect(try shell.result("store 1 0 text=hello")["requests"][0]["opcode"] == "SETUPMAPPING")
    #expect(try shell.result("load 1 0 5 show=text")["text"] == "hello")
    #expect(try shell.result("msync 1 0 4k")["return"] == 0)
    #expect(try shell.result("truncate 3 1M")["return"] == 0)
    let fault = try shell.result("load 1 2M 16")
    #expect(fault["signal"] == "SIGBUS")
    #expect(fault["si_off"] == 2_097_152)
    #expect(shell.run("load 1 2M 16").hasPrefix("load ends with SIGBUS at 0x200000 of the mapping\n"))
    #expect(try shell.result("munmap 1")["return"] == 0)
    #expect(shell.complaint("load 1 0 16").contains("there is no mapping 1"))
  }

  @Test("The host changes files, and the guest sees it through the window")
  func hostChanges() throws {
    var shell = Self.mounted("open a4m", "pread 3 0 8")
    shell.run("host write a4m 0 Hi")
    #expect(try shell.result("pread 3 0 2 show=text")["text"] == "Hi")
    shell.run("host rm hello")
    #expect(try shell.result("host list")["rows"].elements.count == 1)
    #expect(shell.complaint("host rm hello").contains("the host cannot do that: ENOENT"))
    shell.run("host fail SETUPMAPPING ENOSPC")
    #expect(try shell.result("pread 3 2M 8")["errno"] == "ENOSPC")
    #expect(try shell.result("pread 3 2M 8")["return"] == 8)
    shell.run("host truncate a4m 1M", "host append a4m 4k")
    #expect(try shell.result("host")["files"][0]["size"] == 1_052_672)
    // The guest believes the size that it knows, and the process at the other end dies of it.
    #expect(try shell.result("pread 3 2M 8")["oops"]["kind"].isText)
    shell.run("back 9999")
    #expect(try shell.result("host list")["rows"] == .list([]))
  }

  @Test("How the server is set up belongs to the device")
  func settings() throws {
    var shell = Self.mounted()
    let host = try shell.result("host variant=crosvm align=none inode-dax=no timeout=0 max-write=4k limit=8")
    #expect(host["variant"] == "crosvm")
    #expect(host["map_alignment"] == nil)
    #expect(host["inode_dax"] == false)
    #expect(host["session"] == false)
    #expect(host["files"].elements.count == 2)
    #expect(try shell.result("info instances")["rows"] == .list([]))
  }

  @Test("Requests are drawn between guest and host")
  func requests() throws {
    var shell = Self.mounted("host fail SETUPMAPPING ENOSPC", "pread a4m 0 8")
    let picture = shell.run("requests 4")
    #expect(picture.hasPrefix("guest"))
    #expect(picture.contains("SETUPMAPPING a4m"))
    #expect(picture.contains("-ENOSPC"))
    let widths = picture.split(separator: "\n").dropFirst().map { displayWidth(String($0)) }
    #expect(Set(widths).count == 1, "\(picture)")
    #expect(try shell.result("info requests")["rows"].elements.last?["opcode"] == "RELEASE")
    shell.session.options.asciiOnly = true
    #expect(shell.run("requests").utf8.allSatisfy { $0 < 0x80 })
  }

  @Test("Ctrl-C stops a long dd, which closes its file")
  func stopped() {
    var shell = Self.mounted()
    shell.session.host.rest()
    shell.session.host.patience = 40
    let complaint = shell.complaint("dd a4m bs=4k")
    #expect(complaint.contains("interrupted after "))
    shell.session.host.patience = .max
    #expect(shell.session.machine.kernel.process.file(3) == nil)
    #expect(shell.run("dd a4m bs=1M").contains("4194304 bytes in 5 reads"))
  }

  @Test("Without a mount there are no files")
  func withoutMount() {
    var shell = TestShell()
    #expect(shell.complaint("open a4m").contains("hint: `probe`, then `mount myfs dax` mounts"))
    #expect(shell.complaint("pwrite a4m 0").contains("what is to be written is missing"))
    #expect(shell.complaint("host file a").contains("what is in the file is missing"))
    #expect(shell.complaint("host fly").contains("there are `file`, `list`, `write`"))
    #expect(shell.complaint("drop_caches 0").contains("0 drops nothing"))
  }

  @Test("A system call can be stepped")
  func stepped() throws {
    var shell = Self.mounted("open a4m")
    let start = try shell.result("start pread 3 0 4096")
    #expect(start["function"] == "ksys_pread64")
    #expect(try shell.result("next")["stopped"] == "step")
    let end = try shell.result("continue")
    #expect(end["stopped"] == "finished")
    #expect(try shell.result("start mmap 3 0 4M")["function"] == "ksys_mmap_pgoff")
  }

  @Test("A folder is shared: regular files only, and nothing from outside")
  func shared() throws {
    var shell = TestShell()
    shell.session.host.tree.folders = ["f"]
    shell.session.host.tree.files = [
      SharedFile(path: "a", size: 3), SharedFile(path: "f/b", size: 2_500_000),
    ]
    shell.session.host.tree.leftOut = [
      .init(path: "c", reason: "it is a symbolic link that leads out of the folder")
    ]
    shell.session.host.shared = ["a": [1, 2, 3], "f/b": [UInt8](repeating: 7, count: 2_500_000)]
    let result = try shell.result("share real")
    #expect(result["bytes"] == 2_500_003)
    #expect(result["left_out"][0]["name"] == "c")
    #expect(try shell.result("host read f/b 2499999 4")["hex"] == "07")
    #expect(shell.complaint("share real/../else").contains("a path with `..` is not shared"))
    shell.session.host.shared["f/b"] = [1]
    shell.session.host.shared["a"] = nil
    let rest = try shell.result("share real")
    #expect(rest["files"] == 0)
    #expect(rest["bytes"] == 0)
    #expect(rest["left_out"][1]["name"] == "a")
    #expect(rest["left_out"][1]["reason"] == "no such file")
    #expect(
      rest["left_out"][2]["reason"] == "it has become shorter meanwhile: 1 bytes rather than 2500000")
    #expect(try shell.result("host read f/b 0 1")["hex"] == "07", "what fails changes nothing")
  }

  @Test("A part of a mapping is taken away, and the rest keeps its offsets")
  func partOfMapping() throws {
    var shell = Self.mounted("open a4m", "mmap 3 0 4M", "munmap 1 1M 4k")
    let areas = try shell.result("info mappings")["rows"].elements
    #expect(areas.map { $0["mapping"] } == [1, 1])
    #expect(areas.map { $0["offset"] } == [0, 0x10_1000])
    #expect(areas.map { $0["len"] } == [0x10_0000, 0x2f_f000])
    #expect(try shell.result("load 1 1M 8")["signal"] == "SIGSEGV")
    #expect(try shell.result("load 1 1M 8")["si_code"] == 1)
    #expect(try shell.result("load 1 2M 8")["signal"] == nil)
    #expect(try shell.result("munmap 1 1 4k")["errno"] == "EINVAL")
    #expect(shell.complaint("munmap 1 1M").contains("the length"))
    #expect(try shell.result("munmap 1")["return"] == 0)
    #expect(shell.complaint("load 1 2M 8").contains("there is no mapping 1"))
  }

  @Test("In a folder, a file that is no recording is a row that has not passed")
  func folderWithOthers() throws {
    var shell = TestShell()
    shell.session.host.folders["mine"] = ["a.json", "b.json", "c.json", "notes.txt"]
    shell.session.host.files["mine/a.json"] = Array("{".utf8)
    shell.session.host.files["mine/b.json"] = Array(try Repository.text("Examples/workloads/remount.json").utf8)
    let result = try shell.result("conform mine")
    #expect(result["passed"] == 1)
    #expect(result["failed"] == 2)
    #expect(shell.session.exitCode == 2)
    let rows = result["workloads"].elements
    #expect(rows.map { $0["name"] } == ["a", "remount", "c"])
    #expect(rows[0]["divergence"]["field"] == "workload")
    #expect(rows[0]["divergence"]["actual"] == "line 1, column 2: the name of a field should stand here")
    #expect(rows[2]["divergence"]["actual"] == "it cannot be read: no such file")
  }

  @Test("conform says what differs, and the exit code tells")
  func conform() throws {
    var shell = TestShell()
    let result = try shell.result("conform Examples/workloads kernel=6.1")
    #expect(result["failed"] == 0)
    #expect(result["passed"] == 5)
    #expect(shell.session.exitCode == 0)
    let text = try Repository.text("Examples/workloads/remount.json")
    shell.session.host.files["bad.json"] = Array(text.replacing("efc77463", with: "00000000").utf8)
    let bad = try shell.result("conform bad.json")
    #expect(bad["workloads"][0]["divergence"]["field"] == "crc32")
    #expect(bad["workloads"][0]["divergence"]["step"] == 2)
    #expect(bad["workloads"][0]["divergence"]["expected"] == "00000000")
    #expect(bad["workloads"][0]["divergence"]["actual"] == "efc77463")
    #expect(shell.session.exitCode == 2)
    #expect(shell.run("conform bad.json").contains("  expected  00000000\n  actual    efc77463\n"))
    #expect(shell.complaint("conform nowhere.json").contains("cannot be read: no such file"))
    shell.session.host.files["no.json"] = Array("{]".utf8)
    #expect(shell.complaint("conform no.json").contains("line 1, column 2"))
  }
}
