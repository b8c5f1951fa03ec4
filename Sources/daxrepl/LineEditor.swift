import CEditline
import DaxShell
import Glibc

/// One line at a time from a person at a terminal: editing keys, history, completion, through libedit.
///
/// libedit is given no say over signals, and reads through ``KeyReader``, which alone decides what Ctrl-C,
/// Ctrl-Z and a change of the window do. There is one editor in a process, and it stays on its thread.
final class LineEditor {
  /// What came of asking for a line.
  enum Line: Equatable {
    case text(String)
    /// Ctrl-C: what had been typed is dropped.
    case interrupted
    /// Ctrl-D on an empty line, or the terminal is gone.
    case endOfInput
  }

  let handle: OpaquePointer
  private let history: OpaquePointer

  /// Asks for completions: the line, and the cursor as an offset in UTF-8 bytes.
  var complete: (_ line: String, _ cursor: Int) -> Completions = { _, cursor in
    Completions(wordStart: cursor, candidates: [])
  }
  /// Whether lists keep to ASCII.
  var asciiOnly = false
  /// Whether the prompt is shown in bold.
  var usesColor = false

  /// Where the last list of candidates stopped, so that another Tab shows the next page.
  var listing: (line: String, cursor: Int, next: Int)?

  private var reader = KeyReader()
  private var isCancelled = false
  private var prompt: [Unicode.Scalar] = []
  private var promptBuffer = UnsafeMutablePointer<wchar_t>.allocate(capacity: 1)

  /// Starts the editor; `nil` if libedit cannot.
  init?(historySize: Int) {
    Screen.selectLocale()
    guard let history = history_winit() else { return nil }
    guard let handle = el_init("daxrepl", ced_stdin(), ced_stdout(), ced_stderr()) else {
      history_wend(history)
      return nil
    }
    self.handle = handle
    self.history = history
    promptBuffer.pointee = 0
    ced_history_set_size(history, Int32(historySize))
    ced_history_set_unique(history, 1)
    ced_set_history(handle, history)
    // The callbacks find their editor through this pointer; `deinit` ends libedit before it goes stale.
    ced_set_context(handle, Unmanaged.passUnretained(self).toOpaque())
    ced_set_signals(handle, 0)
    ced_set_reader(handle) { handle, target in LineEditor.of(handle)?.read(into: target) ?? 0 }
    ced_set_prompt(handle, { handle in LineEditor.of(handle)?.promptBuffer }, 1)
    bindKeys()
    Signals.handle(.resize)
    Signals.handle(.resume)
  }

  deinit {
    el_end(handle)
    history_wend(history)
    promptBuffer.deallocate()
  }

  /// Reads one line, without its line end.
  func readLine(prompt text: String) -> Line {
    setPrompt(text)
    isCancelled = false
    listing = nil
    _ = Signals.take(.interrupt)
    // Only here is the terminal in a state that must be put right before the process stops or ends.
    let guarded: [Signals.Notice] = [.suspend, .terminate, .hangUp]
    guarded.forEach(Signals.handle)
    // Ctrl-\ is for commands that do not listen to Ctrl-C. Here it would only leave the terminal in disorder.
    _ = signal(SIGQUIT, SIG_IGN)
    defer {
      guarded.forEach(Signals.release)
      _ = signal(SIGQUIT, SIG_DFL)
    }

    // libedit shows the prompt first and takes over the keys then: a quick Ctrl-D in between would be lost.
    ced_prepare_terminal(handle, 1)
    var count: Int32 = 0
    let line = el_wgets(handle, &count)
    fflush(ced_stdout())
    // libedit tells Ctrl-C and the end apart in some modes only; the reader knows.
    if isCancelled { return .interrupted }
    guard let line, count > 0 else { return .endOfInput }
    var scalars = UnsafeBufferPointer(start: line, count: Int(count)).map(Self.scalar)
    while let last = scalars.last, last == "\n" || last == "\r" { scalars.removeLast() }
    return .text(Self.text(scalars))
  }

  /// Makes a line the newest of the history.
  func remember(_ line: String) {
    ced_history_enter(history, Self.wide(line))
  }

  // MARK: Keys

  private func bindKeys() {
    ced_set_editor(handle, "emacs")
    // What people know from other shells. In vi's maps an escape sequence would hide the escape key, so these
    // go in before `.editrc`, whose `bind -v` clears them.
    let keys = [
      ("^W", "ed-delete-prev-word"), ("^R", "em-inc-search-prev"), ("\\e[1~", "ed-move-to-beg"),
      ("\\e[4~", "ed-move-to-end"), ("\\e[3~", "ed-delete-next-char"), ("\\e[1;5C", "em-next-word"),
      ("\\e[1;5D", "ed-prev-word"),
    ]
    for (key, function) in keys { ced_bind(handle, key, function) }
    el_source(handle, nil)
    ced_add_function(handle, "daxrepl-complete", "Complete the word at the cursor") { handle, _ in
      LineEditor.of(handle)?.completeWord() ?? UInt8(CC_ERROR)
    }
    ced_bind(handle, "^I", "daxrepl-complete")
    if let editor = ced_editor(handle), String(cString: editor) == "vi" {
      ced_bind(handle, "^R", "em-inc-search-prev")
    }
  }

  // MARK: Reading

  private static func of(_ handle: OpaquePointer?) -> LineEditor? {
    guard let handle, let context = ced_context(handle) else { return nil }
    return Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue()
  }

  /// What libedit calls for a character: 1 if there is one, 0 at the end, -1 to give up the line.
  private func read(into target: UnsafeMutablePointer<wchar_t>?) -> Int32 {
    while true {
      switch reader.next() {
      case .character(let scalar):
        target?.pointee = wchar_t(scalar.value)
        return 1
      case .endOfInput:
        return 0
      case .notice(.interrupt):
        isCancelled = true
        reader.discard()
        leaveLine(marking: "^C")
        return -1
      case .notice(.resize):
        redrawForNewSize()
      case .notice(.resume):
        ced_prepare_terminal(handle, 0)
        resumeLine()
      case .notice(let notice):
        // Stop or end as the signal would have it, with the terminal as it was found.
        leaveLine(marking: "")
        ced_prepare_terminal(handle, 0)
        Signals.release(notice)
        raise(notice.signal)
        Signals.handle(notice)
        _ = Signals.take(.resume)
        resumeLine()
      }
    }
  }

  private func resumeLine() {
    ced_prepare_terminal(handle, 1)
    el_resize(handle)
    ced_refresh(handle)
  }

  // MARK: Where the line is on the screen

  /// What is being typed, and the cursor as an offset in characters.
  var buffer: (scalars: [Unicode.Scalar], cursor: Int) {
    guard let line = el_wline(handle)?.pointee, let start = line.buffer else { return ([], 0) }
    let scalars = UnsafeBufferPointer(start: start, count: line.lastchar - start).map(Self.scalar)
    return (scalars, line.cursor - start)
  }

  /// Moves below what is being typed, after a mark at its end.
  func leaveLine(marking mark: String) {
    let (scalars, cursor) = buffer
    let columns = Screen.size.columns
    let now = Cells.position(after: prompt + scalars[..<cursor], columns: columns)
    let end = Cells.position(after: prompt + scalars, columns: columns)
    var text = ""
    if now != end {
      text += String(repeating: "\n", count: end.row - now.row) + "\r"
      if !mark.isEmpty, end.column > 0 { text += "\u{1b}[\(end.column)C" }
    }
    text += mark
    // A search shows its pattern on a line of its own, and libedit goes below it by itself.
    text = scalars.contains("\n") ? "\u{1b}7\(text)\u{1b}8" : text + "\n"
    fflush(ced_stdout())
    _ = Output.send(text, to: STDOUT_FILENO)
  }

  /// Draws the line anew from its first row, in a window of another size.
  private func redrawForNewSize() {
    let (scalars, cursor) = buffer
    let row = Cells.position(after: prompt + scalars[..<cursor], columns: Screen.size.columns).row
    fflush(ced_stdout())
    if Environment["TERM"] != "dumb" {
      _ = Output.send("\r" + (row > 0 ? "\u{1b}[\(row)A" : "") + "\u{1b}[J", to: STDOUT_FILENO)
    }
    el_resize(handle)
    ced_refresh(handle)
  }

  // MARK: Text

  private func setPrompt(_ text: String) {
    prompt = Array(text.unicodeScalars)
    var shown = text
    // libedit wants visible text after the last escape sequence: the sign and the space stay plain.
    if usesColor, text.count > 2 {
      shown = "\u{1}\u{1b}[1m\u{1}\(text.dropLast(2))\u{1}\u{1b}[0m\u{1}\(text.suffix(2))"
    }
    let wide = Self.wide(shown)
    promptBuffer.deallocate()
    promptBuffer = .allocate(capacity: wide.count)
    promptBuffer.initialize(from: wide, count: wide.count)
  }

  /// Characters as libedit wants them, with the zero at the end.
  static func wide(_ text: String) -> [wchar_t] {
    text.unicodeScalars.filter { $0.value != 0 }.map { wchar_t($0.value) } + [0]
  }

  static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func scalar(_ character: wchar_t) -> Unicode.Scalar {
    Unicode.Scalar(UInt32(bitPattern: Int32(character))) ?? "\u{fffd}"
  }
}
