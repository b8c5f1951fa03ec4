import Glibc

/// One line on standard error that says how far a long command has come, rewritten in place.
///
/// Only a person at a terminal sees it: nothing of it goes into a file or a pipe. It comes when a command has taken a
/// while, changes a few times a second, and leaves nothing behind.
struct ProgressLine {
  /// How long a command may take before it is spoken of, and the shortest time between two changes, in milliseconds.
  private static let delay = (first: 300, next: 100)

  private let isWanted = Screen.isTerminal(STDERR_FILENO) && Environment["TERM"] != "dumb"
  /// When it may be written next, by the monotonic clock; nil if no command is under way.
  private var due: Int?
  private var isShown = false

  /// Shows a text, unless it is too early for another one.
  mutating func show(_ text: String) {
    guard isWanted else { return }
    let now = Self.milliseconds
    guard let due else {
      due = now + Self.delay.first
      return
    }
    if now < due { return }
    self.due = now + Self.delay.next
    isShown = true
    write(Self.cut(text, to: Screen.size(of: STDERR_FILENO).columns - 1))
  }

  /// Takes the line away.
  mutating func end() {
    due = nil
    guard isShown else { return }
    isShown = false
    write("")
  }

  /// To the first column, the text, and nothing behind it.
  private func write(_ text: String) { _ = Output.send("\r" + text + "\u{1b}[K", to: STDERR_FILENO) }

  private static func cut(_ text: String, to columns: Int) -> String {
    var line = ""
    var used = 0
    for character in text {
      used += Cells.width(of: String(character))
      if used > columns { break }
      line.append(character)
    }
    return line
  }

  private static var milliseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
