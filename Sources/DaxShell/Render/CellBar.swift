/// A row of cells from left to right, such as the ranges of the DAX window.
///
///     ┌─────────┬───┬───────────┐
///     │█ ino 7 █│   │░ free ×9 ░│
///     └─────────┴───┴───────────┘
///      0         2M  4M
///
/// Equal neighbours are drawn as one cell with their number when there is no room for each. What does
/// not fit in one row goes on in the next.
struct CellBar: Hashable, Sendable {
  enum Fill: Int, Hashable, Sendable {
    case empty
    case light
    case full
  }

  struct Cell: Hashable, Sendable {
    /// What stands in the cell.
    var label: String
    /// What stands below its left edge.
    var tick: String
    var fill: Fill

    init(_ label: String, tick: String = "", fill: Fill = .empty) {
      self.label = label
      self.tick = tick
      self.fill = fill
    }
  }

  var cells: [Cell]

  init(_ cells: [Cell]) { self.cells = cells }

  /// The picture's lines, no wider than allowed.
  func lines(_ options: SessionOptions, indent: Int = 0) -> [String] {
    let room = max(8, options.width - indent)
    var pieces = cells.map { Piece($0, count: 1, options) }
    if pieces.reduce(1, { $0 + $1.width + 1 }) > room { pieces = merged(options) }
    var lines: [String] = []
    var row: [Piece] = []
    var used = 1
    for var piece in pieces {
      piece.limit(to: room - 2, options)
      if used + piece.width + 1 > room {
        lines += draw(row, options, indent: indent)
        row = []
        used = 1
      }
      row.append(piece)
      used += piece.width + 1
    }
    return row.isEmpty ? lines : lines + draw(row, options, indent: indent)
  }

  /// Equal neighbours as one piece.
  private func merged(_ options: SessionOptions) -> [Piece] {
    var pieces: [Piece] = []
    var index = 0
    while index < cells.count {
      let cell = cells[index]
      var end = index + 1
      while end < cells.count, cells[end].label == cell.label, cells[end].fill == cell.fill { end += 1 }
      pieces.append(Piece(cell, count: end - index, options))
      index = end
    }
    return pieces
  }

  /// A cell as it is drawn.
  private struct Piece {
    var label: String
    var tick: String
    var fill: Fill
    /// Columns between its edges.
    var width: Int

    init(_ cell: Cell, count: Int, _ options: SessionOptions) {
      label = escapeControls(cell.label)
      if count > 1 {
        label += (label.isEmpty ? "" : " ") + (options.asciiOnly ? "x" : "×") + String(count)
      }
      tick = escapeControls(cell.tick)
      fill = cell.fill
      // A label keeps a column of fill on either side in view.
      let wanted = label.isEmpty ? 3 : displayWidth(label) + (fill == .empty ? 2 : 4)
      width = max(wanted, tick.isEmpty ? 0 : displayWidth(tick) + 1)
    }

    mutating func limit(to room: Int, _ options: SessionOptions) {
      guard width > room else { return }
      width = room
      label = fit(label, columns: max(1, room - 2), asciiOnly: options.asciiOnly)
      tick = fit(tick, columns: room - 1, asciiOnly: options.asciiOnly)
    }

    /// The cell's inside: its label in the middle of its fill.
    func inside(_ strokes: Strokes) -> String {
      let fill = strokes.fills[fill.rawValue]
      let text = label.isEmpty ? "" : " " + label + " "
      let rest = max(0, width - displayWidth(text))
      return String(repeating: fill, count: rest / 2) + text
        + String(repeating: fill, count: rest - rest / 2)
    }
  }

  private func draw(_ pieces: [Piece], _ options: SessionOptions, indent: Int) -> [String] {
    let strokes = Strokes(asciiOnly: options.asciiOnly)
    let margin = String(repeating: " ", count: indent)
    func edge(_ corners: [String]) -> String {
      margin + corners[0] + pieces.map { strokes.line($0.width) }.joined(separator: corners[1])
        + corners[2]
    }
    var lines = [edge(strokes.upper)]
    let inside = pieces.map { $0.inside(strokes) }.joined(separator: strokes.vertical)
    lines.append(margin + strokes.vertical + inside + strokes.vertical)
    lines.append(edge(strokes.lower))
    if pieces.contains(where: { !$0.tick.isEmpty }) {
      var ticks = margin + " "
      var position = 0
      var used = 0
      for piece in pieces {
        if !piece.tick.isEmpty {
          ticks += String(repeating: " ", count: max(0, position - used)) + piece.tick
          used = position + displayWidth(piece.tick)
        }
        position += piece.width + 1
      }
      lines.append(ticks)
    }
    return lines
  }
}
