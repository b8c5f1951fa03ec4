import DaxModel

// Commands that open files and read them, as a program in the guest does.

extension Session {
  mutating func open(_ line: Invocation) throws(Diagnostic) -> Answer {
    let call = try openCall(line, first: 0)
    let outcome = try systemCall(call, line)
    return callAnswer("open", outcome)
  }

  /// `FILE [r|w|rw] [create] …` from the argument `first` on.
  func openCall(_ line: Invocation, first: Int) throws(Diagnostic) -> SystemCall {
    try line.check(arguments: 6)
    let path = try line.argument(
      first, "the file", example: (first > 0 ? "start " : "") + "open a4m rw")
    try requireMount(path)
    var bits: UInt32 = 0
    for word in line.arguments.dropFirst(first + 1) {
      if let flag = OpenWord(rawValue: word.text) {
        bits |= flag.bits
      } else if let number = UInt32(word.text, radix: 8) {
        bits |= number
      } else {
        throw unknownName(
          word, kind: "flag", among: OpenWord.allCases.map { $0.rawValue },
          hint: "there are " + listed(OpenWord.allCases.map { $0.rawValue }, "and") + ", and octal numbers")
      }
    }
    return .open(path.text, OpenFlags(rawValue: bits))
  }

  mutating func close(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let descriptor = try descriptor(line, example: "close 3")
    return callAnswer("close", try systemCall(.close(descriptor), line))
  }

  mutating func pread(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3, options: ["show", "buffer"])
    let file = try line.argument(0, "the file or its descriptor", example: "pread a4m 0 64")
    let (offset, length) = try transferArguments(line, first: 1)
    let view = try byteView(line)
    let address = try bufferAddress(line)
    if address != nil, view != .crc, let token = line[option: "show"] {
      throw Diagnostic(
        "what is read into a buffer of your own is not shown", at: token,
        hint: "leave `show` out; `load` shows memory of a mapping")
    }
    let outcome = try withDescriptor(file, [], line) { (session, descriptor) throws(Diagnostic) in
      try session.read(descriptor, offset, length, at: address, line)
    }
    let (fields, lines) = shown(
      outcome.bytes, at: offset, as: view, wasAskedFor: line[option: "show"] != nil)
    return callAnswer("pread", outcome, fields, lines: outcome.value == nil ? [] : lines)
  }

  /// The option `buffer`: where in the process's memory a transfer begins; nil for the process's own buffer.
  func bufferAddress(_ line: Invocation) throws(Diagnostic) -> UInt64? {
    try line[option: "buffer"].map { token throws(Diagnostic) in try token.unsigned("the address") }
  }

  /// `OFFSET LEN` from the argument `first` on.
  func transferArguments(
    _ line: Invocation, first: Int, example: String? = nil
  ) throws(Diagnostic) -> (UInt64, UInt64) {
    let example = example ?? "\(line.command.text) \(line.arguments.first?.text ?? "a4m") 0 64"
    let offset = try line.argument(first, "the offset", example: example).unsigned("the offset")
    let length = try line.argument(first + 1, "the length", example: example)
      .count("the length", limit: Session<Host>.longestBuffer)
    return (offset, UInt64(length))
  }

  /// The largest buffer that a command fills.
  static var longestBuffer: Int { 1 << 28 }

  mutating func ls(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let folder = line.arguments.first
    try requireMount(folder ?? line.command)
    let iter = IovIter(buffers: [4096], on: release.architecture)
    let flags = OpenFlags.directory
    var entries: [FuseDirent] = []
    var outcome = try systemCall(.open(folder?.text ?? "/", flags), line)
    guard let number = outcome.value?.number, number >= 0 else { return callAnswer("ls", outcome) }
    repeat {
      let requests = outcome.requests
      outcome = try systemCall(.getdents(Int(number), iter), line)
      outcome.requests = requests + outcome.requests
      entries += FuseDirent.list(ofProcess: outcome.bytes, on: release.architecture)
    } while outcome.value?.number ?? 0 > 0
    if outcome.value != nil { outcome.requests += try systemCall(.close(Int(number)), line).requests }
    let rows: [Datum] = entries.map { entry in
      [
        "name": .text(entry.name.description), "inode": .count(entry.inode),
        "type": .text(entry.type == FuseDirent.directory ? "folder" : "file"),
      ]
    }
    let lines = entries.map { "  " + $0.name.description + ($0.type == FuseDirent.directory ? "/" : "") }
    return callAnswer("ls", outcome, [Field("rows", .list(rows))], lines: lines.map { escapeControls($0) })
  }

  mutating func cat(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let file = try line.argument(0, "the file", example: "cat hello")
    let outcome = try withDescriptor(file, [], line) { (session, descriptor) throws(Diagnostic) in
      try session.read(descriptor, 0, 65536, line)
    }
    let isText = outcome.bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0a || $0 == 0x09 || $0 == 0x0d }
    let (fields, lines) = shown(outcome.bytes, at: 0, as: isText ? .text : .hex)
    var answer = callAnswer("cat", outcome, fields)
    if outcome.value?.errno == nil, outcome.value != nil {
      let content =
        lines.map { String($0.dropFirst(2)) } + passedLines("cat", outcome.run)
        + requestLines(outcome.requests)
      answer.text = content.map { $0 + "\n" }.joined()
    }
    return answer
  }

  mutating func dd(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1, options: ["bs", "count"])
    let file = try line.argument(0, "the file", example: "dd a4m bs=128k")
    let size =
      try line[option: "bs"].map { token throws(Diagnostic) in
        try token.count("the size of a block", limit: Session<Host>.longestBuffer)
      } ?? 131_072
    let limit =
      try line[option: "count"].map { token throws(Diagnostic) in try token.count("the number of blocks") }
      ?? .max
    if size == 0, let token = line[option: "bs"] {
      throw Diagnostic("a block has at least one byte", at: token)
    }
    var (calls, sum, isStopped) = (0, Crc32(), false)
    let outcome = try withDescriptor(file, [], line) { (session, descriptor) throws(Diagnostic) in
      var whole = CallOutcome(value: .int(0))
      session.debugger.timeline.beginBundle()
      defer { session.debugger.timeline.endBundle() }
      let (noted, before) = (session.trace.entries.count, session.debugger.timeline.forgotten)
      var isWhole = false
      while calls < limit {
        let piece = try session.readBlock(descriptor, sum.count, UInt64(size), line)
        let passed = whole.run.passed
        (whole.run, calls) = (piece.run, calls + 1)
        whole.run.pass(passed)
        whole.requests += piece.requests
        sum.update(piece.bytes)
        if piece.value == nil || piece.value?.errno != nil { whole.value = piece.value }
        if piece.bytes.isEmpty {
          isWhole = true
          break
        }
        if calls & 63 == 0 { session.host.showProgress("\(sum.count) bytes") }
        isStopped = session.host.isInterrupted()
        if isStopped { break }
      }
      session.host.showProgress(nil)
      if session.debugger.timeline.forgotten == before {
        let error = whole.value?.errno == nil ? nil : whole.value
        session.foldReads(from: noted, descriptor, step: UInt64(size), isWhole: isWhole, sum, error: error)
      }
      return whole
    }
    if isStopped {
      failureCode = 130
      throw Diagnostic("interrupted after \(sum.count) bytes", at: line.command)
    }
    let fields = [
      Field("bytes", .count(sum.count)), Field("calls", .count(calls)), Field("crc32", .text(sum.text)),
    ]
    return callAnswer(
      "dd", outcome, fields, lines: ["  \(sum.count) bytes in \(calls) reads, crc32 \(sum.text)"])
  }

  /// Reads a block as part of a moment that has begun. A read that does not come to its end is made again, line by line,
  /// so that one can look how it came to where it is.
  private mutating func readBlock(
    _ descriptor: FileDescriptor, _ offset: UInt64, _ length: UInt64, _ line: Invocation
  ) throws(Diagnostic) -> CallOutcome {
    let (before, noted) = (machine, trace.entries.count)
    let piece = try read(descriptor, offset, length, line)
    if piece.value != nil || piece.run.stop == .interrupted { return piece }
    debugger.timeline.change { $0 = before }
    trace.takeBack(to: noted)
    debugger.timeline.endBundle()
    return try read(descriptor, offset, length, line)
  }

  mutating func stat(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let file = try line.argument(0, "the file or its descriptor", example: "stat a4m")
    let call: SystemCall
    if !file.isQuoted, case .success(let number) = Number.parse(file.text), number <= 1 << 20 {
      call = .fstat(Int(number))
    } else {
      try requireMount(file)
      call = .stat(file.text)
    }
    let outcome = try systemCall(call, line)
    var (fields, lines): ([Field], [String]) = ([], [])
    if case .status(let status) = outcome.value {
      fields = [
        Field("inode", .count(status.inode)), Field("size", .count(status.size)),
        Field("blocks", .count(status.blocks)), Field("mode", .text("0" + String(status.mode, radix: 8))),
        Field("dax", .bool(status.isDax)),
      ]
      lines = [
        "  inode \(status.inode), \(status.size) bytes in \(status.blocks) blocks, mode 0\(String(status.mode, radix: 8)), "
          + (status.isDax ? "with DAX" : "without DAX")
      ]
    }
    var answer = callAnswer("stat", outcome, fields, lines: lines)
    if case .status = outcome.value { answer.result?.set("return", 0) }
    return answer
  }
}

/// The flags of `open` in words.
enum OpenWord: String, CaseIterable {
  case r, w, rw, create, excl, trunc, append, direct, sync

  /// Linux's numbers on x86-64 and s390x.
  var bits: UInt32 {
    switch self {
    case .r: 0
    case .w: 0o1
    case .rw: 0o2
    case .create: 0o100
    case .excl: 0o200
    case .trunc: 0o1000
    case .append: 0o2000
    case .direct: 0o40000
    case .sync: 0o4010000
    }
  }

  var summary: String {
    switch self {
    case .r: "for reading"
    case .w: "for writing"
    case .rw: "for both"
    case .create: "makes the file if it is not there"
    case .excl: "with create: it must not be there"
    case .trunc: "takes away what is in it"
    case .append: "every write goes to the end"
    case .direct: "past the page cache"
    case .sync: "every write reaches the host at once"
    }
  }
}
