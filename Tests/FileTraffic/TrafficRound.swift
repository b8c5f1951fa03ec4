import DaxModel

/// How a plan went.
public struct RoundReport: Hashable, Sendable {
  /// What the oracle does not agree with, and after how many operations; nil if all is well.
  public var failure: (at: Int, what: Disagreement)? {
    get { failedAt.flatMap { place in disagreement.map { (place, $0) } } }
    set { (failedAt, disagreement) = (newValue?.at, newValue?.what) }
  }
  private var failedAt: Int?
  private var disagreement: Disagreement?
  /// How it hangs as Linux does, if it does.
  public internal(set) var hang: String?
  public internal(set) var tally = Tally()
  /// Lines for the shell that do the same, if they were wanted.
  public internal(set) var script: [String] = []
}

extension TrafficPlan {
  /// Runs the plan on a machine and on the oracle, and gives everything back at the end.
  public func run() -> RoundReport { run(mistake: nil, writesScript: false) }

  func run(mistake: Oracle.Mistake?, writesScript: Bool) -> RoundReport {
    var report = RoundReport()
    var done = 0
    do throws(Stop) {
      var world = try World(self, mistake: mistake, writesScript: writesScript)
      defer {
        report.tally = world.tally
        report.script = world.script ?? []
      }
      for operation in operations {
        try world.act(operation)
        done += 1
      }
      try world.end()
    } catch {
      switch error {
      case .wrong(let disagreement): report.failure = (done, disagreement)
      case .knownHang(let text): report.hang = text
      case .skipped: break
      }
    }
    report.tally.rounds = 1
    return report
  }
}
