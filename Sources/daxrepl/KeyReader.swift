import Glibc

/// The keys of standard input as characters, with everything that may happen while waiting for one.
struct KeyReader {
  /// What came first.
  enum Event {
    case character(Unicode.Scalar)
    case endOfInput
    case notice(Signals.Notice)
  }

  /// Bytes read and not yet decoded.
  ///
  /// They stay here from one line to the next: a paste may hold many lines.
  private var bytes: [UInt8] = []
  private var start = 0
  private var isAtEnd = false

  /// Waits for a key or for a signal.
  mutating func next() -> Event {
    while true {
      for notice in [Signals.Notice.interrupt, .hangUp, .terminate, .suspend, .resume, .resize]
      where Signals.take(notice) {
        return .notice(notice)
      }
      if let scalar = decode() { return .character(scalar) }
      if isAtEnd { return .endOfInput }
      fill()
    }
  }

  /// Forgets what was typed ahead.
  mutating func discard() {
    bytes = []
    start = 0
  }

  /// Waits until there is something to read or a signal has come.
  private mutating func fill() {
    var requests = [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: Signals.wakeUp, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&requests, nfds_t(requests.count), -1) > 0 else { return }
    if requests[1].revents != 0 {
      Signals.acknowledgeWakeUp()
      return
    }
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = read(STDIN_FILENO, &chunk, chunk.count)
    if count > 0 {
      bytes.removeFirst(start)
      start = 0
      bytes.append(contentsOf: chunk[..<count])
    } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
      isAtEnd = true
    }
  }

  /// The first character of what has been read; `nil` if its last bytes are still to come.
  private mutating func decode() -> Unicode.Scalar? {
    guard start < bytes.count else { return nil }
    let lead = bytes[start]
    let length =
      switch lead {
      case 0xc2...0xdf: 2
      case 0xe0...0xef: 3
      case 0xf0...0xf4: 4
      default: 1
      }
    let available = bytes[start...].prefix(length)
    let continuations = available.dropFirst().prefix { $0 & 0xc0 == 0x80 }
    if continuations.count + 1 == available.count, available.count < length, !isAtEnd { return nil }
    var decoder = UTF8()
    var iterator = available.prefix(continuations.count + 1).makeIterator()
    start += continuations.count + 1
    if case .scalarValue(let scalar) = decoder.decode(&iterator) { return scalar }
    return "\u{fffd}"
  }
}
