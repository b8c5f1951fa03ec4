import Glibc
import Testing

/// The program as scripts and other programs see it.
@Suite("Between pipes", .serialized)
struct PipeTests {
  @Test("Commands and files run in the order given, in one session")
  func order() {
    let folder = TemporaryFolder()
    let file = folder.file("one.dax", Shell.other.line + "\n")
    let result = Piped.run(["-c", Shell.command.line, file, "-qc", Shell.command.line])
    #expect(result.code == 0)
    let found = result.output.split(separator: "\n").map(String.init)
      .filter { $0.contains(Shell.command.output) || $0.contains(Shell.other.output) }
    #expect(found.count == 3)
    #expect(found.dropFirst().first?.contains(Shell.other.output) == true)
    #expect(result.diagnostics == "")
  }

  @Test("Standard input is a script, with no prompt, banner or escape sequence")
  func standardInput() {
    let result = Piped.run([], input: Shell.command.line + "\n" + Shell.leave + "\n" + Shell.other.line)
    #expect(result.code == 0)
    #expect(result.output.contains(Shell.command.output))
    #expect(!result.output.contains(Shell.other.output))
    #expect(!result.output.contains(Shell.prompt))
    #expect(!result.output.contains("\u{1b}"))
  }

  @Test("A lone dash is standard input, between other inputs")
  func dash() {
    let result = Piped.run(["-c", Shell.command.line, "-"], input: Shell.other.line)
    #expect(result.code == 0)
    #expect(result.output.contains(Shell.command.output))
    #expect(result.output.contains(Shell.other.output))
  }

  @Test("As JSON every line is answered, and the exit code tells of the first failure")
  func answersAfterFailure() throws {
    let result = Piped.run(["--format", "json"], input: "nonsense\n" + Shell.command.line + "\n")
    #expect(result.code == 1)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.contains("\"ok\":false") == true)
    #expect(lines.last?.contains("\"ok\":true") == true)
  }

  @Test("Each line is answered before the next is sent")
  func conversation() throws {
    let home = TemporaryFolder()
    let program = try #require(Piped([], home: home))
    program.send(Shell.command.line + "\n")
    #expect(program.waitFor(Shell.command.output))
    program.send(Shell.other.line + "\n")
    #expect(program.waitFor(Shell.other.output))
    #expect(program.finish().code == 0)
  }

  @Test("Very long lines and bytes that are not UTF-8 are taken")
  func anyInput() throws {
    let home = TemporaryFolder()
    let program = try #require(Piped(["--keep-going"], home: home))
    program.send("# \u{0}\u{1b}[31m\n")
    program.send([0x23, 0x20, 0xff, 0xfe, 0xc3, 0x0a])
    for _ in 0..<300 { program.send("# " + String(repeating: "x", count: 4000)) }
    program.send("\n" + Shell.command.line + "\r\n")
    // A reader must be there: the stream of answers may be longer than a pipe holds.
    #expect(program.waitFor(Shell.command.output))
    #expect(program.finish().code == 0)
  }

  @Test("A wrong command line exits with 64", arguments: [["--bogus"], ["--format", "xml"], ["-c"]])
  func usage(arguments: [String]) {
    let result = Piped.run(arguments)
    #expect(result.code == 64)
    #expect(result.output == "")
    #expect(result.diagnostics.contains("daxrepl"))
  }

  @Test("A file that cannot be read exits with 66, before anything has run")
  func noInput() {
    let folder = TemporaryFolder()
    for (path, reason) in [
      (folder.path + "/missing.dax", "no such file"), (folder.path, "folder"),
      (folder.file("binary", "a\u{0}b"), "binary"),
    ] {
      let result = Piped.run(["-c", Shell.command.line, path])
      #expect(result.code == 66)
      #expect(result.output == "")
      #expect(result.diagnostics.contains("'\(path)'"))
      #expect(result.diagnostics.contains(reason))
      #expect(result.diagnostics.contains("hint: "))
    }
  }

  @Test("Ctrl-C ends a script with 130")
  func interrupted() throws {
    let home = TemporaryFolder()
    let lines = Shell.endless.preparation + [Shell.command.line, Shell.endless.line, Shell.other.line]
    let program = try #require(Piped(lines.flatMap { ["-c", $0] }, home: home))
    #expect(program.waitFor(Shell.command.output))
    program.child.signal(SIGINT)
    let result = program.finish()
    #expect(result.code == 130)
    #expect(!result.output.contains(Shell.other.output))
  }

  @Test(
    "A search that Ctrl-C stops writes what it has found, ends with 130, and writes nothing of its progress")
  func interruptedSearch() throws {
    let home = TemporaryFolder()
    let lines = [Shell.command.line, Shell.search.preparation, Shell.search.line, Shell.other.line]
    let program = try #require(Piped(lines.flatMap { ["-c", $0] }, home: home))
    #expect(program.waitFor(Shell.command.output))
    usleep(600_000)
    program.child.signal(SIGINT)
    let result = program.finish()
    #expect(result.code == 130)
    #expect(result.output.contains(Shell.search.answer))
    #expect(result.diagnostics.contains("error: interrupted after "))
    for text in [result.output, result.diagnostics] {
      #expect(!text.contains(Shell.search.progress) && !text.contains("\r"))
      #expect(!text.contains(Shell.other.output))
    }
  }

  @Test("The first failure ends the run with its code; with --keep-going it only decides the code")
  func failures() {
    let folder = TemporaryFolder()
    let file = folder.file("two.dax", "\(Shell.wrong.line)\n\(Shell.command.line)\n")
    let stopped = Piped.run([file, "-c", Shell.command.line])
    #expect(stopped.code == 1)
    #expect(stopped.output == "")
    #expect(stopped.diagnostics.contains("two.dax:1:1: error: "))
    #expect(stopped.diagnostics.contains(Shell.wrong.answer))
    let kept = Piped.run(["--keep-going", file, "-c", "expect a == b"])
    #expect(kept.code == 1)
    #expect(kept.output.contains(Shell.command.output))
    #expect(Piped.run(["-c", "version", "-c", "expect a == b"]).code == 2)
    #expect(Piped.run(["-c", "source missing.dax"]).code == 66)
    #expect(Piped.run(["-c", "quit 9"]).code == 9)
  }

  @Test("A command may go on in the next line of standard input")
  func continued() {
    let result = Piped.run([], input: "\(Shell.continued.first)\n\(Shell.continued.second)\n")
    #expect(result.code == 0)
    #expect(result.output.contains(Shell.continued.output))
  }

  @Test("With -i standard input is a conversation, also without a terminal: slips do not end it")
  func interactive() {
    let input = "\(Shell.wrong.line)\n\(Shell.command.line)\n"
    let result = Piped.run(["-i", "-c", Shell.wrong.line, "-c", Shell.other.line], input: input)
    #expect(result.code == 0)
    #expect(result.output.contains(Shell.command.output))
    #expect(!result.output.contains(Shell.other.output))
    #expect(Piped.run(["-i", "-c", Shell.wrong.line], input: "quit 4\n").code == 4)
  }

  @Test("Ctrl-C ends a script that waits for input with 130")
  func interruptedWhileReading() throws {
    let home = TemporaryFolder()
    let program = try #require(Piped([], home: home))
    program.send(Shell.command.line + "\n")
    #expect(program.waitFor(Shell.command.output))
    program.child.signal(SIGINT)
    #expect(program.child.waitForExit() == 130)
  }

  @Test("A reader who goes away ends the program quietly")
  func brokenPipe() throws {
    let home = TemporaryFolder()
    let program = try #require(Piped([], home: home))
    program.send(Shell.command.line + "\n")
    #expect(program.waitFor(Shell.command.output))
    program.closeOutput()
    program.send(Shell.command.line + "\n")
    #expect(program.child.waitForExit() == 128 + SIGPIPE)
  }

  @Test("Every format is accepted", arguments: ["text", "json", "csv", "markdown"])
  func formats(format: String) {
    let result = Piped.run(["--format", format, "-c", Shell.leave])
    #expect(result.code == 0)
  }

  @Test("The version is on standard output")
  func version() {
    let result = Piped.run(["--version"])
    #expect(result.code == 0)
    #expect(result.output == "0.1.0\n")
  }
}
