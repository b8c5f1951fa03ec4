/// Reads the bytes of one line of text from left to right.
///
/// Bytes rather than characters: the formats are ASCII, and a title may hold anything.
struct ByteReader {
  /// The bytes of the line.
  let bytes: [UInt8]
  /// The index of the next byte.
  var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether all bytes are read.
  var isAtEnd: Bool { position >= bytes.count }

  /// The next byte, or `nil` at the end.
  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// The column of the next byte: 1-based.
  var column: Int { position + 1 }

  /// Reads `byte` if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  /// Reads `text` if it is next.
  mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    let isNext = text.withUTF8Buffer { wanted in
      for index in 0..<count where wanted[index] != bytes[position + index] { return false }
      return true
    }
    if isNext { position += count }
    return isNext
  }

  /// Skips spaces and tabs; says whether there were any.
  @discardableResult
  mutating func skipSpace() -> Bool {
    let start = position
    while let byte = peek, byte == 0x20 || byte == 0x09 { position += 1 }
    return position > start
  }

  /// Reads hexadecimal digits, as many as there are; `nil`, and nothing is read, if their number is not
  /// allowed.
  ///
  /// At most 16.
  mutating func hexDigits(_ allowed: ClosedRange<Int>) -> (value: UInt64, count: Int)? {
    let limit = min(bytes.count, position + 17)
    var value: UInt64 = 0
    var end = position
    while end < limit, let digit = Self.hexValue(bytes[end]) {
      value = value << 4 | UInt64(digit)
      end += 1
    }
    let count = end - position
    guard count <= 16, allowed.contains(count) else { return nil }
    position = end
    return (value, count)
  }

  /// Reads a decimal number.
  ///
  /// `nil`, and nothing is read, if there is none or it exceeds 64 bits.
  mutating func decimal() -> UInt64? {
    var value: UInt64 = 0
    var end = position
    while end < bytes.count, bytes[end] >= 0x30, bytes[end] <= 0x39 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[end] - 0x30))
      if overflow || carry { return nil }
      value = sum
      end += 1
    }
    guard end > position else { return nil }
    position = end
    return value
  }

  /// The bytes that are left.
  var rest: [UInt8] { Array(bytes[min(position, bytes.count)...]) }

  /// The value of a hexadecimal digit in either case.
  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}

/// The lines of a text, without their ends: line feed, or carriage return and line feed.
///
/// A byte order mark in front of the text, as some editors write it, is skipped.
struct LineReader {
  private let bytes: [UInt8]
  private var position = 0
  /// The number of the line that was read last: 1-based.
  private(set) var line = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  /// The next line, or `nil` at the end of the text.
  mutating func next() -> ByteReader? {
    guard position < bytes.count else { return nil }
    let start = position
    while position < bytes.count, bytes[position] != 0x0a { position += 1 }
    var end = position
    position += 1
    if end > start, bytes[end - 1] == 0x0d { end -= 1 }
    line += 1
    return ByteReader(Array(bytes[start..<end]))
  }
}
