extension Datum {
  /// The value as JSON on one line, without blanks.
  ///
  /// Control characters, bidirectional overrides and line separators are written as escapes, so that
  /// the text is one line and safe on a terminal. `hex` values are strings: a JSON number would lose
  /// the low bits of an address.
  public var json: String {
    var text = ""
    appendJSON(to: &text)
    return text
  }

  func appendJSON(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .text(let value): appendJSONString(value, to: &text)
    case .hex(let value):
      text += "\"0x"
      text += String(value, radix: 16)
      text += "\""
    case .list(let elements):
      text += "["
      var separator = ""
      for element in elements {
        text += separator
        element.appendJSON(to: &text)
        separator = ","
      }
      text += "]"
    case .record(let fields):
      text += "{"
      var separator = ""
      for field in fields {
        text += separator
        appendJSONString(field.name, to: &text)
        text += ":"
        field.value.appendJSON(to: &text)
        separator = ","
      }
      text += "}"
    }
  }
}

/// What a program reads for one command: `{"command":…,"line":N,"ok":true,"result":{…}}`.
///
/// No newline at the end.
func jsonEnvelope(command: String, line: Int, result: Datum) -> String {
  Datum.record(
    ("command", .text(command)), ("line", .count(line)), ("ok", true), ("result", result)
  ).json
}

/// What a program reads for a command that failed:
/// `{"command":…,"line":N,"ok":false,"error":{"message":…,"hint":…}}`, with `column` if it is known.
///
/// `hint` is null if there is none. No newline at the end.
func jsonEnvelope(command: String, line: Int, failure: Diagnostic) -> String {
  var error: Datum = ["message": .text(failure.message), "hint": .optional(failure.hint)]
  if let place = failure.place { error.set("column", .count(place.column)) }
  return Datum.record(
    ("command", .text(command)), ("line", .count(line)), ("ok", false), ("error", error)
  ).json
}

private func appendJSONString(_ value: String, to text: inout String) {
  text += "\""
  if value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }) {
    text += value
  } else {
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case let scalar where isUnsafe(scalar): appendJSONEscape(scalar.value, to: &text)
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
  text += "\""
}

/// `\u001b`.
///
/// All characters that need it lie below 2^16.
private func appendJSONEscape(_ value: UInt32, to text: inout String) {
  let digits = String(value, radix: 16)
  text += "\\u"
  text += String(repeating: "0", count: max(0, 4 - digits.utf8.count))
  text += digits
}
