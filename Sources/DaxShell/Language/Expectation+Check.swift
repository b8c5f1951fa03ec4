import DaxModel

extension Expectation {
  /// Nil if the answer is as expected, and otherwise what was expected and what is there instead.
  func failure(in answer: Datum) -> Diagnostic? {
    switch answer.resolve(path.text) {
    case .missing(let name, let parent, let names):
      return comparison == .missing ? nil : noField(name, parent: parent, names: names)
    case .found(let actual):
      guard let value, comparison.takesValue else {
        if comparison == .exists { return nil }
        return Diagnostic(
          "expected no `\(path.text)`, but it is \(Self.shown(actual))", at: path)
      }
      let literal = Literal(value)
      if Self.holds(actual, comparison, literal) { return nil }
      return Diagnostic(
        "expected `\(path.text)` \(comparison.rawValue) \(literal.shown), but it is \(Self.shown(actual))",
        at: path, hint: Self.advice(actual, comparison, literal))
    }
  }

  private static func holds(_ actual: Datum, _ comparison: Operator, _ literal: Literal) -> Bool {
    switch comparison {
    case .equal: return literal.equals(actual)
    case .notEqual: return !literal.equals(actual)
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      guard let left = WideNumber(actual), let right = literal.number else { return false }
      switch comparison {
      case .less: return left < right
      case .lessOrEqual: return left <= right
      case .greater: return left > right
      default: return left >= right
      }
    case .contains:
      switch actual {
      case .text(let text): return isPart(literal.text, of: text)
      case .list(let elements): return elements.contains { literal.equals($0) }
      case .record: return actual[literal.text] != nil
      default: return false
      }
    case .matches:
      if case .list(let elements) = actual {
        return elements.contains { matchesGlob(plain($0), pattern: literal.text) }
      }
      return matchesGlob(plain(actual), pattern: literal.text)
    case .exists: return true
    case .missing: return false
    }
  }

  /// The value as text for a pattern: without the quotes that JSON would add.
  private static func plain(_ datum: Datum) -> String {
    switch datum {
    case .text(let text): text
    case .hex(let value): hex(value)
    default: datum.json
    }
  }

  /// The value for a message, in full unless it is very long.
  private static func shown(_ datum: Datum) -> String {
    fit(datum.json, columns: 240, asciiOnly: true)
  }

  /// What may have been meant, when the kinds of the two values do not go together.
  private static func advice(_ actual: Datum, _ comparison: Operator, _ literal: Literal) -> String? {
    let orders: [Operator] = [.less, .lessOrEqual, .greater, .greaterOrEqual]
    if orders.contains(comparison) {
      if case .list = actual { return "compare the number of elements: PATH.count" }
      if WideNumber(actual) == nil { return "only numbers have an order" }
      if literal.number == nil { return "only numbers have an order; `\(literal.text)` is text" }
    }
    guard comparison == .equal else { return nil }
    switch actual {
    case .int, .hex:
      return literal.number == nil ? "the value is a number, and `\(literal.text)` is text" : nil
    case .list(let elements) where elements.contains { literal.equals($0) }:
      return "the list has it as an element: use `contains`"
    case .text(let text) where literal.text == "-" + text:
      return "an errno is written without a sign here: `\(text)`"
    default: return nil
    }
  }

  private func noField(_ name: String, parent: String, names: [String]) -> Diagnostic {
    let owner = parent.isEmpty ? "the answer" : "`\(parent)`"
    var hints: [String] = []
    if let guess = didYouMean(name, among: names) { hints.append(guess) }
    if names.isEmpty {
      hints.append("it has no fields")
    } else {
      let shown = names.prefix(24).joined(separator: ", ")
      hints.append("there are: " + shown + (names.count > 24 ? ", ..." : ""))
    }
    return Diagnostic("\(owner) has no field `\(name)`", at: path, hint: hints.joined(separator: " "))
  }
}
