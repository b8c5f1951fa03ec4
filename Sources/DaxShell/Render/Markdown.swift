extension Datum {
  /// The value as a Markdown table.
  ///
  /// What Markdown would take for a sign of its own is escaped.
  var markdown: String {
    let rows = Rows(self)
    if rows.columns.isEmpty { return "" }
    var text = Self.markdownRow(rows.columns)
    let rules = rows.columns.indices.map { column in
      let values = rows.cells.compactMap { $0[column] }.filter { $0 != .null }
      return !values.isEmpty && values.allSatisfy { $0.isNumber } ? "---:" : "---"
    }
    text += "| " + rules.joined(separator: " | ") + " |\n"
    for row in rows.cells { text += Self.markdownRow(row.map { $0?.cellText ?? "" }) }
    return text
  }

  private static func markdownRow(_ cells: [String]) -> String {
    "| " + cells.map { markdownCell($0) }.joined(separator: " | ") + " |\n"
  }

  private static func markdownCell(_ text: String) -> String {
    var cell = ""
    for scalar in escapeControls(text, keeping: .newline).unicodeScalars {
      switch scalar {
      case "\n": cell += "<br>"
      case "<": cell += "&lt;"
      case "|", "\\", "*", "`":
        cell += "\\"
        cell.unicodeScalars.append(scalar)
      default: cell.unicodeScalars.append(scalar)
      }
    }
    return cell
  }
}
