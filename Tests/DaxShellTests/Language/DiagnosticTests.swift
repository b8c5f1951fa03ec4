import Testing

@testable import DaxShell

@Suite struct DiagnosticTests {
  private let options = SessionOptions()

  @Test func inAScript() {
    let diagnostic = Diagnostic(
      "no command is called `stpe`", hint: "did you mean `step`?", column: 7, length: 4, file: "tour.dax",
      line: 12, text: "      stpe 3")
    #expect(
      diagnostic.rendered(options) == """
        tour.dax:12:7: error: no command is called `stpe`
          stpe 3
          ^^^^
          hint: did you mean `step`?

        """)
  }

  @Test func interactively() {
    let diagnostic = Diagnostic("too much", at: Token("y", column: 3)).located(
      file: nil, line: nil, text: "x y")
    #expect(
      diagnostic.rendered(options) == """
        error: too much
          x y
            ^

        """)
    #expect(Diagnostic("no").rendered(options) == "error: no\n")
    #expect(Diagnostic("no", file: "a.dax", line: 2).rendered(options) == "a.dax:2: error: no\n")
    #expect(Diagnostic("no", file: "a.dax").rendered(options) == "a.dax: error: no\n")
  }

  @Test(arguments: [
    // Wide characters take two columns, tabs go to multiples of 8, controls are shown.
    ("日本 語x y", 5, 1, "日本 語x y", "       ^"),
    ("日本 語", 4, 1, "日本 語", "     ^^"),
    ("a\tb c", 3, 1, "a       b c", "        ^"),
    ("\ta b", 4, 1, "a b", "  ^"),
    ("a\u{1b}[31m b", 8, 1, "a\\x1b[31m b", "          ^"),
    ("e\u{301}a x", 4, 1, "e\u{301}a x", "   ^"),
    ("👨‍👩‍👧 x", 3, 1, "👨‍👩‍👧 x", "   ^"),
    // Just after the end, and beyond it.
    ("step", 6, 1, "step", "    ^"),
    ("step", 99, 5, "step", "    ^"),
    ("step", 3, 99, "step", "  ^^"),
    ("step   ", 1, 4, "step", "^^^^"),
  ])
  func carets(text: String, column: Int, length: Int, source: String, marks: String) {
    let diagnostic = Diagnostic("x", column: column, length: length, text: text)
    #expect(diagnostic.rendered(options) == "error: x\n  \(source)\n  \(marks)\n")
  }

  @Test func longLinesAreCutAroundTheMark() {
    var narrow = SessionOptions()
    narrow.width = 32
    let text = "0123456789 0123456789 here 0123456789 0123456789"
    #expect(
      Diagnostic("x", column: 23, length: 4, text: text).rendered(narrow) == """
        error: x
          …23456789 here 0123456789 012…
                    ^^^^

        """)
  }

  @Test func continuationLinesAreCountedThrough() {
    let text = "new arch=s390x \\\n  window=8Q \\\n  base=0"
    let diagnostic = Diagnostic("x", column: 27, length: 2, file: "t", line: 10, text: text)
    #expect(
      diagnostic.rendered(options) == """
        t:11:10: error: x
          window=8Q \\
                 ^^

        """)
  }

  @Test func hintsAreWrapped() {
    var narrow = SessionOptions()
    narrow.width = 40
    #expect(
      Diagnostic("x", hint: "`start virtio_fs_setup_dax` runs it to its first line").rendered(narrow) == """
        error: x
          hint: `start virtio_fs_setup_dax` runs
                it to its first line

        """)
    // So is a message, but not that of a script.
    let long = Diagnostic("`virtio_fs` is short for more than one topic")
    #expect(
      long.rendered(narrow) == "error: `virtio_fs` is short for more\n       than one topic\n")
    #expect(
      long.located(file: "a.dax", line: 1, text: nil).rendered(narrow)
        == "a.dax:1: error: `virtio_fs` is short for more than one topic\n")
  }

  @Test func styles() {
    var colored = SessionOptions()
    colored.usesColor = true
    #expect(
      Diagnostic("x", hint: "y", column: 1, file: "f", line: 1, text: "a").rendered(colored)
        == "\u{1b}[1mf:1:1:\u{1b}[0m \u{1b}[1;31merror:\u{1b}[0m x\n  a\n  \u{1b}[32m^\u{1b}[0m\n"
        + "  \u{1b}[2mhint:\u{1b}[0m y\n")
  }

  @Test func nothingReachesTheTerminalRaw() {
    let diagnostic = Diagnostic(
      "a\u{1b}b", hint: "c\u{7f}", column: 1, file: "\u{9b}f", line: 1, text: "\u{7}")
    #expect(
      diagnostic.rendered(options) == "\\u{9b}f:1:1: error: a\\x1bb\n  \\x07\n  ^^^^\n  hint: c\\x7f\n")
  }
}
