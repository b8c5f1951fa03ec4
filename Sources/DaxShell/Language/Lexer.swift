/// Takes a line apart into words.
///
/// - Words stand between blanks. A `#` at the beginning of a word starts a comment.
/// - `"…"` may hold blanks and the escapes `\"`, `\\`, `\n` and `\t`; `'…'` holds everything as it is.
/// - `name=value`, with a name of small letters, digits, `_` and `-`, is an option unless `=` follows
///   the `=`.
/// - A backslash at the end of a line joins the next line to it. Elsewhere it is a plain character.
struct Lexer {
  /// A word, and how it reads as an option if it does.
  struct Word: Hashable {
    var token: Token
    var option: Invocation.Option?
  }

  private let raw: String
  private let characters: [Character]
  private var index = 0
  /// Whether the line ended with a backslash that joins the next one to it.
  private(set) var isContinued = false

  init(_ raw: String) {
    self.raw = raw
    characters = Array(raw)
  }

  /// The next word, or nil at the end of the line.
  mutating func next() throws(Diagnostic) -> Word? {
    skipBlanks()
    guard index < characters.count else { return nil }
    let start = index
    try rejectStart(characters[start])

    var text = ""
    var isQuoted = false
    var option: (name: Token, valueStart: Int)?
    while index < characters.count, !Self.isBlank(characters[index]), !isAtContinuation {
      let character = characters[index]
      switch character {
      case "\"", "'":
        isQuoted = true
        text += try character == "\"" ? doubleQuoted() : singleQuoted()
      case "=" where option == nil && !isQuoted && peek(1) != "=" && Self.isOptionName(text):
        option = (Token(text, column: start + 1, length: index - start), index + 1)
        text = ""
        index += 1
      case "=" where option == nil && peek(1) == "=":
        // `return==0` is one word for `expect`, not the option `return`.
        text += "=="
        index += 2
      default:
        text.append(character)
        index += 1
      }
    }

    guard let option else {
      let token = Token(text, column: start + 1, length: index - start, isQuoted: isQuoted)
      return Word(token: token)
    }
    let value = Token(
      text, column: option.valueStart + 1, length: index - option.valueStart, isQuoted: isQuoted)
    let token = Token(
      option.name.text + "=" + text, column: start + 1, length: index - start, isQuoted: isQuoted)
    return Word(token: token, option: Invocation.Option(name: option.name, value: value))
  }

  private func peek(_ distance: Int) -> Character? {
    let wanted = index + distance
    return wanted < characters.count ? characters[wanted] : nil
  }

  // MARK: Blanks, comments and continuation

  private mutating func skipBlanks() {
    while index < characters.count {
      if isAtContinuation {
        index += 1
        if index >= characters.count { isContinued = true }
      } else if Self.isBlank(characters[index]) || (index == 0 && characters[0] == "\u{feff}") {
        index += 1
      } else if characters[index] == "#" {
        while index < characters.count, !Self.isNewline(characters[index]) { index += 1 }
      } else {
        return
      }
    }
  }

  /// Whether a backslash at the end of a line comes next.
  private var isAtContinuation: Bool {
    guard characters[index] == "\\" else { return false }
    guard let next = peek(1) else { return true }
    return Self.isNewline(next) || (next == "\r" && peek(2) == nil)
  }

  private static func isNewline(_ character: Character) -> Bool {
    character == "\n" || character == "\r\n"
  }

  /// Blanks, also the wide and the unbreakable ones that come with text copied from a page.
  private static func isBlank(_ character: Character) -> Bool {
    switch character {
    case " ", "\t", "\n", "\r", "\r\n", "\u{a0}", "\u{3000}": true
    default: false
    }
  }

  private static func isOptionName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isSmallLetter(first) else { return false }
    return text.utf8.allSatisfy { byte in
      isSmallLetter(byte) || 0x30...0x39 ~= byte || byte == UInt8(ascii: "-")
    }
  }

  private static func isSmallLetter(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || byte == UInt8(ascii: "_")
  }

  /// Refuses what can only be a slip.
  private func rejectStart(_ character: Character) throws(Diagnostic) {
    switch character {
    case "\\":
      guard let next = peek(1), Self.isBlank(next) else { return }
      throw failure(
        "nothing may follow the backslash that continues a line", from: index, to: index + 1,
        hint: "remove the blanks after `\\`")
    case "“", "”", "„", "‘", "’":
      throw failure(
        "curly quotes do not quote", from: index, to: index + 1, hint: "write \"…\" or '…'")
    default: return
    }
  }

  // MARK: Quotes

  private mutating func singleQuoted() throws(Diagnostic) -> String {
    let start = index
    var text = ""
    index += 1
    while index < characters.count {
      let character = characters[index]
      index += 1
      if character == "'" { return text }
      text.append(character)
    }
    throw unterminated(from: start, quote: "'")
  }

  private mutating func doubleQuoted() throws(Diagnostic) -> String {
    let start = index
    var text = ""
    index += 1
    while index < characters.count {
      let character = characters[index]
      index += 1
      if character == "\"" { return text }
      guard character == "\\" else {
        text.append(character)
        continue
      }
      guard index < characters.count else {
        isContinued = true
        break
      }
      text += try escape(characters[index])
      index += 1
    }
    throw unterminated(from: start, quote: "\"")
  }

  /// What an escape stands for, given the character after the backslash.
  private func escape(_ character: Character) throws(Diagnostic) -> String {
    switch character {
    case "\"": return "\""
    case "\\": return "\\"
    case "n": return "\n"
    case "t": return "\t"
    case "\n", "\r\n": return ""
    default:
      throw failure(
        "`\\\(character)` is not an escape", from: index - 1, to: index + 1,
        hint: "in double quotes there are \\\" \\\\ \\n and \\t; '…' holds everything as it is")
    }
  }

  private func unterminated(from start: Int, quote: String) -> Diagnostic {
    failure(
      "the quote that begins here does not end", from: start, to: characters.count,
      hint: "close it with \(quote)")
  }

  private func failure(_ message: String, from: Int, to end: Int, hint: String) -> Diagnostic {
    Diagnostic(message, hint: hint, column: from + 1, length: end - from, text: raw)
  }
}
