import DaxModel

// How the result of a run is shown.

extension Session {
  /// Where a task stands, what happened, and why it has stopped.
  func stepAnswer(_ task: TaskID, _ run: Run) -> Answer {
    var result = standing(task)
    result.set("event", .optional(run.last.map { $0.outcome.text }))
    result.set("ran", .optional(run.last?.site.description(in: release)))
    result.set("lines", .count(run.count))
    result.set("stopped", .text(run.stop.word))
    if case .breakpoint(let id) = run.stop { result.set("breakpoint", .count(id)) }
    if case .finished(let value) = run.stop {
      result.set("return", value.number.map { .int($0) } ?? .null)
      result.set("errno", .optional(value.errno?.name))
    }
    let call = finishedCall(task, run.stop)
    result.set("requests", .list(records(call?.requests ?? run.requests)))
    if let call {
      result.set("call", .text(machine.task(task)?.name ?? ""))
      for field in call.fields { result.set(field.name, field.value) }
    }
    result.set("log", .texts(logTexts(run)))
    addTrouble(run.stop, to: &result)
    result.set("step", .count(debugger.timeline.step))
    result.set("state", .hex(machine.digest))
    var lines = eventLines(run, withRequests: call == nil) + troubleLines(run.stop)
    lines += standingLines(task, run.stop)
    if let call { lines += call.lines + requestLines(call.requests) }
    return Answer(result, lines: lines)
  }

  /// What a system call that has just come to its end tells besides its return value; nil if it is something else.
  private func finishedCall(
    _ task: TaskID, _ stop: StopReason
  ) -> (fields: [Field], lines: [String], requests: [FuseExchange])? {
    guard case .finished(let value) = stop, machine.task(task) != nil,
      let entry = trace.entries.last(where: { $0.task == task && $0.start <= debugger.timeline.step }),
      case .call(let call, _) = entry.action
    else { return nil }
    let (fields, lines) = details(of: call, value)
    let log = machine.server(of: entry.device)?.log
    return (fields, lines, log?.exchanges(since: entry.firstRequest) ?? [])
  }

  /// `task`, `function`, `line`, `depth`: where the task stands.
  func standing(_ task: TaskID) -> Datum {
    let site = machine.site(of: task)
    return [
      "task": .count(task), "function": .optional(site?.function.name),
      "line": .optional(site?.line(in: release)), "depth": .count(machine.task(task)?.stack.count ?? 0),
    ]
  }

  /// The lines that ran: all of a short run, the last of a long one, with the requests of all.
  private func eventLines(_ run: Run, withRequests: Bool) -> [String] {
    let shown = run.count <= 8 ? run.events : run.last.map { [$0] } ?? []
    var lines = run.count > 8 ? ["   … \(run.count - 1) lines ran"] : []
    if options.asciiOnly { lines = lines.map { $0.replacingDots } }
    let first = debugger.timeline.step - shown.count
    for (index, event) in shown.enumerated() {
      let outcome = event.outcome == .ran ? "" : ": " + event.outcome.text
      lines.append("#\(first + index + 1) \(event.site.description(in: release))\(outcome)")
      for observation in event.observations {
        switch observation {
        case .logged(let entry) where run.count <= 8 && !isOops(entry):
          lines += shownLog(entry, margin: "   ")
        case .fault(let operation, let errno):
          lines.append(
            "   fault \(operation == .check ? "the test" : operation.rawValue) fails with \(errno), as asked")
        case .copied(let report): lines.append("   copy  \(report.sentence)")
        case .sent(let exchange) where run.count <= 8 && withRequests:
          lines += requestLines([exchange], indent: 3)
        case .ran, .logged, .usedAddress, .sent: break
        }
      }
    }
    if run.count > 8 {
      if withRequests { lines += requestLines(run.requests, indent: 3) }
      lines += logLines(run, margin: "   ").suffix(8)
    }
    return lines
  }

  /// The line that comes next, with what it does.
  func standingLines(_ task: TaskID, _ stop: StopReason) -> [String] {
    if case .finished(let value) = stop {
      let name = machine.task(task)?.name ?? "task"
      return ["=> task \(task) (\(name)) has finished: it returned \(value)"]
    }
    guard machine.oops == nil, let site = machine.site(of: task) else { return [] }
    let lines = site.function.lines(in: release)
    guard Int(site.position) < lines.count else { return [] }
    let reason =
      switch stop {
      case .breakpoint(let id): "breakpoint \(id): "
      case .interrupted: "interrupted: "
      default: ""
      }
    let others = machine.tasks.filter { !$0.isFinished && $0.id != task }
    let who = others.isEmpty ? "" : "task \(task) (\(machine.task(task)?.name ?? "")): "
    return ["=> \(who)\(reason)\(site.description(in: release))"]
      + wrapped(lines[Int(site.position)].note.what, indent: 3)
  }

  /// What a run wrote to the kernel log, for a program.
  func logTexts(_ run: Run) -> [String] { logged(run).map { $0.line } }

  /// The same for a person.
  func logLines(_ run: Run, margin: String) -> [String] {
    logged(run).filter { !isOops($0) }.flatMap { shownLog($0, margin: margin) }
  }

  /// A line of the kernel log for a person. At a terminal it is broken between words; in a script it stays whole, so
  /// that it can be searched for.
  private func shownLog(_ entry: KernelLog.Entry, margin: String) -> [String] {
    let line = margin + logLine(entry)
    guard options.isInteractive, displayWidth(line) > options.width else { return [line] }
    let head = margin + (entry.level == .debug ? "debug " : "log   ")
    return hanging(head, entry.line)
  }

  /// Whether a line of the kernel log is that of an oops, which is told at length wherever a run ends with one.
  private func isOops(_ entry: KernelLog.Entry) -> Bool {
    entry.who.isEmpty && entry.text.hasPrefix("Oops in ")
  }

  /// A line of the kernel log. One of debug level says so: most kernels do not print it.
  private func logLine(_ entry: KernelLog.Entry) -> String {
    (entry.level == .debug ? "debug " : "log   ") + escapeControls(entry.line)
  }

  private func logged(_ run: Run) -> [KernelLog.Entry] {
    run.events.flatMap { event in
      event.observations.compactMap { observation in
        if case .logged(let entry) = observation { entry } else { nil }
      }
    }
  }

  /// What a program learns of an oops, a hang or a wait.
  func addTrouble(_ stop: StopReason, to result: inout Datum) {
    switch stop {
    case .oops(let oops): result.set("oops", oopsRecord(oops))
    case .hung(let hang):
      result.set(
        "hang",
        [
          "task": .count(hang.task), "function": .text(hang.site.function.name),
          "line": .text(hang.site.line(in: release)), "message": .text(hang.message),
        ])
    case .blocked(let wait): result.set("waits", .text(machine.kernel.explain(wait)))
    case .done, .breakpoint, .finished, .interrupted: break
    }
  }

  func troubleLines(_ stop: StopReason) -> [String] {
    switch stop {
    case .oops(let oops):
      return [oopsLine(oops)] + wrapped(oops.message, indent: 9)
        + ["   The machine is dead. `where` shows how it came there, `back` undoes it."]
    case .hung(let hang):
      return [options.styled("   HUNG  task \(hang.task) in \(hang.site.description(in: release))", .red)]
        + wrapped(hang.message + (rangeUsers(hang.task).map { " " + $0 } ?? ""), indent: 9)
    case .blocked(let wait):
      let others = machine.tasks.filter { machine.isRunnable($0.id) }.map { "\($0.id) (\($0.name))" }
      let reason = machine.kernel.explain(wait)
      return wrapped(reason.hasPrefix("It waits") ? reason : "It waits. " + reason, indent: 3)
        + ["   Tasks that can run: \(others.joined(separator: ", "))."]
    case .done, .breakpoint, .finished, .interrupted:
      return []
    }
  }

  /// What an oops is and where, in a line.
  func oopsLine(_ oops: Oops, _ rest: String = "") -> String {
    options.styled("   OOPS  \(oops.kind.rawValue) in \(oops.site.description(in: release))", .red) + rest
  }

  func oopsRecord(_ oops: Oops) -> Datum {
    [
      "kind": .text(oops.kind.rawValue), "function": .text(oops.site.function.name),
      "line": .text(oops.site.line(in: release)), "address": .hex(oops.address.rawValue),
      "message": .text(oops.message),
    ]
  }

  /// A text in lines that fit the width, after a head on the first of them.
  func hanging(_ head: String, _ text: String) -> [String] { options.hanging(head, text) }

  /// A text in lines that fit the width.
  func wrapped(_ text: String, indent: Int) -> [String] { options.wrapped(text, indent: indent) }
}

extension StepEvent.Outcome {
  /// How the line ended, in words.
  var text: String {
    switch self {
    case .ran: "ran"
    case .called(let function): "calls \(function.name)"
    case .returned(let value): value == .void ? "returned" : "returned \(value)"
    case .blocked(let wait): "waits for \(wait.summary)"
    case .died(let oops): "oops: \(oops.kind.rawValue)"
    }
  }
}

extension String {
  /// The text with an ellipsis written as three dots.
  var replacingDots: String { String(map { $0 == "…" ? "." : $0 }) }
}
