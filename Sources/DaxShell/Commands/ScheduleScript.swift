import DaxModel

// A schedule as a script that leads to where it ends.

extension Session {
  /// A script that makes the present machine, starts the tasks, and runs their lines in the order of the violation.
  func scheduleScript(_ report: ExploreReport, _ violation: Violation) -> String {
    let place = violation.site.map { " in \($0.description(in: release))" } ?? ""
    var plain = options
    plain.width = 80
    var lines = plain.wrapped(
      "Found by explore on Linux \(release.name): \(violation.kind.description)\(place), after "
        + "\(counted(violation.schedule.steps.count, "line")).", indent: 0)
    lines += plain.wrapped(violation.message, indent: 0)
    lines = lines.map { "# " + escapeControls($0) } + [""] + scheduleLines(report.spawned, violation.schedule)
    switch violation.kind {
    case .oops: lines += ["", "# The machine has died. `back` undoes it.", "oops"]
    case .hang, .deadlock: lines += ["", "# Nobody can go on. `step` says why, `back` undoes it.", "task"]
    case .leak, .invariant: lines += ["", "# It has just happened. `back` undoes it."]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The commands that make the present machine, start the tasks and run them as the schedule says.
  func scheduleLines(_ spawned: [TaskRequest], _ schedule: Schedule) -> [String] {
    var lines = ["# The machine as it was."] + journal.lines
    if !spawned.isEmpty { lines += ["", "# The tasks."] }
    for request in spawned {
      let times = request.kind == .reader && request.rounds != 1 ? " times=\(request.rounds)" : ""
      lines.append("spawn " + request.word(among: machine.kernel.devices.count) + times)
    }
    // A breakpoint would stop a step too early.
    let breakpoints = Journal.lines(debugger.breakpoints)
    lines += ["", "# Their lines, in the order that leads there."]
    return lines + (breakpoints.isEmpty ? [] : ["delete"]) + stepLines(schedule) + breakpoints
  }

  /// `task N` and `step K` for each piece that one task runs; a failure is asked for right before its line.
  private func stepLines(_ schedule: Schedule) -> [String] {
    var lines: [String] = []
    var (task, count): (TaskID?, Int) = (nil, 0)
    func flush() {
      if count > 0 { lines.append("step \(count)") }
      count = 0
    }
    for step in schedule.steps {
      if step.task != task || step.fault != nil { flush() }
      if step.task != task { lines.append("task \(step.task)") }
      if let errno = step.fault {
        lines.append("inject \(step.site.description(in: release)) \(errno.name)")
      }
      task = step.task
      count += 1
    }
    flush()
    return lines
  }
}
