import FileTraffic

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `daxsoak [calls=N] [seed=N] [round=N]`: random file operations in rounds, until so many are done or one goes wrong.
@main
struct Daxsoak {
  static func main() {
    var (calls, seed, perRound) = (1_000_000, UInt64(1), 400)
    for word in CommandLine.arguments.dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let number = UInt64(parts[1].replacing("_", with: "")) else { usage(word) }
      switch parts[0] {
      case "calls": calls = Int(clamping: number)
      case "seed": seed = number
      case "round": perRound = max(Int(clamping: number), 1)
      default: usage(word)
      }
    }
    let clock = ContinuousClock()
    let start = clock.now
    var tally = Tally()
    var round: UInt64 = 0
    var spoken = start
    while tally.total < calls {
      let plan = TrafficPlan(seed: seed &+ round, operations: min(perRound, calls - tally.total))
      let report = plan.run()
      tally += report.tally
      if let failure = report.failure {
        print(
          "seed \(seed &+ round) with \(perRound) operations a round, operation \(failure.at): \(failure.what.message)\n"
        )
        fflush(nil)
        let small = plan.shrunk()
        print(small.script(because: "seed \(seed &+ round): \(failure.what.message)"), terminator: "")
        exit(1)
      }
      round += 1
      if clock.now - spoken > .seconds(10) {
        spoken = clock.now
        note("\(tally.total) operations in \(round) rounds")
      }
    }
    print(tally.sentence + " \((clock.now - start).components.seconds) s.")
  }

  private static func usage(_ word: String) -> Never {
    note("'\(word)' is not understood; usage: daxsoak [calls=1000000] [seed=1] [round=400]")
    exit(64)
  }

  /// Says something on standard error.
  private static func note(_ text: String) {
    let line = Array("daxsoak: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}
