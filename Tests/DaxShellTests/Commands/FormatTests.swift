import Testing

@testable import DaxShell

@Suite("Results as tables for other programs")
struct FormatTests {
  @Test("Comma-separated values")
  func csv() {
    var shell = TestShell(.csv)
    #expect(
      shell.run("info bars") == """
        index,base,len,flags,kind
        1,0xfebd4000,4096,0x40200,mem32
        2,0x8000000000,67108864,0x14220c,mem64-prefetchable
        4,0xfe000000,16384,0x14220c,mem64-prefetchable

        """)
    #expect(
      shell.run("probe", "expect return == 0", "direct_access 0 512").hasSuffix(
        """
        field,value
        return,512
        errno,
        kaddr,0xffff890000000000
        pfn,0x8000000
        pfn_flags,"[""DEV"",""MAP""]"

        """))
    #expect(
      shell.run("pages 0 2") == """
        pgoff,pfn,page,exists,count,flags,pgmap
        0,0x8000000,0xffffea0200000000,true,1,reserved,pagemap#0
        1,0x8000001,0xffffea0200000040,true,1,reserved,pagemap#0

        """)
  }

  @Test("Markdown")
  func markdown() {
    var shell = TestShell(.markdown)
    #expect(
      shell.run("info bars") == """
        | index | base | len | flags | kind |
        | ---: | ---: | ---: | ---: | --- |
        | 1 | 0xfebd4000 | 4096 | 0x40200 | mem32 |
        | 2 | 0x8000000000 | 67108864 | 0x14220c | mem64-prefetchable |
        | 4 | 0xfe000000 | 16384 | 0x14220c | mem64-prefetchable |

        """)
    #expect(shell.run("expect rows.count == 3") == "")
  }

  @Test("Text: a table of addresses has no quotes in it")
  func text() {
    var shell = TestShell()
    #expect(
      shell.run("probe", "info window").hasSuffix(
        """
                     kaddr     phys_addr       len  pages
        ──────────────────  ────────────  ────────  ─────
        0xffff890000000000  0x8000000000  67108864  16384

        """))
  }

  @Test("With ASCII only, nothing else is written", arguments: Command.allCases)
  func ascii(command: Command) {
    var shell = TestShell()
    shell.session.options.asciiOnly = true
    for example in command.info.examples {
      #expect(shell.run(example).utf8.allSatisfy { $0 < 0x80 }, "\(example)")
    }
    #expect(shell.run("step 20").utf8.allSatisfy { $0 < 0x80 })
  }

  @Test("The same script writes the same bytes")
  func deterministic() {
    func transcript() -> String {
      var shell = TestShell()
      var output = ""
      for command in Command.allCases {
        for example in command.info.examples { output += shell.run(example) }
      }
      return output
    }
    #expect(transcript() == transcript())
  }
}
