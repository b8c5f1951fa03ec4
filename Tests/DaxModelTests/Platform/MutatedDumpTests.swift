import DaxModel
import Foundation
import Testing

/// Ten thousand broken dumps: each gives functions or a sentence, never a crash.
@Suite struct MutatedDumpTests {
  @Test func mutatedDumps() throws {
    var seeds = [Array(try DumpTests.dump().utf8)]
    for name in try Fixtures.names(in: "machines", suffix: ".lspci.txt") {
      // One device of each real dump, decoded lines and all, so that ten thousand stay quick.
      let text = try Fixtures.text("machines/" + name)
      let devices = text.components(separatedBy: "\n\n")
      seeds.append(Array((devices.last { $0.contains("Capabilities") } ?? text).utf8.prefix(1_900)))
    }
    let tokens = [
      "[size=64M]", "[size=", "00:03.0 ", "0000:", "\r\n", "100: ", "\t", "#", "ff ", "\u{1b}", "é",
    ]
    var random = SplitMix64(seed: 0x1af4_105a)
    var parsed = 0
    for _ in 0..<10_000 {
      var text = seeds[random.below(seeds.count)]
      for _ in 0...random.below(4) {
        let place = random.below(text.count)
        switch random.below(6) {
        case 0: text[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: text.remove(at: place)
        case 2: text.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        case 3: text.insert(contentsOf: Array(tokens[random.below(tokens.count)].utf8), at: place)
        case 4: text.removeLast(random.below(text.count / 4))
        default: text[place] ^= 1 << UInt8(random.below(8))
        }
      }
      do {
        let functions = try LspciDump.functions(in: text)
        parsed += 1
        if functions.isEmpty { Issue.record("neither functions nor an error") }
        for function in functions {
          _ = function.linuxLookup(id: 0)
          _ = function.strictLookup(id: 0)
        }
      } catch {
        if error.message.isEmpty || error.hint.isEmpty || error.line < 1 || error.column < 1 {
          Issue.record("an error without a sentence or a place: \(error)")
        }
      }
    }
    #expect(parsed > 500)
    #expect(parsed < 9_500)
  }

  @Test func mutatedResources() throws {
    let seed = Array(try Fixtures.bytes("machines/virtiofs-dax.resources.txt").suffix(600))
    var random = SplitMix64(seed: 42)
    for _ in 0..<1_000 {
      var text = seed
      for _ in 0...random.below(3) {
        text[random.below(text.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      do {
        let list = try ResourceList(text)
        if list.slots.isEmpty { Issue.record("neither resources nor an error") }
      } catch {
        if error.message.isEmpty || error.hint.isEmpty { Issue.record("an error without a sentence") }
      }
    }
  }
}
