import Testing

@testable import DaxShell

@Suite struct DatumTests {
  private let devices: Datum = [
    "devices": [
      ["slot": "00:03", "bars": [["index": 0, "base": .hex(0x80_0000_0000)]], "irq": nil],
      ["slot": "00:04", "bars": [], "note": "a|b\nc"],
    ]
  ]

  @Test func builders() {
    #expect(Datum.record(("a", .int(1)), ("b", "x")) == ["a": 1, "b": "x"])
    #expect(Datum.count(UInt64(7)) == 7)
    #expect(Datum.count(UInt64.max) == .hex(UInt64.max))
    #expect(Datum.optional(nil) == nil)
    #expect(Datum.texts(["a"]) == ["a"])
    #expect(devices["devices"]?.elements.count == 2)
    #expect(devices["nothing"] == nil)
    var record: Datum = ["a": 1]
    record.set("b", 2)
    record.set("a", 3)
    #expect(record == ["a": 3, "b": 2])
  }

  @Test(
    arguments: [
      ("devices.count", 2), ("devices.0.slot", "00:03"), ("devices[1].slot", "00:04"),
      ("devices.last.note", "a|b\nc"), ("devices.first.bars.0.base", .hex(0x80_0000_0000)),
      ("devices.0.bars.count", 1), ("devices.0.irq", .null), ("devices.2", nil), ("device", nil),
      ("devices.0.slot.x", nil), ("devices.", nil), ("devices.-1", nil), ("devices.0.", nil),
    ] as [(String, Datum?)])
  func lookup(path: String, expected: Datum?) {
    #expect(devices.lookup(path) == expected)
  }

  @Test func lookupOfTheWholeAndOfDottedNames() {
    #expect(devices.lookup(".") == devices)
    #expect(devices.lookup("") == devices)
    let dotted: Datum = ["a": 1, "a.b": 2, "a.b.c": ["d": 3], "count": 9]
    #expect(dotted.lookup("a.b") == 2)
    #expect(dotted.lookup("a.b.c.d") == 3)
    #expect(dotted.lookup("count") == 9)
    #expect(dotted.resolve("a.x") == .missing(name: "x", parent: "a", names: []))
    #expect(dotted.resolve("z") == .missing(name: "z", parent: "", names: ["a", "a.b", "a.b.c", "count"]))
  }

  @Test(
    arguments: [
      (nil, "null"), (true, "true"), (-6, "-6"), (.int(Int64.min), "-9223372036854775808"),
      (.hex(0x80_0000_0000), #""0x8000000000""#), (.hex(0), #""0x0""#), ([], "[]"), ([:], "{}"),
      (["a": 1, "b": [true, nil]], #"{"a":1,"b":[true,null]}"#), ("a\"b\\c", #""a\"b\\c""#),
      ("\n\r\t", #""\n\r\t""#), ("\u{0}\u{1b}\u{7f}\u{9b}", #""\u0000\u001b\u007f\u009b""#),
      ("\u{2028}\u{2029}\u{202e}\u{feff}", #""\u2028\u2029\u202e\ufeff""#), ("日本 é 👍", "\"日本 é 👍\""),
      ("/", #""/""#),
    ] as [(Datum, String)])
  func json(datum: Datum, expected: String) {
    #expect(datum.json == expected)
  }

  @Test func envelopes() {
    #expect(
      jsonEnvelope(command: "probe", line: 3, result: ["return": 0])
        == #"{"command":"probe","line":3,"ok":true,"result":{"return":0}}"#)
    #expect(
      jsonEnvelope(command: "x", line: 1, failure: Diagnostic("bad", hint: "good"))
        == #"{"command":"x","line":1,"ok":false,"error":{"message":"bad","hint":"good"}}"#)
    #expect(
      jsonEnvelope(command: "x", line: 1, failure: Diagnostic("bad", column: 4))
        == #"{"command":"x","line":1,"ok":false,"error":{"message":"bad","hint":null,"column":4}}"#)
  }

  @Test func commaSeparated() {
    #expect(
      devices.csv() == """
        slot,bars,irq,note
        00:03,"[{""index"":0,""base"":""0x8000000000""}]",,
        00:04,[],,"a|b
        c"

        """)
    #expect(Datum.record(("return", -6), ("oops", nil)).csv() == "field,value\nreturn,-6\noops,\n")
    #expect(Datum.list(["a,b", " c", 4]).csv(lineEnd: "\r\n") == "value\r\n\"a,b\"\r\n\" c\"\r\n4\r\n")
    #expect(Datum.text("a\u{1b}b").csv() == "value\na\\x1bb\n")
    #expect(Datum.list([]).csv() == "")
    #expect(Datum.record(("rows", [["a": 1]]), ("total", 1)).csv() == "a\n1\n")
  }

  @Test func markdownTables() {
    #expect(
      devices.markdown == """
        | slot | bars | irq | note |
        | --- | --- | --- | --- |
        | 00:03 | [{"index":0,"base":"0x8000000000"}] |  |  |
        | 00:04 | [] |  | a\\|b<br>c |

        """)
    #expect(
      Datum.list([["n": 1, "t": "a*b`<i>\\"]]).markdown
        == "| n | t |\n| ---: | --- |\n| 1 | a\\*b\\`&lt;i>\\\\ |\n")
  }

  @Test(arguments: [
    (SessionOptions.Format.text, "a  1\n"), (.json, "{\"a\":1}\n"), (.csv, "field,value\na,1\n"),
    (.markdown, "| field | value |\n| --- | ---: |\n| a | 1 |\n"),
  ])
  func formats(format: SessionOptions.Format, expected: String) {
    var options = SessionOptions()
    options.format = format
    #expect((["a": 1] as Datum).rendered(options) == expected)
  }

  @Test func plainText() {
    let options = SessionOptions()
    let answer: Datum = [
      "return": -6, "errno": "ENXIO", "oops": nil, "trace": ["a", "b"], "leaks": [],
      "rows": [["n": 1, "kind": "x"]],
      "where": ["line": 3],
    ]
    #expect(
      answer.text(options) == """
        return  -6
        errno   ENXIO
        oops    none
        trace   a, b
        leaks   none
        rows
          n  kind
          ─  ────
          1  x
        where
          line  3

        """)
    #expect(Datum.text("a\u{7}").text(options) == "a\\x07\n")
    #expect(Datum.list([]).text(options) == "none\n")
  }
}
