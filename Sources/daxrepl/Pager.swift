import CEditline
import Glibc

/// Shows a reply that is longer than the screen through `$PAGER`, or `less`.
enum Pager {
  /// Whether a text, wrapped as the terminal does it, takes more rows than the screen has.
  static func isNeeded(for text: String, on size: Screen.Size) -> Bool {
    let room = size.rows - 1
    // A cheap test first: most replies are short.
    if text.utf8.count <= room { return false }
    var rows = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      rows += max(1, (visibleWidth(line) + size.columns - 1) / size.columns)
      if rows > room { return true }
    }
    return false
  }

  /// Shows the text; `false` if there is no pager, or it failed, and the text is still to be shown.
  static func show(_ text: String) -> Bool {
    if let value = getenv("PAGER"), value.pointee == 0 { return false }
    let command = Environment["PAGER"] ?? "less -FRX"
    guard let (child, input) = start(command) else { return false }
    // The pager may end before it has read everything: that is for the user to decide.
    _ = Output.send(text, to: input)
    close(input)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { return false }
    }
    // Ctrl-C was meant for the pager.
    _ = Signals.take(.interrupt)
    return status == 0
  }

  /// Columns of a line, leaving out escape sequences for colour.
  private static func visibleWidth(_ line: Substring) -> Int {
    var width = 0
    var isEscape = false
    for scalar in line.unicodeScalars {
      if isEscape {
        isEscape = !(0x40...0x7e).contains(scalar.value) || scalar == "["
      } else if scalar == "\u{1b}" {
        isEscape = true
      } else {
        width += Cells.width(of: scalar)
      }
    }
    return width
  }

  /// Starts a command line with a pipe as its standard input.
  private static func start(_ command: String) -> (child: pid_t, input: Int32)? {
    guard let pipe = Pipe() else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe.reading, STDIN_FILENO)

    // This program ignores broken pipes; the pager should not inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

    let words = ["sh", "-c", command]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    defer { arguments.forEach { free($0) } }
    arguments.append(nil)
    var child = pid_t()
    let code = posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, ced_environment())
    close(pipe.reading)
    guard code == 0 else {
      close(pipe.writing)
      return nil
    }
    return (child, pipe.writing)
  }
}
