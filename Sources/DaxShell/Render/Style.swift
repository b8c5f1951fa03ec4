/// How a piece of text stands out on a terminal that can show it.
enum Style: UInt8, Hashable, Sendable {
  case bold = 1
  case dim = 2
  case red = 31
  case green = 32
  case yellow = 33
}

extension SessionOptions {
  /// The text in a style, or just the text where escape sequences are not allowed.
  ///
  /// The text must be safe already: see `escapeControls`.
  func styled(_ text: String, _ styles: Style...) -> String {
    guard usesColor, !styles.isEmpty, !text.isEmpty else { return text }
    let codes = styles.map { String($0.rawValue) }.joined(separator: ";")
    return "\u{1b}[" + codes + "m" + text + "\u{1b}[0m"
  }
}
