/// The characters that pictures are drawn with.
struct Strokes: Hashable, Sendable {
  var horizontal = "─"
  var vertical = "│"
  /// Left, middle and right of the upper edge, of a line between, and of the lower edge.
  var upper = ["┌", "┬", "┐"]
  var between = ["├", "┼", "┤"]
  var lower = ["└", "┴", "┘"]
  /// Empty, lightly filled, full.
  var fills = [" ", "░", "█"]

  init(asciiOnly: Bool) {
    guard asciiOnly else { return }
    horizontal = "-"
    vertical = "|"
    upper = ["+", "+", "+"]
    between = upper
    lower = upper
    fills = [" ", ".", "#"]
  }

  /// A horizontal line `width` columns long.
  func line(_ width: Int) -> String { String(repeating: horizontal, count: max(0, width)) }
}
