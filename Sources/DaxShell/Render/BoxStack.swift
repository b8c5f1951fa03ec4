/// Boxes on top of each other, such as a device's list of resources.
///
///     ┌ devres of virtio0 ─┐
///     │ percpu_ref_exit    │
///     ├────────────────────┤
///     │ devm_memremap      │
///     │   refcount 1       │
///     └────────────────────┘
struct BoxStack: Hashable, Sendable {
  struct Box: Hashable, Sendable {
    /// The first line, bold where that can be shown.
    var title: String
    /// What stands below it, indented.
    var lines: [String]

    init(_ title: String, _ lines: [String] = []) {
      self.title = title
      self.lines = lines
    }
  }

  /// Stands in the upper edge.
  var title: String?
  /// From top to bottom.
  var boxes: [Box]

  init(title: String? = nil, _ boxes: [Box]) {
    self.title = title
    self.boxes = boxes
  }

  /// The picture's lines, no wider than allowed.
  func lines(_ options: SessionOptions, indent: Int = 0) -> [String] {
    let strokes = Strokes(asciiOnly: options.asciiOnly)
    let margin = String(repeating: " ", count: indent)
    let boxes = boxes.isEmpty ? [Box("(empty)")] : boxes
    let shown = boxes.map { box in
      [escapeControls(box.title)] + box.lines.map { "  " + escapeControls($0) }
    }
    let title = title.map { " " + escapeControls($0) + " " } ?? ""
    var width = displayWidth(title)
    for box in shown { for line in box { width = max(width, displayWidth(line) + 2) } }
    width = max(4, min(width, options.width - indent - 2))

    let heading = fit(title, columns: width, asciiOnly: options.asciiOnly)
    var lines = [
      margin + strokes.upper[0] + options.styled(heading, .bold)
        + strokes.line(width - displayWidth(heading)) + strokes.upper[2]
    ]
    for (index, box) in shown.enumerated() {
      if index > 0 { lines.append(margin + strokes.between[0] + strokes.line(width) + strokes.between[2]) }
      for (row, text) in box.enumerated() {
        let cut = fit(text, columns: width - 2, asciiOnly: options.asciiOnly)
        let blanks = String(repeating: " ", count: width - 2 - displayWidth(cut))
        let styled = row == 0 ? options.styled(cut, .bold) : cut
        lines.append(margin + strokes.vertical + " " + styled + blanks + " " + strokes.vertical)
      }
    }
    lines.append(margin + strokes.lower[0] + strokes.line(width) + strokes.lower[2])
    return lines
  }
}
