/// A word of a line.
struct Token: Hashable, Sendable {
  /// What the word says, without quotes and with escapes resolved.
  var text: String
  /// Where it begins, from 1, in characters of the raw line.
  var column: Int
  /// How many characters of the raw line it takes, quotes included.
  var length: Int
  /// Whether any of it stood in quotes: then it is text, whatever it looks like.
  var isQuoted: Bool

  init(_ text: String, column: Int = 1, length: Int? = nil, isQuoted: Bool = false) {
    self.text = text
    self.column = column
    self.length = length ?? text.count
    self.isQuoted = isQuoted
  }

  /// The column after the last character.
  var end: Int { column + length }
}

/// A line taken apart: a command, what it is given in order, and what it is given by name.
struct Invocation: Hashable, Sendable {
  /// `name=value`.
  struct Option: Hashable, Sendable {
    var name: Token
    var value: Token
  }

  /// The line as it was typed, with continuation lines after newlines.
  var raw: String
  var command: Token
  var arguments: [Token]
  var options: [Option]

  /// The value of an option; the last one if it was given more than once.
  subscript(option name: String) -> Token? {
    for option in options.reversed() where option.name.text == name { return option.value }
    return nil
  }

  /// Where something that is missing should have stood: after the last word.
  var end: Int {
    var end = command.end
    for argument in arguments { end = max(end, argument.end) }
    for option in options { end = max(end, option.value.end) }
    return end
  }

  /// Takes a line apart.
  ///
  /// Nil if it is blank or only a comment.
  static func parse(_ raw: String) throws(Diagnostic) -> Invocation? {
    var lexer = Lexer(raw)
    guard let first = try lexer.next() else { return nil }
    var invocation = Invocation(raw: raw, command: first.token, arguments: [], options: [])
    while let word = try lexer.next() {
      if let option = word.option {
        invocation.options.append(option)
      } else {
        invocation.arguments.append(word.token)
      }
    }
    return invocation
  }

  /// Whether a line ends with a backslash that joins the next line to it.
  ///
  /// The next line then belongs after this one and a newline: `line + "\n" + next`.
  static func isContinued(_ raw: String) -> Bool {
    guard raw.utf8.contains(UInt8(ascii: "\\")) else { return false }
    var lexer = Lexer(raw)
    do {
      while try lexer.next() != nil {}
    } catch {
      return lexer.isContinued
    }
    return lexer.isContinued
  }
}
