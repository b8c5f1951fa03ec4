import DaxModel

// The shell's own commands.

extension Session {
  mutating func help(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    guard let token = line.arguments.first else { return helpIndex() }
    let command = try Command.named(token)
    let info = command.info
    var lines = hanging(command.rawValue + " - ", info.summary)
    lines[0] = options.styled(command.rawValue, .bold) + lines[0].dropFirst(command.rawValue.count)
    lines.append("")
    lines += wrapped(info.usage, indent: 2)
    if !info.detail.isEmpty {
      lines += [""] + info.detail.split(separator: "\n").flatMap { wrapped(String($0), indent: 2) }
    }
    if !info.options.isEmpty {
      lines.append("")
      for option in info.options {
        let values = option.values.isEmpty ? "" : " (" + option.values.joined(separator: ", ") + ")"
        lines += hanging("  \(option.name)=  ", option.summary + values)
      }
    }
    lines += ["", "For example:"] + info.examples.map { "  dax> " + $0 }
    if !info.related.isEmpty {
      lines += [""] + hanging("See also: ", info.related.map { $0.rawValue }.joined(separator: ", "))
    }
    return Answer(
      [
        "command": .text(command.rawValue), "usage": .text(info.usage), "summary": .text(info.summary),
        "detail": .text(info.detail), "examples": .texts(info.examples),
        "related": .texts(info.related.map { $0.rawValue }),
      ], lines: lines)
  }

  private func helpIndex() -> Answer {
    var lines: [String] = []
    var rows: [Datum] = []
    let width = Command.allCases.map { $0.rawValue.utf8.count }.max() ?? 0
    for group in CommandGroup.allCases {
      lines.append(options.styled(group.rawValue, .bold))
      for command in Command.allCases where command.info.group == group {
        let name = pad("  " + command.rawValue, columns: width + 4)
        lines += hanging(name, command.info.summary)
        rows.append([
          "command": .text(command.rawValue), "group": .text(group.rawValue),
          "summary": .text(command.info.summary),
        ])
      }
    }
    let advice =
      "Commands may be written short as long as they are unique. `help COMMAND` tells more, `apropos WORD` "
      + "searches, `explain TOPIC` explains the kernel's side. Numbers: 4096, 0x1000, 4k, 2M, 16p (pages)."
    lines += [""] + wrapped(advice, indent: 0)
    return Answer(["rows": .list(rows)], lines: lines)
  }

  mutating func apropos(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let token = try line.argument(0, "the word to search for", example: "apropos window")
    let word = token.text.lowercased()
    func has(_ texts: String...) -> Bool { texts.contains { isPart(word, of: $0.lowercased()) } }
    var rows: [Datum] = []
    for command in Command.allCases where has(command.rawValue, command.info.summary, command.info.detail) {
      rows.append(["kind": "command", "name": .text(command.rawValue), "about": .text(command.info.summary)])
    }
    for topic in Topic.allCases where has(topic.rawValue, topic.text) {
      rows.append(["kind": "topic", "name": .text(topic.rawValue), "about": .text(topic.summary)])
    }
    for topic in InfoTopic.allCases where has(topic.rawValue, topic.summary) {
      rows.append(["kind": "info", "name": .text(topic.rawValue), "about": .text(topic.summary)])
    }
    for instruction in ZpciInstruction.allCases where has(instruction.rawValue, instruction.summary) {
      rows.append([
        "kind": "instruction", "name": .text(instruction.rawValue), "about": .text(instruction.summary),
      ])
    }
    for function in FunctionID.allCases {
      for info in function.lines(in: release)
      where has(function.name, info.name, info.note.what, info.note.why) {
        rows.append([
          "kind": "line", "name": .text("\(function.name).\(info.name)"), "about": .text(info.note.what),
        ])
      }
    }
    return rowsAnswer(rows, empty: "nothing is about `\(escapeControls(token.text))`")
  }

  mutating func expect(_ line: Invocation) throws(Diagnostic) -> Answer {
    let expectation = try Expectation.parse(line)
    if let failure = expectation.failure(in: lastResult) {
      failureCode = 2
      throw failure
    }
    return Answer(["met": true], text: "")
  }

  mutating func source(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let token = try line.argument(0, "the script", example: "source Examples/tour.dax")
    guard !sources.contains(token.text), file != token.text else {
      throw Diagnostic(
        "\(escapeControls(token.text)) is being read already: it sources itself", at: token)
    }
    guard sources.count < 16 else {
      throw Diagnostic("scripts source each other more than 16 deep", at: token)
    }
    let bytes = try readFile(token)
    let text = String(decoding: bytes, as: UTF8.self)
    sources.append(token.text)
    var answer = Answer(nil)
    var count = 0
    let code = runScript(text, named: token.text) { reply in
      answer.earlier += reply.output
      answer.diagnostics += reply.diagnostics
      count += 1
    }
    _ = sources.popLast()
    fail(as: code)
    answer.result = ["lines": .count(count), "exit": .count(Int(code))]
    answer.text = ""
    return answer
  }

  mutating func set(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    let names = Setting.allCases.map { $0.rawValue }
    guard let token = line.arguments.first else { return settingsAnswer() }
    guard let setting = NameMatch.find(token.text, in: names).name.flatMap(Setting.init(rawValue:)) else {
      throw unknownName(token, kind: "setting", among: names, hint: "there are " + listed(names, "and"))
    }
    guard line.arguments.count > 1 else { return settingsAnswer() }
    let value = line.arguments[1]
    switch setting {
    case .format:
      let formats = SessionOptions.Format.allCases.map { $0.rawValue }
      guard
        let format = NameMatch.find(value.text, in: formats).name.flatMap(
          SessionOptions.Format.init(rawValue:))
      else {
        throw unknownName(value, kind: "format", among: formats, hint: "there are " + listed(formats, "and"))
      }
      options.format = format
    case .width: options.width = max(20, try value.count("the width", limit: 10_000))
    case .echo: options.echoes = try Self.isOn(value)
    case .ascii: options.asciiOnly = try Self.isOn(value)
    case .keepGoing: options.keepsGoing = try Self.isOn(value)
    }
    return Answer(["setting": .text(setting.rawValue), "value": .text(value.text)], text: "")
  }

  private static func isOn(_ token: Token) throws(Diagnostic) -> Bool {
    switch token.text {
    case "on", "yes", "1", "true": return true
    case "off", "no", "0", "false": return false
    default: throw Diagnostic("`\(token.text)` is neither on nor off", at: token)
    }
  }

  private func settingsAnswer() -> Answer {
    let rows: [Datum] = Setting.allCases.map { setting in
      let value =
        switch setting {
        case .format: options.format.rawValue
        case .width: "\(options.width)"
        case .echo: options.echoes ? "on" : "off"
        case .ascii: options.asciiOnly ? "on" : "off"
        case .keepGoing: options.keepsGoing ? "on" : "off"
        }
      return ["setting": .text(setting.rawValue), "value": .text(value), "about": .text(setting.summary)]
    }
    return rowsAnswer(rows, empty: "")
  }

  mutating func quit(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    if let token = line.arguments.first { exitCode = Int32(try token.count("the exit code", limit: 255)) }
    wantsToLeave = true
    return Answer(["quit": true], text: "")
  }
}

/// What `set` can change.
enum Setting: String, CaseIterable {
  case format, width, echo, ascii
  case keepGoing = "keep-going"

  var summary: String {
    switch self {
    case .format: "how results are written: text, json, csv or markdown"
    case .width: "columns that may be used"
    case .echo: "write each line before its result, as in a transcript"
    case .ascii: "only ASCII in pictures and tables"
    case .keepGoing: "go on after a failed command in a script"
    }
  }
}
