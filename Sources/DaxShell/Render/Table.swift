/// Columns of text for the terminal.
///
///     slot   vendor  bars
///     ─────  ──────  ────
///     00:03  0x1af4     3
struct Table: Hashable, Sendable {
  struct Column: Hashable, Sendable {
    var title: String
    var alignment: Alignment

    init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  struct Cell: Hashable, Sendable {
    var text: String
    var style: Style?

    init(_ text: String, _ style: Style? = nil) {
      self.text = text
      self.style = style
    }
  }

  var columns: [Column]
  var rows: [[Cell]]
  /// Whether the titles and the line below them are drawn.
  var hasHeader = true
  /// Whether the last column is broken into lines rather than cut.
  var wrapsLastColumn = false

  init(columns: [Column], rows: [[Cell]] = []) {
    self.columns = columns
    self.rows = rows
  }

  /// A table of an answer: numbers stand flush right.
  init(_ datum: Datum) {
    let table = Rows(datum)
    columns = table.columns.enumerated().map { index, title in
      let values = table.cells.compactMap { $0[index] }.filter { $0 != .null }
      let isNumeric = !values.isEmpty && values.allSatisfy { $0.isNumber }
      return Column(title, isNumeric ? .right : .left)
    }
    rows = table.cells.map { row in row.map { Cell($0?.cellText ?? "") } }
  }

  /// Adds a row of plain cells.
  mutating func add(_ cells: String...) { rows.append(cells.map { Cell($0) }) }

  /// The lines, no wider than allowed: text columns that are too wide are cut, the widest first.
  func lines(_ options: SessionOptions, indent: Int = 0) -> [String] {
    if columns.isEmpty { return [] }
    let titles = columns.map { escapeControls($0.title) }
    let texts = rows.map { row in row.prefix(columns.count).map { escapeControls($0.text) } }
    let room = max(1, options.width - indent)
    let widths = columnWidths(titles: titles, texts: texts, room: room)
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    if hasHeader {
      lines.append(margin + line(titles, widths, room, options) { _ in .bold })
      let stroke = options.asciiOnly ? "-" : "─"
      let rules = widths.map { String(repeating: stroke, count: $0) }
      lines.append(margin + line(rules, widths, room, options) { _ in .dim })
    }
    for (row, cells) in zip(rows, texts) {
      for cells in wrapsLastColumn ? wrapped(cells, widths) : [cells] {
        lines.append(margin + line(cells, widths, room, options) { row[$0].style })
      }
    }
    return lines
  }

  /// The cells of a row in as many lines as its last cell needs.
  private func wrapped(_ cells: [String], _ widths: [Int]) -> [[String]] {
    guard cells.count == columns.count, let text = cells.last, let width = widths.last else { return [cells] }
    var parts: [String] = []
    for word in text.split(separator: " ") {
      if let part = parts.last, displayWidth(part) + 1 + displayWidth(String(word)) <= width {
        parts[parts.count - 1] = part + " " + word
      } else {
        parts.append(String(word))
      }
    }
    guard parts.count > 1 else { return [cells] }
    let empty = [String](repeating: "", count: columns.count - 1)
    return parts.enumerated().map { index, part in (index == 0 ? Array(cells.dropLast()) : empty) + [part] }
  }

  /// The lines as one text that ends with a newline.
  func rendered(_ options: SessionOptions, indent: Int = 0) -> String {
    var text = ""
    for line in lines(options, indent: indent) { text += line + "\n" }
    return text
  }

  /// How wide the table is if nothing is cut.
  var naturalWidth: Int {
    let widths = columns.indices.map { index in
      let cells = rows.compactMap { $0.indices.contains(index) ? displayWidth(escapeControls($0[index].text)) : nil }
      return max(hasHeader ? displayWidth(columns[index].title) : 0, cells.max() ?? 0)
    }
    return widths.reduce(2 * max(widths.count - 1, 0), +)
  }

  private func columnWidths(titles: [String], texts: [[String]], room: Int) -> [Int] {
    var widths = titles.map { hasHeader ? displayWidth($0) : 0 }
    for row in texts {
      for (index, text) in row.enumerated() { widths[index] = max(widths[index], displayWidth(text)) }
    }
    let least = 8
    for index in widths.indices where columns[index].alignment == .left {
      widths[index] = min(widths[index], max(room, least))
    }
    var excess = widths.reduce(2 * (widths.count - 1), +) - room
    while excess > 0 {
      var widest: Int?
      for index in widths.indices where columns[index].alignment == .left && widths[index] > least {
        if let other = widest, widths[other] >= widths[index] { continue }
        widest = index
      }
      guard let widest else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private func line(
    _ texts: [String], _ widths: [Int], _ room: Int, _ options: SessionOptions, style: (Int) -> Style?
  ) -> String {
    var line = ""
    var used = 0
    // Blanks wait until something follows them, so that no line ends with one.
    var waiting = 0
    for (index, text) in texts.enumerated() {
      let width = widths[index]
      var shown = fit(text, columns: width, asciiOnly: options.asciiOnly)
      let blanks = width - displayWidth(shown)
      if index > 0 { waiting += 2 }
      if columns[index].alignment == .right { waiting += blanks }
      if !shown.isEmpty {
        let left = room - used - waiting
        let isCut = displayWidth(shown) > left
        if isCut { shown = fit(shown, columns: left, asciiOnly: options.asciiOnly) }
        if isCut && shown.isEmpty { break }
        line += String(repeating: " ", count: waiting)
        line += style(index).map { options.styled(shown, $0) } ?? shown
        used += waiting + displayWidth(shown)
        waiting = 0
        if isCut { break }
      }
      if columns[index].alignment == .left { waiting += blanks }
    }
    return line
  }
}
