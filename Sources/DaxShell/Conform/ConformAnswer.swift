import DaxModel

extension Conformance {
  /// The report as data.
  var record: Datum {
    [
      "name": .text(name), "kernel": .text(release), "exact": .bool(isExact), "steps": .count(steps),
      "passed": .bool(hasPassed), "divergence": divergence?.record ?? .null,
    ]
  }
}

extension Divergence {
  /// The difference as data.
  var record: Datum {
    [
      "step": step.map { .count($0) } ?? .null, "action": .text(action), "field": .text(field),
      "expected": expected, "actual": actual,
    ]
  }
}

extension Session {
  /// The table of all reports, and under it what differs.
  func conformAnswer(_ reports: [Conformance]) -> Answer {
    let passed = reports.filter { $0.hasPassed }.count
    let result: Datum = [
      "workloads": .list(reports.map { $0.record }), "passed": .count(passed),
      "failed": .count(reports.count - passed),
    ]
    var table = Table(columns: [
      .init("workload"), .init("kernel"), .init("steps", .right), .init("requests"), .init("passed"),
    ])
    for report in reports {
      table.add(
        report.name, report.release, "\(report.steps)", report.isExact ? "exact" : "by rules",
        report.hasPassed ? "yes" : "no")
    }
    var text = table.rendered(options)
    for report in reports {
      guard let divergence = report.divergence else { continue }
      text += "\n" + differenceText(report, divergence)
    }
    text += "\n\(passed) passed, \(reports.count - passed) failed\n"
    return Answer(result, text: text)
  }

  /// Expected and actual side by side, or below each other where that is too wide.
  private func differenceText(_ report: Conformance, _ divergence: Divergence) -> String {
    let place = divergence.step.map { "step \($0) (\(divergence.action))" } ?? "before the first step"
    var lines = wrapped("\(report.name) on \(report.release), \(place): \(divergence.field)", indent: 0)
    lines += hanging("  expected  ", divergence.expected.inline)
    lines += hanging("  actual    ", divergence.actual.inline)
    return lines.map { $0 + "\n" }.joined()
  }
}
