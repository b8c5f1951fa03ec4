/// Measures a row: one run to warm up, then the median of `runs`.
func measure(_ row: Row, runs: Int) -> Measurement {
  switch row.measure {
  case .figure(let unit, let body):
    let value = body()
    return Measurement(median: value, best: value, unit: unit, checksum: 0)
  case .time(let count, let prepare):
    let body = prepare()
    var checksum = body(count)
    var times: [Double] = []
    for _ in 0..<runs {
      let elapsed = ContinuousClock().measure { checksum = body(count) }
      times.append(nanoseconds(elapsed) / Double(count))
    }
    times.sort()
    return Measurement(
      median: times[times.count / 2], best: times[0], unit: "ns", checksum: checksum)
  }
}

private func nanoseconds(_ duration: Duration) -> Double {
  let (seconds, attoseconds) = duration.components
  return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
}

/// The pseudo-random numbers that the C twin uses too.
struct Sequence64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}
