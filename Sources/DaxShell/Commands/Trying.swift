import DaxModel

// The command that changes the kernel: another order of lines, one less, one more.

extension Session {
  mutating func `try`(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 4)
    var edits = machine.configuration.release.edits
    guard let verb = line.arguments.first else { return editsAnswer() }
    let verbs = ["move", "drop", "add", "undo", "clear"]
    guard let word = NameMatch.find(verb.text, in: verbs).name else {
      throw unknownName(
        verb, kind: "change", among: verbs,
        hint: "for example: try move registerExit after remapPages; try drop registerExit")
    }
    switch word {
    case "undo":
      guard edits.popLast() != nil else {
        throw Diagnostic(
          "nothing has been changed", at: verb, hint: "`try move …` changes the order of lines")
      }
    case "clear": edits = []
    case "drop":
      let token = try line.argument(1, "the line", example: "try drop registerExit")
      let place = try editedPlace(token, isAdded: false, anchor: nil)
      edits.append(LineEdit(place.function, place.line, .drop))
    default:
      edits.append(try placement(line, isAdded: word == "add"))
    }
    var configuration = machine.configuration
    configuration.release = configuration.release.edited(edits)
    _ = restart(configuration)
    return editsAnswer(isChanged: true)
  }

  /// `move|add LINE after|before LINE`.
  private func placement(_ line: Invocation, isAdded: Bool) throws(Diagnostic) -> LineEdit {
    let verb = isAdded ? "add" : "move"
    let example =
      isAdded ? "try add waitForReference after putPages" : "try move registerExit after remapPages"
    let token = try line.argument(1, "the line", example: example)
    let side = try line.argument(2, "`after` or `before`", example: example)
    let anchor = try line.argument(3, "the line beside which it shall stand", example: example)
    guard let word = NameMatch.find(side.text, in: ["after", "before"]).name else {
      throw Diagnostic(
        "`\(side.text)` is neither after nor before", at: side, hint: "for example: \(example)")
    }
    let place = try editedPlace(token, isAdded: isAdded, anchor: anchor)
    let name = anchor.text.split(separator: ".").last.map { String($0) } ?? anchor.text
    guard name != place.line else {
      throw Diagnostic(
        "a line cannot stand beside itself", at: anchor, hint: "name another line to \(verb) it to")
    }
    return LineEdit(place.function, place.line, word == "after" ? .after(name) : .before(name))
  }

  /// The function and line that a word means: `FUNCTION.LINE`, or a line that only one function has.
  ///
  /// The function must run in this release, and have the line `anchor`. What is added must be a line that the function has
  /// in another release, or is known to need.
  private func editedPlace(
    _ token: Token, isAdded: Bool, anchor: Token?
  ) throws(Diagnostic) -> (function: FunctionID, line: String) {
    let parts = token.text.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
    let wanted = parts.last ?? ""
    let anchorName = anchor?.text.split(separator: ".").last.map { String($0) }
    func names(_ function: FunctionID) -> [String] { PlaceName.lineNames(of: function, in: release) }
    func candidates(_ function: FunctionID) -> [String] {
      isAdded ? function.everyLine.map { $0.name }.filter { !names(function).contains($0) } : names(function)
    }
    var functions = FunctionID.allCases.filter { !names($0).isEmpty }
    if parts.count > 1 {
      let head = Token(parts.dropLast().joined(separator: "."), column: token.column, length: token.length)
      functions = [try FunctionNames.find(head)]
    }
    let having = functions.filter { candidates($0).contains(wanted) }
    let fitting = having.filter { function in anchorName.map { names(function).contains($0) } ?? true }
    if let function = fitting.first, fitting.count == 1 { return (function, wanted) }
    if fitting.count > 1 {
      throw Diagnostic(
        "several functions have a line `\(wanted)`", at: token,
        hint: "write " + listed(fitting.map { "\($0.name).\(wanted)" }, "or"))
    }
    if let function = having.first, let anchor {
      throw Diagnostic(
        "`\(anchor.text)` is no line of \(function.name)", at: anchor,
        hint: "it has " + listed(names(function), "and"))
    }
    if isAdded, let function = functions.first(where: { names($0).contains(wanted) }) {
      throw Diagnostic("\(function.name) has `\(wanted)` already", at: token, hint: "`try move` moves it")
    }
    throw unknownName(
      Token(wanted, column: token.column, length: token.length),
      kind: (isAdded ? "line that could be added" : "line")
        + (parts.count > 1 ? " of \(functions.first?.name ?? "")" : ""),
      among: functions.flatMap(candidates),
      hint: "`list FUNCTION` shows the lines; write LINE or FUNCTION.LINE")
  }

  /// What has been changed.
  private func editsAnswer(isChanged: Bool = false) -> Answer {
    let edits = release.edits
    let rows: [Datum] = edits.map { edit in
      let change: String =
        switch edit.change {
        case .drop: "dropped"
        case .before(let other): "before \(other)"
        case .after(let other): "after \(other)"
        }
      return ["function": .text(edit.function.name), "line": .text(edit.line), "change": .text(change)]
    }
    var lines = edits.map { "changed: \($0)" }
    if edits.isEmpty { lines.append("the lines are those of Linux \(release.name)") }
    if isChanged {
      let count = machine.server(of: device)?.files.files.count ?? 0
      lines.append(
        "the machine has started anew"
          + (count == 0 ? "" : ", and the host still has \(counted(count, "file"))")
          + ": `probe`, then `explore` again")
    }
    return Answer(["kernel": .text(release.name), "rows": .list(rows)], lines: lines)
  }
}
