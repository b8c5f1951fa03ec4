import DaxModel

// How the result of a search is shown.

extension Session {
  func exploreAnswer(_ report: ExploreReport) -> Answer {
    let explorer = report.explorer
    let tasks = explorer.root.tasks.filter { !$0.isFinished }
    let gaps = explorer.coverage.gaps(in: release)
    var result: Datum = [
      "states": .count(explorer.stateCount), "transitions": .count(explorer.transitions),
      "violations": .list(report.violations.map { violationRecord($0) }),
      "complete": .bool(explorer.isComplete && !report.isStopped),
    ]
    result.set("stopped", .optional(report.shortfall))
    result.set("remarks", .texts(report.remarks))
    result.set("depth", .count(explorer.depth))
    result.set("ends", .count(explorer.ends))
    result.set("tasks", .texts(tasks.map { $0.name }))
    result.set("lines_run", .count(explorer.coverage.count))
    result.set(
      "unreached",
      .list(gaps.map { ["function": .text($0.function.name), "lines": .texts($0.lines)] }))

    let names = tasks.map { "\($0.name) (task \($0.id))" }
    var lines = wrapped(
      "\(counted(explorer.stateCount, "state")), \(counted(explorer.transitions, "transition")): every order of "
        + "\(joinedNames(names))" + (explorer.options.faults > 0 ? faultsText(explorer.options.faults) : ""),
      indent: 0)
    lines += report.remarks.flatMap { wrapped($0, indent: 0) }
    if let shortfall = report.shortfall { lines += wrapped(shortfall, indent: 0) }
    if report.violations.isEmpty {
      lines.append(
        explorer.isComplete ? "nothing goes wrong in any of them" : "nothing has gone wrong so far")
    }
    for (index, violation) in report.violations.enumerated() { lines += violationLines(index + 1, violation) }
    for (index, violation) in report.violations.enumerated() { lines += scheduleLines(index + 1, violation) }
    if !gaps.isEmpty {
      lines.append("not reached, of the functions that ran:")
      for gap in gaps { lines += hanging("  \(gap.function.name): ", gap.lines.joined(separator: ", ")) }
    }
    return Answer(result, lines: lines)
  }

  private func faultsText(_ faults: Int) -> String {
    faults == 1 ? ", with a failure anywhere" : ", with up to \(faults) failures anywhere"
  }

  private func joinedNames(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  private func violationRecord(_ violation: Violation) -> Datum {
    [
      "kind": .text(violation.kind.word), "message": .text(violation.message),
      "what": .text(violation.kind.description),
      "function": .optional(violation.site?.function.name),
      "line": .optional(violation.site?.line(in: release)), "state": .hex(violation.digest),
      "schedule": .list(
        violation.schedule.steps.enumerated().map { number, step in
          [
            "step": .count(number + 1), "task": .count(step.task), "name": .text(step.name),
            "function": .text(step.site.function.name), "line": .text(step.site.line(in: release)),
            "fault": .optional(step.fault?.name),
          ]
        }),
    ]
  }

  /// `1  hang in virtio_fs_percpu_exit.waitForReference, after 51 lines`, and why.
  private func violationLines(_ number: Int, _ violation: Violation) -> [String] {
    let place = violation.site.map { " in \($0.description(in: release))" } ?? " at the end"
    let count = counted(violation.schedule.steps.count, "line")
    let head = "\(number)  \(violation.kind.description)\(place), after \(count)"
    return [options.styled(head, .red)] + wrapped(violation.message, indent: 3)
  }

  private func scheduleLines(_ number: Int, _ violation: Violation) -> [String] {
    var lines = ["the shortest way to \(number):"]
    var last: TaskID?
    for (index, step) in violation.schedule.steps.enumerated() {
      let fault = step.fault.map { " fails with \($0)" } ?? ""
      let who = step.task == last ? "" : "task \(step.task) (\(step.name))"
      lines.append(
        "  " + pad("\(index + 1)", columns: 4) + pad(who, columns: 18) + step.site.description(in: release)
          + fault)
      last = step.task
    }
    return lines
  }
}

/// `1 state`, `2 states`.
func counted(_ count: Int, _ thing: String) -> String { "\(count) \(thing)\(count == 1 ? "" : "s")" }
