import DaxModel

/// A record of a workload, of which fields are asked for by name and kind. A field that is null is as good as none.
struct WorkloadRecord {
  let datum: Datum
  /// What the record is, for messages: `step 3 (pread)`.
  let place: String

  init(_ datum: Datum, of place: String) { (self.datum, self.place) = (datum, place) }

  /// The same record under another name.
  func named(_ place: String) -> WorkloadRecord { WorkloadRecord(datum, of: place) }

  /// Whether a field is there, and not null.
  func has(_ name: String) -> Bool { (datum[name] ?? .null) != .null }

  /// Whether a field is there and null.
  func isNull(_ name: String) -> Bool { datum[name] == .null }

  private func value(_ name: String) throws(WorkloadFailure) -> Datum {
    if let value = datum[name], value != .null { return value }
    guard case .record = datum else { throw WorkloadFailure("\(place) is not a record") }
    throw WorkloadFailure("\(place) has no `\(name)`")
  }

  private func isNot(_ name: String, _ kind: String) -> WorkloadFailure {
    WorkloadFailure("`\(name)` of \(place) is not \(kind)")
  }

  /// A text; a number is one as well.
  func text(_ name: String) throws(WorkloadFailure) -> String {
    switch try value(name) {
    case .text(let text): return text
    case .int(let number): return String(number)
    default: throw isNot(name, "a text")
    }
  }

  func texts(_ name: String) throws(WorkloadFailure) -> [String] {
    if case .text(let text)? = datum[name] { return [text] }
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
    switch try value(name) {
    case .bool(let flag): return flag
    case .int(0), "false": return false
    case .int(1), "true": return true
    default: throw isNot(name, "true or false")
    }
  }

  // MARK: Numbers

  /// A number that is not negative, or one in a text.
  func unsigned(
    _ name: String, unless standard: UInt64? = nil, limit: UInt64 = .max
  ) throws(WorkloadFailure) -> UInt64 {
    if let standard, !has(name) { return standard }
    guard let number = try value(name).wholeNumber, !number.isNegative else {
      throw isNot(name, "a number from 0 on")
    }
    if number.bits > limit { throw WorkloadFailure("`\(name)` of \(place) is more than \(limit)") }
    return number.bits
  }

  /// A number as a system call takes it: one below 0 is far beyond 2^63.
  func argument(_ name: String, unless standard: UInt64? = nil) throws(WorkloadFailure) -> UInt64 {
    if let standard, !has(name) { return standard }
    guard let number = try value(name).wholeNumber else { throw isNot(name, "a number") }
    return number.bits
  }

  /// Flags: in a text with `0x` in front if they are hexadecimal and `0` if they are octal; or just a number.
  func flags(_ name: String, unless standard: UInt64? = nil) throws(WorkloadFailure) -> UInt64 {
    if case .text(let text)? = datum[name], text.utf8.count > 1, text.utf8.allSatisfy({ 0x30...0x37 ~= $0 }),
      text.utf8.first == UInt8(ascii: "0"), let number = UInt64(text, radix: 8)
    {
      return number
    }
    return try argument(name, unless: standard)
  }

  /// Flags of `open`: a text is octal, unless it begins with `0x`.
  func octal(_ name: String, unless standard: UInt64) throws(WorkloadFailure) -> UInt64 {
    if case .text(let text)? = datum[name], let number = UInt64(text, radix: 8) { return number }
    return try argument(name, unless: standard)
  }

  /// Seconds, of which a part counts as a whole one.
  func seconds(_ name: String, unless standard: UInt64) throws(WorkloadFailure) -> UInt64 {
    if case .text(let text)? = datum[name], let number = Double(text), number > 0, number < 0x1p53 {
      return UInt64(number.rounded(.up))
    }
    return try unsigned(name, unless: standard)
  }

  /// A length that can be held in memory.
  func length(_ name: String = "len", unless standard: UInt64? = nil) throws(WorkloadFailure) -> UInt64 {
    try unsigned(name, unless: standard, limit: 1 << 30)
  }
}

extension Datum {
  /// A whole number, as one or in a text: its 64 bits, and whether it is below 0.
  var wholeNumber: (bits: UInt64, isNegative: Bool)? {
    switch self {
    case .int(let number): return (UInt64(bitPattern: number), number < 0)
    case .hex(let number): return (number, false)
    case .bool(let flag): return (flag ? 1 : 0, false)
    case .text(let text):
      if text.utf8.starts(with: "0x".utf8) || text.utf8.starts(with: "0X".utf8) {
        return UInt64(text.dropFirst(2), radix: 16).map { ($0, false) }
      }
      if let number = UInt64(text) { return (number, false) }
      return Int64(text).map { (UInt64(bitPattern: $0), $0 < 0) }
    default: return nil
    }
  }

  /// Whether a result of a recording is what the model has; recordings may write numbers as texts and the other way round.
  func agrees(with actual: Datum, as name: String) -> Bool {
    if self == actual { return true }
    switch name {
    case "crc32": return checksum == actual.checksum && checksum != nil
    case "hex": return hexText == actual.hexText && hexText != nil
    default: break
    }
    if name == "errno", case .text(let text) = self, let errno = Errno(name: text) {
      return actual == .int(errno.rawValue)
    }
    guard let mine = wholeNumber, let other = actual.wholeNumber else { return false }
    return mine == other
  }

  /// Eight digits in lower case.
  private var checksum: String? {
    switch self {
    case .int(let number) where 0...0xffff_ffff ~= number: return hexDigits(UInt64(number), width: 8)
    case .text(let text):
      let digits = text.lowercased()
      let number = UInt64(digits.hasPrefix("0x") ? String(digits.dropFirst(2)) : digits, radix: 16)
      return number.map { hexDigits($0, width: 8) }
    default: return nil
    }
  }

  private var hexText: String? {
    guard case .text(let text) = self else { return nil }
    return String(text.lowercased().filter { $0 != " " })
  }
}
