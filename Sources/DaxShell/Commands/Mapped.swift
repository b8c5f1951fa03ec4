import DaxModel

// Commands that map files and use the mappings, as a program in the guest does.

extension Session {
  mutating func mmap(_ line: Invocation) throws(Diagnostic) -> Answer {
    let outcome = try systemCall(try mmapCall(line, first: 0), line)
    var (fields, lines): ([Field], [String]) = ([], [])
    if let number = outcome.value?.number, number > 0 {
      fields = [
        Field("mapping", .int(number)),
        Field("address", machine.kernel.address(of: Int(number)).map { .hex($0) } ?? .null),
      ]
      if let address = machine.kernel.address(of: Int(number)) {
        trace.mappings.append(Trace.MappingPlace(id: Int(number), address: address))
      }
      lines =
        machine.kernel.address(of: Int(number)).map { ["  mapping \(number) begins at \(hex($0))"] } ?? []
    }
    return callAnswer("mmap", outcome, fields, lines: lines)
  }

  /// `FD OFFSET LEN [private|sync|populate]…` from the argument `first` on.
  func mmapCall(_ line: Invocation, first: Int) throws(Diagnostic) -> SystemCall {
    try line.check(arguments: first + 5, options: ["prot"])
    let example = "mmap 3 0 4M prot=rw"
    let descriptor = try line.argument(first, "the descriptor", example: example)
      .count("the descriptor", limit: 1 << 20)
    let offset = try line.argument(first + 1, "the offset", example: example).unsigned("the offset")
    let length = try line.argument(first + 2, "the length", example: example).unsigned("the length")
    let protection =
      switch try line.choice("prot", among: ["r", "w", "rw", "none"]) {
      case "w": 2
      case "rw": 3
      case "none": 0
      default: 1
      }
    var flags = 1
    for index in line.arguments.indices.dropFirst(first + 3) {
      switch try word(line, index, among: ["shared", "private", "sync", "populate"]) {
      case "private": flags = flags & ~3 | 2
      case "sync": flags = flags & ~3 | 0x80003
      case "populate": flags |= 0x8000
      default: break
      }
    }
    return .mmap(
      descriptor, MapRequest(offset: offset, length: length, protection: protection, flags: flags))
  }

  /// The number of a mapping as the first argument.
  func mapping(_ line: Invocation, _ index: Int = 0, example: String) throws(Diagnostic) -> MappingID {
    let token = try line.argument(index, "the number of the mapping", example: example)
    let id = try token.count("the number of the mapping", limit: 1 << 20)
    guard machine.kernel.address(of: id) != nil else {
      throw Diagnostic("there is no mapping \(id)", at: token, hint: "`mmap` makes one and tells its number")
    }
    return id
  }

  mutating func munmap(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3)
    let id = try mapping(line, example: "munmap 1")
    return callAnswer("munmap", try systemCall(.munmap(id, try mapPiece(line, first: 1)), line))
  }

  /// `[OFFSET LEN]`, a part of a mapping, from the argument `first` on.
  func mapPiece(_ line: Invocation, first: Int) throws(Diagnostic) -> MapPiece? {
    guard line.arguments.count > first else { return nil }
    let example = "munmap 1 2M 4k"
    return MapPiece(
      offset: try line.argument(first, "the offset", example: example).unsigned("the offset"),
      length: try line.argument(first + 1, "the length", example: example).unsigned("the length"))
  }

  mutating func load(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3, options: ["show"])
    let id = try mapping(line, example: "load 1 0 64")
    let (offset, length) = try transferArguments(line, first: 1)
    let view = try byteView(line)
    let iter = IovIter(buffers: [length], on: release.architecture)
    let outcome = try systemCall(.load(id, offset: offset, iter), line)
    if outcome.value == nil || outcome.value?.signal != nil { return accessAnswer("load", outcome) }
    let bytes = machine.readUser(release.architecture.userBuffer, count: Int(length))
    let (fields, lines) = shown(bytes, at: offset, as: view, wasAskedFor: line[option: "show"] != nil)
    return accessAnswer("load", outcome, fields, lines)
  }

  mutating func store(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2, options: ["text", "seed", "len"])
    let id = try mapping(line, example: "store 1 0 text=hello")
    let offset = try line.argument(1, "the offset", example: "store 1 0 text=hello").unsigned("the offset")
    // A pattern goes by the offset in the file, wherever the mapping begins.
    let start = machine.kernel.process.start(of: id)?.offset ?? 0
    let bytes = try bytesToWrite(line, at: start &+ offset)
    let iter = IovIter(buffers: [UInt64(bytes.count)], on: release.architecture)
    let outcome = try systemCall(.store(id, offset: offset, iter), writing: bytes, line)
    return accessAnswer("store", outcome, [Field("crc32", .text(Crc32(bytes).text))])
  }

  mutating func msync(_ line: Invocation) throws(Diagnostic) -> Answer {
    callAnswer("msync", try systemCall(try msyncCall(line, first: 0, example: "msync 1 0 4k"), line))
  }

  /// `MAPPING OFFSET LEN [sync|async|invalidate]` from the argument `first` on.
  func msyncCall(_ line: Invocation, first: Int, example: String) throws(Diagnostic) -> SystemCall {
    try line.check(arguments: first + 4)
    let id = try mapping(line, first, example: example)
    let offset = try line.argument(first + 1, "the offset", example: example).unsigned("the offset")
    let length = try line.argument(first + 2, "the length", example: example).unsigned("the length")
    let flags =
      switch try word(line, first + 3, among: ["sync", "async", "invalidate"]) {
      case "async": 1
      case "invalidate": 2
      default: 4
      }
    return .msync(id, offset: offset, length: length, flags: flags)
  }

  mutating func mprotect(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    let call = try mprotectCall(line, first: 0, example: "mprotect 1 r")
    return callAnswer("mprotect", try systemCall(call, line))
  }

  /// `MAPPING none|r|w|rw [OFFSET LEN]` from the argument `first` on.
  func mprotectCall(_ line: Invocation, first: Int, example: String) throws(Diagnostic) -> SystemCall {
    let id = try mapping(line, first, example: example)
    let word = try line.argument(first + 1, "what is allowed", example: example)
    let names = ["none", "r", "w", "rw"]
    guard let protection = names.firstIndex(of: word.text) else {
      throw unknownName(word, kind: "protection", among: names, hint: "there are " + listed(names, "and"))
    }
    return .mprotect(id, try mapPiece(line, first: first + 2), protection: protection)
  }

  /// What a load or a store came to: it has a signal rather than an errno.
  private func accessAnswer(
    _ name: String, _ outcome: CallOutcome, _ fields: [Field] = [], _ lines: [String] = []
  ) -> Answer {
    let signal = outcome.value?.signal
    let fields: [Field] =
      [
        Field("signal", .optional(signal?.name)), Field("si_code", signal.map { .count($0.code) } ?? .null),
        Field("si_off", signal.map { .count($0.offset) } ?? .null),
      ] + fields
    var answer = callAnswer(name, outcome, fields, lines: lines)
    guard outcome.value != nil, let text = answer.text else { return answer }
    let first =
      signal.map { "\(name) ends with \($0.name) at \(hex($0.offset)) of the mapping" } ?? "\(name) is done"
    answer.text = first + text.drop { $0 != "\n" }
    return answer
  }
}

extension Value {
  /// The signal, if it is one.
  var signal: Signal? { if case .signal(let signal) = self { signal } else { nil } }
}
