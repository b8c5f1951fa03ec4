import Testing

@testable import DaxShell

@Suite struct ExpectationTests {
  private let answer: Datum = [
    "return": -6, "errno": "ENXIO", "kaddr": .hex(0x80_0000_0000), "pfn": .hex(UInt64.max), "oops": nil,
    "ok": true, "kernel": "5.10", "size": 65536, "image": "0x1F",
    "trace": ["findCacheRegion", "remapPages"], "leaks": [], "bars": [["base": .hex(0x1000)]],
  ]

  private func failure(_ line: String) throws -> Diagnostic? {
    let invocation = try #require(try Invocation.parse("expect " + line))
    return try Expectation.parse(invocation).failure(in: answer)
  }

  @Test(arguments: [
    "return == -6", "return = -6", "return==-6", "return=-6", "return != 0", "return!=0", "return < 0",
    "return <= -6", "return > -7", "return>=-6", "return == -ENXIO", "return == -0x6",
    "errno == ENXIO", "errno == 'ENXIO'", "errno != EIO", "errno contains XI", "errno matches EN*",
    "errno matches E?XIO", "kaddr == 0x8000000000", "kaddr == 512G", "kaddr == 0x80_0000_0000",
    "kaddr == 549755813888", "kaddr < 1T", "pfn > 0", "pfn == 0xffffffffffffffff", "pfn != -1",
    "oops == null", "oops exists", "ok == true", "ok != false", "kernel == 5.10", "size == 16p",
    "size == 64k", "image == 0x1f", "image == 31", "trace contains remapPages", "trace matches remap*",
    "trace.count == 2", "trace.last == remapPages", "trace.0 == findCacheRegion", "trace[0] matches find*",
    "leaks == []", "leaks.count == 0", "leaks.first missing", "retrun missing", "bars.0.base == 4k",
    "bars.0 contains base", "kaddr matches 0x80*", "trace == '[\"findCacheRegion\",\"remapPages\"]'",
    ". contains return", "errno contains ''",
  ])
  func met(line: String) throws {
    #expect(try failure(line) == nil)
  }

  @Test(
    arguments: [
      ("return == 0", "expected `return` == 0, but it is -6", nil),
      (
        "return == zero", "expected `return` == zero, but it is -6",
        "the value is a number, and `zero` is text"
      ),
      (
        "return == '-6'", "expected `return` == \"-6\", but it is -6",
        "the value is a number, and `-6` is text"
      ),
      ("return > -6", "expected `return` > -6, but it is -6", nil),
      ("errno == EIO", "expected `errno` == EIO, but it is \"ENXIO\"", nil),
      (
        "errno == -ENXIO", "expected `errno` == -ENXIO, but it is \"ENXIO\"",
        "an errno is written without a sign here: `ENXIO`"
      ),
      ("errno < 3", "expected `errno` < 3, but it is \"ENXIO\"", "only numbers have an order"),
      (
        "trace < 3", "expected `trace` < 3, but it is [\"findCacheRegion\",\"remapPages\"]",
        "compare the number of elements: PATH.count"
      ),
      (
        "trace == remapPages",
        "expected `trace` == remapPages, but it is [\"findCacheRegion\",\"remapPages\"]",
        "the list has it as an element: use `contains`"
      ),
      ("pfn == -1", "expected `pfn` == -1, but it is \"0xffffffffffffffff\"", nil),
      ("oops missing", "expected no `oops`, but it is null", nil),
      ("oops == 'null'", "expected `oops` == \"null\", but it is null", nil),
      (
        "retrun == 0", "the answer has no field `retrun`",
        "did you mean `return`? there are: return, errno, kaddr, pfn, oops, ok, kernel, size, image, trace, leaks, bars"
      ),
      ("bars.0.bsae exists", "`bars.0` has no field `bsae`", "did you mean `base`? there are: base"),
      ("trace.2 exists", "`trace` has no field `2`", "there are: count, first, last, 0, 1"),
      ("return.x == 1", "`return` has no field `x`", "it has no fields"),
    ] as [(String, String, String?)])
  func notMet(line: String, message: String, hint: String?) throws {
    let failure = try #require(try failure(line))
    #expect(failure.message == message)
    #expect(failure.hint == hint)
    #expect(failure.column == 8)
  }

  @Test(arguments: [
    ("", "expect needs a field, an operator and a value", 8),
    ("return", "an operator is missing", 15),
    ("return ==", "a value is missing after `==`", 18),
    ("return is 0", "`is` is not an operator", 15),
    ("return == 0 1", "`1` is too much here", 20),
    ("errno exists 1", "`1` is too much here", 21),
    ("return=0 x", "`x` is too much here", 17),
    ("a=0 b=1", "one expectation at a time", 12),
    ("a=", "a value is missing after `=`", 11),
  ])
  func misuse(line: String, message: String, column: Int) {
    let error = #expect(throws: Diagnostic.self) { try failure(line) }
    #expect(error?.message == message)
    #expect(error?.column == column)
  }

  @Test(arguments: [
    ("", "", true), ("", "*", true), ("", "?", false), ("abc", "abc", true), ("abc", "a*c", true),
    ("abc", "a?c", true), ("abc", "*", true), ("abc", "**b**", true), ("abc", "a?", false),
    ("abc", "*d", false),
    ("aaaaaaaaaaaaaaaaaaaaaaaa", "*a*a*a*a*a*a*a*a*a*b", false), ("日本", "?本", true),
  ])
  func globs(text: String, pattern: String, expected: Bool) {
    #expect(matchesGlob(text, pattern: pattern) == expected)
  }
}
