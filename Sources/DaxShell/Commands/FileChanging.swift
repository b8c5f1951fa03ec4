import DaxModel

// Commands that change files, as a program in the guest does.

extension Session {
  /// `text=TEXT` or `seed=SEED len=N`: what is written to an offset of a file.
  func bytesToWrite(_ line: Invocation, at offset: UInt64) throws(Diagnostic) -> [UInt8] {
    if let text = line[option: "text"] {
      if let other = line[option: "seed"] ?? line[option: "len"] {
        throw Diagnostic("a text needs no seed and no length", at: other)
      }
      return Array(text.text.utf8)
    }
    guard let seed = line[option: "seed"] else {
      throw Diagnostic(
        "what is to be written is missing", after: line, hint: "text=hello, or seed=w1 len=4k for a pattern")
    }
    guard let length = line[option: "len"] else {
      throw Diagnostic("the length is missing", after: line, hint: "for example: seed=w1 len=4k")
    }
    let count = try length.count("the length", limit: Session<Host>.longestBuffer)
    return FilePattern(seed: seed.text).bytes(at: offset, count: count)
  }

  mutating func pwrite(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2, options: ["text", "seed", "len", "buffer"])
    let file = try line.argument(0, "the file or its descriptor", example: "pwrite a4m 0 text=hello")
    let offset = try line.argument(1, "the offset", example: "pwrite a4m 0 text=hello").unsigned("the offset")
    if let address = try bufferAddress(line) { return try pwrite(file, offset, from: address, line) }
    let bytes = try bytesToWrite(line, at: offset)
    let iter = IovIter(buffers: [UInt64(bytes.count)], on: release.architecture)
    let outcome = try withDescriptor(file, .readWrite, line) { (session, descriptor) throws(Diagnostic) in
      try session.systemCall(.pwrite(descriptor, offset: offset, iter), writing: bytes, line)
    }
    return callAnswer("pwrite", outcome, [Field("crc32", .text(Crc32(bytes).text))])
  }

  /// `buffer=ADDRESS len=N`: writes memory of the process, such as a mapping of a file.
  private mutating func pwrite(
    _ file: Token, _ offset: UInt64, from address: UInt64, _ line: Invocation
  ) throws(Diagnostic) -> Answer {
    if let other = line[option: "seed"] ?? line[option: "text"] {
      throw Diagnostic("a buffer has its bytes already", at: other, hint: "buffer=0x100000000000 len=4k")
    }
    guard let length = line[option: "len"] else {
      throw Diagnostic("the length is missing", after: line, hint: "for example: len=4k")
    }
    let count = try length.count("the length", limit: Session<Host>.longestBuffer)
    let iter = IovIter([.init(address: address, length: UInt64(count))])
    let outcome = try withDescriptor(file, .readWrite, line) { (session, descriptor) throws(Diagnostic) in
      try session.systemCall(.pwrite(descriptor, offset: offset, iter), line)
    }
    return callAnswer("pwrite", outcome)
  }

  mutating func fsync(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    let descriptor = try descriptor(line, example: "fsync 3")
    let isDataOnly = try word(line, 1, among: ["data"]) != nil || line.command.text == "fdatasync"
    return callAnswer(
      isDataOnly ? "fdatasync" : "fsync", try systemCall(.fsync(descriptor, isDataOnly: isDataOnly), line))
  }

  mutating func truncate(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    let file = try line.argument(0, "the file or its descriptor", example: "truncate a4m 1M")
    let size = try line.argument(1, "the size", example: "truncate a4m 1M").unsigned("the size")
    if !file.isQuoted, case .success(let number) = Number.parse(file.text), number <= 1 << 20 {
      return callAnswer("ftruncate", try systemCall(.ftruncate(Int(number), size), line))
    }
    try requireMount(file)
    return callAnswer("truncate", try systemCall(.truncate(file.text, size), line))
  }

  mutating func fallocate(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3, options: ["mode"])
    let example = "fallocate 3 0 1M mode=punch"
    let descriptor = try descriptor(line, example: example)
    let call = try fallocateCall(descriptor, line, first: 1, example: example)
    return callAnswer("fallocate", try systemCall(call, line))
  }

  /// `OFFSET LEN [mode=MODE]` from the argument `first` on.
  func fallocateCall(
    _ descriptor: FileDescriptor, _ line: Invocation, first: Int, example: String
  ) throws(Diagnostic) -> SystemCall {
    let offset = try line.argument(first, "the offset", example: example).unsigned("the offset")
    let length = try line.argument(first + 1, "the length", example: example).unsigned("the length")
    var mode = 0
    if let token = line[option: "mode"] {
      if case .success(let number) = Number.parse(token.text), number <= 0xff {
        mode = Int(number)
      } else {
        switch try line.choice("mode", among: ["allocate", "keep", "punch", "zero"]) {
        case "keep": mode = 1
        case "punch": mode = 3
        case "zero": mode = 16
        default: break
        }
      }
    }
    return .fallocate(descriptor, mode: mode, offset: offset, length: length)
  }

  mutating func unlink(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let file = try line.argument(0, "the file", example: "unlink a4m")
    try requireMount(file)
    return callAnswer("unlink", try systemCall(.unlink(file.text), line))
  }

  mutating func dropCaches(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    return callAnswer("drop_caches", try systemCall(try dropCachesCall(line, first: 0), line))
  }

  /// `[1|2|3]` as the argument `first`.
  func dropCachesCall(_ line: Invocation, first: Int) throws(Diagnostic) -> SystemCall {
    let what = try line.count(first, "what is dropped", limit: 3, unless: 3)
    if what == 0, line.arguments.indices.contains(first) {
      throw Diagnostic("0 drops nothing", at: line.arguments[first], hint: "1 drops pages, 2 inodes, 3 both")
    }
    return .dropCaches(what)
  }

  /// A word that may stand as an argument.
  func word(_ line: Invocation, _ index: Int, among words: [String]) throws(Diagnostic) -> String? {
    guard line.arguments.indices.contains(index) else { return nil }
    let token = line.arguments[index]
    guard let name = NameMatch.find(token.text, in: words).name else {
      throw unknownName(
        token, kind: "word", among: words,
        hint: "there " + (words.count > 1 ? "are " : "is ") + listed(words, "and"))
    }
    return name
  }
}
