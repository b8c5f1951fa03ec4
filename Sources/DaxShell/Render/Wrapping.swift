// Texts in lines that fit the width.

extension SessionOptions {
  /// A text in lines, after a head on the first of them. A head that leaves no room has a line of its own.
  func hanging(_ head: String, _ text: String) -> [String] {
    let columns = displayWidth(head)
    if columns > 8, width - columns < 20 {
      var title = Substring(head)
      while title.last == " " { title.removeLast() }
      return [String(title)] + wrapped(text, indent: 5)
    }
    var lines = wrapped(text, indent: columns)
    if lines.isEmpty { lines = [""] }
    lines[0] = head + String(lines[0].drop { $0 == " " })
    return lines
  }

  /// A text in lines, each of them indented. It is made safe for a terminal.
  func wrapped(_ text: String, indent: Int) -> [String] {
    let room = max(20, width - indent)
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var current = ""
    for word in escapeControls(text).split(separator: " ") {
      if !current.isEmpty, displayWidth(current) + 1 + displayWidth(String(word)) > room {
        lines.append(margin + current)
        current = ""
      }
      current += (current.isEmpty ? "" : " ") + word
    }
    return current.isEmpty ? lines : lines + [margin + current]
  }
}
