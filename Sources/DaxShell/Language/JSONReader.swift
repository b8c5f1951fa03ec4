/// Reads a JSON text (RFC 8259) into data.
///
/// A number that is not whole, or does not fit in 64 bits with a sign, becomes a text of what is written. Where a name
/// stands twice in a record, a look-up finds the first.
struct JSONReader {
  /// What is wrong with a text, and where: line and column from 1, the column in characters.
  struct Failure: Error, Hashable {
    var message: String
    var line: Int
    var column: Int
  }

  /// How deep lists and records may stand in each other.
  static let deepest = 64

  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads a text that is just one value.
  static func read(_ bytes: [UInt8]) throws(Failure) -> Datum {
    var reader = JSONReader(bytes)
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { reader.index = 3 }
    let datum = try reader.value()
    reader.skipBlanks()
    if reader.index < bytes.count { throw reader.failure("something follows the end of the value") }
    return datum
  }

  // MARK: Values

  private mutating func value() throws(Failure) -> Datum {
    skipBlanks()
    switch peek {
    case UInt8(ascii: "{"):
      return try nested { (reader: inout JSONReader) throws(Failure) in try reader.record() }
    case UInt8(ascii: "["):
      return try nested { (reader: inout JSONReader) throws(Failure) in try reader.list() }
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"): return try number()
    case .some(0x30...0x39): return try number()
    case nil: throw failure("the text ends where a value should stand")
    default: throw failure("this begins no value")
    }
  }

  private mutating func nested(
    _ body: (inout JSONReader) throws(Failure) -> Datum
  ) throws(Failure) -> Datum {
    if depth == JSONReader.deepest { throw failure("lists and records stand too deep in each other") }
    depth += 1
    index += 1
    let datum = try body(&self)
    depth -= 1
    return datum
  }

  private mutating func record() throws(Failure) -> Datum {
    var fields: [Field] = []
    if take(UInt8(ascii: "}")) { return .record(fields) }
    while true {
      skipBlanks()
      guard peek == UInt8(ascii: "\"") else { throw failure("the name of a field should stand here") }
      let name = try string()
      guard take(UInt8(ascii: ":")) else { throw failure("a colon should follow the name of a field") }
      fields.append(Field(name, try value()))
      if take(UInt8(ascii: "}")) { return .record(fields) }
      guard take(UInt8(ascii: ",")) else {
        throw failure("a comma or the end of the record should stand here")
      }
    }
  }

  private mutating func list() throws(Failure) -> Datum {
    var elements: [Datum] = []
    if take(UInt8(ascii: "]")) { return .list(elements) }
    while true {
      elements.append(try value())
      if take(UInt8(ascii: "]")) { return .list(elements) }
      guard take(UInt8(ascii: ",")) else { throw failure("a comma or the end of the list should stand here") }
    }
  }

  private mutating func word(_ text: StaticString, _ datum: Datum) throws(Failure) -> Datum {
    let start = index
    for offset in 0..<text.utf8CodeUnitCount {
      guard peek == text.utf8Start[offset] else {
        index = start
        throw failure("this begins no value")
      }
      index += 1
    }
    return datum
  }

  /// A number that is whole and fits; any other as it is written.
  private mutating func number() throws(Failure) -> Datum {
    let start = index
    if peek == UInt8(ascii: "-") { index += 1 }
    let first = index
    try digits("digits should follow the sign")
    if bytes[first] == UInt8(ascii: "0"), index - first > 1 {
      throw failure("a number does not begin with a zero", at: start)
    }
    let isWhole = ![UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(peek)
    if peek == UInt8(ascii: ".") {
      index += 1
      try digits("digits should follow the point")
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      index += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
      try digits("digits should follow the exponent")
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isWhole { return Int64(text).map { .int($0) } ?? .text(text) }
    guard let number = Double(text), let whole = Int64(exactly: number), number.magnitude < 0x1p53 else {
      return .text(text)
    }
    return .int(whole)
  }

  private mutating func digits(_ complaint: String) throws(Failure) {
    let first = index
    while let byte = peek, 0x30...0x39 ~= byte { index += 1 }
    if index == first { throw failure(complaint) }
  }

  // MARK: Strings

  private mutating func string() throws(Failure) -> String {
    let start = index
    index += 1
    var text: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("the text is not UTF-8", at: start)
        }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw failure("a control character must be written as an escape")
      default:
        text.append(byte)
        index += 1
      }
    }
    throw failure("the text that begins here does not end", at: start)
  }

  private mutating func escape(into text: inout [UInt8]) throws(Failure) {
    let start = index
    index += 1
    guard let byte = peek else { return }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try fourDigits(start)
      if 0xd800...0xdbff ~= code, peek == UInt8(ascii: "\\") {
        index += 1
        guard peek == UInt8(ascii: "u") else { throw failure("half a character stands alone", at: start) }
        index += 1
        let low = try fourDigits(start)
        guard 0xdc00...0xdfff ~= low else { throw failure("half a character stands alone", at: start) }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw failure("half a character stands alone", at: start)
      }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw failure("there is no such escape", at: start)
    }
  }

  private mutating func fourDigits(_ start: Int) throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch peek {
      case .some(let byte) where 0x30...0x39 ~= byte: digit = byte - 0x30
      case .some(let byte) where 0x41...0x46 ~= byte || 0x61...0x66 ~= byte: digit = (byte | 0x20) - 0x61 + 10
      default: throw failure("four hexadecimal digits should follow", at: start)
      }
      code = code << 4 | UInt32(digit)
      index += 1
    }
    return code
  }

  // MARK: Bytes

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
  }

  /// Takes a sign if it comes next, behind blanks.
  private mutating func take(_ sign: UInt8) -> Bool {
    skipBlanks()
    if peek != sign { return false }
    index += 1
    return true
  }

  private func failure(_ message: String, at place: Int? = nil) -> Failure {
    let end = min(place ?? index, bytes.count)
    var (line, column) = (1, 1)
    for byte in bytes[..<end] {
      if byte == 0x0a {
        (line, column) = (line + 1, 1)
      } else if byte & 0xc0 != 0x80 {
        column += 1
      }
    }
    return Failure(message: message, line: line, column: column)
  }
}
