import DaxModel
import Testing

/// Reading dumps of `lspci` and lists of resources.
@Suite struct DumpTests {
  /// A dump of the reference device with its title, `lines` of it.
  static func dump(lines: Int = 16, slot: String = "00:02.0 Mass storage controller") throws -> String {
    let bytes = try ConfigImage().function().config.bytes
    var text = slot.isEmpty ? "" : slot + "\n"
    for line in 0..<lines {
      text += hexDigits(UInt64(16 * line), width: 2) + ":"
      for byte in bytes[16 * line..<16 * line + 16] { text += " " + hexDigits(UInt64(byte), width: 2) }
      text += "\n"
    }
    return text
  }

  func failure(_ text: String) -> DumpError? {
    do {
      _ = try LspciDump.functions(in: text)
      return nil
    } catch {
      return error
    }
  }

  @Test func plainDump() throws {
    let functions = try LspciDump.functions(in: try Self.dump())
    #expect(functions.count == 1)
    let function = try #require(functions.first)
    #expect(function.slot.description == "00:02.0")
    #expect(function.title == "Mass storage controller")
    #expect(function.config == (try ConfigImage().function().config))
    #expect(function.bars.map(\.index) == [1, 2, 4])
    #expect(function.unsizedBars == [1, 2, 4])
    #expect(function.sizedBars.isEmpty)
    #expect(function.linuxLookup(id: 0).outcome == .failed(.barSizeUnknown))
  }

  @Test func shortAndLongDumps() throws {
    let short = try #require(try LspciDump.functions(in: try Self.dump(lines: 4)).first)
    #expect(short.config.count == 64)
    #expect(short.strictLookup(id: 0) == .failed(.truncatedConfig))

    var text = try Self.dump()
    for line in 16..<256 {
      text += hexDigits(UInt64(16 * line), width: 2) + ":" + String(repeating: " 5a", count: 16) + "\n"
    }
    let long = try #require(try LspciDump.functions(in: text).first)
    #expect(long.config.count == 4096)
    #expect(long.config.read8(4095) == 0x5a)
    #expect(failure(text + "1000: 00\n")?.line == 258)
  }

  @Test func formsOfADump() throws {
    let reference = try ConfigImage().function().config
    let text = try Self.dump()
    let variants = [
      text.split(separator: "\n").joined(separator: "\r\n"),
      "\n# a comment\n\n" + text + "\n\n",
      text.uppercased(),
      "\u{feff}" + text,
      text.split(separator: "\n").map { $0.hasPrefix("00:02") ? String($0) : "\t" + $0 + "  " }
        .joined(separator: "\n"),
    ]
    for variant in variants {
      let functions = try LspciDump.functions(in: variant)
      #expect(functions.map(\.config) == [reference])
      #expect(functions.map(\.slot.description) == ["00:02.0"])
    }
    let domain = try LspciDump.functions(in: try Self.dump(slot: "0000:00:02.0 x"))
    #expect(domain.map(\.slot.description) == ["0000:00:02.0"])
    #expect(domain.first?.slot == PciSlot("00:02.0"))
    let bare = try LspciDump.functions(in: try Self.dump(slot: "00:02.0"))
    #expect(bare.map(\.title) == [""])
    let untitled = try LspciDump.functions(in: try Self.dump(slot: "") + "\n" + Self.dump(slot: ""))
    #expect(untitled.map(\.slot.description) == ["00:00.0", "00:01.0"])
    #expect(untitled.map(\.config) == [reference, reference])
  }

  @Test func lastLineMayBeShort() throws {
    let text = String(try Self.dump().dropLast(1 + 3 * 5))
    let functions = try LspciDump.functions(in: text + "\n\n" + Self.dump(slot: "00:03.0"))
    #expect(functions.map(\.config.count) == [251, 256])
  }

  @Test func sizesFromDecodedLines() throws {
    let lines = """
      \tControl: I/O+ Mem+
      \tRegion 1: Memory at febd4000 (32-bit, non-prefetchable) [size=4K]
      \tMemory at 800000000 (64-bit, prefetchable) [size=4G]
      \tRegion 3: Memory at 00000008 (32-bit, non-prefetchable) [size=8]
      \tRegion 4: Memory at fe000000 (64-bit, prefetchable) [disabled] [size=16K]
      \tExpansion ROM at fea00000 [disabled] [size=256K]
      \tCapabilities: [a4] Vendor Specific Information: VirtIO: <unknown>
      \t\tBAR=2 offset=00000000 size=00000000

      """
    let text = try Self.dump()
    let end = try #require(text.firstIndex(of: "\n"))
    let whole = text[...end] + lines + text[text.index(after: end)...]
    let function = try #require(try LspciDump.functions(in: String(whole)).first)
    #expect(function.bars == (try ConfigImage().function().bars))
    #expect(function.linuxLookup(id: 0).outcome.region?.length == ByteCount(1 << 32))

    for size in ["3M]", "64Q]", "0]", "64M]", "17000000T]", "64", ""] {
      let wrong = "00:02.0 x\n\tRegion 1: Memory at febd4000 (32-bit, x) [size=\(size)\n"
      let error = failure(wrong + (try Self.dump(slot: "")))
      #expect(error?.line == 2, "\(size)")
      #expect(error?.column == 49, "\(size)")
    }
  }

  @Test(arguments: [
    ("", 1, "no PCI function"),
    ("\n# nothing\n", 2, "no PCI function"),
    ("00:02.0 a\n", 1, "no bytes"),
    ("00:02.0 a\n00: 00 01\n", 2, "only 2 bytes"),
    ("00:02.0 a\n10: 00 01\n", 2, "offset 0x10"),
    ("10: 00 01\n", 1, "instead of 0"),
    ("00: 00 0g\n", 1, "no byte"),
    ("00: 00 0\n", 1, "no byte"),
    ("00: 00 000\n", 1, "no byte"),
    ("00: 00 01\n02: 00\n", 2, "offset 0x2"),
    ("00: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10\n", 1, "more than 16"),
    ("00:02.0 a\n$ lspci\n", 2, "neither a slot"),
    ("00:02.8 a\n", 1, "neither a slot"),
    ("\u{1b}[31m\n", 1, "neither a slot"),
  ])
  func errors(text: String, line: Int, words: String) {
    let error = failure(text)
    #expect(error?.line == line)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "no error")")
    #expect(error?.hint.isEmpty == false)
  }

  @Test func missingLineAndDoubleSlot() throws {
    var lines = try Self.dump().split(separator: "\n").map(String.init)
    lines.remove(at: 5)
    #expect(failure(lines.joined(separator: "\n"))?.line == 6)
    let twice = try Self.dump() + Self.dump(slot: "0000:00:02.0 again")
    #expect(failure(twice)?.line == 18)
    #expect(failure(twice)?.message == "0000:00:02.0 stands in the dump twice")
    let column = failure("00:02.0 a\n00: f4 1a xx\n")?.column
    #expect(column == 11)
  }

  /// Escaping is left to whoever prints a title.
  @Test func titlesKeepTheirCharacters() throws {
    let title = "\u{1b}[2J\u{7}\u{0} controller \u{202e}x"
    #expect(try LspciDump.functions(in: try Self.dump(slot: "00:02.0 " + title)).first?.title == title)
    var bytes = Array(try Self.dump().utf8)
    bytes.insert(0xff, at: 8)
    #expect(try LspciDump.functions(in: bytes).first?.title == "\u{fffd}Mass storage controller")
  }
}
