/// Every command of the shell. What they are called, take and do is in their `CommandInfo`.
enum Command: String, CaseIterable {
  case new, lspci, use, device, transport, releases, diffRelease = "diff-release", reset
  case probe, remove, mount, umount, start, step, next, finish, `continue`, until, back, goto
  case `break`, delete, breakpoints, inject, task, spawn, whatif
  case list, `where`, explain, info, log, iomem, pages, diff, walk, picture, oops
  case directAccess = "direct_access", zeroPageRange = "zero_page_range", x, shmRegion = "shm_region"
  case copy, engine, chunks, compare
  case insn, zpci
  case open, close, pread, pwrite, cat, dd, ls, stat, fsync, truncate, fallocate, unlink, dropCaches =
    "drop_caches"
  case mmap, munmap, mprotect, load, store, msync, lseek, sendfile, copyFileRange = "copy_file_range", exec
  case requests, estimate
  case host, share, conform, trace
  case explore, verify, `try`
  case help, apropos, expect, source, set, history, version, quit

  /// The command that a word means: its name, or the beginning of just one name.
  static func named(_ token: Token) throws(Diagnostic) -> Command {
    if let alias = aliases[token.text] { return alias }
    let names = allCases.map { $0.rawValue }
    if let name = NameMatch.find(token.text, in: names).name, let command = Command(rawValue: name) {
      return command
    }
    if FunctionNames.all.contains(token.text) {
      throw Diagnostic(
        "`\(token.text)` is a kernel function, not a command", at: token,
        hint: "`start \(token.text)` runs it to its first line; `explain \(token.text)` tells about it")
    }
    let isOption = token.text.utf8.contains(UInt8(ascii: "="))
    throw unknownName(
      token, kind: "command", among: names,
      hint: isOption
        ? "options stand behind a command, as in: new \(escapeControls(token.text))"
        : "`help` lists the commands")
  }

  /// Short forms that people's fingers know from debuggers, and other names of system calls.
  static let aliases: [String: Command] = [
    "s": .step, "n": .next, "c": .continue, "b": .break, "l": .list, "bt": .where, "backtrace": .where,
    "i": .info, "h": .help, "?": .help, "q": .quit, "exit": .quit, "fin": .finish, "f": .finish, "p": .probe,
    "rs": .back, "d": .delete, "r": .reset, "z": .zeroPageRange, "rm": .unlink, "fstat": .stat,
    "fdatasync": .fsync, "ftruncate": .truncate, "execve": .exec,
  ]

  /// Whether an empty line repeats it.
  var isStepping: Bool {
    switch self {
    case .step, .next, .finish, .continue, .back: true
    default: false
    }
  }

  /// Whether it is about the last result rather than having one that `expect` could ask for.
  var isAboutResult: Bool {
    switch self {
    case .expect, .help, .apropos, .set, .version, .source: true
    default: false
    }
  }
}

/// The groups in which `help` lists the commands.
enum CommandGroup: String, CaseIterable {
  case building = "Building a machine"
  case running = "Running it"
  case seeing = "Seeing what is there"
  case doing = "Doing something with the window"
  case files = "Using files in the guest"
  case hosting = "The other end: the host"
  case copying = "Copying through it"
  case exploring = "Trying every order"
  case session = "The shell itself"
}

/// What an argument is, for completion.
enum ArgumentKind {
  case command, function, site, place, errno, file, release, topic, infoTopic, task, setting, slot
  case engine, direction
  case tag, transport, picture, breakpoint, device, moment, field, comparison, settingValue, number
  case instruction, zpciState
  case taskWord, tryVerb, trySide
  case protection, whence
  case guestFile, walkStart, traceVerb, descriptor, openFlag, mapFlag, syncFlag, hostVerb, hostObject
}

/// What there is to say about a command. `help`, completion and the command reference read it.
struct CommandInfo {
  /// An option, `name=value`.
  struct Option {
    var name: String
    var values: [String]
    var summary: String

    init(_ name: String, _ values: [String] = [], _ summary: String) {
      self.name = name
      self.values = values
      self.summary = summary
    }
  }

  var group: CommandGroup
  /// How it is written.
  var usage: String
  /// What it does, in a line.
  var summary: String
  /// More about it.
  var detail: String
  /// What its arguments are, in order.
  var arguments: [ArgumentKind]
  var options: [Option]
  /// Lines that show it; the tests run them in a new session, one after the other.
  var examples: [String]
  var related: [Command]

  init(
    _ group: CommandGroup, _ usage: String, _ summary: String, detail: String = "",
    arguments: [ArgumentKind] = [], options: [Option] = [], examples: [String], related: [Command] = []
  ) {
    self.group = group
    self.usage = usage
    self.summary = summary
    self.detail = detail
    self.arguments = arguments
    self.options = options
    self.examples = examples
    self.related = related
  }
}
