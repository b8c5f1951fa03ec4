import DaxModel

/// The lines that have made a session's machine what it is, so that a script can make it again.
///
/// A script may run in a session that has lived through other things, so no line in it may depend on the number of a
/// step or of a breakpoint: moves in the history are kept as moves from its end, breakpoints by their place.
struct Journal {
  private struct Entry {
    var command: Command
    /// The line as it was written.
    var text: String
    var lines: [String]
    /// The moment before it.
    var before: Int
    /// The moment after it.
    var step: Int
    /// The breakpoints after it.
    var breakpoints: [Breakpoint]
  }

  private var entries: [Entry] = []

  /// Keeps a line that has changed something.
  ///
  /// - Parameters:
  ///   - text: The line as it was written.
  ///   - command: Its command.
  ///   - interruptedAfter: If the user has stopped it, how many kernel lines it had run.
  ///   - debugger: The debugger after it.
  ///   - before: The moment before it.
  mutating func note(
    _ text: String, by command: Command, interruptedAfter count: Int?, _ debugger: Debugger, before: Int
  ) {
    let step = debugger.timeline.step
    var lines = [text]
    switch command {
    case .back, .goto:
      lines = step < before ? [] : ["goto end"]
      let distance = (step < before ? before : debugger.timeline.last) - step
      if distance > 0 { lines.append("back \(distance)") }
      if step >= before, let task = debugger.current { lines.append("task \(task)") }
    case .break, .delete:
      lines = ["delete"] + Journal.lines(debugger.breakpoints)
      if entries.last?.lines.first == "delete", entries.last?.step == step { entries.removeLast() }
    case .step, .next, .finish, .continue, .until:
      if let count { lines = ["step \(count)"] }
    default: break
    }
    entries.append(
      Entry(
        command: command, text: text, lines: lines, before: before, step: step,
        breakpoints: debugger.breakpoints))
  }

  /// The command before which, or inside which, a moment of the history lies; nil if that is one that steps.
  func place(of moment: Int) -> (text: String, isInside: Bool)? {
    let entry = entries.last { entry in
      entry.command != .back && entry.command != .goto && entry.before < entry.step && entry.before <= moment
    }
    guard let entry, moment < entry.step else { return nil }
    switch entry.command {
    case .step, .next, .finish, .continue, .until: return nil
    default: return (entry.text, entry.before < moment)
    }
  }

  /// The lines that make the machine as it is now, from a new one on.
  ///
  /// What came before the last `new` is left out, unless the user has gone back to it.
  var lines: [String] {
    var earliest = Int.max
    var first: Int?
    for (index, entry) in entries.enumerated().reversed() where first == nil {
      if entry.command == .new, earliest >= entry.step { first = index }
      earliest = min(earliest, entry.step)
    }
    guard let first else { return ["new", "delete"] + entries.flatMap { $0.lines } }
    let rest = entries[(first + 1)...]
    // A dump that was read before is still there, and `use` takes a device from it.
    let dump = rest.contains { $0.command == .use } ? entries[..<first].last { $0.command == .lspci } : nil
    return (dump?.lines ?? []) + entries[first].lines + ["delete"] + Journal.lines(entries[first].breakpoints)
      + rest.flatMap { $0.lines }
  }

  /// The commands that set these breakpoints.
  static func lines(_ breakpoints: [Breakpoint]) -> [String] {
    breakpoints.map { "break " + $0.function.name + ($0.line.map { "." + $0 } ?? "") }
  }
}
