import DaxModel

// Commands that mount the file system, as far as the model has mounts: the decision about DAX.

extension Session {
  mutating func mount(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2, options: ["dax"])
    try requireAlive(line)
    let (tag, option) = try mountArguments(line, first: 0)
    let files = machine.server(of: device)?.files
    let task = debugger.timeline.change { $0.startMount(tag, option) }
    note(.mount(tag, option), task: task, files: files)
    let run = runTask(task)
    try checkInterrupted(run, line)
    var lines: [String] = []
    var mounted: Superblock?
    if case .finished(let value) = run.stop {
      lines.append("mount returned \(value)")
      if value.errno == nil {
        mounted = machine.kernel.superblock(tag: tag).flatMap { machine.kernel.superblocks.peek($0) }
      } else if !machine.kernel.devices.contains(where: { $0.isBound && $0.tag == tag }) {
        lines.append("  no driver is bound to a device with this tag")
      }
    }
    if let mounted {
      let others = mounted.mounts > 1 ? ", shared by \(mounted.mounts) mounts" : ""
      lines.append("  the DAX mode is \(mounted.mode.rawValue)" + others)
    }
    var answer = taskAnswer(run, lines)
    answer.result?.set("dax", mounted.map { .bool($0.daxDevice != nil) } ?? .null)
    answer.result?.set("mode", .optional(mounted?.mode.rawValue))
    return answer
  }

  mutating func umount(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    try requireAlive(line)
    let tag = try mountedTag(try line.argument(0, "the tag", example: "umount myfs"))
    let task = debugger.timeline.change { $0.startUnmount(tag) ?? 0 }
    note(.umount(tag), task: task)
    let run = runTask(task)
    try checkInterrupted(run, line)
    if case .finished(let value) = run.stop { return taskAnswer(run, ["umount returned \(value)"]) }
    return taskAnswer(run, [])
  }

  /// A tag from which something is mounted.
  func mountedTag(_ token: Token) throws(Diagnostic) -> String {
    if machine.kernel.superblock(tag: token.text) != nil { return token.text }
    let tags = machine.kernel.superblocks.live.map { escapeControls($0.object.tag) }
    throw Diagnostic(
      "nothing is mounted from `\(escapeControls(token.text))`", at: token,
      hint: tags.isEmpty ? "`mount TAG` mounts" : "what is mounted: " + listed(tags, "and"))
  }

  /// `TAG [dax|dax=MODE]` from the argument `first` on.
  func mountArguments(_ line: Invocation, first: Int) throws(Diagnostic) -> (String, DaxOption) {
    let tag = try line.argument(first, "the tag", example: "mount myfs dax=always").text
    let mode = try line.choice("dax", among: ["always", "inode", "never"])
    guard line.arguments.count > first + 1 else {
      return (tag, mode.flatMap { DaxOption(rawValue: "dax=" + $0) } ?? .unsaid)
    }
    let word = line.arguments[first + 1]
    guard word.text == "dax", mode == nil else {
      throw Diagnostic(
        "`\(word.text)` is no mount option", at: word,
        hint: "there are dax, dax=always, dax=inode and dax=never, and one of them is enough")
    }
    return (tag, .dax)
  }

  /// Runs a new task to its end, and forgets it if it has come there.
  private mutating func runTask(_ task: TaskID) -> Run {
    let run = advance(task, heedsBreakpoints: false) { _ in false }
    if case .finished(let value) = run.stop {
      debugger.timeline.change { $0.reap(task) }
      settle(value)
    }
    return run
  }

  private func taskAnswer(_ run: Run, _ lines: [String]) -> Answer {
    var result: Datum = ["return": .null, "errno": .null, "stopped": .text(run.stop.word)]
    if case .finished(let value) = run.stop {
      result.set("return", value.number.map { .int($0) } ?? .null)
      result.set("errno", .optional(value.errno?.name))
    }
    result.set("log", .texts(logTexts(run)))
    result.set("trace", .texts(run.events.map { $0.site.description(in: release) }))
    addTrouble(run.stop, to: &result)
    return Answer(
      result,
      lines: lines + logLines(run, margin: "  ")
        + troubleLines(run.stop.isTrouble ? run.stop : .done))
  }
}
