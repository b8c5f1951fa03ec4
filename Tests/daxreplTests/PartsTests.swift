import DaxShell
import Testing

@testable import daxrepl

/// Parts of the program that need no terminal.
@Suite("Parts of the program")
struct PartsTests {
  @Test("Inputs keep the order of the command line")
  func inputs() {
    let words = ["daxrepl", "a", "-qc", "one", "--format", "json", "-", "--command=two", "--", "-b"]
    let inputs = Daxrepl.inputs(files: ["a", "-", "-b"], commands: ["one", "two"], in: words)
    #expect(inputs == [.file("a"), .command("one"), .file("-"), .command("two"), .file("-b")])
  }

  @Test("Room on the screen is counted in columns")
  func cells() {
    // As the editor does before it measures anything.
    Screen.selectLocale()
    #expect(Cells.truncated("abcdef", to: 4, ellipsis: "…") == "abc…")
    #expect(Cells.truncated("abcd", to: 4, ellipsis: "…") == "abcd")
    #expect(Cells.position(after: "0123456789".unicodeScalars, columns: 10) == (1, 0))
    #expect(Cells.position(after: "ab\u{1}".unicodeScalars, columns: 10) == (0, 4))
    #expect(Cells.position(after: "ab\ncd".unicodeScalars, columns: 10) == (1, 2))
  }

  @Test("Candidates stand in columns that are read downwards")
  func columns() {
    let candidates = ["alpha", "beta", "gamma"].map { Candidate($0) }
    let list = CandidateList(candidates, size: .init(columns: 16, rows: 24), asciiOnly: true)
    #expect(list.page() == .init(rows: ["alpha   gamma", "beta"], next: nil))
  }

  @Test("Summaries are cut to the window")
  func summaries() {
    let candidates = [Candidate("step", summary: "run one line, entering calls"), Candidate("up")]
    let list = CandidateList(candidates, size: .init(columns: 20, rows: 24), asciiOnly: true)
    #expect(list.page().rows == ["step  run one li...", "up"])
  }

  @Test("A long list comes in pages that hold every candidate once")
  func pages() {
    let candidates = (100..<400).map { Candidate("candidate-\($0)", summary: "number \($0)") }
    let list = CandidateList(candidates, size: .init(columns: 40, rows: 10), asciiOnly: true)
    var names: [Substring] = []
    var first: Int? = 0
    while let start = first {
      let page = list.page(from: start)
      #expect(page.rows.count <= 9)
      #expect(page.rows.allSatisfy { Cells.width(of: $0) < 40 })
      if page.next != nil { #expect(page.rows.last?.hasSuffix("more (Tab)") == true) }
      names += page.rows.flatMap { $0.split(separator: " ").filter { $0.hasPrefix("candidate-") } }
      first = page.next
    }
    #expect(names.sorted() == candidates.map { $0.text[...] })
  }

  @Test("What candidates have in common is compared by character")
  func commonPrefix() {
    let candidates = ["e\u{301}a", "e\u{301}b"].map { Candidate($0) }
    #expect(LineEditor.commonPrefix(of: candidates) == "e\u{301}")
    #expect(LineEditor.commonPrefix(of: []) == "")
  }

  @Test("Names with control characters are shown harmlessly")
  func controlCharacters() {
    let list = CandidateList(
      [Candidate("a\u{1b}[31m"), Candidate("b")], size: .init(columns: 80, rows: 24), asciiOnly: true)
    #expect(!list.page().rows.joined().contains("\u{1b}"))
  }

  @Test("Only commands worth keeping go into the history")
  func entries() {
    #expect(HistoryFile.entry(for: "step  ") == "step")
    #expect(HistoryFile.entry(for: " secret") == nil)
    #expect(HistoryFile.entry(for: "") == nil)
  }

  @Test("The history file is cut to its limit")
  func trim() throws {
    let folder = TemporaryFolder()
    let lines = (0..<1500).map { "line \($0)" }
    let file = HistoryFile(path: folder.file("history", lines.joined(separator: "\n") + "\n"))
    #expect(try file.load().get() == Array(lines.suffix(1000)))
    file.trim()
    #expect(folder.text(of: "history") == lines.suffix(1000).map { $0 + "\n" }.joined())
    #expect(file.append("newest") == nil)
    #expect(try file.load().get().last == "newest")
  }

  @Test("Scripts of other systems are read as they were meant")
  func scripts() {
    #expect(ScriptText.decode([0xef, 0xbb, 0xbf] + Array("a\r\nb\rc".utf8)) == "a\nb\rc")
    #expect(ScriptText.decode([0x61, 0xff]) == "a\u{fffd}")
  }

  @Test("Files answer with their bytes or with a reason")
  func files() {
    let folder = TemporaryFolder()
    var host = FileHost()
    let path = folder.path + "/x"
    #expect(host.writeFile(path, Array("text".utf8)) == nil)
    #expect(host.readFile(path) == .success(Array("text".utf8)))
    #expect(host.readFile(folder.path) == .failure(.isFolder))
    #expect(host.writeFile(folder.path, []) == .isFolder)
    #expect(host.readFile(folder.path + "/none") == .failure(FileFailure(reason: "no such file")))
    #expect(host.readFile("/dev/zero") == .failure(.isTooLarge))
    #expect(host.listFolder(folder.path) == ["x"])
    #expect(host.listFolder("/").contains("tmp/"))
    #expect(host.listFolder(folder.path + "/none") == [])
  }
}
