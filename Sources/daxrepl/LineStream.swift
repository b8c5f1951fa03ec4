import DaxShell
import Glibc

/// Standard input as lines, each handed over as soon as it is complete.
///
/// Lines may be of any length. Bytes that are not UTF-8 become U+FFFD, and a carriage return before the line
/// end is dropped.
struct LineStream {
  /// What came of asking for a line.
  enum Line: Equatable {
    case text(String)
    case interrupted
    case endOfInput
    /// Reading failed.
    case failure(FileFailure)
  }

  private var bytes: [UInt8] = []
  /// Bytes before this index have been handed over.
  private var start = 0
  /// Bytes before this index are known to hold no line end.
  private var searched = 0
  private var isAtEnd = false
  private var isFirst = true

  /// Waits for a line.
  mutating func next() -> Line {
    while true {
      if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer {
          start = end + 1
          searched = start
        }
        return .text(text(bytes[start..<end]))
      }
      searched = bytes.count
      if isAtEnd {
        guard start < bytes.count else { return .endOfInput }
        defer { start = bytes.count }
        return .text(text(bytes[start...]))
      }
      if Signals.take(.interrupt) { return .interrupted }
      if let failure = fill() { return .failure(failure) }
    }
  }

  /// Reads what there is, and waits if there is nothing.
  private mutating func fill() -> FileFailure? {
    bytes.removeFirst(start)
    searched -= start
    start = 0
    let chunkSize = 64 << 10
    var chunk = [UInt8](repeating: 0, count: chunkSize)
    let count = read(STDIN_FILENO, &chunk, chunkSize)
    if count < 0 {
      switch errno {
      case EINTR: return nil
      case EAGAIN:
        var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        poll(&request, 1, -1)
        return nil
      case let code: return FileFailure(code: code)
      }
    }
    if count == 0 { isAtEnd = true }
    bytes.append(contentsOf: chunk[..<count])
    return nil
  }

  private mutating func text(_ line: ArraySlice<UInt8>) -> String {
    var line = line
    if isFirst, line.starts(with: ScriptText.byteOrderMark) { line.removeFirst(3) }
    isFirst = false
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }
}

/// A whole script file as text.
enum ScriptText {
  /// What some editors put at the start of a UTF-8 file.
  static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// The text of a file: without a byte order mark, with `\n` for every line end, and U+FFFD for bytes that
  /// are not UTF-8.
  static func decode(_ bytes: [UInt8]) -> String {
    var bytes = bytes[...]
    if bytes.starts(with: byteOrderMark) { bytes.removeFirst(3) }
    let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
    guard bytes.contains(cr) else { return String(decoding: bytes, as: UTF8.self) }
    var lines: [UInt8] = []
    lines.reserveCapacity(bytes.count)
    for (index, byte) in zip(bytes.indices, bytes) {
      if byte == cr, index + 1 < bytes.endIndex, bytes[index + 1] == lf { continue }
      lines.append(byte)
    }
    return String(decoding: lines, as: UTF8.self)
  }
}
