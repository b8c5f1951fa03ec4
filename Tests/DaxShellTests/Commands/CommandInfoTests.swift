import Testing

@testable import DaxShell

@Suite("What is said about commands")
struct CommandInfoTests {
  @Test("The examples of a command run in a new session", arguments: Command.allCases)
  func examples(command: Command) {
    var shell = TestShell()
    #expect(!command.info.examples.isEmpty)
    for example in command.info.examples {
      let reply = shell.session.run(example)
      #expect(reply.diagnostics == "", "\(example)")
      #expect(shell.session.exitCode == 0, "\(example)")
    }
    let uses = command.info.examples.filter { example in
      let word = example.split(separator: " ").first.map { String($0) } ?? ""
      return (try? Command.named(Token(word))) == command
    }
    #expect(!uses.isEmpty, "an example of \(command.rawValue) uses it")
  }

  @Test("Every command has a usage, a summary and a group", arguments: Command.allCases)
  func texts(command: Command) throws {
    let info = command.info
    #expect(info.usage.split(separator: " ").first.map { String($0) } == command.rawValue)
    #expect(!info.summary.isEmpty)
    #expect(!info.summary.hasSuffix("."))
    #expect(info.detail.isEmpty || info.detail.hasSuffix("."))
    for option in info.options { #expect(!option.summary.isEmpty) }
    var shell = TestShell()
    let help = shell.run("help \(command.rawValue)")
    #expect(help.contains(info.summary))
    #expect(shell.run("help").contains(info.summary))
    #expect(try shell.result("help \(command.rawValue)")["usage"] == .text(info.usage))
  }

  @Test("Every option that completion offers is one that the command takes", arguments: Command.allCases)
  func options(command: Command) {
    var shell = TestShell()
    for option in command.info.options {
      let errors = shell.complaint("\(command.rawValue) \(option.name)=?")
      #expect(!errors.contains("there is no option"), "\(command.rawValue) \(option.name)=")
    }
  }

  @Test("Aliases and beginnings of names stand for commands")
  func short() throws {
    let pairs: [(String, Command)] = [
      ("s", .step), ("n", .next), ("c", .continue), ("b", .break), ("bt", .where), ("l", .list),
      ("i", .info), ("q", .quit), ("exit", .quit), ("?", .help), ("p", .probe), ("fin", .finish),
      ("ste", .step), ("wha", .whatif), ("expla", .explain), ("diff", .diff), ("diff-", .diffRelease),
      ("direct", .directAccess), ("z", .zeroPageRange), ("x", .x), ("breakp", .breakpoints),
    ]
    for (word, command) in pairs { #expect(try Command.named(Token(word)) == command, "\(word)") }
    for command in Command.allCases {
      #expect(try Command.named(Token(command.rawValue)) == command)
    }
  }

  @Test("A word that means more than one command, or none, is an error with advice")
  func misspelt() {
    var shell = TestShell()
    #expect(
      shell.complaint("st") == """
        error: `st` is short for more than one command
          st
          ^^
          hint: write more of `start`, `stat`, `step` or `store`

        """)
    #expect(shell.complaint("stpe 3").contains("hint: did you mean `step`?"))
    #expect(shell.complaint("STEP").contains("hint: did you mean `step`?"))
    #expect(shell.complaint("frobnicate").contains("hint: `help` lists the commands"))
    #expect(
      shell.complaint("kill_dax").contains(
        "hint: `start kill_dax` runs it to its first line; `explain kill_dax` tells about it"))
    #expect(shell.complaint("info devers").contains("hint: did you mean `devres`?"))
    #expect(shell.complaint("new windw=4M").contains("hint: did you mean `window`?"))
    #expect(shell.complaint("new kernel=6.2").contains("hint: did you mean `6.1` or `6.12`?"))
    #expect(shell.complaint("step 1 2").contains("`2` is too much here"))
    #expect(
      shell.complaint("until remapPages").contains("hint: write `virtio_fs_setup_dax.remapPages`"))
  }

  @Test("Related commands are not the command itself", arguments: Command.allCases)
  func related(command: Command) {
    #expect(!command.info.related.contains(command))
    #expect(Set(command.info.related).count == command.info.related.count)
  }

  @Test("Every line of help fits a narrow screen", arguments: [40, 80])
  func narrow(width: Int) {
    var shell = TestShell()
    shell.session.options.width = width
    for line in ["help"] + Command.allCases.map({ "help " + $0.rawValue }) {
      for row in shell.run(line).split(separator: "\n") where !row.hasPrefix("  dax> ") {
        #expect(displayWidth(String(row)) <= width, "\(line): \(row)")
      }
    }
  }
}
