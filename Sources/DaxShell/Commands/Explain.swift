import DaxModel

extension Session {
  mutating func explain(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    guard let token = line.arguments.first else {
      if let site = debugger.current.flatMap({ machine.site(of: $0) }) ?? machine.oops?.site {
        return explain(site)
      }
      let rows: [Datum] = Topic.allCases.map { ["topic": .text($0.rawValue), "about": .text($0.summary)] }
      var table = Table(["rows": .list(rows)])
      table.wrapsLastColumn = true
      return Answer(["rows": .list(rows)], text: table.rendered(options))
    }
    if let topic = Topic.named(token.text) {
      return explain(topic)
    }
    if let errno = Errno(name: token.text) { return explain(errno) }
    if let instruction = ZpciInstruction.named(token.text) { return explain(instruction) }
    if let rule = ZpciRule(rawValue: token.text) { return explain(rule) }
    if let item = ReleaseSwitch.allCases.first(where: { $0.name == token.text }) { return explain(item) }
    if let operation = Operation(rawValue: token.text), operation != .check { return explain(operation) }
    let topics = Topic.allCases.map { $0.rawValue }
    // A function's whole name comes before the beginning of a topic's.
    if !FunctionNames.all.contains(token.text),
      let topic = NameMatch.find(token.text.lowercased(), in: topics).name.flatMap(Topic.init(rawValue:))
    {
      return explain(topic)
    }
    if let place = try? PlaceName.parse(token, in: release, current: currentFunction) {
      return place.line == nil ? explain(place.function) : explain(place.site)
    }
    if token.text.contains(".") || FunctionNames.all.contains(token.text) {
      _ = try PlaceName.parse(token, in: release, current: currentFunction)
    }
    throw unknownName(
      token, kind: "topic, line, function or error",
      among: topics + FunctionNames.all + Errno.allCases.map { $0.name } + ZpciInstruction.names,
      hint: "`explain` alone lists the topics when no task is running; `apropos \(token.text)` searches")
  }

  private func explain(_ topic: Topic) -> Answer {
    Answer(
      ["topic": .text(topic.rawValue), "text": .text(topic.text)], lines: wrapped(topic.text, indent: 0))
  }

  /// What an instruction is, and what it checks, in order.
  private func explain(_ instruction: ZpciInstruction) -> Answer {
    let rules = instruction.rules(under: machine.kernel.zpci?.rules ?? .strict)
    var lines = wrapped(
      "\(instruction.rawValue): \(instruction.summary). Operation code \(instruction.opcode), format "
        + "\(instruction.format), \(instruction.byteCount) bytes. Operands: \(instruction.operands).",
      indent: 0)
    lines.append("It checks, in this order:")
    for (index, rule) in rules.enumerated() {
      let head = "  " + pad("\(index + 1)", columns: 3)
      let note = rule.note(for: instruction)
      lines += hanging(head, "\(note.what) If not: \(verdict(instruction, rule.outcome)).")
      lines += wrapped(note.why, indent: 5)
    }
    return Answer(
      [
        "insn": .text(instruction.rawValue), "opcode": .text(instruction.opcode),
        "format": .text(instruction.format), "operands": .text(instruction.operands),
        "about": .text(instruction.summary),
        "checks": .list(rules.map { record($0, $0.note(for: instruction)) }),
      ], lines: lines)
  }

  private func explain(_ rule: ZpciRule) -> Answer {
    let users = ZpciInstruction.allCases.filter {
      ($0.rules(under: .strict) + $0.rules(under: .lenient)).contains(rule)
    }
    var result = record(rule, rule.note)
    result.set("insns", .texts(users.map { $0.rawValue }))
    return Answer(
      result,
      lines: wrapped(rule.note.what + " " + rule.note.why, indent: 0)
        + (users.first.map { hanging("If not: ", verdict($0, rule.outcome) + ".") } ?? [])
        + hanging("Checked by ", users.map { $0.rawValue }.joined(separator: ", ") + "."))
  }

  private func record(_ rule: ZpciRule, _ note: Note) -> Datum {
    [
      "rule": .text(rule.rawValue), "what": .text(note.what), "why": .text(note.why),
      "cc": rule.outcome.conditionCode.map { .count(UInt64($0.rawValue)) } ?? .null,
      "status": rule.outcome.status.map { .count(UInt64($0.rawValue)) } ?? .null,
      "program": .optional(rule.outcome.program?.name),
    ]
  }

  private func explain(_ errno: Errno) -> Answer {
    let places = FunctionID.allCases.flatMap { function in
      function.lines(in: release).filter { $0.note.failsWith.contains(errno) }.map {
        "\(function.name).\($0.name)"
      }
    }
    let head =
      "\(errno.name) is \(errno.rawValue): \(errno.meaning). Kernel functions return \(errno.returnValue)."
    let tail =
      places.isEmpty
      ? [] : ["Lines that can fail with it in Linux \(release.name):"] + places.map { "  " + $0 }
    return Answer(
      [
        "errno": .text(errno.name), "number": .int(errno.rawValue), "meaning": .text(errno.meaning),
        "lines": .texts(places),
      ], lines: wrapped(head, indent: 0) + tail)
  }

  private func explain(_ item: ReleaseSwitch) -> Answer {
    let names = builds.filter { $0.has(item) }.map { $0.name }
    return Answer(
      [
        "switch": .text(item.name), "sentence": .text(item.sentence), "source": .text(item.source),
        "unconfirmed": .bool(item.isUnconfirmed), "releases": .texts(names),
      ],
      lines: wrapped(item.sentence, indent: 0)
        + hanging(
          "On in: ",
          "\(names.isEmpty ? "none" : names.joined(separator: ", ")) (\(release.architecture.rawValue))")
        + hanging("Source: ", item.source))
  }

  private func explain(_ operation: Operation) -> Answer {
    Answer(
      ["operation": .text(operation.rawValue)],
      lines: wrapped(
        "\(operation.rawValue)() is a primitive that can fail: `inject \(operation.rawValue) ENOMEM nth=N` lets it.",
        indent: 0))
  }

  private func explain(_ function: FunctionID) -> Answer {
    let infos = function.lines(in: release)
    let width = infos.map { $0.name.count }.max() ?? 0
    let lines = infos.flatMap { hanging("  " + pad($0.name, columns: width) + "  ", $0.note.what) }
    return Answer(
      [
        "function": .text(function.name), "file": .text(function.file), "kernel": .text(release.name),
        "lines": .texts(infos.map { $0.name }),
      ],
      lines: wrapped(
        "\(function.name)() stands in \(function.file). In Linux \(release.name) it has these lines:",
        indent: 0)
        + lines)
  }

  /// The note of a line: what, why, what it may fail with, where it stands in Linux.
  private func explain(_ site: Site) -> Answer {
    let infos = site.function.lines(in: release)
    guard infos.indices.contains(Int(site.position)) else { return Answer(["line": .null], lines: []) }
    let note = infos[Int(site.position)].note
    var lines = [options.styled(site.description(in: release), .bold)] + wrapped(note.what, indent: 2)
    if !note.why.isEmpty { lines += wrapped(note.why, indent: 2) }
    if !note.failsWith.isEmpty {
      let errors = note.failsWith.map { "\($0) (\($0.meaning))" }.joined(separator: ", ")
      lines += wrapped("May fail with \(errors).", indent: 2)
    }
    if !note.calls.isEmpty {
      lines += wrapped("Calls \(note.calls.map { $0.name }.joined(separator: ", ")).", indent: 2)
    }
    lines += wrapped(
      "In Linux: \(site.function.file), \(site.function.name)(), as of \(release.name).", indent: 2)
    return Answer(
      [
        "function": .text(site.function.name), "line": .text(site.line(in: release)),
        "what": .text(note.what),
        "why": .text(note.why), "fails_with": .texts(note.failsWith.map { $0.name }),
        "calls": .texts(note.calls.map { $0.name }), "file": .text(site.function.file),
        "kernel": .text(release.name),
      ], lines: lines)
  }
}
