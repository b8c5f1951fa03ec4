import DaxModel

extension Session {
  /// What could stand at the cursor, an offset in UTF-8 bytes.
  public mutating func completions(in line: String, cursor: Int) -> Completions {
    var end = line.utf8.index(line.startIndex, offsetBy: min(max(0, cursor), line.utf8.count))
    while end.samePosition(in: line.unicodeScalars) == nil { end = line.utf8.index(before: end) }
    let typed = line.unicodeScalars[..<end]
    let words = wordsOfLine(typed)
    let isFresh = typed.last.map { isBlank($0) } ?? true
    let word = isFresh ? "" : words.last ?? ""
    let before = wordsOfLine((pending ?? "").unicodeScalars[...]).filter { $0 != "\\" }
    return candidates(
      for: word, after: before + (isFresh ? words : words.dropLast()),
      wordStart: String(typed).utf8.count - word.utf8.count)
  }

  private mutating func candidates(for word: String, after before: [String], wordStart: Int) -> Completions {
    guard let first = before.first else {
      return matching(
        word, Command.allCases.map { Candidate($0.rawValue, summary: $0.info.summary) }, wordStart)
    }
    guard let command = try? Command.named(Token(first)) else {
      return Completions(wordStart: wordStart, candidates: [])
    }
    if command == .whatif {
      return candidates(for: word, after: Array(before.dropFirst()), wordStart: wordStart)
    }
    let info = command.info
    if command != .expect, let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) {
      let name = String(word[..<equals])
      let value = String(word[word.utf8.index(after: equals)...])
      return optionValues(name, value, info, wordStart + name.utf8.count + 1)
    }
    let given = before.dropFirst().filter { !$0.utf8.contains(UInt8(ascii: "=")) || command == .expect }.count
    if command == .start, given > 0, let call = StartedCall.named(before[1]), let whole = call.command {
      // The arguments are those of the command of that name.
      return candidates(for: word, after: [whole.rawValue] + before.dropFirst(2), wordStart: wordStart)
    }
    let kind = info.arguments.indices.contains(given) ? info.arguments[given] : nil
    var found = kind.map { candidates(of: $0, word: word, after: before.last ?? "") } ?? []
    if command == .start, given == 0 {
      let tasks = ["probe", "remove", "mount", "umount", "user", "reader", "pin", "hold", "unpin", "copy"]
      let known = found.map { $0.text }
      found += tasks.filter { !known.contains($0) }.map { Candidate($0, summary: "a whole \($0)") }
      found += StartedCall.allCases.filter { !known.contains($0.rawValue) }.map {
        Candidate($0.rawValue, summary: $0.command?.info.summary ?? "a system call")
      }
    }
    found += info.options.map { Candidate($0.name + "=", summary: $0.summary, isFinal: false) }
    return matching(word, found, wordStart)
  }

  private mutating func optionValues(
    _ name: String, _ value: String, _ info: CommandInfo, _ wordStart: Int
  ) -> Completions {
    if name == "resources" { return matching(value, fileCandidates(value), wordStart) }
    let values = info.options.first { $0.name == name }?.values ?? []
    let summaries = values.map { value in
      Candidate(value, summary: KernelRelease.named(value)?.summary ?? "")
    }
    return matching(value, summaries, wordStart)
  }

  private func matching(_ word: String, _ found: [Candidate], _ wordStart: Int) -> Completions {
    let fitting = found.filter { $0.text.utf8.starts(with: word.utf8) }
    return Completions(wordStart: wordStart, candidates: fitting)
  }

  private mutating func candidates(
    of kind: ArgumentKind, word: String, after previous: String
  ) -> [Candidate] {
    switch kind {
    case .command: Command.allCases.map { Candidate($0.rawValue, summary: $0.info.summary) }
    case .function: functionCandidates(isFinal: true)
    case .site, .place:
      siteCandidates(word) + (kind == .place ? operationCandidates + instructionCandidates : [])
    case .errno: Errno.allCases.map { Candidate($0.name, summary: $0.meaning) }
    case .file: fileCandidates(word)
    case .release: KernelRelease.all.map { Candidate($0.name, summary: $0.summary) }
    case .topic:
      Topic.allCases.map { Candidate($0.rawValue, summary: $0.summary) } + siteCandidates(word)
        + Errno.allCases.map { Candidate($0.name, summary: $0.meaning) } + instructionCandidates
    case .infoTopic: InfoTopic.allCases.map { Candidate($0.rawValue, summary: $0.summary) }
    case .task: machine.tasks.map { Candidate("\($0.id)", summary: $0.name) }
    case .taskWord: TaskRequest.Kind.allCases.map { Candidate($0.rawValue, summary: $0.summary) }
    case .tryVerb:
      [
        Candidate("move", summary: "a line to another place"), Candidate("drop", summary: "a line"),
        Candidate("add", summary: "a line that another release has"),
        Candidate("undo", summary: "the last change"), Candidate("clear", summary: "all changes"),
      ]
    case .trySide: [Candidate("after"), Candidate("before")]
    case .setting: Setting.allCases.map { Candidate($0.rawValue, summary: $0.summary) }
    case .slot: functions.map { Candidate($0.slot.description, summary: escapeControls($0.title)) }
    case .tag: machine.kernel.devices.map { Candidate(escapeControls($0.tag), summary: $0.name) }
    case .transport: Transport.allCases.map { Candidate($0.rawValue) }
    case .direction:
      [
        Candidate("to_iter", summary: "out of the window: a read"),
        Candidate("from_iter", summary: "into the window: a write"),
      ]
    case .engine:
      CopyEngine.names.map { Candidate($0, summary: CopyEngine.named($0)?.summary ?? "") }
        + [Candidate("auto", summary: "what the kernel does by itself")]
    case .picture:
      [
        Candidate("window", summary: "its ranges"), Candidate("devres", summary: "the managed resources"),
        Candidate("stack", summary: "the call stack with locals"),
        Candidate("on", summary: "the window after each command that changes it"), Candidate("off"),
      ]
    case .breakpoint:
      debugger.breakpoints.map {
        Candidate("\($0.id)", summary: $0.function.name + ($0.line.map { "." + $0 } ?? ""))
      }
    case .device:
      machine.kernel.devices.indices.map { Candidate("\($0)", summary: machine.kernel.devices[$0].name) }
        + [Candidate("add", summary: "one device more")]
    case .moment: [Candidate("end", summary: "the last step that is remembered")]
    case .field: fieldCandidates(word)
    case .comparison: Expectation.Operator.allCases.map { Candidate($0.rawValue) }
    case .settingValue: settingValues(previous).map { Candidate($0) }
    case .instruction: instructionCandidates
    case .zpciState:
      ZpciFunction.State.allCases.map { Candidate($0.rawValue, summary: "a state of the function") }
        + [Candidate("on", summary: "the slot has power"), Candidate("off", summary: "it has none")]
    case .guestFile, .hostObject: guestFiles(word, after: previous)
    case .walkStart:
      guestFiles(word, after: previous).map { file in
        file.isFinal ? Candidate(file.text + ":", summary: file.summary, isFinal: false) : file
      }
    case .descriptor: []
    case .openFlag: OpenWord.allCases.map { Candidate($0.rawValue, summary: $0.summary) }
    case .mapFlag:
      [
        Candidate("private", summary: "stores stay with the process"),
        Candidate("sync", summary: "MAP_SYNC, which only persistent memory has"),
        Candidate("populate", summary: "with its pages"),
      ]
    case .traceVerb: [Candidate("export", summary: "writes the session as a workload")]
    case .protection: ["none", "r", "w", "rw"].map { Candidate($0) }
    case .whence: [Candidate("hole", summary: "SEEK_HOLE"), Candidate("data", summary: "SEEK_DATA")]
    case .syncFlag: [Candidate("sync"), Candidate("async"), Candidate("invalidate")]
    case .hostVerb: HostVerb.allCases.map { Candidate($0.rawValue, summary: $0.summary) }
    case .number: []
    }
  }

  private func settingValues(_ name: String) -> [String] {
    let names = Setting.allCases.map { $0.rawValue }
    return switch NameMatch.find(name, in: names).name.flatMap(Setting.init(rawValue:)) {
    case .format: SessionOptions.Format.allCases.map { $0.rawValue }
    case .echo, .ascii, .keepGoing: ["on", "off"]
    case .width, .none: []
    }
  }

  /// The fields of the last result; after a dot, those of the part before it.
  private func fieldCandidates(_ word: String) -> [Candidate] {
    let dot = word.utf8.lastIndex(of: UInt8(ascii: "."))
    let parent = dot.map { String(word[..<$0]) } ?? ""
    guard let part = lastResult.lookup(parent) else { return [] }
    let prefix = parent.isEmpty ? "" : parent + "."
    return part.pathNames.map { Candidate(prefix + $0, summary: part.lookup($0)?.inline ?? "") }
  }

  private func functionCandidates(isFinal: Bool) -> [Candidate] {
    FunctionID.allCases.filter { !$0.lines(in: release).isEmpty }.map {
      Candidate($0.name, summary: $0.file, isFinal: isFinal)
    }
  }

  /// Functions; after a dot their lines; and the lines of the function that is running.
  private func siteCandidates(_ word: String) -> [Candidate] {
    if let dot = word.firstIndex(of: ".") {
      guard let function = FunctionID(rawValue: String(word[..<dot])) else { return [] }
      return function.lines(in: release).map {
        Candidate("\(function.name).\($0.name)", summary: $0.note.what)
      }
    }
    let lines = currentFunction.map { $0.lines(in: release) } ?? []
    return lines.map { Candidate($0.name, summary: $0.note.what) } + functionCandidates(isFinal: false)
  }

  private var operationCandidates: [Candidate] {
    Operation.allCases.filter { $0 != .check }.map {
      Candidate($0.rawValue, summary: "an operation that can fail")
    }
  }

  private var instructionCandidates: [Candidate] {
    ZpciInstruction.allCases.map { Candidate($0.rawValue, summary: $0.summary) }
  }

  /// The files of the host; behind `fail` the requests that could.
  private func guestFiles(_ word: String, after previous: String) -> [Candidate] {
    if previous == HostVerb.fail.rawValue {
      return FuseOpcode.allCases.filter { $0.hasReply }.map { Candidate($0.name, summary: "a request") }
    }
    let slash = word.lastIndex(of: "/")
    let folder = slash.map { String(word[..<$0]) } ?? ""
    return fileRecords(folder).compactMap { record in
      guard case .text(let name)? = record["name"] else { return nil }
      let path = escapeControls(folder.isEmpty ? name : folder + "/" + name)
      return Candidate(path, summary: record["size"]?.inline ?? "", isFinal: !name.hasSuffix("/"))
    }
  }

  private mutating func fileCandidates(_ word: String) -> [Candidate] {
    let slash = word.lastIndex(of: "/")
    let folder = slash.map { String(word[...$0]) } ?? ""
    let names = host.listFolder(folder.isEmpty ? "." : folder).filter { name in
      // Hidden files are for those who ask for them.
      !name.hasPrefix(".") || word.dropFirst(folder.count).hasPrefix(".")
    }
    return names.sorted().map { Candidate(folder + $0, isFinal: !$0.hasSuffix("/")) }
  }
}

/// The words of a line as completion sees them: between blanks, whatever the quotes.
private func wordsOfLine(_ text: Substring.UnicodeScalarView) -> [String] {
  text.split(omittingEmptySubsequences: true) { isBlank($0) }.map { String($0) }
}

private func isBlank(_ scalar: Unicode.Scalar) -> Bool {
  scalar == " " || scalar == "\t" || scalar == "\n"
}
