import Testing

@testable import DaxShell

@Suite struct NamesTests {
  private let names = ["step", "stop", "next", "finish", "explore", "explain", "new", "newest"]

  @Test(arguments: [
    ("step", NameMatch.exact("step")), ("new", .exact("new")), ("f", .unique("finish")),
    ("st", .ambiguous(["step", "stop"])), ("expl", .ambiguous(["explain", "explore"])),
    ("ne", .ambiguous(["new", "newest", "next"])), ("x", .none), ("", .none), ("steps", .none),
  ])
  func matching(word: String, expected: NameMatch) {
    #expect(NameMatch.find(word, in: names) == expected)
  }

  @Test(arguments: [
    ("stpe", ["step"]), ("sttp", ["step", "stop"]), ("STEP", ["step"]), ("finsh", ["finish"]),
    ("explroe", ["explore"]), ("xyz", []), ("", []), ("s", []), ("nxt", ["next"]),
  ])
  func suggesting(word: String, expected: [String]) {
    #expect(suggestions(for: word, among: names) == expected)
  }

  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("stpe", "step", 1), ("ca", "abc", 3),
    ("abcd", "badc", 2), ("probe", "probe", 0),
  ])
  func distances(left: String, right: String, expected: Int) {
    #expect(editDistance(Array(left.utf8), Array(right.utf8)) == expected)
    #expect(editDistance(Array(right.utf8), Array(left.utf8)) == expected)
  }

  @Test func sentences() {
    #expect(didYouMean("sttp", among: names) == "did you mean `step` or `stop`?")
    #expect(didYouMean("qqq", among: names) == nil)
    #expect(listed([], "or") == "")
    #expect(listed(["a"], "or") == "`a`")
    #expect(listed(["a", "b", "c"], "and") == "`a`, `b` and `c`")
    let unknown = unknownName(Token("stpe", column: 3), kind: "command", among: names)
    #expect(unknown.message == "no command is called `stpe`")
    #expect(unknown.hint == "did you mean `step`?")
    let short = unknownName(Token("st"), kind: "command", among: names)
    #expect(short.message == "`st` is short for more than one command")
    #expect(short.hint == "write more of `step` or `stop`")
  }
}
