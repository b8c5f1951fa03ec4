import ArgumentParser
import DaxShell
import Glibc

/// The command line of `daxrepl`.
@main
struct Daxrepl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "daxrepl",
    abstract: "Explore a model of the Linux virtio-fs DAX stack, one kernel line at a time.",
    usage: "daxrepl [<file> ...] [-c <command>] ... [-i] [<options>]",
    discussion: """
      Without a file or a command, daxrepl reads commands from standard input: with line editing if that is a \
      terminal, else as a script. Files and commands run in the order given, in one session; a script stops \
      at the first command that fails.

      Exit codes: 0 fine, 1 a command failed, 2 an expectation was not met, 3 a bug in the program, \
      64 wrong usage, 66 a file cannot be read, 130 interrupted.
      """,
    version: "0.1.0")

  @Argument(
    help: ArgumentHelp("Script to run; - is standard input.", valueName: "file"),
    completion: .file())
  var files: [String] = []

  @Option(
    name: [.customShort("c"), .customLong("command")], parsing: .unconditionalSingleValue,
    help: "Run this command; may be repeated.")
  var commands: [String] = []

  @Flag(name: [.short, .long], help: "Go on interactively after the files and commands.")
  var interactive = false

  @Option(help: "How results are written.")
  var format = SessionOptions.Format.text

  @Flag(help: "Write each command before its result.")
  var echo = false

  @Flag(help: "Go on after a command that failed, as JSON output always does.")
  var keepGoing = false

  @Option(help: "When to use colour.")
  var color = ColorChoice.auto

  @Flag(help: "Draw pictures and tables in ASCII only.")
  var ascii = false

  @Flag(help: "Neither read nor keep the history file.")
  var noHistory = false

  @Flag(name: [.short, .long], help: "Start without the banner.")
  var quiet = false

  /// When escape sequences for colour are written.
  enum ColorChoice: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

  mutating func run() {
    var program = Program(
      options: options, inputs: Self.inputs(files: files, commands: commands, in: CommandLine.arguments))
    program.isInteractive = interactive
    program.keepsHistory = !noHistory
    program.showsBanner = !quiet
    Glibc.exit(program.run())
  }

  private var options: SessionOptions {
    var options = SessionOptions()
    options.format = format
    options.echoes = echo
    // A program reads one answer for each line that it sends, whatever became of the line before.
    options.keepsGoing = keepGoing || format == .json
    options.asciiOnly = ascii || Screen.isASCII
    options.usesColor =
      switch color {
      case .always: true
      case .never: false
      case .auto: Screen.likesColor
      }
    if let width = Screen.preferredWidth { options.width = width }
    return options
  }

  /// Files and commands in the order in which they stand on the command line, which the parser does not keep.
  ///
  /// The arguments have been parsed: what is not an option, or an option's value, is a file.
  static func inputs(files: [String], commands: [String], in arguments: [String]) -> [Program.Input] {
    var files = files[...]
    var commands = commands[...]
    var inputs: [Program.Input] = []
    var words = arguments.dropFirst()
    while let word = words.popFirst(), !files.isEmpty || !commands.isEmpty {
      if word == "--" { break }
      if word == "-" || !word.hasPrefix("-") {
        if let file = files.popFirst() { inputs.append(.file(file)) }
      } else if word == "--format" || word == "--color" {
        words = words.dropFirst()
      } else if word == "--command" || (!word.hasPrefix("--") && word.hasSuffix("c")) {
        // `-c`, or `-c` behind other letters as in `-qc`: the next word is the command.
        words = words.dropFirst()
        if let command = commands.popFirst() { inputs.append(.command(command)) }
      } else if word.hasPrefix("--command=") || word.hasPrefix("-c=") {
        if let command = commands.popFirst() { inputs.append(.command(command)) }
      }
    }
    return inputs + commands.map(Program.Input.command) + files.map(Program.Input.file)
  }
}

extension SessionOptions.Format: ExpressibleByArgument {}
