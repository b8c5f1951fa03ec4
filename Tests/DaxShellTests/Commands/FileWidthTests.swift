import Testing

@testable import DaxShell

/// What of files fits into 80 columns.
@Suite("Files in 80 columns")
struct FileWidthTests {
  private func shell(_ file: String, _ lines: [String] = []) -> TestShell {
    var shell = TestShell()
    shell.session.options.width = 80
    for line in ["new window=8M", "host file \(file) size=16G", "probe", "mount myfs dax", "open \(file) rw"]
      + lines
    {
      #expect(shell.session.run(line).diagnostics == "", "\(line)")
    }
    return shell
  }

  private func widest(_ text: String) -> Int { text.split(separator: "\n").map { displayWidth(String($0)) }.max() ?? 0 }

  @Test("A table of mappings gives up the address before a count")
  func mappings() {
    var narrow = shell("a-name-of-19-letter", ["mmap 3 6M 8M prot=rw", "store 1 0 text=hi"])
    let text = narrow.run("info mappings")
    #expect(widest(text) <= 80)
    #expect(text.contains("pmd  cow") && text.contains("a-name-of-19-letter"))
    #expect(!text.contains("address"))
    narrow.session.options.width = 130
    let whole = narrow.run("info mappings")
    #expect(whole.contains("address") && whole.contains("pmd_ranges  cow_pages"))
  }

  @Test("A request that is too wide has short numbers, and keeps its flags and the place in the window")
  func requests() throws {
    var narrow = shell("a-name-of-19-letter", ["pread 3 7G 8", "pread 3 8G 8"])
    let text = narrow.run("requests 1")
    #expect(text.contains("SETUPMAPPING a-name-of-19-letter foffset=8G len=2M flags=r moffset=2M"))
    #expect(widest(text) <= 80)
    let arrow = narrow.run("pwrite 3 7G text=hi")
    #expect(arrow.contains("→ SETUPMAPPING a-name-of-19-letter foffset=7G len=2M flags=rw moffset=0"))
    #expect(try narrow.result("requests 1")["rows"][0]["arguments"].text?.contains("foffset=7516192768") == true)

    var long = shell(String(repeating: "n", count: 70), ["pread 3 7G 8"])
    let line = long.run("requests 1")
    #expect(line.contains("… foffset=7G len=2M flags=r moffset=0") && widest(line) <= 80)
  }

  @Test("The picture folds pieces that follow each other, and cuts names")
  func picture() {
    let name = String(repeating: "n", count: 45)
    var shell = TestShell()
    shell.session.options.width = 80
    for line in ["new", "host file \(name) size=64M", "probe", "mount myfs dax", "dd \(name) count=400"] {
      shell.run(line)
    }
    let lines = shell.run("picture").split(separator: "\n")
    #expect(lines.count <= 8, "\(lines.count)")
    #expect(lines.contains { $0.contains("nnn…#0-24 r ×25") }, "\(lines)")
  }

  @Test("Bytes that nobody has asked to see are 16 rows, and with show=hex they are all there")
  func bytes() throws {
    var shell = shell("a4m")
    let short = shell.run("pread 3 0 4096")
    #expect(short.split(separator: "\n").filter { $0.hasPrefix("  0x") }.count == 16)
    #expect(short.contains("… 3840 bytes more (show=hex shows 4096); crc32 "))
    #expect(shell.run("pread 3 0 512").split(separator: "\n").filter { $0.hasPrefix("  0x") }.count == 32)
    #expect(shell.run("pread 3 0 4096 show=hex").split(separator: "\n").filter { $0.hasPrefix("  0x") }.count == 256)
    #expect(try shell.result("pread 3 0 4096")["hex"].text?.utf8.count == 8192)
    #expect(shell.run("cat a4m").split(separator: "\n").count < 20)
  }

  @Test("A line of the kernel log is broken between words at a terminal, and whole in a script")
  func log() {
    var shell = TestShell()
    shell.session.options.width = 80
    #expect(shell.run("probe").contains("phys_addr 0x8000000000 len 0x4000000\n"))
    var person = TestShell()
    person.session.options.width = 80
    person.session.options.isInteractive = true
    let text = person.run("probe")
    #expect(widest(text) <= 80)
    #expect(text.contains("\n        ") && text.contains(" len 0x4000000"))
  }
}
