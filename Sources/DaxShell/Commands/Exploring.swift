import DaxModel

// The command that runs every order of several tasks.

extension Session {
  mutating func explore(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(
      arguments: 16, options: ["faults", "depth", "invariant", "memory", "times", "export", "violation"])
    try requireAlive(line)
    if let number = line[option: "violation"], line[option: "export"] == nil {
      throw Diagnostic(
        "violation= says what export= writes, which is missing", at: number,
        hint: "for example: explore remove pin export=fault.dax violation=2")
    }
    var start = machine
    var spawned: [TaskRequest] = []
    for token in line.arguments {
      let request = try request(token, offset: nil, line)
      guard start.start(request) != nil else { throw request.refusal(at: token) }
      spawned.append(request)
    }
    guard start.tasks.contains(where: { !$0.isFinished }) else {
      throw Diagnostic(
        "there is no task whose lines could be ordered", after: line,
        hint: "for example: explore remove pin; the tasks are " + listed(TaskWord.names, "and"))
    }
    var explorer = Explorer(start, try exploreOptions(line))
    let isStopped = explore(&explorer, line)
    var report = ExploreReport(explorer, isStopped: isStopped, spawned: spawned)
    report.remarks =
      spawned.contains { $0.kind == .reader && !isMounted($0.device) }
      ? [
        "Nothing is mounted, so nobody holds the instance for the reader: `mount` first to read through a mount."
      ] : []
    var answer = exploreAnswer(report)
    if let file = line[option: "export"] { try export(report, to: file, line, &answer) }
    if isStopped, !options.isInteractive || self.file != nil {
      // What was found is shown all the same; a script ends here.
      let interruption = Diagnostic(
        "interrupted after \(counted(explorer.stateCount, "state"))", at: line.command)
      answer.diagnostics += interruption.located(file: self.file, line: lineNumber, text: nil).rendered(
        options)
      fail(as: 130)
    }
    return answer
  }

  /// Whether somebody has mounted the file system of a device with DAX.
  private func isMounted(_ device: DeviceID) -> Bool {
    let tag = machine.kernel.devices[device].tag
    return machine.kernel.superblocks.live.contains { $0.object.tag == tag && $0.object.daxDevice != nil }
  }

  /// Searches until all is done, a limit is reached, or the user wants to stop; true if it was that.
  private mutating func explore(_ explorer: inout Explorer, _ line: Invocation) -> Bool {
    defer { host.showProgress(nil) }
    while explorer.advance(states: 8192) {
      if host.isInterrupted() { return true }
      host.showProgress(
        "\(counted(explorer.stateCount, "state")), \(explorer.frontier) to look at, \(counted(explorer.depth, "line")) deep"
      )
    }
    return false
  }

  private func exploreOptions(_ line: Invocation) throws(Diagnostic) -> Explorer.Options {
    var options = Explorer.Options()
    if let token = line[option: "faults"] { options.faults = try token.count("faults", limit: 8) }
    if let token = line[option: "depth"] { options.depth = try token.count("depth") }
    if let token = line[option: "memory"] { options.memory = ByteCount(try token.unsigned("memory")) }
    let names = Invariant.allCases.map { $0.rawValue }
    var chosen: [Invariant] = []
    for option in line.options where option.name.text == "invariant" {
      for part in option.value.text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let invariant = NameMatch.find(String(part), in: names).name.flatMap(Invariant.init(rawValue:))
        else {
          throw unknownName(
            Token(String(part), column: option.value.column, length: option.value.length), kind: "invariant",
            among: names, hint: "there are " + listed(names, "and"))
        }
        chosen.append(invariant)
      }
    }
    if !chosen.isEmpty { options.invariants = chosen }
    return options
  }

  /// Writes the script that leads to one of the violations.
  private mutating func export(
    _ report: ExploreReport, to file: Token, _ line: Invocation, _ answer: inout Answer
  ) throws(Diagnostic) {
    let number =
      try line[option: "violation"].map { token throws(Diagnostic) in try token.count("the violation") } ?? 1
    guard !report.violations.isEmpty else {
      answer.result?.set("exported", nil)
      answer.text = (answer.text ?? "") + "nothing was found, so nothing is exported\n"
      return
    }
    guard number >= 1, number <= report.violations.count else {
      throw Diagnostic(
        "there is no violation \(number)", at: line[option: "violation"] ?? file,
        hint: report.violations.count == 1 ? "there is just 1" : "there are 1 to \(report.violations.count)")
    }
    let script = scheduleScript(report, report.violations[number - 1])
    if let failure = host.writeFile(file.text, Array(script.utf8)) {
      throw Diagnostic("\(escapeControls(file.text)) cannot be written: \(failure.reason)", at: file)
    }
    answer.result?.set("exported", .text(file.text))
    answer.text =
      (answer.text ?? "")
      + "violation \(number) is in \(escapeControls(file.text)): `source` it to stand there\n"
  }
}

/// What a search has come to.
struct ExploreReport {
  var explorer: Explorer
  /// Whether the user has stopped it.
  var isStopped: Bool
  /// The tasks that were started for it.
  var spawned: [TaskRequest]
  var violations: [Violation]
  /// What should be known of the tasks, in sentences.
  var remarks: [String] = []

  init(_ explorer: Explorer, isStopped: Bool, spawned: [TaskRequest]) {
    self.explorer = explorer
    self.isStopped = isStopped
    self.spawned = spawned
    violations = explorer.violations
  }

  /// Why it has not gone to the end, in a sentence; nil if it has.
  var shortfall: String? {
    let rest = counted(explorer.frontier, "state") + (explorer.frontier == 1 ? " has" : " have")
    if isStopped { return "It was stopped: \(rest) not been looked at." }
    switch explorer.limit {
    case .depth(let depth): return "It stopped at \(counted(depth, "line")): \(rest) not been looked at."
    case .memory(let bytes):
      return
        "It stopped where it would need more than \(sizeText(bytes)) of memory: \(rest) not been looked at. "
        + "memory= allows it more, depth= asks for less."
    case .none: return nil
    }
  }
}
