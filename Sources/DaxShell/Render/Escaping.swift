/// Whether a character could make a terminal do something, or make text look like other text: the
/// control characters C0, DEL and C1, the bidirectional marks and overrides, the line and paragraph
/// separators and the byte order mark.
func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x00...0x1f, 0x7f...0x9f: true
  case 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
  default: false
  }
}

/// White space that may stay as it is.
struct KeptSpace: OptionSet, Sendable {
  let rawValue: UInt8
  static let newline = KeptSpace(rawValue: 1)
  static let tab = KeptSpace(rawValue: 2)

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n": contains(.newline)
    case "\t": contains(.tab)
    default: false
    }
  }
}

/// The text with everything that a terminal would obey made visible: `\n`, `\t`, `\r`, `\x1b`, `\u{202e}`.
///
/// Whatever comes from a file or from a user goes through here before it is shown.
func escapeControls(_ text: String, keeping kept: KeptSpace = []) -> String {
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text }
  var safe = ""
  for scalar in text.unicodeScalars {
    if isUnsafe(scalar) && !kept.contains(scalar) {
      appendVisible(scalar, to: &safe)
    } else {
      safe.unicodeScalars.append(scalar)
    }
  }
  return safe
}

/// The bytes of a file as safe text.
///
/// Bytes that are not UTF-8, surrogates among them, are shown as `\xff` each.
func escapeControls(bytes: [UInt8], keeping kept: KeptSpace = []) -> String {
  var safe = ""
  var decoder = UTF8Pieces(bytes)
  while let piece = decoder.next() {
    switch piece {
    case .byte(let byte): safe += "\\x" + String(byte, radix: 16)
    case .scalar(let scalar) where isUnsafe(scalar) && !kept.contains(scalar):
      appendVisible(scalar, to: &safe)
    case .scalar(let scalar): safe.unicodeScalars.append(scalar)
    }
  }
  return safe
}

private func appendVisible(_ scalar: Unicode.Scalar, to text: inout String) {
  switch scalar {
  case "\n": text += "\\n"
  case "\r": text += "\\r"
  case "\t": text += "\\t"
  default:
    let digits = String(scalar.value, radix: 16)
    if scalar.value < 0x80 {
      text += digits.utf8.count == 1 ? "\\x0" + digits : "\\x" + digits
    } else {
      text += "\\u{" + digits + "}"
    }
  }
}

/// Bytes taken apart into characters, and into bytes that belong to none.
private struct UTF8Pieces {
  enum Piece {
    case scalar(Unicode.Scalar)
    case byte(UInt8)
  }

  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Piece? {
    guard index < bytes.count else { return nil }
    let first = bytes[index]
    let (length, bits, least): (Int, UInt32, UInt32)
    switch first {
    case 0x00...0x7f: (length, bits, least) = (1, UInt32(first), 0)
    case 0xc2...0xdf: (length, bits, least) = (2, UInt32(first & 0x1f), 0x80)
    case 0xe0...0xef: (length, bits, least) = (3, UInt32(first & 0x0f), 0x800)
    case 0xf0...0xf4: (length, bits, least) = (4, UInt32(first & 0x07), 0x10000)
    default: (length, bits, least) = (0, 0, 0)
    }
    if length > 0, index + length <= bytes.count {
      let tail = bytes[(index + 1)..<(index + length)]
      let value = tail.reduce(bits) { $0 << 6 | UInt32($1 & 0x3f) }
      if tail.allSatisfy({ $0 & 0xc0 == 0x80 }), value >= least, let scalar = Unicode.Scalar(value) {
        index += length
        return .scalar(scalar)
      }
    }
    index += 1
    return .byte(first)
  }
}
