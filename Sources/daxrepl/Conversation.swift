import DaxShell
import Glibc

/// A session with a person at a terminal: prompt, line, reply, until they leave.
final class Conversation {
  private var session: Session<FileHost>
  private let editor: LineEditor
  private var history: HistoryFile?
  private let output = Output()

  /// The newest line in the history file.
  private var lastRemembered: String?
  /// The beginning of a command whose lines end in a backslash, and the session as it was before.
  private var unfinished: (text: String, before: Session<FileHost>)?

  init(session: Session<FileHost>, editor: LineEditor, history: HistoryFile?) {
    self.session = session
    self.editor = editor
    self.history = history
    editor.asciiOnly = session.options.asciiOnly
    editor.usesColor = session.options.usesColor
    editor.complete = { [unowned self] line, cursor in
      updateWidth()
      return self.session.completions(in: line, cursor: cursor)
    }
  }

  /// Talks until the person leaves; gives the exit code.
  func run(showsBanner: Bool) -> Int32 {
    loadHistory()
    defer { history?.trim() }
    updateWidth()
    if showsBanner { output.write(session.banner) }
    while true {
      switch editor.readLine(prompt: session.prompt) {
      case .endOfInput:
        output.write("\n")
        return session.exitCode
      case .interrupted:
        // A session is a value: giving up half a command is going back to what it was before.
        if let unfinished { session = unfinished.before }
        unfinished = nil
      case .text(let line):
        if answer(line) == .leave { return session.exitCode }
      }
    }
  }

  private func answer(_ line: String) -> Reply.Next {
    updateWidth()
    let begun = unfinished
    unfinished = nil
    // Kept for this case only: a second copy of the session would make the next change copy what it shares.
    let before = begun?.before ?? (line.hasSuffix("\\") ? session : nil)
    let reply = session.run(line)
    let text = (begun?.text ?? "") + line
    if reply.next == .readContinuation {
      unfinished = (String(text.dropLast()), before ?? session)
    } else {
      remember(text)
    }
    show(reply)
    return reply.next
  }

  /// The window may have changed its size at any time.
  private func updateWidth() {
    session.options.width = Screen.size.columns
  }

  private func show(_ reply: Reply) {
    if Pager.isNeeded(for: reply.output, on: Screen.size), Pager.show(reply.output) {
      output.complain(reply.diagnostics)
    } else {
      output.show(reply)
    }
  }

  // MARK: History

  private func loadHistory() {
    guard let history else { return }
    switch history.load() {
    case .success(let lines):
      history.trim()
      lines.forEach(editor.remember)
      lastRemembered = lines.last
    case .failure(let failure):
      giveUpHistory("read", failure)
    }
  }

  /// Keeps a command, unless it is empty, begins with a space, or is the last one again.
  private func remember(_ line: String) {
    guard let line = HistoryFile.entry(for: line), line != lastRemembered else { return }
    lastRemembered = line
    editor.remember(line)
    if let failure = history?.append(line) { giveUpHistory("write", failure) }
  }

  /// Says once what is wrong with the history file, and does without it.
  private func giveUpHistory(_ verb: String, _ failure: HistoryFile.Failure) {
    guard let history else { return }
    output.complain("warning: cannot \(verb) the history '\(history.path)': \(failure.reason)\n")
    self.history = nil
  }
}
