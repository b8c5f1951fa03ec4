/// What the shell may ask of the world outside: files, and whether the user has pressed Ctrl-C.
///
/// The shell itself does no input or output. A program, a test or a web page gives it one of these.
public protocol SessionHost {
  /// The bytes of a file, or why it cannot be read, as a sentence without a final full stop.
  mutating func readFile(_ path: String) -> Result<[UInt8], FileFailure>

  /// The same, but what is neither a file nor a link to one is refused rather than waited for.
  mutating func readRegularFile(_ path: String) -> Result<[UInt8], FileFailure>

  /// Writes a file, replacing what it held.
  mutating func writeFile(_ path: String, _ bytes: [UInt8]) -> FileFailure?

  /// The names in a folder, folders with a final `/`, for completion. Empty if it cannot be read.
  mutating func listFolder(_ path: String) -> [String]

  /// The regular files in a folder and in those below it, at most `limit` of them. Symbolic links are not followed.
  mutating func listTree(_ folder: String, limit: Int) -> Result<SharedTree, FileFailure>

  /// Bytes of a file that `listTree` has told of: fewer than `count` only at its end.
  mutating func readShared(
    _ folder: String, _ path: String, offset: UInt64, count: Int
  ) -> Result<[UInt8], FileFailure>

  /// Shows how far a long command has come, in a few words; nil takes that away. Only a terminal needs it.
  mutating func showProgress(_ text: String?)

  /// Whether the user has asked to stop the command that is running. Asked often; must be cheap.
  mutating func isInterrupted() -> Bool
}

extension SessionHost {
  public mutating func showProgress(_ text: String?) {}

  public mutating func readRegularFile(_ path: String) -> Result<[UInt8], FileFailure> { readFile(path) }
}

/// Why a file could not be read or written.
public struct FileFailure: Error, Hashable, Sendable {
  /// A few words such as `no such file`.
  public var reason: String

  public init(reason: String) { self.reason = reason }

  /// A folder was read as a file.
  public static let isFolder = FileFailure(reason: "it is a folder")
}

/// What the session answers to one line of input.
public struct Reply: Hashable, Sendable {
  /// What to do after the reply has been shown.
  public enum Next: Hashable, Sendable {
    /// Read another line.
    case read
    /// The line ended with a backslash: read another and give it to the session as well.
    case readContinuation
    /// Leave with the session's exit code.
    case leave
  }

  /// For standard output. Ends with a newline unless empty. Safe to send to a terminal.
  public var output = ""
  /// For standard error: diagnostics. Ends with a newline unless empty. Safe to send to a terminal.
  public var diagnostics = ""
  /// What to do next.
  public var next = Next.read

  public init() {}
}

/// One way to complete what is being typed.
public struct Candidate: Hashable, Sendable {
  /// What takes the place of the word being typed.
  public var text: String
  /// One line that says what it is; may be empty.
  public var summary: String
  /// Whether a space follows when it is the only candidate: not for folders and `name=`.
  public var isFinal: Bool

  public init(_ text: String, summary: String = "", isFinal: Bool = true) {
    self.text = text
    self.summary = summary
    self.isFinal = isFinal
  }
}

/// The candidates for the word at the cursor.
public struct Completions: Hashable, Sendable {
  /// Where the word begins, as an offset in UTF-8 bytes from the start of the line. It ends at the cursor.
  public var wordStart: Int
  /// In the order in which they are shown.
  public var candidates: [Candidate]

  public init(wordStart: Int, candidates: [Candidate]) {
    self.wordStart = wordStart
    self.candidates = candidates
  }
}
