import DaxModel

/// The shell without a terminal: a line of text goes in, a result comes out, the machine is kept.
///
/// A session is the same for a person at a terminal, a script, a program that reads JSON, and a test.
public struct Session<Host: SessionHost> {
  /// The world outside.
  public var host: Host
  /// How results are shown and when to stop.
  public var options: SessionOptions
  /// 0 fine, 1 a command failed, 2 an expectation was not met, 66 a file cannot be read, 130 interrupted.
  public internal(set) var exitCode: Int32 = 0

  // What the commands work on. Everything here is a value: `whatif` runs on a copy.
  var debugger: Debugger
  /// The functions of the dump that was read last.
  var functions: [PciFunction] = []
  /// The dump's name.
  var dumpName: String?
  /// The device that commands are about.
  var device: DeviceID = 0
  /// The result of the last command, for `expect`.
  var lastResult = Datum.null
  /// The last stepping command, which an empty line repeats.
  var repeatable: String?

  /// The lines that have made the machine what it is. An exported script begins with them.
  var journal = Journal()
  /// What has been done with files, for `trace export`.
  var trace = Trace()
  /// How many kernel lines the running command had run when the user stopped it; nil if nobody has.
  var interruptedAfter: Int?

  // Where the line that is running comes from.
  var file: String?
  var lineNumber = 0
  var pending: String?
  /// Files that are being read, outermost first.
  var sources: [String] = []
  /// The exit code that a failure of the running command stands for.
  var failureCode: Int32 = 1
  /// The exit code that the last line stands for: 0 if it was fine.
  private var outcome: Int32 = 0
  var wantsToLeave = false

  /// The machine at the present moment.
  var machine: Machine { debugger.timeline.machine }
  /// Which Linux runs on it.
  var release: KernelRelease { machine.kernel.release }

  /// A session with a ready machine: x86-64, Linux 6.12, one PCI device with a window of 64 MiB.
  public init(host: Host, options: SessionOptions) {
    self.host = host
    self.options = options
    debugger = Debugger(Machine(MachineConfiguration.standard))
  }

  /// Shown once when a person begins.
  public var banner: String {
    let lines =
      wrapped(
        "daxrepl: step through virtio-fs DAX. The machine is \(release.architecture.rawValue), Linux \(release.name).",
        indent: 0)
      + wrapped("Try `step`, or `start virtio_fs_setup_dax` and then `list`.", indent: 0)
      + wrapped("`help` lists everything; Ctrl-D leaves.", indent: 0)
    return lines.map { $0 + "\n" }.joined()
  }

  /// From now on a person is typing: earlier failures are forgotten, later ones do not end anything.
  public mutating func beginConversation() {
    options.isInteractive = true
    exitCode = 0
  }

  /// `dax> `, or `...> ` while a line is being continued.
  public var prompt: String { pending == nil ? "dax> " : "...> " }

  /// Runs one line. An empty line, typed by a person, repeats the last stepping command.
  public mutating func run(_ line: String) -> Reply {
    var reply = Reply()
    lineNumber += 1
    if let pending {
      self.pending = nil
      take(pending + "\n" + line, into: &reply)
    } else {
      take(line, into: &reply)
    }
    if wantsToLeave { reply.next = .leave }
    return reply
  }

  /// Runs a script line by line; stops at the first failure unless `options.keepsGoing`.
  ///
  /// - Parameters:
  ///   - text: The script.
  ///   - name: Its name in messages.
  ///   - emit: Called with each reply as it comes.
  /// - Returns: The exit code that this script alone stands for.
  @discardableResult
  public mutating func runScript(_ text: String, named name: String, emit: (Reply) -> Void) -> Int32 {
    let outer = (file, lineNumber)
    defer { (file, lineNumber) = outer }
    (file, lineNumber) = (name, 0)
    var code: Int32 = 0
    func note(_ outcome: Int32) { if code == 0 || outcome == 130 { code = outcome } }
    for line in Session.lines(of: text) {
      if host.isInterrupted() {
        emit(interruption())
        return 130
      }
      emit(run(line))
      note(outcome)
      if wantsToLeave || code == 130 || (code != 0 && !options.keepsGoing) { return code }
    }
    if pending != nil {
      pending = nil
      var reply = Reply()
      failureCode = 1
      fail(
        Diagnostic("the script ends in the middle of a continued line", file: file, line: lineNumber),
        into: &reply)
      emit(reply)
      note(outcome)
    }
    return code
  }

  /// What is said when Ctrl-C comes between two lines of a script.
  private mutating func interruption() -> Reply {
    pending = nil
    outcome = 130
    raise(130)
    var reply = Reply()
    reply.diagnostics = Diagnostic("interrupted", file: file, line: lineNumber + 1).rendered(options)
    return reply
  }

  /// The lines of a text; a newline at the very end does not begin another line.
  static func lines(of text: String) -> [String] {
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map { String($0) }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  // MARK: One line

  private mutating func take(_ line: String, into reply: inout Reply) {
    if Invocation.isContinued(line) {
      pending = line
      reply.next = .readContinuation
      return
    }
    var text = line
    if options.isInteractive, file == nil, text.allSatisfy({ $0.isWhitespace }), let repeatable {
      text = repeatable
    }
    if options.echoes, options.format == .text { echo(text, into: &reply) }
    let origin = (lineNumber, file)
    let firstLine = lineNumber - Session.lines(of: text + "\n").count + 1
    (failureCode, outcome, interruptedAfter) = (1, 0, nil)
    do throws(Diagnostic) {
      guard let invocation = try Invocation.parse(text) else { return }
      let command = try Command.named(invocation.command)
      let slots = options.picturesWindow ? windowSlots : nil
      let answer = try keepingJournal(text, command) { session throws(Diagnostic) in
        try session.perform(command, invocation)
      }
      if command.isStepping, options.isInteractive, file == nil { repeatable = text }
      if let datum = answer.result, !command.isAboutResult { lastResult = datum }
      show(answer, of: text, line: firstLine, into: &reply)
      if command != .source { reply.output += pictureAfterCommand(before: slots) }
    } catch {
      (lineNumber, file) = origin
      fail(error.located(file: file, line: firstLine, text: text), into: &reply)
    }
  }

  /// What a command may change, so that a script must repeat it.
  private struct Standing: Equatable {
    var step: Int
    var last: Int
    var task: TaskID?
    var device: DeviceID
    var dump: String?
    var breakpoints: [Breakpoint]
  }

  private var standing: Standing {
    Standing(
      step: debugger.timeline.step, last: debugger.timeline.last, task: debugger.current, device: device,
      dump: dumpName, breakpoints: debugger.breakpoints)
  }

  /// Runs a command and keeps its line if it has changed something, even if it has been stopped in the middle.
  private mutating func keepingJournal(
    _ text: String, _ command: Command, _ body: (inout Self) throws(Diagnostic) -> Answer
  ) throws(Diagnostic) -> Answer {
    settleTrace()
    let before = standing
    let (noted, forgotten) = (trace.entries.count, debugger.timeline.forgotten)
    defer {
      if command != .source, debugger.timeline.forgotten != forgotten {
        trace.forget(after: before.step, among: noted)
      }
      // The lines of a script are kept one by one. A dump may be read anew under the same name.
      if command != .source, standing != before || command == .lspci {
        journal.note(
          text, by: command, interruptedAfter: interruptedAfter, debugger, before: before.step)
      }
    }
    return try body(&self)
  }

  private func echo(_ text: String, into reply: inout Reply) {
    let first = text.utf8.first { $0 != 0x20 && $0 != 0x09 }
    let isProse = first == nil || first == UInt8(ascii: "#")
    for (index, line) in Session.lines(of: text + "\n").enumerated() {
      let mark = isProse ? "" : index == 0 ? "dax> " : "...> "
      reply.output += escapeControls(mark + line, keeping: .tab) + "\n"
    }
  }

  private func show(_ answer: Answer, of text: String, line: Int, into reply: inout Reply) {
    reply.output += answer.earlier
    reply.diagnostics += answer.diagnostics
    guard let result = answer.result else { return }
    switch options.format {
    case .json: reply.output += jsonEnvelope(command: text, line: line, result: result) + "\n"
    case .text: reply.output += answer.text ?? result.text(options)
    case .csv, .markdown: if answer.text != "" { reply.output += result.rendered(options) }
    }
  }

  private mutating func fail(_ diagnostic: Diagnostic, into reply: inout Reply) {
    outcome = failureCode
    raise(failureCode)
    switch options.format {
    case .json:
      let line = diagnostic.line ?? lineNumber
      reply.output += jsonEnvelope(command: diagnostic.text ?? "", line: line, failure: diagnostic) + "\n"
    case .text where options.echoes: reply.output += diagnostic.rendered(transcriptOptions)
    case .text, .csv, .markdown: reply.diagnostics += diagnostic.rendered(options)
    }
  }

  /// In a transcript a failure stands where it happened, without colour.
  private var transcriptOptions: SessionOptions {
    var plain = options
    plain.usesColor = false
    return plain
  }

  /// Notes an exit code; the first that is not 0 stays, but for an interruption. A person's slips do not count.
  private mutating func raise(_ code: Int32) {
    if options.isInteractive { return }
    if exitCode == 0 || code == 130 { exitCode = code }
  }

  /// Lets the running line count as failed although it has an answer: a script or a workload that it ran has failed.
  mutating func fail(as code: Int32) {
    outcome = code
    raise(code)
  }
}

/// What a command answers.
struct Answer {
  /// The result as data; nil for a command that has none to show, such as a comment.
  var result: Datum?
  /// The result for a person; nil where the general form will do.
  var text: String?
  /// Output of commands that ran inside this one, already rendered.
  var earlier = ""
  /// Their diagnostics.
  var diagnostics = ""

  init(_ result: Datum?, text: String? = nil) {
    self.result = result
    self.text = text
  }

  /// A result and the lines that show it.
  init(_ result: Datum, lines: [String]) {
    self.init(result, text: lines.map { $0 + "\n" }.joined())
  }
}

extension MachineConfiguration {
  /// The machine that a session begins with.
  static let standard = MachineConfiguration(
    release: .v6_12,
    devices: [
      Device((try? syntheticDevice(release: .v6_12)) ?? .mmio(MmioRegisters(window: nil)))
    ])
}
