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
    if let topic = Topic(rawValue: token.text.lowercased()) { return explain(topic) }
    if let errno = Errno(name: token.text) { return explain(errno) }
    if let item = ReleaseSwitch.allCases.first(where: { $0.name == token.text }) { return explain(item) }
    if let operation = Operation(rawValue: token.text), operation != .check { return explain(operation) }
    let topics = Topic.allCases.map { $0.rawValue }
    if let topic = NameMatch.find(token.text.lowercased(), in: topics).name.flatMap(Topic.init(rawValue:)) {
      return explain(topic)
    }
    if let place = try? PlaceName.parse(token, in: release, current: currentFunction) {
      return place.line == nil ? explain(place.function) : explain(place.site)
    }
    if token.text.contains(".") { _ = try PlaceName.parse(token, in: release, current: currentFunction) }
    throw unknownName(
      token, kind: "topic, line, function or error",
      among: topics + FunctionNames.all + Errno.allCases.map { $0.name },
      hint: "`explain` alone lists the topics when no task is running; `apropos \(token.text)` searches")
  }

  private func explain(_ topic: Topic) -> Answer {
    Answer(
      ["topic": .text(topic.rawValue), "text": .text(topic.text)], lines: wrapped(topic.text, indent: 0))
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
      ], lines: [head] + tail)
  }

  private func explain(_ item: ReleaseSwitch) -> Answer {
    let names = KernelRelease.all.filter { $0.has(item) }.map { $0.name }
    return Answer(
      [
        "switch": .text(item.name), "sentence": .text(item.sentence), "source": .text(item.source),
        "releases": .texts(names),
      ],
      lines: wrapped(item.sentence, indent: 0)
        + ["On in: \(names.isEmpty ? "none" : names.joined(separator: ", "))", "Source: \(item.source)"])
  }

  private func explain(_ operation: Operation) -> Answer {
    Answer(
      ["operation": .text(operation.rawValue)],
      lines: [
        "\(operation.rawValue)() is a primitive that can fail: `inject \(operation.rawValue) ENOMEM nth=N` lets it."
      ])
  }

  private func explain(_ function: FunctionID) -> Answer {
    let infos = function.lines(in: release)
    let lines = infos.map { "  " + pad($0.name, columns: 20) + $0.note.what }
    return Answer(
      [
        "function": .text(function.name), "file": .text(function.file), "kernel": .text(release.name),
        "lines": .texts(infos.map { $0.name }),
      ],
      lines: ["\(function.name)() stands in \(function.file). In Linux \(release.name) it has these lines:"]
        + lines.flatMap { [fit($0, columns: options.width, asciiOnly: options.asciiOnly)] })
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
    lines.append("  In Linux: \(site.function.file), \(site.function.name)(), as of \(release.name).")
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
