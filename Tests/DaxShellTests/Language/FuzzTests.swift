import Testing

@testable import DaxShell

@Suite struct FuzzTests {
  private let seeds: [[UInt8]] = [
    "new arch=s390x window=8G", "expect trace.0 == 'a b'", "say \"a\\n\" # end", "0x1_0k", "step \\",
    "日本 é👍", "copy to_iter 0 16p engine=\"zpci-a\"", "\u{1b}[31m\u{202e}\t\u{7f}",
  ].map { Array($0.utf8) }

  private let signs = Array("\"'\\=#\n\t \u{1b}_".utf8)

  private func line(_ random: inout SplitMix64) -> [UInt8] {
    var bytes = seeds[random.below(seeds.count)]
    for _ in 0..<random.below(4) {
      let place = random.below(bytes.count)
      switch random.below(4) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes.insert(signs[random.below(signs.count)], at: place)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(4)))
      default: bytes.append(contentsOf: seeds[random.below(seeds.count)].prefix(6))
      }
      if bytes.isEmpty { bytes = [0x20] }
    }
    return bytes
  }

  private func hasRawControls(_ text: String) -> Bool {
    text.unicodeScalars.contains { isUnsafe($0) && $0 != "\n" }
  }

  /// 100,000 lines in four parts, which run side by side.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func nothingCrashesAndNothingLeaks(seed: UInt64) {
    var random = SplitMix64(state: seed)
    var options = SessionOptions()
    var failures = 0
    for _ in 0..<25_000 {
      let bytes = line(&random)
      let text = String(decoding: bytes, as: UTF8.self)
      options.width = 20 + random.below(60)
      do {
        guard let invocation = try Invocation.parse(text) else { continue }
        if invocation.arguments.count > 2 {
          _ = try Expectation.parse(invocation).failure(in: ["trace": ["a b"], "return": 0])
        }
        _ = try invocation.arguments.last?.signed("the number")
      } catch {
        failures += 1
        let located = error.located(file: "f", line: 1, text: text)
        if failures % 16 == 0, hasRawControls(located.rendered(options)) {
          Issue.record("a control character passed through: \(bytes)")
        }
      }
    }
    #expect(failures > 2_500)
  }

  @Test func escapedTextHasNoControlBytes() {
    var random = SplitMix64(state: 7)
    for _ in 0..<10_000 {
      let bytes = line(&random)
      let text = escapeControls(bytes: bytes)
      let again = escapeControls(String(decoding: bytes, as: UTF8.self))
      let json = Datum.text(String(decoding: bytes, as: UTF8.self)).json
      if hasRawControls(text + again + json) || (text + again + json).utf8.contains(where: { $0 < 0x20 }) {
        Issue.record("a control character passed through: \(bytes)")
      }
    }
  }
}
