import Testing

@testable import DaxShell

@Suite struct TextTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한국", 4), ("\u{1112}\u{1161}\u{11ab}", 2),
    ("ｆｕｌｌ", 8), ("👍", 2), ("👍🏽", 2), ("👨‍👩‍👧", 2), ("🇩🇪", 2), ("❤️", 2), ("❤", 1), ("…", 1), ("─", 1),
    ("\u{200b}", 0), ("あ", 2), ("か\u{3099}", 2), ("×", 1), ("①", 1),
  ])
  func widths(text: String, expected: Int) {
    #expect(displayWidth(text) == expected)
  }

  @Test(arguments: [
    ("abc", 3, "abc", "abc"), ("abcd", 3, "ab…", "..."), ("abcdef", 5, "abcd…", "ab..."),
    ("日本語", 5, "日本…", "日..."), ("日本語", 4, "日…", "..."), ("abc", 0, "", ""), ("abcde", 2, "a…", ".."),
  ])
  func fitting(text: String, width: Int, expected: String, ascii: String) {
    #expect(fit(text, columns: width, asciiOnly: false) == expected)
    #expect(fit(text, columns: width, asciiOnly: true) == ascii)
  }

  @Test(arguments: [
    ("plain", "plain"), ("a\nb\tc\r", "a\\nb\\tc\\r"), ("\u{1b}[31m", "\\x1b[31m"),
    ("\0\u{7f}", "\\x00\\x7f"),
    ("\u{9b}1m", "\\u{9b}1m"), ("\u{202e}x\u{2066}", "\\u{202e}x\\u{2066}"), ("\u{feff}", "\\u{feff}"),
    ("\u{2028}", "\\u{2028}"), ("日本", "日本"), ("a\r\nb", "a\\r\\nb"),
  ])
  func escaping(text: String, expected: String) {
    #expect(escapeControls(text) == expected)
    #expect(escapeControls(bytes: Array(text.utf8)) == expected)
  }

  @Test func namesInAColumnAndTextsThatAreWrapped() {
    var options = SessionOptions()
    options.width = 40
    #expect(
      options.hanging("  dax         ", "direct access to memory, without a copy") == [
        "  dax         direct access to memory,", "              without a copy",
      ])
    // A name that leaves no room has a line of its own.
    #expect(
      options.hanging("  checkMachineCheckSafe  ", "Is the device flagged for copies?") == [
        "  checkMachineCheckSafe", "     Is the device flagged for copies?",
      ])
    #expect(options.hanging("=> ", "") == ["=> "])
  }

  @Test func everyLineOfAFunctionIsExplainedInFull() {
    for width in [40, 60, 100] {
      var shell = TestShell()
      shell.session.options.width = width
      let text = shell.run("explain dax_copy_to_iter")
      #expect(!text.contains("…"))
      #expect(text.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= width })
      #expect(text.contains("virtio-fs is not."))
    }
  }

  @Test func escapingKeepsWhatIsAskedFor() {
    #expect(escapeControls("a\nb\tc\u{1b}", keeping: [.newline, .tab]) == "a\nb\tc\\x1b")
    #expect(escapeControls("a\nb\tc", keeping: .tab) == "a\\nb\tc")
  }

  @Test(
    arguments: [
      ([0x61, 0xff, 0x62], "a\\xffb"), ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"), ([0xc0, 0x80], "\\xc0\\x80"),
      ([0xe2, 0x82], "\\xe2\\x82"), ([0xf0, 0x9f, 0x91, 0x8d], "👍"),
      ([0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
      ([0xe0, 0x80, 0x80], "\\xe0\\x80\\x80"), ([], ""),
    ] as [([UInt8], String)])
  func invalidBytes(bytes: [UInt8], expected: String) {
    #expect(escapeControls(bytes: bytes) == expected)
  }

  @Test func stylesOnlyWhereAllowed() {
    var options = SessionOptions()
    #expect(options.styled("a", .bold, .red) == "a")
    options.usesColor = true
    #expect(options.styled("a", .bold, .red) == "\u{1b}[1;31ma\u{1b}[0m")
    #expect(options.styled("", .bold) == "")
  }
}
