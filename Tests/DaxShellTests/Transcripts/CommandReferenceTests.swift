import Testing

@testable import DaxShell

/// `docs/commands.md` is made from the table of commands.
@Suite struct CommandReferenceTests {
  @Test func isCurrent() throws {
    try Repository.expect(CommandReference.markdown, in: "docs/commands.md")
  }

  @Test(arguments: Command.allCases) func namesEveryCommand(_ command: Command) {
    #expect(CommandReference.markdown.contains("\n### \(command.rawValue)\n"))
  }

  /// Every field that is promised is there.
  @Test(arguments: CommandReference.contract) func promise(_ promise: CommandReference.Promise) throws {
    var session = Session.transcribing()
    for line in promise.before { _ = session.run(line) }
    _ = session.run(promise.example)
    #expect(session.exitCode == 0)
    for field in promise.fields {
      #expect(session.lastResult.lookup(field) != nil, "\(promise.example): \(field)")
    }
  }
}
