/// How many columns of a terminal the text takes.
///
/// The text is taken to be free of control characters: see `escapeControls`.
func displayWidth(_ text: String) -> Int {
  if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
  var width = 0
  for character in text { width += displayWidth(character) }
  return width
}

/// How many columns of a terminal one character takes: 0, 1 or 2, or more for a cluster of letters
/// that terminals do not join.
func displayWidth(_ character: Character) -> Int {
  var width = 0
  var isEmoji = false
  for scalar in character.unicodeScalars {
    switch scalar.value {
    // A joiner, emoji presentation, flags, skin tones: drawn as one picture two columns wide.
    case 0x200d, 0xfe0f, 0x1f1e6...0x1f1ff, 0x1f3fb...0x1f3ff: isEmoji = true
    default: break
    }
    width += displayWidth(scalar)
  }
  return isEmoji && width > 0 ? 2 : width
}

/// Columns of a single scalar: 0 for marks that combine, 2 for East Asian wide and for emoji.
func displayWidth(_ scalar: Unicode.Scalar) -> Int {
  let value = scalar.value
  if value < 0x300 { return value == 0xad ? 0 : 1 }
  if isWide(value) || scalar.properties.isEmojiPresentation { return 2 }
  // Vowels and final consonants of Korean syllables join the wide consonant before them.
  if 0x1160...0x11ff ~= value || 0xd7b0...0xd7ff ~= value { return 0 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format: return 0
  default: return 1
  }
}

/// East Asian wide and fullwidth characters that are not emoji, in ranges that cover gaps between them.
private func isWide(_ value: UInt32) -> Bool {
  guard value >= 0x1100 else { return false }
  switch value {
  case 0x302a...0x302d, 0x3099...0x309a, 0x303f: return false
  case 0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x3247, 0x3250...0x4dbf, 0x4e00...0xa4cf,
    0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f,
    0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x1b2ff, 0x1f200...0x1f265, 0x20000...0x3fffd:
    return true
  default: return false
  }
}

/// The longest beginning of the text that fits in `width` columns.
func prefix(of text: String, columns width: Int) -> String {
  var used = 0
  var end = text.startIndex
  while end < text.endIndex {
    used += displayWidth(text[end])
    if used > width { break }
    end = text.index(after: end)
  }
  return String(text[..<end])
}

/// The text cut to `width` columns; what is cut off is marked with `…`, or `...` in ASCII.
func fit(_ text: String, columns width: Int, asciiOnly: Bool) -> String {
  if displayWidth(text) <= width { return text }
  let mark = asciiOnly ? "..." : "…"
  let room = width - displayWidth(mark)
  return room < 0 ? prefix(of: mark, columns: max(0, width)) : prefix(of: text, columns: room) + mark
}

/// Where text stands in a space wider than it is.
enum Alignment: Hashable, Sendable {
  case left
  case right
}

/// The text filled up with blanks to `width` columns.
func pad(_ text: String, columns width: Int, _ alignment: Alignment = .left) -> String {
  let blanks = String(repeating: " ", count: max(0, width - displayWidth(text)))
  return alignment == .left ? text + blanks : blanks + text
}
