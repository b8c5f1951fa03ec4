import DaxShell
import Glibc

/// Standard output and standard error, one whole reply at a time.
///
/// There is no buffer to forget: a reply is handed to the system in one write, so a program that drives the
/// shell through pipes has each answer before it sends the next line.
struct Output {
  /// Shows a reply: its output, then its diagnostics.
  func show(_ reply: Reply) {
    write(reply.output)
    complain(reply.diagnostics)
  }

  /// Writes text to standard output.
  ///
  /// A reader who has gone away ends the program without a word.
  func write(_ text: String) {
    switch Self.send(text, to: STDOUT_FILENO) {
    case 0: return
    case EPIPE: Self.endOfPipe()
    case let code:
      complain("daxrepl: cannot write to standard output: \(FileFailure(code: code).reason)\n")
      exit(1)
    }
  }

  /// Writes text to standard error; if that fails there is nobody left to tell.
  func complain(_ text: String) {
    _ = Self.send(text, to: STDERR_FILENO)
  }

  /// Writes all of a text, however many calls it takes; gives 0, or why it did not work.
  static func send(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { send(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  /// Writes all bytes, however many calls it takes; gives 0, or why it did not work.
  static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&request, 1, -1)
      case let code: return code
      }
    }
    return 0
  }

  /// Ends as any program does whose output nobody reads: by the signal that a broken pipe sends.
  private static func endOfPipe() -> Never {
    _ = signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    exit(128 + SIGPIPE)
  }
}
