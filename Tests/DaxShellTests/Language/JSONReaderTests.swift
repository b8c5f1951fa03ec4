import Foundation
import Testing

@testable import DaxShell

/// JSON as it comes from files.
@Suite struct JSONReaderTests {
  static let values: [(String, Datum)] = [
    ("null", nil), ("true", true), (" false\n", false), ("0", 0), ("-0", 0), ("12", 12),
    ("1.0", 1), ("-2.50e1", -25), ("1e3", 1000), ("0.5", "0.5"), ("1e300", "1e300"),
    ("9223372036854775808", "9223372036854775808"), ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)), ("\"\"", ""),
    ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\u{8}\u{c}\n\r\tz"),
    ("\"\\u00e4\\ud83d\\ude00\\u0000\"", "ä😀\u{0}"),
    ("\"ä😀\"", "ä😀"), ("[]", []), ("[ 1 , [2] ]", [1, [2]]), ("{}", .record([])),
    ("{\"a\": 1, \"b\" : {\"c\": [null]}}", ["a": 1, "b": ["c": [nil]]]), ("\u{feff}1", 1),
  ]

  @Test(arguments: values) func value(_ text: String, _ datum: Datum) throws {
    #expect(try JSONReader.read(Array(text.utf8)) == datum)
  }

  static let slips: [(String, String, Int, Int)] = [
    ("", "the text ends where a value should stand", 1, 1),
    ("  \n ", "the text ends where a value should stand", 2, 2),
    ("nul", "this begins no value", 1, 1), ("truex", "something follows the end of the value", 1, 5),
    ("[1 2]", "a comma or the end of the list should stand here", 1, 4),
    ("[1,]", "this begins no value", 1, 4),
    ("{1:2}", "the name of a field should stand here", 1, 2),
    ("{\"a\" 1}", "a colon should follow the name of a field", 1, 6),
    ("{\"a\":1,\n}", "the name of a field should stand here", 2, 1),
    ("{\"ä\":1 \"b\":2}", "a comma or the end of the record should stand here", 1, 8),
    ("1.", "digits should follow the point", 1, 3), ("1e+", "digits should follow the exponent", 1, 4),
    ("01", "a number does not begin with a zero", 1, 1), ("-", "digits should follow the sign", 1, 2),
    ("\"abc", "the text that begins here does not end", 1, 1), ("\"\\x\"", "there is no such escape", 1, 2),
    ("\"\\ud800\"", "half a character stands alone", 1, 2),
    ("\"\\ud800\\u0041\"", "half a character stands alone", 1, 2),
    ("\"\\udc00\"", "half a character stands alone", 1, 2),
    ("\"\\u12\"", "four hexadecimal digits should follow", 1, 2),
    ("\"a\nb\"", "a control character must be written as an escape", 1, 3),
  ]

  @Test(arguments: slips) func slip(_ text: String, _ message: String, _ line: Int, _ column: Int) {
    #expect(throws: JSONReader.Failure(message: message, line: line, column: column)) {
      try JSONReader.read(Array(text.utf8))
    }
  }

  @Test func bytesThatAreNoText() {
    #expect(throws: JSONReader.Failure.self) { try JSONReader.read([0x22, 0xff, 0x22]) }
    #expect(throws: JSONReader.Failure.self) { try JSONReader.read([0x22, 0xed, 0xa0, 0x80, 0x22]) }
  }

  @Test func depthIsBounded() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    _ = try JSONReader.read(nested(JSONReader.deepest))
    #expect(throws: JSONReader.Failure.self) { try JSONReader.read(nested(JSONReader.deepest + 1)) }
    #expect(throws: JSONReader.Failure.self) { try JSONReader.read(nested(100_000)) }
  }

  /// What the shell writes, it reads again; and nothing that it is given brings it down.
  @Test func mutatedTexts() throws {
    let text = Array(try Repository.text("Tests/DaxModelTests/Fixtures/workloads/fail_setup.json").utf8)
    let whole = try JSONReader.read(text)
    #expect(try JSONReader.read(Array(whole.json.utf8)) == whole)
    var random = SplitMix64(state: 7)
    for _ in 0..<3000 {
      var bytes = Array(text.prefix(Int(random.next() % 1500)))
      for _ in 0..<(1 + random.next() % 4) where !bytes.isEmpty {
        let place = Int(random.next() % UInt64(bytes.count))
        bytes[place] =
          random.next() & 1 == 0
          ? UInt8(truncatingIfNeeded: random.next()) : text[Int(random.next() % UInt64(text.count))]
      }
      if let datum = try? JSONReader.read(bytes) {
        #expect(try JSONReader.read(Array(datum.json.utf8)) == datum)
        _ = try? Workload(datum)
      }
    }
  }
}
