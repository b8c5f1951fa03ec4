/// Whether the whole text fits a pattern in which `*` stands for any run of characters and `?` for one.
///
/// Takes time in proportion to the product of the lengths at worst: there is no pattern that hangs.
func matchesGlob(_ text: String, pattern: String) -> Bool {
  let text = Array(text)
  let pattern = Array(pattern)
  var position = 0
  var wanted = 0
  // The last `*` that was met, and where in the text the part after it is being tried.
  var star: (pattern: Int, text: Int)?
  while position < text.count {
    if wanted < pattern.count, pattern[wanted] == "*" {
      star = (wanted, position)
      wanted += 1
    } else if wanted < pattern.count, pattern[wanted] == "?" || pattern[wanted] == text[position] {
      wanted += 1
      position += 1
    } else if let last = star {
      star = (last.pattern, last.text + 1)
      wanted = last.pattern + 1
      position = last.text + 1
    } else {
      return false
    }
  }
  return pattern[wanted...].allSatisfy { $0 == "*" }
}
