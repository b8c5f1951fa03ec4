import DaxModel

// Commands that mount the file system, as far as the model has mounts: the decision about DAX.

extension Session {
  mutating func mount(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2, options: ["dax"])
    try requireAlive(line)
    let (tag, option) = try mountArguments(line, first: 0)
    let files = machine.server(of: device)?.files
    let seen = machine.server(of: device)?.log.count ?? 0
    let task = debugger.timeline.change { $0.startMount(tag, option) }
    note(.mount(tag, option), task: task, files: files)
    let run = runTask(task)
    let requests = machine.server(of: device)?.log.exchanges(since: seen) ?? []
    try checkInterrupted(run, line)
    var lines: [String] = []
    var mounted: Superblock?
    if case .finished(let value) = run.stop {
      lines.append("mount returned \(value)" + (value.errno.map { ": \($0.meaning)" } ?? ""))
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
    lines += requestLines(requests)
    if mounted != nil, let sentence = refusedSession { lines += wrapped(sentence, indent: 2) }
    var answer = taskAnswer(run, lines, requests)
    answer.result?.set("dax", mounted.map { .bool($0.daxDevice != nil) } ?? .null)
    answer.result?.set("mode", .optional(mounted?.mode.rawValue))
    return answer
  }

  mutating func umount(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    try requireAlive(line)
    let tag = try mountedTag(try line.argument(0, "the tag", example: "umount myfs"))
    let seen = machine.server(of: device)?.log.count ?? 0
    let task = debugger.timeline.change { $0.startUnmount(tag) ?? 0 }
    note(.umount(tag), task: task)
    let run = runTask(task)
    try checkInterrupted(run, line)
    let requests = machine.server(of: device)?.log.exchanges(since: seen) ?? []
    var lines: [String] = []
    if case .finished(let value) = run.stop {
      lines.append("umount returned \(value)" + (value.errno.map { ": \($0.meaning)" } ?? ""))
      if value.errno == .EBUSY { lines += wrapped(usersOfMount, indent: 2) }
    }
    return taskAnswer(run, lines + requestLines(requests), requests)
  }

  /// What keeps an unmount from going on, in a sentence.
  private var usersOfMount: String {
    let process = machine.kernel.process
    let open = (0..<process.files.count + 16).compactMap { descriptor in
      process.file(descriptor).map { "\(descriptor) (\(title(of: $0.inode)))" }
    }
    let mapped = process.mappings.enumerated().compactMap { index, mapping in
      mapping.map { "\(index + 1) (\(title(of: $0.inode)))" }
    }
    let parts = [
      open.isEmpty ? "" : "open: " + open.joined(separator: ", "),
      mapped.isEmpty ? "" : "mapped: " + mapped.joined(separator: ", "),
    ].filter { !$0.isEmpty }
    if parts.isEmpty { return "a call is under way: `task` lists them" }
    return parts.joined(separator: "; ") + "; `close` and `munmap` let go of them"
  }

  /// What is said of a session that has never begun.
  var refusedSession: String? {
    guard mountedConnection?.hasFailed == true else { return nil }
    return "INIT has failed, so the session refuses every request with -ECONNREFUSED; "
      + "a mount after `umount \(escapeControls(machine.kernel.devices[device].tag))` asks again"
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

  private func taskAnswer(_ run: Run, _ lines: [String], _ requests: [FuseExchange]) -> Answer {
    var result: Datum = ["return": .null, "errno": .null, "stopped": .text(run.stop.word)]
    if case .finished(let value) = run.stop {
      result.set("return", value.number.map { .int($0) } ?? .null)
      result.set("errno", .optional(value.errno?.name))
    }
    result.set("requests", .list(records(requests)))
    result.set("log", .texts(logTexts(run)))
    result.set("trace", .texts(run.events.map { $0.site.description(in: release) }))
    addTrouble(run.stop, to: &result)
    return Answer(
      result,
      lines: lines + logLines(run, margin: "  ")
        + troubleLines(run.stop.isTrouble ? run.stop : .done))
  }
}
