import DaxModel

extension TrafficPlan {
  /// A script for `daxrepl` that does what the plan does, with what the oracle expects.
  public func script(because reason: String) -> String { script(because: reason, mistake: nil) }

  func script(because reason: String, mistake: Oracle.Mistake?) -> String {
    let report = run(mistake: mistake, writesScript: true)
    var lines = ["# \(title)", "# \(reason)"]
    if pace != 0 { lines.append("# Kernel threads ran at other moments than here: seed \(pace) said when.") }
    lines += report.script
    if let what = report.failure?.what { lines.append("# here: \(what.message)") }
    if let hang = report.hang { lines.append("# hangs, as Linux does: \(hang)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
