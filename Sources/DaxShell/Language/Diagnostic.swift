/// What is wrong with a line, in words and in place.
///
/// It is for commands that are misused. A kernel function that returns an error is not one of these:
/// that is the model at work, and a result.
public struct Diagnostic: Error, Hashable, Sendable {
  /// One sentence, without a capital letter at the beginning or a full stop at the end.
  public var message: String
  /// What would help, in the same form.
  public var hint: String?
  /// Where it is: from 1, in characters of `text`.
  public var column: Int?
  /// How many characters it concerns.
  public var length: Int
  /// The script, if it was one.
  public var file: String?
  /// The line of the script, from 1.
  public var line: Int?
  /// The source line.
  ///
  /// With continuation lines it holds newlines; `line` is the number of the first.
  public var text: String?

  public init(
    _ message: String, hint: String? = nil, column: Int? = nil, length: Int = 1, file: String? = nil,
    line: Int? = nil, text: String? = nil
  ) {
    self.message = message
    self.hint = hint
    self.column = column
    self.length = length
    self.file = file
    self.line = line
    self.text = text
  }

  /// Something is wrong with this word.
  init(_ message: String, at token: Token, hint: String? = nil) {
    self.init(message, hint: hint, column: token.column, length: token.length)
  }

  /// Something is missing at the end of the line.
  init(_ message: String, after invocation: Invocation, hint: String? = nil) {
    self.init(message, hint: hint, column: invocation.end + 1, length: 1)
  }

  /// The same, with the places filled in that were not known where it arose.
  public func located(file: String?, line: Int?, text: String?) -> Diagnostic {
    var located = self
    located.file = self.file ?? file
    located.line = self.line ?? line
    located.text = self.text ?? text
    return located
  }

  /// The physical line it is on, and the column there: `column` counts through continuation lines.
  var place: (line: Int?, column: Int, text: String)? {
    guard let column else { return nil }
    var rest = max(0, column - 1)
    var offset = 0
    let lines = (text ?? "").split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    while offset < lines.count - 1, rest > lines[offset].count {
      rest -= lines[offset].count + 1
      offset += 1
    }
    return (line.map { $0 + offset }, rest + 1, String(lines[offset]))
  }
}
