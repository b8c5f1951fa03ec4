import DaxModel

// Commands that run the machine, forwards.

extension Session {
  mutating func probe(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    try requireAlive(line)
    return try runWhole("probe", line) { machine, device in machine.startProbe(device) }
  }

  mutating func remove(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    try requireAlive(line)
    let isUnderWay = machine.tasks.contains { $0.name == "remove" && !$0.isFinished }
    if !isUnderWay, !machine.kernel.devices[device].isBound {
      throw Diagnostic(
        "no driver is bound to \(machine.kernel.devices[device].name), so there is nothing to remove",
        at: line.command, hint: "`probe` binds it")
    }
    return try runWhole("remove", line) { machine, device in machine.startRemove(device) }
  }

  /// Runs a task of that name to its end: the one that is under way, or a new one.
  private mutating func runWhole(
    _ name: String, _ line: Invocation, _ begin: (inout Machine, DeviceID) -> TaskID
  ) throws(Diagnostic) -> Answer {
    let task: TaskID
    if let underWay = machine.tasks.first(where: { $0.name == name && !$0.isFinished }) {
      task = underWay.id
    } else {
      let device = device
      task = debugger.timeline.change { begin(&$0, device) }
    }
    let first = debugger.timeline.step
    let run = advance(task, heedsBreakpoints: false) { _ in false }
    note(.other(name, "a workload has no step for `\(name)`: its driver is bound from the start"))
    try checkInterrupted(run, line)
    debugger.current = run.stop.isEnd ? nil : task
    return wholeAnswer(name, run, from: first)
  }

  private func wholeAnswer(_ name: String, _ run: Run, from first: Int) -> Answer {
    var result: Datum = ["return": .null, "errno": .null]
    if case .finished(let value) = run.stop {
      result.set("return", value.number.map { .int($0) } ?? .null)
      result.set("errno", .optional(value.errno?.name))
    }
    result.set("stopped", .text(run.stop.word))
    result.set("devices", .list(deviceRecords()))
    result.set("trace", .texts(run.events.map { $0.site.description(in: release) }))
    result.set("lines", .count(run.count))
    result.set("leaks", .texts(isSettled ? machine.kernel.leaks : []))
    result.set("log", .texts(logTexts(run)))
    addTrouble(run.stop, to: &result)
    result.set("step", .count(debugger.timeline.step))

    let chosen = machine.kernel.devices[device].name
    var lines: [String] = []
    switch run.stop {
    case .finished(let value):
      lines += wrapped("\(name) of \(chosen) returned \(value), after \(linesText(run.count))", indent: 0)
    default:
      lines += wrapped(
        "\(name) of \(chosen) has not come to its end, after \(linesText(run.count))", indent: 0)
    }
    lines += logLines(run, margin: "  ")
    if case .finished = run.stop, isSettled { lines += outcomeLines() }
    lines += troubleLines(run.stop)
    return Answer(result, lines: lines)
  }

  /// Whether no probe or remove is under way: until then everything that it holds looks lost.
  private var isSettled: Bool {
    !machine.tasks.contains { !$0.isFinished && ($0.name == "probe" || $0.name == "remove") }
  }

  /// What there is after a probe or a remove.
  private func outcomeLines() -> [String] {
    var lines: [String] = []
    let chosen = machine.kernel.devices[device]
    if let window = machine.kernel.window(of: device) {
      lines.append("  the window is \(sizeText(window.length)) at \(window.address), with a DAX device")
    } else if chosen.isBound {
      lines.append("  the driver is bound, without DAX")
    } else {
      lines.append("  no driver is bound")
    }
    let leaks = machine.kernel.leaks
    if leaks.isEmpty, !chosen.isBound { lines.append("  nothing is left behind") }
    lines += leaks.map { "  left behind: \($0)" }
    return lines
  }

  func deviceRecords() -> [Datum] {
    machine.kernel.devices.indices.map { id in
      let device = machine.kernel.devices[id]
      let window = machine.kernel.window(of: id)
      return [
        "device": .count(id), "name": .text(device.name), "transport": .text(device.transport.rawValue),
        "slot": device.pciFunction.map { .text($0.slot.description) } ?? .null, "tag": .text(device.tag),
        "bound": .bool(device.isBound), "dax": .bool(window != nil),
        "window": window.map { ["addr": .hex($0.address.rawValue), "len": .count($0.length.rawValue)] }
          ?? .null,
      ]
    }
  }

  /// The devices as a table, windows in words.
  func devicesText() -> String {
    let rows = machine.kernel.devices.indices.map { id in
      var record = deviceRecords()[id]
      let window = machine.kernel.window(of: id)
      record.set("window", .optional(window.map { "\(sizeText($0.length)) at \($0.address)" }))
      return record
    }
    return Table(["rows": .list(rows)]).rendered(options)
  }

  mutating func step(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let count = try line.count(0, "the number of lines", unless: 1)
    let task = try taskToRun(line)
    if count == 0 { return stepAnswer(task, Run()) }
    var left = count
    let run = advance(task) { _ in
      left -= 1
      return left == 0
    }
    try checkInterrupted(run, line)
    return stepAnswer(task, run)
  }

  mutating func next(_ line: Invocation) throws(Diagnostic) -> Answer {
    try runToDepth(line) { depth, start in depth <= start }
  }

  mutating func finish(_ line: Invocation) throws(Diagnostic) -> Answer {
    try runToDepth(line) { depth, start in depth < start }
  }

  /// Runs the current task until its call stack is as deep as wanted, compared with the depth at the start.
  private mutating func runToDepth(
    _ line: Invocation, _ isWanted: (Int, Int) -> Bool
  ) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    let task = try taskToRun(line)
    let start = machine.task(task)?.stack.count ?? 0
    let run = advance(task) { isWanted($0.task(task)?.stack.count ?? 0, start) }
    try checkInterrupted(run, line)
    return stepAnswer(task, run)
  }

  mutating func continueRun(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    let task = try taskToRun(line)
    let run = advance(task) { _ in false }
    try checkInterrupted(run, line)
    return stepAnswer(task, run)
  }

  mutating func until(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let token = try line.argument(0, "the place to run to", example: "until virtio_fs_setup_dax.remapPages")
    try requireAlive(line)
    // A line's name is looked for in the function that runs, then in its callers.
    let functions = standingTask.flatMap(machine.task)?.stack.reversed().map { $0.site.function } ?? []
    let owner = functions.first { PlaceName.lineNames(of: $0, in: release).contains(token.text) }
    let place = try PlaceName.parse(token, in: release, current: owner ?? functions.first)
    let task = try taskToRun(line)
    let run = advance(task) { $0.site(of: task) == place.site }
    try checkInterrupted(run, line)
    var answer = stepAnswer(task, run)
    let isReached = machine.site(of: task) == place.site && run.count > 0
    answer.result?.set("reached", .bool(isReached))
    if run.stop.isEnd, !isReached {
      let name = place.site.function.name + (place.line.map { "." + $0 } ?? "")
      answer.text =
        (answer.text ?? "")
        + wrapped("Task \(task) has not come to \(name) on its way.", indent: 0)
        .map { $0 + "\n" }.joined()
    }
    return answer
  }

  /// Runs the task while asking the host whether the user wants to stop.
  mutating func advance(
    _ task: TaskID, heedsBreakpoints: Bool = true, runsWorkers: Bool = false,
    until isReached: (Machine) -> Bool
  ) -> Run {
    var host = host
    defer { self.host = host }
    return debugger.run(
      task, heedsBreakpoints: heedsBreakpoints, runsWorkers: runsWorkers,
      isInterrupted: { host.isInterrupted() }, until: isReached)
  }

  /// An interruption ends a script; at the terminal the run has simply stopped.
  mutating func checkInterrupted(_ run: Run, _ line: Invocation) throws(Diagnostic) {
    if run.stop == .interrupted { interruptedAfter = run.count }
    guard run.stop == .interrupted, !options.isInteractive || file != nil else { return }
    failureCode = 130
    throw Diagnostic("interrupted after \(linesText(run.count))", at: line.command)
  }

  /// The task that a stepping command is about, if there is one.
  private var standingTask: TaskID? {
    if let current = debugger.current, let task = machine.task(current), !task.isFinished { return current }
    return machine.tasks.last { !$0.isFinished }?.id
  }

  /// The task that a stepping command is about. The first of all starts a probe.
  private mutating func taskToRun(_ line: Invocation) throws(Diagnostic) -> TaskID {
    try requireAlive(line)
    if let task = standingTask {
      debugger.current = task
      return task
    }
    guard !machine.kernel.devices[device].isBound, machine.tasks.isEmpty else {
      let hint =
        machine.kernel.devices[device].isBound
        ? mountedConnection == nil
          ? "`start remove` begins the way down, `spawn reader` uses the window"
          : "`start pread 3 0 64` begins a system call, `start remove` the way down"
        : "`start probe` begins a probe"
      throw Diagnostic("no task is running", at: line.command, hint: hint)
    }
    let device = device
    let task = debugger.timeline.change { $0.startProbe(device) }
    debugger.current = task
    return task
  }
}

/// `1 line`, `2 lines`.
private func linesText(_ count: Int) -> String { counted(count, "line") }

extension StopReason {
  /// Whether the task can do no more.
  var isEnd: Bool {
    switch self {
    case .finished, .oops, .hung: true
    case .done, .breakpoint, .blocked, .interrupted: false
    }
  }

  /// One word for programs.
  var word: String {
    switch self {
    case .done: "step"
    case .breakpoint: "breakpoint"
    case .finished: "finished"
    case .blocked: "blocked"
    case .hung: "hung"
    case .oops: "oops"
    case .interrupted: "interrupted"
    }
  }
}
