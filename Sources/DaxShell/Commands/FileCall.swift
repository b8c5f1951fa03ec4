import DaxModel

// What commands that make system calls have in common.

extension Session {
  /// What came of one system call, or of several in a row.
  struct CallOutcome {
    var run = Run()
    /// What the last one returned; nil if it has not come to its end.
    var value: Value?
    /// The requests that the server got meanwhile.
    var requests: [FuseExchange] = []
    /// Bytes that were moved, if they lay in the process's own buffer.
    var bytes: [UInt8] = []
  }

  /// Makes a system call and runs it to its end.
  ///
  /// - Parameters:
  ///   - call: What is called.
  ///   - bytes: What stands in the process's buffer before.
  ///   - line: The command.
  mutating func systemCall(
    _ call: SystemCall, writing bytes: [UInt8] = [], _ line: Invocation
  ) throws(Diagnostic) -> CallOutcome {
    try requireAlive(line)
    let (device, buffer) = (device, release.architecture.userBuffer)
    let seen = machine.server(of: device)?.log.count ?? 0
    let task = debugger.timeline.change { machine in
      if !bytes.isEmpty { machine.writeUser(bytes, at: buffer) }
      return machine.start(call, on: device)
    }
    let written = written(call, bytes, line)
    note(.call(call, written), task: task, after: seen)
    let begun = debugger.timeline.step
    var outcome = CallOutcome()
    outcome.run = advance(task, heedsBreakpoints: false, runsWorkers: true) { _ in false }
    outcome.value = machine.task(task)?.result
    if let value = outcome.value {
      outcome.bytes = bytesMoved(by: call, value)
      finish(task, call, since: begun)
    }
    outcome.requests = machine.server(of: device)?.log.exchanges(since: seen) ?? []
    if let value = outcome.value { settle(value, data: data(of: call, written, outcome.bytes)) }
    try checkInterrupted(outcome.run, line)
    return outcome
  }

  /// Forgets the task of a call that has come to its end, and its buffer, so that no moment to come remembers them.
  private mutating func finish(_ task: TaskID, _ call: SystemCall, since begun: Int) {
    // What was kept on the way would hold the buffer as well.
    if machine.storedUserBytes.rawValue > 1 << 20 { debugger.timeline.giveUpMachines(after: begun) }
    let isAlone = machine.tasks.allSatisfy {
      $0.id == task || $0.isFinished || $0.name == Machine.workerName
    }
    let buffer = isAlone ? ownBuffer(of: call) : nil
    debugger.timeline.change { machine in
      machine.reap(task)
      machine.runWorkers()
      if let buffer { machine.clearUser(buffer) }
    }
  }

  /// The pages of the process's own buffer that a call uses; nil if it uses other memory or none.
  private func ownBuffer(of call: SystemCall) -> Range<UInt64>? {
    let start = release.architecture.userBuffer
    switch call {
    case .pread(_, _, let iter), .pwrite(_, _, let iter), .load(_, _, let iter), .store(_, _, let iter),
      .getdents(_, let iter):
      guard let first = iter.segments.first, first.address == start else { return nil }
      return start..<start + (first.length + pageSize - 1) / pageSize * pageSize
    default: return nil
    }
  }

  /// The bytes that a call has left in the process's own buffer, or has taken out of it.
  func bytesMoved(by call: SystemCall, _ value: Value) -> [UInt8] {
    guard let buffer = ownBuffer(of: call) else { return [] }
    let count: UInt64
    switch call {
    case .load(_, _, let iter): count = value.signal == nil && value.errno == nil ? iter.count : 0
    case .pwrite(_, _, let iter), .store(_, _, let iter): count = iter.count
    default: count = value.errno == nil ? UInt64(max(value.number ?? 0, 0)) : 0
    }
    return machine.readUser(buffer.lowerBound, count: Int(count))
  }

  /// What a call writes, as a workload could tell it.
  func written(_ call: SystemCall, _ bytes: [UInt8], _ line: Invocation) -> Trace.Written {
    switch call {
    case .pwrite, .store:
      guard line[option: "text"] == nil, let seed = line[option: "seed"] else { return .text }
      return .pattern(seed: seed.text, crc: Crc32(bytes).text)
    default: return .nothing
    }
  }

  /// Reads into the process's buffer, or to an address of its memory: the bytes there are not looked at.
  mutating func read(
    _ descriptor: FileDescriptor, _ offset: UInt64, _ length: UInt64, at address: UInt64? = nil,
    _ line: Invocation
  ) throws(Diagnostic) -> CallOutcome {
    let buffer = IovIter(buffers: [length], on: release.architecture)
    let iter = address.map { IovIter([.init(address: $0, length: length)]) } ?? buffer
    var outcome = try systemCall(.pread(descriptor, offset: offset, iter), line)
    if address != nil { outcome.bytes = [] }
    return outcome
  }

  /// Refuses a path where nothing is mounted that it could lead to.
  func requireMount(_ token: Token) throws(Diagnostic) {
    let tag = machine.kernel.devices[device].tag
    if machine.kernel.superblock(tag: tag) != nil { return }
    throw Diagnostic(
      "nothing is mounted from `\(escapeControls(tag))`, so there are no files", at: token, hint: howToMount)
  }

  /// A descriptor, or a file that is opened for as long as `body` runs.
  mutating func withDescriptor(
    _ token: Token, _ flags: OpenFlags, _ line: Invocation,
    _ body: (inout Session, FileDescriptor) throws(Diagnostic) -> CallOutcome
  ) throws(Diagnostic) -> CallOutcome {
    if !token.isQuoted, case .success(let number) = Number.parse(token.text), number <= 1 << 20 {
      return try body(&self, Int(number))
    }
    try requireMount(token)
    let opened = try systemCall(.open(token.text, flags), line)
    guard let number = opened.value?.number, number >= 0 else { return opened }
    var outcome = try body(&self, Int(number))
    outcome.requests = opened.requests + outcome.requests
    outcome.run.pass(opened.run.passed)
    if outcome.value != nil {
      let closed = try systemCall(.close(Int(number)), line)
      outcome.requests += closed.requests
      outcome.run.pass(closed.run.passed)
    }
    return outcome
  }

  /// A descriptor as an argument.
  func descriptor(
    _ line: Invocation, _ index: Int = 0, example: String
  ) throws(Diagnostic) -> FileDescriptor {
    let token = try line.argument(index, "the descriptor", example: example)
    if case .failure = Number.parse(token.text) {
      let file = escapeControls(token.text)
      throw Diagnostic(
        "`\(file)` is no descriptor", at: token,
        hint: "`open \(file)` opens the file and tells its descriptor; for example: \(example)")
    }
    return try token.count("the descriptor", limit: 1 << 20)
  }

  /// The result of a system call as data and as lines.
  ///
  /// - Parameters:
  ///   - name: What was called.
  ///   - outcome: What came of it.
  ///   - fields: More results, behind `return` and `errno`.
  ///   - lines: More lines, behind the first.
  func callAnswer(
    _ name: String, _ outcome: CallOutcome, _ fields: [Field] = [], lines more: [String] = []
  ) -> Answer {
    var result: Datum = ["call": .text(name), "return": .null, "errno": .null]
    var lines: [String] = []
    if let value = outcome.value {
      result.set("return", value.number.map { .int($0) } ?? .null)
      result.set("errno", .optional(value.errno?.name))
      lines.append("\(name) returned \(value)" + (value.errno.map { ": \($0.meaning)" } ?? ""))
    } else {
      lines.append("\(name) has not come to its end")
    }
    for field in fields { result.set(field.name, field.value) }
    result.set("stopped", .text(outcome.run.stop.word))
    result.set("requests", .list(records(outcome.requests)))
    result.set("log", .texts(logTexts(outcome.run)))
    addTrouble(outcome.run.stop, to: &result)
    lines += more
    if outcome.value?.errno == .ECONNREFUSED, let sentence = refusedSession {
      lines += wrapped(sentence, indent: 2)
    }
    lines += requestLines(outcome.requests)
    lines += logLines(outcome.run, margin: "  ")
    if !outcome.run.passed.isEmpty {
      result.set("passed_breakpoints", .list(outcome.run.passed.sorted().map { .count($0) }))
    }
    lines += passedLines(name, outcome.run)
    lines += troubleLines(outcome.run.stop.isTrouble ? outcome.run.stop : .done)
    return Answer(result, lines: lines)
  }

  /// Which breakpoints a call has run over, and what stops there, in a sentence.
  func passedLines(_ name: String, _ run: Run) -> [String] {
    let passed = debugger.breakpoints.filter { run.passed.contains($0.id) }
    if passed.isEmpty { return [] }
    let names = passed.map { "\($0.id) at \($0.function.name)\($0.line.map { "." + $0 } ?? "")" }
    let word =
      switch name {
      case "cat", "dd": "pread"
      case "fdatasync": "fsync"
      case "ftruncate": "truncate"
      default: name
      }
    let advice =
      StartedCall.names.contains(word)
      ? "`start \(word) …` and `continue` stop there" : "only what `start` begins stops there"
    let which = passed.count == 1 ? "breakpoint" : "breakpoints"
    let text = "ran over \(which) \(names.joined(separator: ", ")): \(advice)"
    return wrapped(options.asciiOnly ? text.replacingDots : text, indent: 2)
  }
}

/// How bytes are shown.
enum ByteView: String, CaseIterable {
  case hex, text, crc
}

extension Session {
  /// The option `show`.
  func byteView(_ line: Invocation, unless standard: ByteView = .hex) throws(Diagnostic) -> ByteView {
    let word = try line.choice("show", among: ByteView.allCases.map { $0.rawValue })
    return word.flatMap(ByteView.init(rawValue:)) ?? standard
  }

  /// Bytes as data and as lines.
  ///
  /// Data has the first 4096 of them. Lines have those too, if somebody has asked for this view; else of more than 32
  /// rows only the first 16.
  func shown(
    _ bytes: [UInt8], at offset: UInt64, as view: ByteView, wasAskedFor: Bool = false
  ) -> ([Field], [String]) {
    let sum = Crc32(bytes).text
    var fields = [Field("crc32", .text(sum))]
    let most = 4096
    let part = Array(bytes.prefix(most))
    var lines: [String] = []
    var end = part.count
    switch view {
    case .crc: lines = ["  crc32 \(sum)"]
    case .text:
      let text = escapeControls(bytes: part, keeping: .newline)
      fields.append(Field("text", .text(text)))
      lines = Session.lines(of: text + "\n").map { "  " + $0 }
    case .hex:
      fields.append(Field("hex", .text(part.map { hexDigits(UInt64($0), width: 2) }.joined())))
      if !wasAskedFor, bytes.count > 32 * 16 { end = 16 * 16 }
      for start in stride(from: 0, to: end, by: 16) {
        let row = part[start..<min(start + 16, part.count)]
        let digits = row.map { hexDigits(UInt64($0), width: 2) }.joined(separator: " ")
        let letters = row.map { 0x20..<0x7f ~= $0 ? String(Unicode.Scalar($0)) : "." }.joined()
        let width = hex(offset &+ UInt64(part.count)).utf8.count
        let place = hex(offset &+ UInt64(start))
        lines.append(
          "  " + pad(place, columns: max(width, place.utf8.count)) + "  " + pad(digits, columns: 47) + "  "
            + letters)
      }
    }
    if bytes.count > end, view != .crc {
      let dots = options.asciiOnly ? "..." : "…"
      let hint = end < part.count ? " (show=hex shows \(part.count))" : ""
      lines.append("  \(dots) \(bytes.count - end) bytes more\(hint); crc32 \(sum)")
    }
    return (fields, lines)
  }
}
