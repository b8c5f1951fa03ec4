import Testing

@testable import DaxShell

@Suite struct NumberTests {
  @Test(
    arguments: [
      ("0", 0), ("42", 42), ("010", 10), ("1_048_576", 1_048_576),
      ("0x10", 16), ("0XfF", 255), ("0xdead_beef", 0xdead_beef), ("0b1010", 10), ("0b1_0", 2),
      ("0x1b", 27), ("0xb", 11),
      ("4k", 4096), ("4K", 4096), ("2M", 2 << 20), ("2m", 2 << 20), ("1G", 1 << 30), ("1t", 1 << 40),
      ("4KiB", 4096), ("2MiB", 2 << 20), ("8GiB", 8 << 30), ("1TiB", 1 << 40), ("1gib", 1 << 30),
      ("16p", 65536), ("0x10p", 65536), ("0x10k", 16384), ("0b11M", 3 << 20), ("1_0k", 10240),
      ("18446744073709551615", UInt64.max), ("0xffffffffffffffff", UInt64.max),
      ("16777215T", 16_777_215 << 40),
      ("0x8000000000", 0x80_0000_0000),
    ] as [(String, UInt64)])
  func values(text: String, expected: UInt64) {
    #expect(Number.parse(text) == .success(expected))
  }

  @Test(arguments: [
    ("", "a number is missing", "write one such as 16 or 0x10"),
    ("-1", "`-1` is negative", "write 0 or more, such as 16"),
    ("x", "`x` is not a number", "write one such as 4096, 0x1000, 4k, 2M, or 16p for pages"),
    ("ff", "`ff` is not a number", "hexadecimal numbers begin with 0x, as in 0xff"),
    ("0x", "`0x` is not a number", "after `0x` come the digits 0 to 9 and a to f, as in 0x1f00"),
    ("0xg1", "`0xg1` is not a number", "after `0x` come the digits 0 to 9 and a to f, as in 0x1f00"),
    ("0b12", "`0b12` is not a number", "after `0b` come the digits 0 and 1, as in 0b1010"),
    ("1__0", "`1__0` is not a number", "an underscore stands between two digits, as in 1_048_576"),
    ("_1", "`_1` is not a number", "an underscore stands between two digits, as in 1_048_576"),
    ("2MB", "`2MB` is not a number", "units are powers of 1024: k, M, G, T or KiB, MiB, GiB, TiB, as in 2M"),
    ("1.5G", "`1.5G` is not a number", "numbers are whole: for one and a half GiB write 1536M"),
    ("16P", "`16P` is not a number", "pages of 4096 bytes are a small p, as in 16p"),
    ("k", "`k` is not a number", "write one such as 4096, 0x1000, 4k, 2M, or 16p for pages"),
    (
      "18446744073709551616", "`18446744073709551616` does not fit in 64 bits",
      "the largest is 0xffffffffffffffff, 18446744073709551615"
    ),
    (
      "16777216T", "`16777216T` does not fit in 64 bits",
      "the largest is 0xffffffffffffffff, 18446744073709551615"
    ),
    (
      "0x1_0000_0000_0000_0000", "`0x1_0000_0000_0000_0000` does not fit in 64 bits",
      "the largest is 0xffffffffffffffff, 18446744073709551615"
    ),
  ])
  func failures(text: String, message: String, hint: String) {
    #expect(Number.parse(text) == .failure(Number.Failure(message: message, hint: hint)))
  }

  @Test(
    arguments: [
      ("0", 0), ("-1", -1), ("+3", 3), ("-4k", -4096), ("-0x10", -16),
      ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
    ] as [(String, Int64)])
  func signedValues(text: String, expected: Int64) {
    #expect(Number.parseSigned(text) == .success(expected))
  }

  @Test(arguments: [
    ("9223372036854775808", "`9223372036854775808` does not fit in 64 bits with a sign"),
    ("-9223372036854775809", "`-9223372036854775809` does not fit in 64 bits with a sign"),
    ("--1", "`--1` is not a number"), ("-", "a number is missing"), ("-x", "`-x` is not a number"),
  ])
  func signedFailures(text: String, message: String) {
    guard case .failure(let failure) = Number.parseSigned(text) else {
      Issue.record("\(text) was accepted")
      return
    }
    #expect(failure.message == message)
  }

  @Test func tokensSayWhatTheyAreFor() {
    let token = Token("4x", column: 15)
    let error = #expect(throws: Diagnostic.self) { try token.unsigned("the page offset") }
    #expect(error?.message == "the page offset: `4x` is not a number")
    #expect(error?.column == 15)
    #expect(error?.length == 2)
    let large = #expect(throws: Diagnostic.self) { try Token("5").count("the number of steps", limit: 4) }
    #expect(large?.message == "the number of steps is at most 4")
  }
}
