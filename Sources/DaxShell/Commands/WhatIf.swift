import DaxModel

// The command that tries another command out.

extension Session {
  mutating func whatif(_ line: Invocation) throws(Diagnostic) -> Answer {
    let token = try line.argument(0, "the command to try", example: "whatif probe")
    let command = try Command.named(token)
    guard command != .whatif, command != .source, command != .quit else {
      throw Diagnostic("`\(command.rawValue)` cannot be tried out", at: token)
    }
    var inner = line
    inner.command = inner.arguments.removeFirst()
    var copy = self
    let answer: Answer
    do throws(Diagnostic) { answer = try copy.perform(command, inner) } catch {
      failureCode = copy.failureCode
      throw error
    }
    let changes = changeRecords(from: machine, to: copy.machine)
    let shown = answer.text ?? answer.result?.text(options) ?? ""
    return Answer(
      [
        "command": .text(command.rawValue), "result": answer.result ?? .null, "changes": .list(changes),
        "changed": .count(changes.count),
      ],
      text: shown + changesText(changes, title: "what would change")
        + "nothing has been done: this was a copy\n")
  }
}
