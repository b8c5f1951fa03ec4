extension Datum {
  /// The value as comma-separated values with a header row, quoted as RFC 4180 says.
  ///
  /// Lines end with a newline alone, which is what other programs here read and write; give `\r\n` to
  /// have the standard's own. Control characters are escaped, but newlines and tabs in quotes are kept.
  func csv(lineEnd: String = "\n") -> String {
    let rows = Rows(self)
    if rows.columns.isEmpty { return "" }
    var text = rows.columns.map { Self.csvCell($0) }.joined(separator: ",") + lineEnd
    for row in rows.cells {
      text += row.map { Self.csvCell($0?.cellText ?? "") }.joined(separator: ",") + lineEnd
    }
    return text
  }

  private static func csvCell(_ text: String) -> String {
    let safe = escapeControls(text, keeping: [.newline, .tab])
    let needsQuotes = safe.utf8.contains { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
    }
    if !needsQuotes && safe.utf8.first != 0x20 && safe.utf8.last != 0x20 { return safe }
    var quoted = "\""
    for scalar in safe.unicodeScalars {
      if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
