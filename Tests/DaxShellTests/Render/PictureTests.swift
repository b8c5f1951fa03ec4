import Testing

@testable import DaxShell

@Suite struct PictureTests {
  private let options = SessionOptions()
  private var ascii: SessionOptions {
    var ascii = SessionOptions()
    ascii.asciiOnly = true
    return ascii
  }

  private func narrow(_ width: Int) -> SessionOptions {
    var narrow = SessionOptions()
    narrow.width = width
    return narrow
  }

  private let rows: Datum = [
    ["name": "日本", "n": 1, "note": "a"], ["name": "x\u{1b}", "n": 1234, "note": "b longer note"],
  ]

  @Test func tables() {
    #expect(
      Table(rows).rendered(options) == """
        name      n  note
        ─────  ────  ─────────────
        日本      1  a
        x\\x1b  1234  b longer note

        """)
    #expect(
      Table(rows).rendered(ascii, indent: 1) == """
         name      n  note
         -----  ----  -------------
         日本      1  a
         x\\x1b  1234  b longer note

        """)
  }

  @Test func wideTablesAreCut() {
    #expect(
      Table(rows).rendered(narrow(23)) == """
        name      n  note
        ─────  ────  ──────────
        日本      1  a
        x\\x1b  1234  b longer …

        """)
    for width in 1...40 {
      for line in Table(rows).lines(narrow(width)) { #expect(displayWidth(line) <= width) }
    }
  }

  @Test func tablesWithoutHeader() {
    var table = Table(columns: [Table.Column("k"), Table.Column("v", .right)])
    table.hasHeader = false
    table.add("a", "1")
    table.add("bcd", "10")
    #expect(table.lines(options) == ["a     1", "bcd  10"])
    #expect(Table(Datum.list([])).rendered(options) == "")
  }

  @Test func boxes() {
    let stack = BoxStack(
      title: "devres of virtio0",
      [BoxStack.Box("percpu_ref_exit"), BoxStack.Box("devm_memremap", ["refcount 1"])])
    #expect(
      stack.lines(options) == [
        "┌ devres of virtio0 ┐",
        "│ percpu_ref_exit   │",
        "├───────────────────┤",
        "│ devm_memremap     │",
        "│   refcount 1      │",
        "└───────────────────┘",
      ])
    #expect(
      BoxStack([BoxStack.Box("a")]).lines(ascii, indent: 2) == ["  +----+", "  | a  |", "  +----+"])
    #expect(BoxStack(title: "t", []).lines(options)[1] == "│ (empty) │")
    for width in 8...30 {
      for line in stack.lines(narrow(width)) { #expect(displayWidth(line) <= width) }
    }
  }

  @Test func bars() {
    let bar = CellBar([
      CellBar.Cell("7", tick: "0"), CellBar.Cell("", tick: "2M", fill: .light),
      CellBar.Cell("8", tick: "4M", fill: .full),
    ])
    #expect(
      bar.lines(options) == [
        "┌───┬───┬─────┐",
        "│ 7 │░░░│█ 8 █│",
        "└───┴───┴─────┘",
        " 0   2M  4M",
      ])
    #expect(bar.lines(ascii)[1] == "| 7 |...|# 8 #|")
  }

  @Test func longBarsAreMergedAndWrapped() {
    let free = (0..<100).map { CellBar.Cell("", tick: $0 == 0 ? "0" : "", fill: .light) }
    let bar = CellBar(free + [CellBar.Cell("busy")])
    #expect(
      bar.lines(narrow(40)) == [
        "┌────────┬──────┐",
        "│░ ×100 ░│ busy │",
        "└────────┴──────┘",
        " 0",
      ])
    let mixed = CellBar((0..<40).map { CellBar.Cell(String($0), tick: "\($0)M") })
    for width in 8...60 {
      for line in mixed.lines(narrow(width)) { #expect(displayWidth(line) <= width) }
    }
    #expect(CellBar([]).lines(options) == [])
  }
}
