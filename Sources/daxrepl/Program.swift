import DaxShell
import Glibc

/// One run of the program: the inputs of the command line in order, then perhaps a person.
struct Program {
  /// Where commands come from.
  enum Input: Equatable {
    /// A path, or `-` for standard input.
    case file(String)
    case command(String)
  }

  var options: SessionOptions
  var inputs: [Input]
  /// Whether a conversation follows the inputs.
  ///
  /// Without inputs there is one if there is a terminal.
  var isInteractive = false
  var keepsHistory = true
  var showsBanner = true

  /// Exit code: an input file cannot be read.
  static let noInputCode: Int32 = 66

  private let output = Output()

  init(options: SessionOptions, inputs: [Input]) {
    self.options = options
    self.inputs = inputs
  }

  /// Runs everything; gives the exit code.
  mutating func run() -> Int32 {
    Signals.start()
    Signals.setImpatient(true)
    guard let scripts = loadScripts() else {
      return Signals.take(.interrupt) ? Signals.interruptedCode : Self.noInputCode
    }
    var session = Session(host: FileHost(), options: options)
    for script in scripts {
      switch run(script, in: &session) {
      case .goOn: continue
      case .stop(let code):
        guard isInteractive, code != Signals.interruptedCode else { return code }
      case .leave(let code): return code
      }
      break
    }
    guard scripts.isEmpty || isInteractive else { return session.exitCode }
    return converse(&session)
  }

  // MARK: Scripts

  /// An input that is ready to run.
  private enum Script {
    case text(String, name: String)
    case standardInput
  }

  /// What follows after a script.
  private enum Outcome {
    case goOn
    /// A command failed.
    case stop(Int32)
    /// The script asked to leave, or the user did.
    case leave(Int32)
  }

  /// Reads all files before anything runs, so that a misspelt name does not leave work half done.
  private func loadScripts() -> [Script]? {
    var host = FileHost()
    var scripts: [Script] = []
    for input in inputs {
      switch input {
      case .command(let text): scripts.append(.text(text, name: "-c"))
      case .file("-"): scripts.append(.standardInput)
      case .file(let path):
        switch host.readFile(path) {
        case .success(let bytes): scripts.append(.text(ScriptText.decode(bytes), name: path))
        case .failure(let failure):
          output.complain("daxrepl: cannot read '\(path)': \(failure.reason)\n\(hint(failure))")
          return nil
        }
      }
    }
    return scripts
  }

  private func hint(_ failure: FileFailure) -> String {
    switch failure {
    case FileFailure(code: ENOENT): "hint: to run a command rather than a file, write daxrepl -c 'COMMAND'\n"
    case .isFolder: "hint: name a script in it\n"
    case .isBinary: "hint: a script is a text file with one command a line\n"
    case .isTooLarge: "hint: to stream a long script, write daxrepl - < FILE\n"
    case FileFailure(code: EACCES): "hint: ls -l shows who may read it\n"
    default: ""
    }
  }

  private func run(_ script: Script, in session: inout Session<FileHost>) -> Outcome {
    switch script {
    case .standardInput:
      return stream(&session)
    case .text(let text, let name):
      var hasLeft = false
      session.runScript(text, named: name) { reply in
        output.show(reply)
        hasLeft = reply.next == .leave
      }
      return outcome(hasLeft: hasLeft, of: session)
    }
  }

  /// Runs standard input a line at a time, each answered before the next is read.
  private func stream(_ session: inout Session<FileHost>) -> Outcome {
    var lines = LineStream()
    while true {
      switch lines.next() {
      case .endOfInput: return outcome(hasLeft: false, of: session)
      case .interrupted: return .leave(Signals.interruptedCode)
      case .failure(let failure):
        output.complain("daxrepl: cannot read standard input: \(failure.reason)\n\(hint(failure))")
        return .leave(Self.noInputCode)
      case .text(let line):
        if let width = Screen.preferredWidth { session.options.width = width }
        let reply = session.run(line)
        output.show(reply)
        let outcome = outcome(hasLeft: reply.next == .leave, of: session)
        guard case .goOn = outcome else { return outcome }
      }
    }
  }

  private func outcome(hasLeft: Bool, of session: Session<FileHost>) -> Outcome {
    if Signals.take(.interrupt) { return .leave(Signals.interruptedCode) }
    let code = session.exitCode
    if hasLeft || (code == Signals.interruptedCode && !session.options.isInteractive) { return .leave(code) }
    return code == 0 || session.options.keepsGoing || session.options.isInteractive ? .goOn : .stop(code)
  }

  // MARK: A person

  /// Talks to whoever is at standard input: with line editing if that is a terminal, without if it is not.
  private func converse(_ session: inout Session<FileHost>) -> Int32 {
    let hasKeyboard = Screen.isTerminal(STDIN_FILENO)
    if hasKeyboard || isInteractive { session.beginConversation() }
    guard hasKeyboard, Screen.isTerminal(STDOUT_FILENO) else {
      switch stream(&session) {
      case .goOn: return session.exitCode
      case .stop(let code), .leave(let code): return code
      }
    }
    Signals.setImpatient(false)
    guard let editor = LineEditor(historySize: HistoryFile.limit) else {
      output.complain("daxrepl: the line editor does not start: there is not enough memory\n")
      return 1
    }
    let conversation = Conversation(
      session: session, editor: editor, history: keepsHistory ? HistoryFile.preferred() : nil)
    return conversation.run(showsBanner: showsBanner)
  }
}
