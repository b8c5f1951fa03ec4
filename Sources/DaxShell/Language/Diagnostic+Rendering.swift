extension Diagnostic {
  /// The diagnostic as a person reads it; ends with a newline and is safe for a terminal.
  ///
  ///     tour.dax:12:7: error: no command is called `stpe`
  ///       stpe 3
  ///       ^^^^
  ///       hint: did you mean `step`?
  ///
  /// Blanks at the beginning of the source line are left out, and a line that is too long is cut
  /// around what is marked.
  func rendered(_ options: SessionOptions, label: String = "error") -> String {
    let place = place
    var prefix = ""
    if let file {
      prefix = escapeControls(file) + ":"
      if let line = place?.line ?? line {
        prefix += String(line) + ":"
        if let place { prefix += String(place.column) + ":" }
      }
      prefix = options.styled(prefix, .bold) + " "
    }
    var output = prefix
    output += options.styled(label + ":", .bold, label == "error" ? .red : .yellow)
    // Other programs read what a script says, so there a message is one line.
    let room = options.width - label.utf8.count - 2
    if file == nil, displayWidth(escapeControls(message)) > room {
      let lines = options.wrapped(message, indent: label.utf8.count + 2)
      output += lines.joined(separator: "\n").dropFirst(label.utf8.count + 1) + "\n"
    } else {
      output += " " + escapeControls(message) + "\n"
    }
    if let place, !place.text.isEmpty {
      let line = MarkedLine(place.text, column: place.column, length: length)
      let (source, carets) = line.cut(to: max(20, options.width - 2), asciiOnly: options.asciiOnly)
      output += "  " + source + "\n  " + carets.blanks + options.styled(carets.marks, .green) + "\n"
    }
    if let hint {
      for (index, line) in options.wrapped(hint, indent: 8).enumerated() {
        output += index == 0 ? "  " + options.styled("hint:", .dim) + " " + line.dropFirst(8) : line
        output += "\n"
      }
    }
    return output
  }
}

/// A source line with some of its characters marked.
private struct MarkedLine {
  /// A character as it is shown.
  struct Cell {
    var text: String
    var width: Int
  }

  /// What stands below the line.
  struct Carets {
    var blanks: String
    var marks: String
  }

  private var cells: [Cell] = []
  /// The marked cells.
  ///
  /// It may lie just after the last one.
  private var marked: Range<Int>

  init(_ source: String, column: Int, length: Int) {
    let characters = Array(source)
    let indentation = characters.prefix { $0 == " " || $0 == "\t" }.count
    let start = max(0, min(column - 1, characters.count))
    let end = max(start, min(start + max(1, length), characters.count))
    let first = min(indentation, start)
    marked = (start - first)..<(end - first)
    var position = 0
    for character in characters[first...] {
      let cell = Self.cell(character, at: position)
      cells.append(cell)
      position += cell.width
    }
    while let last = cells.last, last.text.allSatisfy({ $0 == " " }), cells.count > marked.upperBound {
      cells.removeLast()
    }
  }

  /// A tab goes on to the next multiple of 8, and what a terminal would obey is made visible.
  private static func cell(_ character: Character, at position: Int) -> Cell {
    if character == "\t" {
      let width = 8 - position % 8
      return Cell(text: String(repeating: " ", count: width), width: width)
    }
    let text = escapeControls(String(character))
    return Cell(text: text, width: displayWidth(text))
  }

  /// The line and its carets in at most `width` columns.
  func cut(to width: Int, asciiOnly: Bool) -> (source: String, carets: Carets) {
    if columns(cells.indices) + (marked.lowerBound == cells.count ? 1 : 0) <= width {
      return draw(cells.indices, before: "", after: "")
    }
    let mark = asciiOnly ? "..." : "…"
    let markWidth = displayWidth(mark)
    let room = width - 2 * markWidth
    // Begin at what is marked, take in what is before it up to a third, then as much as there is after.
    var from = marked.lowerBound
    var used = 0
    while from > 0, used + cells[from - 1].width <= room / 3 {
      from -= 1
      used += cells[from].width
    }
    var end = marked.lowerBound
    while end < cells.count, used + cells[end].width <= room {
      used += cells[end].width
      end += 1
    }
    while end == cells.count, from > 0, used + cells[from - 1].width < room {
      from -= 1
      used += cells[from].width
    }
    return draw(from..<end, before: from > 0 ? mark : "", after: end < cells.count ? mark : "")
  }

  private func draw(_ shown: Range<Int>, before: String, after: String) -> (String, Carets) {
    var source = before
    for cell in cells[shown] { source += cell.text }
    source += after
    let start = displayWidth(before) + columns(shown.lowerBound..<marked.lowerBound)
    let count = max(1, columns(marked.clamped(to: shown)))
    let carets = Carets(
      blanks: String(repeating: " ", count: start), marks: String(repeating: "^", count: count))
    return (source, carets)
  }

  private func columns(_ range: Range<Int>) -> Int {
    var width = 0
    for cell in cells[range] { width += cell.width }
    return width
  }
}
