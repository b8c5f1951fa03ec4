import DaxModel

/// Numbers as people write them: `4096`, `0x1000`, `0b1000`, `1_048_576`, `4k`, `2MiB`, `16p`.
enum Number {
  /// Why a text is not a number that can be used.
  struct Failure: Error, Hashable {
    var message: String
    var hint: String
  }

  /// A number from 0 to 2^64-1.
  ///
  /// Decimal, `0x` or `0b`, with `_` between digits. The suffixes `k`, `M`, `G`, `T` in either case
  /// and `KiB`, `MiB`, `GiB`, `TiB` are powers of 1024; `p` is pages of 4096 bytes.
  static func parse(_ text: String) -> Result<UInt64, Failure> {
    let bytes = Array(text.utf8)
    guard let first = bytes.first else {
      return .failure(Failure(message: "a number is missing", hint: "write one such as 16 or 0x10"))
    }
    if first == UInt8(ascii: "-") {
      return .failure(Failure(message: "`\(text)` is negative", hint: "write 0 or more, such as 16"))
    }
    var digits = bytes[...]
    var radix: UInt64 = 10
    if first == UInt8(ascii: "0"), bytes.count > 1 {
      switch bytes[1] | 0x20 {
      case UInt8(ascii: "x"): radix = 16
      case UInt8(ascii: "b"): radix = 2
      default: break
      }
      if radix != 10 { digits = digits.dropFirst(2) }
    }
    let unit = takeUnit(from: &digits)
    guard areDigits(digits, radix: radix) else { return .failure(notANumber(text, bytes)) }
    var value: UInt64 = 0
    var isTooLarge = false
    for byte in digits {
      guard let digit = digitValue(byte), !isTooLarge else { continue }
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(digit)
      isTooLarge = overflow || carry
      value = sum
    }
    let (bytesInAll, overflow) = value.multipliedReportingOverflow(by: unit)
    if isTooLarge || overflow {
      let hint = "the largest is 0xffffffffffffffff, 18446744073709551615"
      return .failure(Failure(message: "`\(text)` does not fit in 64 bits", hint: hint))
    }
    return .success(bytesInAll)
  }

  /// A number from -2^63 to 2^63-1, written as above with a sign if wanted.
  static func parseSigned(_ text: String) -> Result<Int64, Failure> {
    let sign = text.utf8.first
    let isNegative = sign == UInt8(ascii: "-")
    let hasSign = isNegative || sign == UInt8(ascii: "+")
    let digits = hasSign ? String(text.dropFirst()) : text
    if hasSign, let second = digits.utf8.first, !(0x30...0x39 ~= second) {
      return .failure(notANumber(text, Array(text.utf8)))
    }
    switch parse(digits) {
    case .failure(let failure): return .failure(failure)
    case .success(let magnitude):
      if isNegative, magnitude <= 1 << 63 { return .success(Int64(truncatingIfNeeded: 0 &- magnitude)) }
      if !isNegative, let value = Int64(exactly: magnitude) { return .success(value) }
      let hint = "it must lie between -9223372036854775808 and 9223372036854775807"
      return .failure(Failure(message: "`\(text)` does not fit in 64 bits with a sign", hint: hint))
    }
  }

  // MARK: Pieces

  /// Takes a unit off the end of a number: how many bytes it stands for, 1 if there is none.
  private static func takeUnit(from digits: inout ArraySlice<UInt8>) -> UInt64 {
    var rest = digits
    guard let last = rest.popLast() else { return 1 }
    if last == UInt8(ascii: "p") {
      digits = rest
      return pageSize
    }
    var letter = last
    if last | 0x20 == UInt8(ascii: "b"), let next = rest.popLast() {
      guard next | 0x20 == UInt8(ascii: "i"), let prefix = rest.popLast() else { return 1 }
      letter = prefix
    }
    let unit: UInt64
    switch letter | 0x20 {
    case UInt8(ascii: "k"): unit = 1 << 10
    case UInt8(ascii: "m"): unit = 1 << 20
    case UInt8(ascii: "g"): unit = 1 << 30
    case UInt8(ascii: "t"): unit = 1 << 40
    default: return 1
    }
    digits = rest
    return unit
  }

  /// Whether these are digits of the radix, one at least, with any `_` between two of them.
  private static func areDigits(_ bytes: ArraySlice<UInt8>, radix: UInt64) -> Bool {
    var afterDigit = false
    for byte in bytes {
      if byte == UInt8(ascii: "_") {
        if !afterDigit { return false }
        afterDigit = false
      } else {
        guard let digit = digitValue(byte), digit < radix else { return false }
        afterDigit = true
      }
    }
    return afterDigit
  }

  private static func digitValue(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte - 0x30)
    case 0x41...0x46: UInt64(byte - 0x41 + 10)
    case 0x61...0x66: UInt64(byte - 0x61 + 10)
    default: nil
    }
  }

  /// The sentence for a text that is no number, with the hint that fits the slip best.
  private static func notANumber(_ text: String, _ bytes: [UInt8]) -> Failure {
    let lower = text.lowercased()
    let hint: String
    if lower.hasPrefix("0x") {
      hint = "after `0x` come the digits 0 to 9 and a to f, as in 0x1f00"
    } else if lower.hasPrefix("0b") {
      hint = "after `0b` come the digits 0 and 1, as in 0b1010"
    } else if bytes.contains(UInt8(ascii: "_")), areDigits(bytes.filter { $0 != 0x5f }[...], radix: 10) {
      hint = "an underscore stands between two digits, as in 1_048_576"
    } else if lower.hasSuffix("kb") || lower.hasSuffix("mb") || lower.hasSuffix("gb") || lower.hasSuffix("tb")
    {
      hint = "units are powers of 1024: k, M, G, T or KiB, MiB, GiB, TiB, as in 2M"
    } else if bytes.contains(UInt8(ascii: ".")) || bytes.contains(UInt8(ascii: ",")) {
      hint = "numbers are whole: for one and a half GiB write 1536M"
    } else if bytes.last == UInt8(ascii: "P") {
      hint = "pages of 4096 bytes are a small p, as in 16p"
    } else if bytes.allSatisfy({ digitValue($0) != nil }) {
      hint = "hexadecimal numbers begin with 0x, as in 0xff"
    } else {
      hint = "write one such as 4096, 0x1000, 4k, 2M, or 16p for pages"
    }
    return Failure(message: "`\(text)` is not a number", hint: hint)
  }
}

extension Token {
  /// The word as a number from 0 to 2^64-1.
  ///
  /// `name` says what it is for: `the page offset`.
  func unsigned(_ name: String) throws(Diagnostic) -> UInt64 {
    switch Number.parse(text) {
    case .success(let value): return value
    case .failure(let failure): throw diagnostic(name, failure)
    }
  }

  /// The word as a number with a sign.
  func signed(_ name: String) throws(Diagnostic) -> Int64 {
    switch Number.parseSigned(text) {
    case .success(let value): return value
    case .failure(let failure): throw diagnostic(name, failure)
    }
  }

  /// The word as a count that a loop can run to: at most `limit`.
  func count(_ name: String, limit: Int = 1_000_000_000) throws(Diagnostic) -> Int {
    let value = try unsigned(name)
    guard value <= UInt64(limit) else {
      throw Diagnostic("\(name) is at most \(limit)", at: self, hint: "it was given as \(text)")
    }
    return Int(value)
  }

  private func diagnostic(_ name: String, _ failure: Number.Failure) -> Diagnostic {
    Diagnostic("\(name): \(failure.message)", at: self, hint: failure.hint)
  }
}
