import DaxModel

// Commands that copy through the window.

extension Session {
  mutating func copy(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3, options: CopyArguments.options)
    try requireAlive(line)
    let arguments = try CopyArguments(line, first: 0, on: machine.kernel.architecture)
    let engine = try engineOptions(line)
    let device = device
    let (run, value) = call { machine in
      machine.startCopy(device, arguments.direction, at: arguments.offset, arguments.iter, by: engine)
    }
    return copyAnswer(arguments, run, value)
  }

  private func copyAnswer(_ arguments: CopyArguments, _ run: Run, _ value: Value?) -> Answer {
    let report = run.copyReport
    var result: Datum = [
      "copied": .count(report?.copied ?? 0),
      "return": value?.number.map { .int($0) } ?? .null, "errno": .optional(value?.errno?.name),
      "instructions": .record([]), "accesses": [], "engine": .optional(report?.engine),
    ]
    var lines: [String] = []
    if let report {
      result.set(
        "instructions", .record(report.log.counts.map { Field($0.instruction.name, .count($0.count)) }))
      result.set("accesses", .list(report.log.runs.map { $0.record(from: arguments.page) }))
      if report.moved != report.copied { result.set("moved", .count(report.moved)) }
      lines.append(report.sentence)
      if !report.log.runs.isEmpty { lines += accessLines(report.log.runs, from: arguments.page) }
      if report.requested < arguments.iter.count {
        lines.append("  direct_access has allowed no more: the window ends there")
      }
      if report.moved != report.copied {
        lines += wrapped(
          "Only \(report.moved) bytes have been moved: the error of the instruction is lost, as memcpy_fromio() "
            + "and memcpy_toio() return nothing.", indent: 2)
      }
      if report.engine == "bus", report.errno != nil {
        lines.append(
          "  no full cycle fits at \(hex(arguments.offset &+ report.moved)), and there are none of one byte")
      }
      if case .memoryFault(let address) = report.stop {
        lines.append(
          "  the page at \(hex(address & ~(pageSize - 1))) is not there: the copy stops in front of it")
      }
    } else if !run.stop.isTrouble {
      lines.append("nothing was copied")
    }
    if let value { lines.append("returned \(value)") }
    addTrouble(run.stop, to: &result)
    return Answer(result, lines: lines + troubleLines(run.stop.isTrouble ? run.stop : .done))
  }

  /// The accesses of a copy, the first of many.
  private func accessLines(_ runs: [AccessRun], from page: UInt64) -> [String] {
    let shown = 12
    var table = Table(columns: [
      .init("instruction"), .init("offset", .right), .init("length", .right), .init("count", .right),
      .init("outcome"),
    ])
    for run in runs.prefix(shown) {
      table.add(
        run.instruction.name, hex(page &+ run.offset), "\(run.length)", "\(run.count)",
        run.outcome == .done ? "" : run.outcome.text(of: ZpciInstruction(rawValue: run.instruction.name)))
    }
    let rest =
      runs.count > shown ? ["  and \(runs.count - shown) more rows; `--format json` has them all"] : []
    return table.lines(options, indent: 2) + rest
  }

  mutating func engine(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1, options: BusArguments.options + ["errors"])
    if let token = line.arguments.first {
      let engine = token.text == "auto" ? nil : try engineNamed(token, line)
      debugger.timeline.change { $0.choose(engine) }
    } else if let option = line.options.first {
      throw Diagnostic("say which engine is meant", at: option.name, hint: "for example: engine bus width=4")
    }
    let current = machine.kernel.copyEngine
    let isChosen = machine.kernel.chosenEngine != nil
    let rows: [Datum] = CopyEngine.names.map { name in
      let engine = name == current.name ? current : CopyEngine.named(name, chunking: release.zpciChunking)
      return [
        "engine": .text(name), "current": .bool(name == current.name),
        "summary": .text(engine?.summary ?? ""),
      ]
    }
    let why = isChosen ? "\(current.summary); `engine auto` undoes it" : "what this kernel does by itself"
    var lines: [String] = []
    if line.arguments.isEmpty {
      var table = Table(columns: [.init(""), .init("engine"), .init("what it is")])
      table.wrapsLastColumn = true
      for row in rows {
        table.add(
          row["current"] == true ? "=>" : "", row["engine"]?.cellText ?? "", row["summary"]?.cellText ?? "")
      }
      lines = table.lines(options)
    }
    return Answer(
      ["engine": .text(current.name), "chosen": .bool(isChosen), "engines": .list(rows)],
      lines: lines + wrapped("copies use \(current.name): \(why)", indent: 0))
  }

  /// The engine that the options of a command ask for; nil if there is none among them.
  func engineOptions(_ line: Invocation) throws(Diagnostic) -> CopyEngine? {
    if let token = line[option: "engine"] { return try engineNamed(token, line) }
    for name in BusArguments.options + ["errors"] where line[option: name] != nil {
      return try engineNamed(
        Token(machine.kernel.copyEngine.name, column: line.command.column, length: line.command.length), line)
    }
    return nil
  }

  private func engineNamed(_ token: Token, _ line: Invocation) throws(Diagnostic) -> CopyEngine {
    guard let name = NameMatch.find(token.text, in: CopyEngine.names).name,
      var engine = CopyEngine.named(name, chunking: release.zpciChunking)
    else {
      throw unknownName(
        token, kind: "copy engine", among: CopyEngine.names,
        hint: "there are " + listed(CopyEngine.names, "and"))
    }
    if let bus = try BusArguments.parse(line, isBus: name == "bus") { engine = .bus(bus) }
    if let errors = try line.choice("errors", among: ["reported", "lost"]) {
      guard case .zpci(var zpci) = engine else {
        throw Diagnostic(
          "`errors` is about PCI instructions, which \(name) does not use",
          at: line[option: "errors"] ?? token)
      }
      zpci.reportsErrors = errors == "reported"
      engine = .zpci(zpci)
    }
    return engine
  }
}

/// `to_iter|from_iter OFFSET LEN` and the options about the memory.
struct CopyArguments {
  static var options: [String] {
    ["engine", "memory_offset", "segments", "fault"] + BusArguments.options + ["errors"]
  }

  var direction: CopyDirection
  var offset: UInt64
  var iter: IovIter

  /// The start of the page in which the copy begins.
  var page: UInt64 { offset & ~(pageSize - 1) }

  /// - Parameter first: The index of the argument that says which way.
  init(_ line: Invocation, first: Int, on architecture: Architecture) throws(Diagnostic) {
    let words = ["to_iter", "from_iter"]
    let before = line.arguments.prefix(first).map { $0.text + " " }.joined()
    let example = "\(line.command.text) \(before)to_iter 0 4096"
    let way = try line.argument(first, "the direction, to_iter or from_iter,", example: example)
    guard let word = NameMatch.find(way.text, in: words).name, let direction = CopyDirection(rawValue: word)
    else {
      throw Diagnostic(
        "`\(way.text)` is no direction", at: way,
        hint: "to_iter copies out of the window, from_iter into it; for example: \(example)")
    }
    self.direction = direction
    offset = try line.argument(first + 1, "the offset in the window", example: example)
      .unsigned("the offset in the window")
    let length = try line.argument(first + 2, "the length", example: example)
      .count("the length in bytes", limit: 1 << 26)
    let memoryOffset =
      try line[option: "memory_offset"].map { token throws(Diagnostic) in
        try token.count("the offset of the memory in its page", limit: 4095)
      } ?? 0
    var lengths = [UInt64(length)]
    if let token = line[option: "segments"] {
      lengths = try CopyArguments.segments(token, total: UInt64(length))
    }
    var fault: UInt64?
    if let token = line[option: "fault"] {
      fault = UInt64(try token.count("the byte whose page is not there", limit: max(length - 1, 0)))
    }
    iter = IovIter(buffers: lengths, on: architecture, offset: UInt64(memoryOffset), absentByte: fault)
  }

  /// `100,200,rest`: the lengths of the buffers; what is left over gets one more.
  private static func segments(_ token: Token, total: UInt64) throws(Diagnostic) -> [UInt64] {
    var lengths: [UInt64] = []
    var left = total
    for word in token.text.split(separator: ",", omittingEmptySubsequences: false) {
      let length = try Token(String(word), column: token.column, length: token.length)
        .unsigned("the length of a segment")
      guard length <= left else {
        throw Diagnostic("the segments are longer than the copy of \(total) bytes", at: token)
      }
      guard lengths.count < 1024 else { throw Diagnostic("there are at most 1024 segments", at: token) }
      lengths.append(length)
      left -= length
    }
    return left > 0 ? lengths + [left] : lengths
  }
}

/// `width=`, `alignment=`, `order=` and `bytes=`: what a bus of the user's own is like.
enum BusArguments {
  static let options = ["width", "alignment", "order", "bytes"]

  /// The bus; nil if none of the options is given.
  static func parse(_ line: Invocation, isBus: Bool) throws(Diagnostic) -> BusCopy? {
    guard let first = options.compactMap({ line[option: $0] }).first else { return nil }
    guard isBus else {
      throw Diagnostic("only the engine `bus` has a width, an alignment and a byte order", at: first)
    }
    let width = try number("width", line) ?? 4
    let alignment = try number("alignment", line) ?? width
    let order = try line.choice("order", among: ["little", "big"])
    let bytes = try line.choice("bytes", among: ["yes", "no"])
    guard
      let bus = BusCopy(
        width: width, alignment: alignment, isReversed: order == "big", hasByteCycles: bytes != "no")
    else { throw Diagnostic("width and alignment of a bus are 1 to 4096 bytes", at: first) }
    return bus
  }

  private static func number(_ name: String, _ line: Invocation) throws(Diagnostic) -> UInt64? {
    try line[option: name].map { token throws(Diagnostic) in
      UInt64(try token.count("the \(name) in bytes", limit: 4096))
    }
  }
}

extension Run {
  /// What the copy of the run did, if one was reached.
  var copyReport: CopyReport? {
    for event in events.reversed() {
      for observation in event.observations {
        if case .copied(let report) = observation { return report }
      }
    }
    return nil
  }
}

extension AccessRun {
  /// The run as data; `page` is where in the window its offsets begin.
  func record(from page: UInt64) -> Datum {
    var record: Datum = [
      "insn": .text(instruction.name), "offset": .count(page &+ offset), "len": .count(length),
      "count": .count(count),
    ]
    switch outcome {
    case .done: break
    case .completed(let code, let status):
      record.set("cc", .count(UInt64(code.rawValue)))
      record.set("status", status.map { .count(UInt64($0.rawValue)) } ?? .null)
    case .program(let exception): record.set("program", .text(exception.name))
    case .accessException: record.set("program", "ACCESS")
    }
    return record
  }
}

extension ZpciOutcome {
  /// `cc 1, status 12 (blocked)`, `cc 2 (busy)` or `PGM_OPERAND`.
  func text(of instruction: ZpciInstruction?) -> String {
    switch self {
    case .completed(.error, let status?):
      "cc 1, status \(status.rawValue)" + (instruction?.meaning(of: status).map { " (\($0))" } ?? "")
    case .completed(.error, nil): "cc 1 (error)"
    case .completed(.busy, _):
      instruction?.takesMappedAddress == false ? "cc 2 (busy), tried again" : "cc 2 (busy)"
    case .completed(.invalidHandle, _): "cc 3 (no such handle)"
    case .completed(.done, _): "cc 0"
    case .program(let exception): exception.name
    case .accessException: "access exception"
    }
  }
}
