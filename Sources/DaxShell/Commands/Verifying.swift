import DaxModel

// The command that searches every release in the same way.

extension Session {
  mutating func verify(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: KernelRelease.all.count, options: ["case"])
    var releases: [KernelRelease] = []
    for token in line.arguments { releases.append(try Self.release(token)) }
    if releases.isEmpty { releases = KernelRelease.all }
    let chosen = try line.choice("case", among: Verification.Case.allCases.map { $0.rawValue })
    let cases = chosen.flatMap(Verification.Case.init(rawValue:)).map { [$0] } ?? Verification.Case.allCases
    var rows: [Verification] = []
    defer { host.showProgress(nil) }
    for item in cases {
      for release in releases {
        host.showProgress("\(item.rawValue), Linux \(release.name)")
        if host.isInterrupted() {
          failureCode = 130
          throw Diagnostic(
            "interrupted after \(rows.count == 1 ? "1 search" : "\(rows.count) searches")", at: line.command)
        }
        rows.append(Verification(item, release))
      }
    }
    return Answer(
      [
        "rows": .list(
          rows.map { row in
            [
              "case": .text(row.item.rawValue), "kernel": .text(row.release.name),
              "states": .count(row.states),
              "transitions": .count(row.transitions), "complete": .bool(row.isComplete),
              "found": .texts(row.verdicts),
            ]
          })
      ], lines: verifyLines(rows, cases))
  }

  /// A heading and a table for each case.
  private func verifyLines(_ rows: [Verification], _ cases: [Verification.Case]) -> [String] {
    var lines: [String] = []
    for item in cases {
      if !lines.isEmpty { lines.append("") }
      lines += wrapped("\(item.rawValue): \(item.sentence)", indent: 0)
      let mine = rows.filter { $0.item == item }
      let names = (mine.map { $0.release.name.count }.max() ?? 0) + 2
      for row in mine {
        let head =
          "  " + pad(row.release.name, columns: names) + pad(counted(row.states, "state"), columns: 15)
        lines += hanging(head, row.verdicts.isEmpty ? "nothing" : row.verdicts.joined(separator: "; "))
      }
    }
    return lines
  }
}
