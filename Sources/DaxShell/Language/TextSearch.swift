/// Where a part of a text begins, in UTF-8 bytes; nil if it does not occur. Every text holds the empty one.
func position(of part: String, in text: String) -> Int? {
  let (part, text) = (Array(part.utf8), Array(text.utf8))
  guard let first = part.first else { return 0 }
  guard part.count <= text.count else { return nil }
  for start in 0...(text.count - part.count) where text[start] == first {
    var length = 1
    while length < part.count, text[start + length] == part[length] { length += 1 }
    if length == part.count { return start }
  }
  return nil
}

/// Whether one text is a part of the other.
func isPart(_ part: String, of text: String) -> Bool { position(of: part, in: text) != nil }
