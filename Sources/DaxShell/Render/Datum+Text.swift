extension Datum {
  /// The value in the form that the options ask for; JSON on one line and without an envelope.
  ///
  /// Ends with a newline unless empty.
  func rendered(_ options: SessionOptions) -> String {
    switch options.format {
    case .text: text(options)
    case .json: json + "\n"
    case .csv: csv()
    case .markdown: markdown
    }
  }

  /// The value for a person, when a command has no form of its own: fields below each other with
  /// their values in one column, lists of records as tables, other lists in words.
  ///
  /// Ends with a newline unless empty, and is safe for a terminal.
  func text(_ options: SessionOptions, indent: Int = 0) -> String {
    let margin = String(repeating: " ", count: indent)
    switch self {
    case .record(let fields): return Self.text(fields, options, indent: indent)
    case .list(let elements):
      if elements.isEmpty { return margin + "none\n" }
      if Self.areRecords(elements) { return Table(self).rendered(options, indent: indent) }
      return elements.map { margin + $0.inline + "\n" }.joined()
    default: return margin + inline + "\n"
    }
  }

  /// The value in one line, safe for a terminal.
  var inline: String {
    switch self {
    case .null: "none"
    case .bool(let value): value ? "yes" : "no"
    case .list(let elements) where !Self.areRecords(elements):
      elements.isEmpty ? "none" : elements.map { $0.inline }.joined(separator: ", ")
    case .text(let text): escapeControls(text)
    default: json
    }
  }

  private static func text(_ fields: [Field], _ options: SessionOptions, indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    let names = fields.map { escapeControls($0.name) }
    var width = 0
    for (field, name) in zip(fields, names) where !field.value.needsBlock(options.width / 2) {
      width = max(width, displayWidth(name))
    }
    var text = ""
    for (field, name) in zip(fields, names) {
      if field.value.needsBlock(options.width / 2) {
        text += margin + options.styled(name, .bold) + "\n"
        text += field.value.text(options, indent: indent + 2)
      } else {
        text += margin + options.styled(name, .bold)
        text += String(repeating: " ", count: max(0, width - displayWidth(name)) + 2)
        text += field.value.inline + "\n"
      }
    }
    return text
  }

  /// Whether the value takes lines of its own below its name.
  private func needsBlock(_ room: Int) -> Bool {
    switch self {
    case .record(let fields): !fields.isEmpty
    case .list(let elements): !elements.isEmpty && (Self.areRecords(elements) || inline.utf8.count > room)
    default: false
    }
  }

  private static func areRecords(_ elements: [Datum]) -> Bool {
    elements.contains { if case .record = $0 { true } else { false } }
  }
}
