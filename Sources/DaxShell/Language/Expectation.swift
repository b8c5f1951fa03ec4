/// A test of the last answer: `expect return == 0`, `expect trace contains remapPages`.
///
/// The forms are `PATH OPERATOR VALUE`, also written as one word (`return==0`, `return=0`), and
/// `PATH exists` and `PATH missing`.
struct Expectation: Hashable, Sendable {
  enum Operator: String, Hashable, Sendable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    /// Text that holds the value as a part, a list that has it as an element, a record with that field.
    case contains
    /// Text, or a number as it is written, that fits a pattern with `*` and `?`; or a list with such an
    /// element.
    case matches
    case exists
    case missing

    /// Whether a value stands to the right.
    var takesValue: Bool { self != .exists && self != .missing }

    init?(_ text: String) {
      if text == "=" {
        self = .equal
      } else {
        self.init(rawValue: text)
      }
    }
  }

  var path: Token
  var comparison: Operator
  /// Absent for `exists` and `missing`.
  var value: Token?

  /// Reads what is given to `expect`.
  static func parse(_ invocation: Invocation) throws(Diagnostic) -> Expectation {
    let words = try words(of: invocation)
    let usage = "for example: expect return == 0"
    guard words.count > 1 else {
      throw Diagnostic(
        words.isEmpty ? "expect needs a field, an operator and a value" : "an operator is missing",
        after: invocation, hint: usage)
    }
    guard let comparison = Operator(words[1].text), !words[1].isQuoted else {
      let names = Operator.allCases.map { $0.rawValue }
      throw Diagnostic(
        "`\(words[1].text)` is not an operator", at: words[1],
        hint: didYouMean(words[1].text, among: names) ?? "there are " + listed(names, "and"))
    }
    let wanted = comparison.takesValue ? 3 : 2
    guard words.count >= wanted else {
      throw Diagnostic(
        "a value is missing after `\(words[1].text)`", after: invocation, hint: usage)
    }
    if words.count > wanted {
      let hint = comparison.takesValue ? "put quotes around a value with blanks" : nil
      throw Diagnostic("`\(words[wanted].text)` is too much here", at: words[wanted], hint: hint)
    }
    return Expectation(path: words[0], comparison: comparison, value: wanted == 3 ? words[2] : nil)
  }

  // MARK: Words

  /// The words in order, with `return=0` and `return==0` taken apart.
  private static func words(of invocation: Invocation) throws(Diagnostic) -> [Token] {
    if let option = invocation.options.first {
      // Behind an operator, `flags=2` is the value.
      if invocation.arguments.count == 2, invocation.options.count == 1,
        option.name.column > invocation.arguments[1].column
      {
        return invocation.arguments
          + [Token("\(option.name.text)=\(option.value.text)", column: option.name.column)]
      }
      // `return=0` reads as an option, and then has to be all there is.
      if let argument = invocation.arguments.first {
        throw Diagnostic(
          "`\(argument.text)` is too much here", at: argument,
          hint: "put blanks around the operator, as in: expect return == 0")
      }
      if invocation.options.count > 1 {
        let next = invocation.options[1].name
        throw Diagnostic("one expectation at a time", at: next, hint: "write another `expect`")
      }
      if option.value.text.isEmpty && !option.value.isQuoted {
        return [option.name, Token("=", column: option.name.end)]
      }
      return [option.name, Token("=", column: option.name.end), option.value]
    }
    guard let first = invocation.arguments.first, !first.isQuoted else { return invocation.arguments }
    return split(first) + invocation.arguments.dropFirst()
  }

  /// `a<=1` as `a`, `<=` and `1`; anything else as it is.
  private static func split(_ word: Token) -> [Token] {
    let characters = Array(word.text)
    guard let start = characters.firstIndex(where: isOperatorSign), start > 0 else { return [word] }
    let end = characters[start...].firstIndex { !isOperatorSign($0) } ?? characters.count
    var words = [
      Token(String(characters[..<start]), column: word.column),
      Token(String(characters[start..<end]), column: word.column + start),
    ]
    if end < characters.count {
      words.append(Token(String(characters[end...]), column: word.column + end))
    }
    return words
  }

  private static func isOperatorSign(_ character: Character) -> Bool {
    switch character {
    case "=", "!", "<", ">": true
    default: false
    }
  }
}
