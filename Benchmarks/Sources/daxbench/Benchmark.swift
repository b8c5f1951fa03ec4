/// A question with one or more answers; the first row is what the others are compared with.
struct Benchmark: Sendable {
  /// A word for the command line, such as `direct-access`.
  var name: String
  /// One line on what is measured.
  var summary: String
  /// The reference, then its rivals.
  var rows: [Row]
}

/// One line of the table.
struct Row: Sendable {
  enum Measure: Sendable {
    /// Time for `count` operations. What is prepared, once and untimed, is a body that performs them and returns
    /// a checksum, which must be the same for all timed rows of a benchmark: then the twins have done the same
    /// work.
    case time(count: Int, prepare: @Sendable () -> (Int) -> UInt64)
    /// A number that is not a time, such as the bytes of a remembered step.
    case figure(unit: String, body: @Sendable () -> Double)
  }

  var label: String
  var measure: Measure

  /// A row that is timed: `count` operations a run.
  static func time(
    _ label: String, count: Int, _ body: @escaping @Sendable (Int) -> UInt64
  ) -> Row { Row(label: label, measure: .time(count: count, prepare: { body })) }

  /// A row that is timed after something has been made ready.
  static func time(
    _ label: String, count: Int, after prepare: @escaping @Sendable () -> (Int) -> UInt64
  ) -> Row { Row(label: label, measure: .time(count: count, prepare: prepare)) }

  /// A row that is a number with a unit.
  static func figure(
    _ label: String, unit: String, _ body: @escaping @Sendable () -> Double
  ) -> Row { Row(label: label, measure: .figure(unit: unit, body: body)) }
}

/// What was measured for one row, and how it travels from the child process as a line of text.
struct Measurement: Sendable {
  /// Nanoseconds for one operation, or the figure: the median of the runs.
  var median: Double
  /// The best run; as the median where there is only one.
  var best: Double
  /// `ns` for times.
  var unit: String
  /// What the body returned; 0 for figures.
  var checksum: UInt64
  /// The largest resident set of the process that measured it.
  var peakBytes: Int

  var line: String { "\(median)\t\(best)\t\(unit)\t\(checksum)\t\(peakBytes)\n" }

  init(median: Double, best: Double, unit: String, checksum: UInt64) {
    self.median = median
    self.best = best
    self.unit = unit
    self.checksum = checksum
    peakBytes = peakResidentBytes()
  }

  init?(line: String) {
    let fields = line.split(whereSeparator: { $0 == "\t" || $0 == "\n" })
    guard fields.count == 5, let median = Double(fields[0]), let best = Double(fields[1]),
      let checksum = UInt64(fields[3]), let peakBytes = Int(fields[4])
    else { return nil }
    self.median = median
    self.best = best
    unit = String(fields[2])
    self.checksum = checksum
    self.peakBytes = peakBytes
  }
}
