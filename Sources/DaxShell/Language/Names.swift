/// What a word means among the names that exist.
enum NameMatch: Hashable, Sendable {
  case exact(String)
  /// The word is the beginning of this name alone.
  case unique(String)
  /// The word is the beginning of several names, given in order.
  case ambiguous([String])
  case none

  /// Looks a word up among names, which may be written short as long as they are unique.
  static func find(_ word: String, in names: [String]) -> NameMatch {
    if word.isEmpty { return .none }
    var matches: [String] = []
    for name in names where name.utf8.starts(with: word.utf8) {
      if name == word { return .exact(name) }
      if !matches.contains(name) { matches.append(name) }
    }
    if let match = matches.first, matches.count == 1 { return .unique(match) }
    return matches.isEmpty ? .none : .ambiguous(matches.sorted())
  }

  /// The name, if there is exactly one.
  var name: String? {
    switch self {
    case .exact(let name), .unique(let name): name
    case .ambiguous, .none: nil
    }
  }
}

/// The names that a misspelt word may have meant: the nearest ones, at most three.
///
/// A name is near if at most two letters were mistyped, left out, added or swapped, and at most 40 %
/// of the longer of the two. Small and capital letters count as the same.
func suggestions(for word: String, among names: [String]) -> [String] {
  let wanted = Array(word.lowercased().utf8)
  guard !wanted.isEmpty, wanted.count <= 64 else { return [] }
  let letters = letterSet(wanted)
  var near: [(distance: Int, name: String)] = []
  for name in names {
    let count = name.utf8.count
    let limit = min(2, max(wanted.count, count) * 2 / 5)
    guard abs(count - wanted.count) <= limit else { continue }
    let other = Array(name.lowercased().utf8)
    // A slip changes at most two members of the set: most names are out without counting.
    guard (letters ^ letterSet(other)).nonzeroBitCount <= 2 * limit else { continue }
    let distance = editDistance(wanted, other, limit: limit)
    if distance <= limit, !near.contains(where: { $0.name == name }) { near.append((distance, name)) }
  }
  let nearest = near.map { $0.distance }.min()
  return near.filter { $0.distance == nearest }.map { $0.name }.sorted().prefix(3).map { $0 }
}

/// Which letters occur, a bit for each; some share one.
private func letterSet(_ word: [UInt8]) -> UInt32 {
  var set: UInt32 = 0
  for letter in word { set |= 1 << UInt32(letter & 31) }
  return set
}

/// ``did you mean `step` or `stop`?``, or nil if nothing is near.
func didYouMean(_ word: String, among names: [String]) -> String? {
  let near = suggestions(for: word, among: names)
  return near.isEmpty ? nil : "did you mean " + listed(near, "or") + "?"
}

/// Names in backquotes for a sentence: `` `a`, `b` or `c` ``.
func listed(_ names: [String], _ conjunction: String) -> String {
  let quoted = names.map { "`" + $0 + "`" }
  guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
  return quoted.dropLast().joined(separator: ", ") + " " + conjunction + " " + last
}

/// How many letters must be changed, added, left out or swapped with a neighbour to get from one word
/// to the other: `stpe` and `step` are 1 apart, `kitten` and `sitting` 3.
///
/// What is more than `limit` is not counted any further.
func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int = .max) -> Int {
  var twoBack: [Int] = []
  var above = Array(0...right.count)
  var leastAbove = 0
  for (row, letter) in left.enumerated() {
    var current = [row + 1]
    var least = row + 1
    for (column, other) in right.enumerated() {
      var best = above[column] + (letter == other ? 0 : 1)
      if above[column + 1] + 1 < best { best = above[column + 1] + 1 }
      if current[column] + 1 < best { best = current[column] + 1 }
      if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
        best = min(best, twoBack[column - 1] + 1)
      }
      current.append(best)
      if best < least { least = best }
    }
    // A swap reaches back over a row, and costs one.
    if least > limit, leastAbove >= limit { return least }
    (twoBack, above, leastAbove) = (above, current, least)
  }
  return above[right.count]
}

/// What to say when a word is no name.
///
/// `kind` completes the sentence: `command` gives ``no command is called `stpe` ``.
func unknownName(_ token: Token, kind: String, among names: [String], hint: String? = nil) -> Diagnostic {
  switch NameMatch.find(token.text, in: names) {
  case .ambiguous(let matches):
    return Diagnostic(
      "`\(token.text)` is short for more than one \(kind)", at: token,
      hint: "write more of " + listed(matches, "or"))
  default:
    return Diagnostic(
      "no \(kind) is called `\(token.text)`", at: token,
      hint: didYouMean(token.text, among: names) ?? hint)
  }
}
