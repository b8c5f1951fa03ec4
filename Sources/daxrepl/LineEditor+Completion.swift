import CEditline
import DaxShell
import Glibc

extension LineEditor {
  /// What Tab does: fills in what is certain, and lists the candidates when nothing more is.
  ///
  /// Tab again on the same line shows the next page of a long list.
  func completeWord() -> UInt8 {
    let (scalars, cursor) = buffer
    let line = Self.text(scalars)
    let head = Self.text(scalars[..<cursor])
    let offset = head.utf8.count
    let completions = complete(line, offset)
    // A name with a control character in it cannot be typed on one line.
    let candidates = completions.candidates.filter { candidate in
      !candidate.text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
    let wordStart = head.utf8.index(
      head.startIndex, offsetBy: max(0, min(completions.wordStart, offset)))
    let word = String(head[wordStart...])

    guard let first = candidates.first else { return UInt8(CC_ERROR) }
    if candidates.count == 1 {
      let needsSpace = first.isFinal && scalars[cursor...].first != " "
      return replace(word, with: first.text + (needsSpace ? " " : ""))
    }
    let common = Self.commonPrefix(of: candidates)
    if common.unicodeScalars.count > word.unicodeScalars.count, Self.starts(common, with: word) {
      return replace(word, with: common)
    }
    list(candidates, line: line, cursor: cursor)
    return UInt8(CC_NORM)
  }

  /// Puts a text in the place of the word before the cursor.
  private func replace(_ word: String, with text: String) -> UInt8 {
    if word == text { return UInt8(CC_ERROR) }
    if Self.starts(text, with: word) {
      // Often only the end is new: leave alone what is there.
      let rest = text.unicodeScalars.dropFirst(word.unicodeScalars.count)
      el_winsertstr(handle, Self.wide(Self.text(rest)))
    } else {
      el_deletestr(handle, Int32(word.unicodeScalars.count))
      el_winsertstr(handle, Self.wide(text))
    }
    return UInt8(CC_REFRESH)
  }

  /// Writes the candidates below the line, and the line again below them.
  private func list(_ candidates: [Candidate], line: String, cursor: Int) {
    var first = 0
    if let listing, listing.line == line, listing.cursor == cursor, listing.next < candidates.count {
      first = listing.next
    }
    let list = CandidateList(candidates, size: Screen.size, asciiOnly: asciiOnly)
    let page = list.page(from: first)
    listing = page.next.map { (line, cursor, $0) }
    leaveLine(marking: "")
    _ = Output.send(page.rows.map { $0 + "\n" }.joined(), to: STDOUT_FILENO)
    // Asking for a redisplay by return value would make libedit walk up over the list.
    ced_refresh(handle)
  }

  /// The longest text that all candidates begin with, compared character by character.
  static func commonPrefix(of candidates: [Candidate]) -> String {
    guard var common = candidates.first.map({ Array($0.text.unicodeScalars) }) else { return "" }
    for candidate in candidates.dropFirst() {
      let same = zip(common, candidate.text.unicodeScalars).prefix { $0 == $1 }.count
      common.removeLast(common.count - same)
    }
    return text(common)
  }

  private static func starts(_ text: String, with beginning: String) -> Bool {
    text.unicodeScalars.starts(with: beginning.unicodeScalars)
  }
}
