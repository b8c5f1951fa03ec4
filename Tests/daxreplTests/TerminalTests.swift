import Glibc
import Testing

/// The program as a person at a terminal sees it.
@Suite("At a terminal", .serialized)
struct TerminalTests {
  /// A window size.
  struct Size: CustomTestStringConvertible {
    var columns: Int
    var rows: Int
    var testDescription: String { "\(columns) x \(rows)" }
  }

  static let sizes = [Size(columns: 80, rows: 24), Size(columns: 40, rows: 10)]

  @Test("A line is read, answered, and followed by a prompt", arguments: sizes)
  func answer(size: Size) throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(home: home, columns: size.columns, rows: size.rows))
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.command.line)
    terminal.waitFor(Shell.command.output)
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.leave)
    #expect(terminal.waitForExit() == 0)
  }

  @Test("Tab lists the candidates with what they are, and completes", arguments: sizes)
  func completion(size: Size) throws {
    let home = TemporaryFolder()
    let terminal = try #require(
      Terminal(["--quiet"], home: home, columns: size.columns, rows: size.rows))
    terminal.waitFor(Shell.prompt)
    terminal.type(Shell.ambiguous.typed + Terminal.tab)
    let first = Shell.ambiguous.candidates[0]
    terminal.waitFor(first)
    let list = first + terminal.waitFor(Shell.prompt + Shell.ambiguous.typed)
    for candidate in Shell.ambiguous.candidates { #expect(list.contains(candidate)) }
    #expect(list.contains(Shell.ambiguous.summary))
    for row in list.split(separator: "\n") { #expect(row.count < size.columns) }
    terminal.type(Terminal.controlC)
    terminal.waitFor(Shell.prompt)
    terminal.type(Shell.unique.typed + Terminal.tab)
    terminal.waitFor(Shell.unique.completed)
    terminal.type(Terminal.controlC)
    terminal.waitFor("^C")
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.leave)
    #expect(terminal.waitForExit() == 0)
  }

  @Test("Ctrl-C drops the line")
  func controlC() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(home: home))
    terminal.waitFor(Shell.prompt)
    terminal.type(Shell.other.line + Terminal.left + Terminal.left)
    terminal.waitFor(Shell.other.line.prefix(3).description)
    terminal.type(Terminal.controlC)
    terminal.waitFor("^C\n" + Shell.prompt)
    terminal.enter(Shell.command.line)
    terminal.waitFor(Shell.command.output)
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.leave)
    #expect(terminal.waitForExit() == 0)
    #expect(!terminal.text.contains(Shell.other.output))
  }

  @Test("Ctrl-C stops a long command, and the shell goes on")
  func controlCInCommand() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(home: home))
    terminal.waitFor(Shell.prompt)
    for line in Shell.endless.preparation {
      terminal.enter(line)
      terminal.waitFor(Shell.prompt)
    }
    terminal.enter(Shell.endless.line)
    terminal.waitFor(Shell.endless.line + "\n")
    // The line has been handed over once the terminal echoes by itself again.
    terminal.type(Terminal.controlC)
    terminal.waitFor(Shell.endless.answer)
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.command.line)
    terminal.waitFor(Shell.command.output)
  }

  @Test(
    "A long search says how far it has come on one line; Ctrl-C stops it, the line goes, the shell goes on")
  func progress() throws {
    let home = TemporaryFolder()
    let terminal = try #require(
      Terminal(["-q", "-c", Shell.search.preparation, "-i"], home: home, columns: 60))
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.search.line)
    // Twice: it is rewritten.
    for _ in 0..<2 { terminal.waitFor(Shell.search.progress) }
    terminal.type(Terminal.controlC)
    terminal.waitFor(Shell.search.answer)
    terminal.waitFor(Shell.prompt)
    let texts = terminal.rewritten.filter { $0.contains(Shell.search.progress) }
    #expect(texts.count >= 2 && texts.allSatisfy { $0.count < 60 && !$0.contains("\n") })
    #expect(!terminal.shown.contains { $0.contains(Shell.search.progress) }, "\(terminal.shown)")
    terminal.enter(Shell.command.line)
    terminal.waitFor(Shell.command.output)
  }

  @Test("Where there is little room, the line is cut", arguments: [24, 12])
  func narrowProgress(_ columns: Int) throws {
    let home = TemporaryFolder()
    let terminal = try #require(
      Terminal(["-q", "-c", Shell.search.preparation, "-c", Shell.search.line], home: home, columns: columns))
    for _ in 0..<3 { terminal.waitFor(" state") }
    terminal.type(Terminal.controlC)
    #expect(terminal.waitForExit() == 130)
    let texts = terminal.rewritten.filter { $0.contains(" state") && !$0.contains("\n") }
    #expect(texts.count >= 2 && texts.allSatisfy { $0.count < columns })
    #expect(terminal.text.contains("interrupted after"))
  }

  @Test("Ctrl-C drops the whole of a command on several lines")
  func continued() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(["-q"], home: home))
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.continued.first)
    terminal.waitFor("...> ")
    terminal.type(Terminal.controlC)
    terminal.waitFor("^C\n" + Shell.prompt)
    terminal.enter(Shell.continued.first)
    terminal.waitFor("...> ")
    terminal.enter(Shell.continued.second)
    terminal.waitFor(Shell.continued.output)
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.leave)
    #expect(terminal.waitForExit() == 0)
  }

  @Test("A person's slips do not end the shell, nor count when it is left; quit N does")
  func slips() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(["-q", "-i", "-c", Shell.wrong.line], home: home))
    terminal.waitFor(Shell.wrong.answer)
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.wrong.line)
    terminal.waitFor(Shell.wrong.answer)
    terminal.waitFor(Shell.prompt)
    terminal.enter("quit 6")
    #expect(terminal.waitForExit() == 6)
    let other = try #require(Terminal(["-q"], home: home))
    other.waitFor(Shell.prompt)
    other.enter(Shell.wrong.line)
    other.waitFor(Shell.wrong.answer)
    other.waitFor(Shell.prompt)
    other.type(Terminal.controlD)
    #expect(other.waitForExit() == 0)
  }

  @Test("Ctrl-D leaves on a new line")
  func controlD() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(home: home))
    terminal.waitFor(Shell.prompt)
    terminal.type(Terminal.controlD)
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.text.hasSuffix("\n"))
  }

  @Test("UTF-8 is edited by whole characters")
  func utf8() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(home: home))
    terminal.waitFor(Shell.prompt)
    terminal.type("# é漢字x")
    terminal.waitFor("字x")
    // Over x and 字, then away with 漢.
    terminal.type(Terminal.left + Terminal.left + Terminal.backspace + "\r")
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.leave)
    #expect(terminal.waitForExit() == 0)
    #expect(home.text(of: "state/daxrepl/history") == "# é字x\n\(Shell.leave)\n")
  }

  @Test("The history lasts from one run to the next; Up and Ctrl-R find it")
  func history() throws {
    let home = TemporaryFolder()
    let first = try #require(Terminal(home: home))
    first.waitFor(Shell.prompt)
    for line in [Shell.command.line, Shell.other.line, Shell.other.line, " " + Shell.command.line, ""] {
      first.enter(line)
      first.waitFor(Shell.prompt)
    }
    first.type(Terminal.controlD)
    #expect(first.waitForExit() == 0)
    // Not twice in a row, not what began with a space, nothing empty.
    #expect(home.text(of: "state/daxrepl/history") == "\(Shell.command.line)\n\(Shell.other.line)\n")
    var status = stat()
    #expect(stat(home.path + "/state/daxrepl/history", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)

    let second = try #require(Terminal(home: home))
    second.waitFor(Shell.prompt)
    second.type(Terminal.up)
    second.waitFor(Shell.other.line)
    second.type("\r")
    second.waitFor(Shell.other.output)
    second.waitFor(Shell.prompt)
    second.type(Terminal.controlR)
    second.waitFor("bck:")
    second.type(String(Shell.command.line.prefix(3)))
    second.waitFor(Shell.command.line)
    second.type("\r")
    second.waitFor(Shell.command.output)
  }

  @Test("A history that cannot be read is one warning")
  func unreadableHistory() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(home: home, environment: ["DAXREPL_HISTFILE": home.path]))
    let before = terminal.waitFor(Shell.prompt)
    #expect(before.contains("warning: cannot read the history"))
    terminal.enter(Shell.command.line)
    let after = terminal.waitFor(Shell.prompt)
    #expect(!after.contains("warning"))
  }

  @Test(
    "An answer longer than the screen goes to the pager",
    arguments: ["sed s/^/paged:/", "no-such-pager", ""])
  func pager(command: String) throws {
    let home = TemporaryFolder()
    let terminal = try #require(
      Terminal(["-q"], home: home, environment: ["PAGER": command], columns: 40, rows: 10))
    terminal.waitFor(Shell.prompt)
    terminal.enter(Shell.long.line)
    if command.hasPrefix("sed") { terminal.waitFor("paged:") }
    terminal.waitFor(Shell.long.output)
    terminal.waitFor(Shell.prompt)
  }

  @Test("A window that changes its size keeps what is being typed")
  func resize() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(["-q"], home: home))
    terminal.waitFor(Shell.prompt)
    let half = String(Shell.command.line.prefix(3))
    terminal.type(half)
    terminal.waitFor(half)
    terminal.resize(columns: 40, rows: 10)
    terminal.waitFor(Shell.prompt + half)
    terminal.enter(String(Shell.command.line.dropFirst(3)))
    terminal.waitFor(Shell.command.output)
  }

  @Test("vi keys through ~/.editrc, and Tab still completes")
  func vi() throws {
    let home = TemporaryFolder()
    _ = home.file(".editrc", "bind -v\n")
    let terminal = try #require(Terminal(["-q"], home: home))
    terminal.waitFor(Shell.prompt)
    terminal.type("x" + Shell.command.line)
    terminal.waitFor(Shell.command.line)
    // Escape, to the beginning, delete one character.
    terminal.type("\u{1b}0x\r")
    terminal.waitFor(Shell.command.output)
    terminal.waitFor(Shell.prompt)
    terminal.type(Shell.unique.typed + Terminal.tab)
    terminal.waitFor(Shell.unique.completed)
  }

  @Test("An ended terminal ends the program; a request to end leaves the terminal in order")
  func terminate() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(["-q"], home: home))
    terminal.waitFor(Shell.prompt)
    terminal.signal(SIGTERM)
    #expect(terminal.waitForExit() == 128 + SIGTERM)
  }

  @Test("Ctrl-\\ does nothing while a line is typed")
  func quit() throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(["-q"], home: home))
    terminal.waitFor(Shell.prompt)
    terminal.type("\u{1c}")
    terminal.enter(Shell.command.line)
    terminal.waitFor(Shell.command.output)
  }

  @Test("No colour where it is not wanted", arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
  func noColor(environment: [String: String]) throws {
    let home = TemporaryFolder()
    let terminal = try #require(Terminal(["-q"], home: home, environment: environment))
    terminal.waitFor(Shell.prompt)
    #expect(!terminal.hasWritten("\u{1b}[1m"))
  }
}
