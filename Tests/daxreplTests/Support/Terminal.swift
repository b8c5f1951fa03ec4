import Glibc
import Testing

/// The program at a terminal of its own: type, wait for text, look at the screen.
///
/// There are no fixed pauses: a test says what it waits for, and goes on as soon as it is there. Text that has
/// been waited for is used up, so the same text can be waited for again.
final class Terminal {
  private let child: Child
  private let keyboard: Int32
  private var raw: [UInt8] = []
  /// How much of `text` has been waited for.
  private var used = 0

  /// Starts the program; `nil` if there are no terminals to be had.
  init?(
    _ arguments: [String] = [], home: TemporaryFolder, environment: [String: String] = [:],
    columns: Int = 80, rows: Int = 24
  ) {
    var primary: Int32 = -1
    var secondary: Int32 = -1
    var name = [CChar](repeating: 0, count: 256)
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&primary, &secondary, &name, nil, &size) == 0 else { return nil }
    defer { close(secondary) }
    for end in [primary, secondary] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard
      let child = Child(
        arguments, environment: Child.environment(home: home, adding: environment), streams: [],
        terminal: path)
    else {
      close(primary)
      return nil
    }
    self.child = child
    keyboard = primary
  }

  deinit { close(keyboard) }

  // MARK: Keys

  func type(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(keyboard, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  func enter(_ line: String) { type(line + "\r") }

  static let tab = "\t"
  static let controlC = "\u{3}"
  static let controlD = "\u{4}"
  static let controlR = "\u{12}"
  static let up = "\u{1b}[A"
  static let left = "\u{1b}[D"
  static let backspace = "\u{7f}"

  func resize(columns: Int, rows: Int) {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(keyboard, UInt(TIOCSWINSZ), &size)
  }

  func signal(_ number: Int32) { child.signal(number) }

  // MARK: Screen

  /// Everything written so far, without escape sequences and carriage returns.
  var text: String { Self.stripped(raw) }

  /// Whether the program has written exactly these bytes.
  func hasWritten(_ bytes: String) -> Bool {
    Self.firstIndex(of: Array(bytes.utf8), in: raw, from: 0) != nil
  }

  /// What is on the screen: a carriage return goes to the first column, what is written there replaces what was.
  ///
  /// Other movements of the cursor are not followed.
  var shown: [String] {
    var lines: [String] = []
    var line: [Character] = []
    var column = 0
    var rest = String(decoding: raw, as: UTF8.self).unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\n":
        lines.append(String(line))
        (line, column) = ([], 0)
      case "\r": column = 0
      case "\u{1b}":
        guard rest.popFirst() == "[" else { continue }
        let arguments = rest.prefix { !("\u{40}"..."\u{7e}").contains($0) }
        rest = rest.dropFirst(arguments.count)
        if rest.popFirst() == "K", arguments.isEmpty { line.removeLast(max(0, line.count - column)) }
      default:
        while line.count <= column { line.append(" ") }
        line[column] = Character(scalar)
        column += 1
      }
    }
    return lines + [String(line)]
  }

  /// Everything that was written from each carriage return to the next erasing to the end of the line.
  var rewritten: [String] {
    String(decoding: raw, as: UTF8.self).split(separator: "\r").compactMap { piece in
      // Behind it may stand the ^C that the terminal echoes.
      piece.firstIndex(of: "\u{1b}").flatMap {
        piece[$0...].hasPrefix("\u{1b}[K") ? String(piece[..<$0]) : nil
      }
    }
  }

  /// Waits until a text appears after what has been waited for before; gives what came before it.
  @discardableResult func waitFor(
    _ wanted: String, sourceLocation: SourceLocation = #_sourceLocation
  ) -> String {
    let deadline = Clock.now + Child.patience
    while true {
      let all = Array(text.utf8)
      if let start = Self.firstIndex(of: Array(wanted.utf8), in: all, from: used) {
        let before = String(decoding: all[used..<start], as: UTF8.self)
        used = start + wanted.utf8.count
        return before
      }
      let more = readAvailable(keyboard, milliseconds: max(0, deadline - Clock.now))
      if more.isEmpty {
        let rest = String(decoding: all.dropFirst(used), as: UTF8.self)
        Issue.record(
          "'\(wanted)' does not come; after \(used) bytes: \(rest)", sourceLocation: sourceLocation)
        return rest
      }
      raw += more
    }
  }

  /// Waits for the end of the program; gives its exit code.
  func waitForExit() -> Int32? {
    // Somebody has to read, or the program may never come to its end.
    let deadline = Clock.now + Child.patience
    while Clock.now < deadline {
      if let code = child.waitForExit(milliseconds: 0) {
        while case let more = readAvailable(keyboard, milliseconds: 0), !more.isEmpty { raw += more }
        return code
      }
      raw += readAvailable(keyboard, milliseconds: 5)
    }
    return nil
  }

  private static func firstIndex(of needle: [UInt8], in hay: [UInt8], from start: Int) -> Int? {
    guard hay.count - start >= needle.count else { return nil }
    return (start...(hay.count - needle.count)).first { hay[$0...].starts(with: needle) }
  }

  /// Text without `ESC [ … letter`, `ESC ( B`, other two-byte escapes, carriage returns and bells.
  ///
  /// A character that is rubbed out by a backspace goes, as on a screen.
  static func stripped(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case 0x1b:
        guard index < bytes.count else { break }
        let kind = bytes[index]
        index += 1
        if kind == UInt8(ascii: "[") {
          while index < bytes.count, !(0x40...0x7e).contains(bytes[index]) { index += 1 }
          index += 1
        } else if kind == UInt8(ascii: "(") {
          index += 1
        }
      case 0x0d, 0x07: break
      case 0x08: if result.last.map({ $0 >= 0x20 }) == true { result.removeLast() }
      default: result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
