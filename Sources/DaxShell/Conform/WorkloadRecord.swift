import DaxModel

/// A record of a workload, of which fields are asked for by name and kind.
struct WorkloadRecord {
  let datum: Datum
  /// What the record is, for messages: `step 3 (pread)`.
  let place: String

  init(_ datum: Datum, of place: String) { (self.datum, self.place) = (datum, place) }

  /// The same record under another name.
  func named(_ place: String) -> WorkloadRecord { WorkloadRecord(datum, of: place) }

  /// Whether a field is there.
  func has(_ name: String) -> Bool { datum[name] != nil }

  /// Whether a field is there and null.
  func isNull(_ name: String) -> Bool { datum[name] == .null }

  private func value(_ name: String) throws(WorkloadFailure) -> Datum {
    if let value = datum[name] { return value }
    guard case .record = datum else { throw WorkloadFailure("\(place) is not a record") }
    throw WorkloadFailure("\(place) has no `\(name)`")
  }

  private func isNot(_ name: String, _ kind: String) -> WorkloadFailure {
    WorkloadFailure("`\(name)` of \(place) is not \(kind)")
  }

  func text(_ name: String) throws(WorkloadFailure) -> String {
    guard case .text(let text) = try value(name) else { throw isNot(name, "a text") }
    return text
  }

  func texts(_ name: String) throws(WorkloadFailure) -> [String] {
    var texts: [String] = []
    for element in try list(name) {
      guard case .text(let text) = element else { throw isNot(name, "a list of texts") }
      texts.append(text)
    }
    return texts
  }

  func list(_ name: String, isOptional: Bool = false) throws(WorkloadFailure) -> [Datum] {
    if isOptional, !has(name) { return [] }
    guard case .list(let elements) = try value(name) else { throw isNot(name, "a list") }
    return elements
  }

  func fields(_ name: String) throws(WorkloadFailure) -> [Field] {
    guard case .record(let fields) = try value(name) else { throw isNot(name, "a record") }
    return fields
  }

  func record(_ name: String) throws(WorkloadFailure) -> WorkloadRecord {
    WorkloadRecord(.record(try fields(name)), of: "`\(name)`")
  }

  func flag(_ name: String, unless standard: Bool) throws(WorkloadFailure) -> Bool {
    guard has(name) else { return standard }
    guard case .bool(let flag) = try value(name) else { throw isNot(name, "true or false") }
    return flag
  }

  /// A number that is not negative.
  func unsigned(
    _ name: String, unless standard: UInt64? = nil, limit: UInt64 = UInt64(Int64.max)
  ) throws(WorkloadFailure) -> UInt64 {
    if let standard, !has(name) { return standard }
    guard case .int(let number) = try value(name), number >= 0 else {
      throw isNot(name, "a number from 0 on")
    }
    if UInt64(number) > limit { throw WorkloadFailure("`\(name)` of \(place) is more than \(limit)") }
    return UInt64(number)
  }

  /// A number in a text, with `0x` in front if it is hexadecimal and `0` if it is octal; or just a number.
  func flags(_ name: String, unless standard: UInt64) throws(WorkloadFailure) -> UInt64 {
    guard case .text(let text)? = datum[name] else { return try unsigned(name, unless: standard) }
    let isHexadecimal = text.utf8.starts(with: "0x".utf8)
    let digits = isHexadecimal ? String(text.dropFirst(2)) : text
    guard let number = UInt64(digits, radix: isHexadecimal ? 16 : 8) else { throw isNot(name, "a number") }
    return number
  }

  /// A length that can be held in memory.
  func length(_ name: String = "len", unless standard: UInt64? = nil) throws(WorkloadFailure) -> UInt64 {
    try unsigned(name, unless: standard, limit: 1 << 30)
  }
}
