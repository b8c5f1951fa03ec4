import DaxModel

/// A value as it is typed after an operator, and how it compares with data.
struct Literal: Hashable, Sendable {
  /// What was typed, without quotes.
  var text: String
  /// It stood in quotes: text and nothing else.
  var isQuoted: Bool

  init(_ token: Token) {
    text = token.text
    isQuoted = token.isQuoted
  }

  /// The number it stands for: any spelling of one, or an errno with its sign, `-ENOMEM` for -12.
  var number: WideNumber? {
    if isQuoted { return nil }
    if text.utf8.starts(with: "-E".utf8), let errno = Errno(name: text) {
      return WideNumber(errno.returnValue)
    }
    return WideNumber(parsing: text)
  }

  /// Whether it is the value of `datum`.
  ///
  /// Numbers are equal by value whatever their spelling; addresses are numbers here. A list or a
  /// record is compared with its JSON form.
  func equals(_ datum: Datum) -> Bool {
    switch datum {
    case .null: return !isQuoted && text == "null"
    case .bool(let value): return !isQuoted && text == (value ? "true" : "false")
    case .text(let value):
      if value == text { return true }
      guard let number, value.utf8.starts(with: "0x".utf8) else { return false }
      return WideNumber(parsing: value) == number
    case .int, .hex:
      guard let number else { return false }
      return WideNumber(datum) == number
    case .list, .record: return datum.json == text
    }
  }

  /// As a person would write it again.
  var shown: String { isQuoted ? "\"" + text + "\"" : text }
}

/// A whole number from -2^64+1 to 2^64-1: whatever the shell's data can hold.
struct WideNumber: Hashable, Comparable, Sendable {
  private var isNegative: Bool
  private var magnitude: UInt64

  init(_ value: Int64) {
    isNegative = value < 0
    magnitude = value.magnitude
  }

  init(_ value: UInt64) {
    isNegative = false
    magnitude = value
  }

  init?(parsing text: String) {
    if case .success(let value) = Number.parse(text) {
      self.init(value)
    } else if case .success(let value) = Number.parseSigned(text) {
      self.init(value)
    } else {
      return nil
    }
  }

  /// The number that a datum holds, if it holds one.
  init?(_ datum: Datum) {
    switch datum {
    case .int(let value): self.init(value)
    case .hex(let value): self.init(value)
    default: return nil
    }
  }

  static func < (left: WideNumber, right: WideNumber) -> Bool {
    switch (left.isNegative, right.isNegative) {
    case (true, false): true
    case (false, true): false
    case (false, false): left.magnitude < right.magnitude
    case (true, true): left.magnitude > right.magnitude
    }
  }
}
