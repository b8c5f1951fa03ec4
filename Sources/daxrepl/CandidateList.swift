import DaxShell

/// The list that Tab shows: candidates in columns, each with what it is, as far as the screen has room.
///
/// ```
/// step    run one line, entering calls    stop    end the running task
/// start   run a function to its end       sync    wait for the grace period
/// ```
struct CandidateList {
  /// The rows of one page, without line ends.
  struct Page: Equatable {
    var rows: [String]
    /// The first candidate that is not on this page or an earlier one; `nil` on the last page.
    var next: Int?
  }

  private let entries: [(text: String, summary: String)]
  private let size: Screen.Size
  private let ellipsis: String

  /// Spaces between a name and its summary, and between columns.
  private static let innerGap = 2
  private static let outerGap = 3

  /// Summaries are cut to this many columns when there is more than one column.
  private static let summaryLimit = 40

  init(_ candidates: [Candidate], size: Screen.Size, asciiOnly: Bool) {
    entries = candidates.map { (Self.shown($0.text), Self.shown($0.summary)) }
    self.size = size
    ellipsis = asciiOnly ? "..." : "…"
  }

  /// The page that begins with the candidate `first`.
  func page(from first: Int = 0) -> Page {
    let rest = Array(entries.dropFirst(first))
    // The prompt and the "more" line must stay in sight, and one row of what was there before.
    let rowLimit = max(1, size.rows - 3)
    let described = layOut(rest, withSummaries: true)
    if described.count <= rowLimit { return Page(rows: described, next: nil) }
    let plain = layOut(rest, withSummaries: false)
    if plain.count <= rowLimit { return Page(rows: plain, next: nil) }
    let count = rowLimit * columnCount(rest, withSummaries: false)
    let left = rest.count - count
    let rows = layOut(Array(rest.prefix(count)), withSummaries: false)
    return Page(
      rows: rows + [Cells.truncated("\(ellipsis) and \(left) more (Tab)", to: size.columns, ellipsis: "")],
      next: first + count)
  }

  // MARK: Layout

  private typealias Entry = (text: String, summary: String)

  private func columnCount(_ entries: [Entry], withSummaries: Bool) -> Int {
    let widths = widths(entries, withSummaries: withSummaries)
    return max(1, (size.columns + Self.outerGap - 1) / (widths.text + widths.summary + Self.outerGap))
  }

  /// The room for names and for summaries with the gap before them.
  private func widths(_ entries: [Entry], withSummaries: Bool) -> (text: Int, summary: Int) {
    let text = entries.map { Cells.width(of: $0.text) }.max() ?? 0
    guard withSummaries else { return (text, 0) }
    let summary = entries.map { Cells.width(of: $0.summary) }.max() ?? 0
    return (text, summary == 0 ? 0 : Self.innerGap + min(summary, Self.summaryLimit))
  }

  /// Rows that are read downwards, as `ls` writes them.
  private func layOut(_ entries: [Entry], withSummaries: Bool) -> [String] {
    let widths = widths(entries, withSummaries: withSummaries)
    let columns = columnCount(entries, withSummaries: withSummaries)
    let height = (entries.count + columns - 1) / columns
    return (0..<height).map { row in
      var line = ""
      var used = 0
      for (column, index) in stride(from: row, to: entries.count, by: height).enumerated() {
        let start = column * (widths.text + widths.summary + Self.outerGap)
        line += String(repeating: " ", count: start - used)
        let room = columns == 1 ? size.columns - 1 : widths.text + widths.summary
        let cell = self.cell(entries[index], nameWidth: widths.text, room: room, withSummary: withSummaries)
        line += cell
        used = start + Cells.width(of: cell)
      }
      return line
    }
  }

  private func cell(_ entry: Entry, nameWidth: Int, room: Int, withSummary: Bool) -> String {
    let name = Cells.truncated(entry.text, to: room, ellipsis: ellipsis)
    guard withSummary, !entry.summary.isEmpty else { return name }
    let start = nameWidth + Self.innerGap
    let summary = Cells.truncated(entry.summary, to: room - start, ellipsis: ellipsis)
    guard !summary.isEmpty else { return name }
    return name + String(repeating: " ", count: start - Cells.width(of: name)) + summary
  }

  /// A text that is safe on a terminal: names come from files, too.
  private static func shown(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(scalar.properties.generalCategory == .control ? "?" : scalar)
    }
    return String(scalars)
  }
}
