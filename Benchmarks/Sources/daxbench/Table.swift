/// The results as columns, or as a Markdown table for the README.
struct Table {
  static let titles = ["benchmark", "row", "median", "best", "ratio", "peak RSS"]
  var rows: [[String]] = []

  /// Adds one row; `reference` is the median of the first row of the benchmark.
  mutating func add(_ benchmark: String, _ row: String, _ result: Measurement, reference: Double) {
    rows.append([
      benchmark, row, quantity(result.median, result.unit), quantity(result.best, result.unit),
      reference > 0 ? "×" + rounded(result.median / reference) : "-",
      rounded(Double(result.peakBytes) / 1_048_576) + " MiB",
    ])
  }

  var markdown: String {
    let head = "| " + Self.titles.joined(separator: " | ") + " |\n"
    let rule = "| --- | --- | ---: | ---: | ---: | ---: |\n"
    return rows.reduce(head + rule) { $0 + "| " + $1.joined(separator: " | ") + " |\n" }
  }

  var text: String {
    let all = [Self.titles] + rows
    let widths = Self.titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.reduce("") { text, row in
      let cells = row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return column < 2 ? row[column] + gap : gap + row[column]
      }
      return text + cells.joined(separator: "  ") + "\n"
    }
  }
}

/// A number with its unit; long times in µs, ms or s.
private func quantity(_ value: Double, _ unit: String) -> String {
  guard unit == "ns" else { return "\(rounded(value)) \(unit)" }
  var value = value
  var names = ["ns", "µs", "ms", "s"][...]
  while value >= 1000, names.count > 1 {
    value /= 1000
    names.removeFirst()
  }
  return "\(rounded(value)) \(names[names.startIndex])"
}

/// Three significant digits or so, without an exponent: enough for a measurement.
func rounded(_ value: Double) -> String {
  let places = value.magnitude >= 100 ? 0 : value.magnitude >= 10 ? 1 : 2
  let scale = [1.0, 10.0, 100.0][places]
  let scaled = (value * scale).rounded()
  guard scaled.magnitude < 1e15 else { return "\(value)" }
  let digits = Int64(scaled)
  if places == 0 { return "\(digits)" }
  let fraction = String(digits.magnitude % UInt64(scale))
  let sign = digits < 0 ? "-" : ""
  return "\(sign)\(digits.magnitude / UInt64(scale))."
    + String(repeating: "0", count: places - fraction.count) + fraction
}
