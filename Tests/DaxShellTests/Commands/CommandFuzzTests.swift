import Foundation
import Testing

@testable import DaxModel
@testable import DaxShell

/// Lines and files that nobody would write: each is answered, or refused in words, and none does harm.
@Suite("Broken lines and broken files")
struct CommandFuzzTests {
  private static let words =
    Command.allCases.filter { !isLong($0.rawValue) }.map { $0.rawValue } + FunctionID.allCases.map { $0.name }
    + InfoTopic.allCases.map { $0.rawValue } + Topic.allCases.map { $0.rawValue } + [
      "0", "1", "-1", "512", "16384", "16385", "0xffffffffffffffff", "18446744073709551615", "1_0", "4k",
      "64M",
      "99999999999999999999", "9999999999", "2M", "16p", "1T", "layer=driver", "outputs=none",
      "times=9999999999",
      "steps=3", "nth=2", "window=none", "window=1", "window=1T", "window=5M", "base=0", "base=0x1000",
      "base=0xffffffffffe00000", "kernel=patch-v2", "kernel=5.10", "transport=ccw", "transport=mmio",
      "altmap=yes",
      "tag=\u{1b}[31m", "queues=1024", "queues=0", "ENOMEM", "ENXIO", "EBUSY", "window+0x1000", "pgoff:3",
      "phys:0x8000000000", "end", "add", "probe", "remove", "reader", "pin", "==", "exists", "return", "rows",
      "'", "\"", "\\", "#", "é漢", "\u{202e}", "\u{9b}31m", "=", "\t", "virtio_fs_setup_dax.remapPages",
      "kill_dax.", ".", "PCILG", "PCISTB", "MPCIFC", "arch=s390x", "mio=yes", "state=error",
      "region=plain-ram", "cc=2",
      "a4m:3M", ":", "a4m:", "data=4G", "window=1T", "data=1T", "hit=5.8", "miss=", "reads=9", "export",
      "inodes",
      "program=operand", "len=3", "offset=0xffffffffffffffff", "oc=10", "request=0xffffffffffffffff", "off",
    ]

  /// Commands that search or replay a lot: thousands of them would take hours.
  private static func isLong(_ line: String) -> Bool {
    ["source", "conform", "verify"].contains { line.hasPrefix($0) }
  }

  private static func line(_ random: inout SplitMix64, _ examples: [String]) -> String {
    if random.below(3) == 0 {
      return (0...random.below(4)).map { _ in random.pick(words) }.joined(separator: " ")
    }
    var bytes = Array(random.pick(examples).utf8)
    for _ in 0..<random.below(3) {
      let place = random.below(bytes.count)
      switch random.below(5) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(4)))
      case 3: bytes += Array((" " + random.pick(words)).utf8)
      default: bytes.insert(contentsOf: Array(random.pick(words).utf8), at: place)
      }
      if bytes.isEmpty { bytes = [0x20] }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Nothing below a blank but line ends, no C1, nothing that turns the direction of writing.
  private static func isSafe(_ text: String) -> Bool {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f || $0 == 0x0a }) { return true }
    return text.unicodeScalars.allSatisfy { !isUnsafe($0) || $0 == "\n" }
  }

  @Test("A hundred thousand lines", arguments: 1...8)
  func lines(part: Int) {
    let examples = Set(Command.allCases.flatMap { $0.info.examples }).filter { !Self.isLong($0) }
      .sorted()
    var random = SplitMix64(state: UInt64(part))
    var shell = TestShell()
    var failures = 0
    for count in 0..<12_500 {
      if count % 100 == 0 {
        shell = TestShell(random.pick([.text, .text, .json, .csv, .markdown]))
        shell.session.host.patience = 2
        shell.session.options.width = 20 + random.below(80)
        shell.session.options.isInteractive = random.below(2) == 0
      }
      let line = Self.line(&random, examples)
      shell.session.host.rest()
      let reply = shell.session.run(line)
      if !Self.isSafe(reply.output) || !Self.isSafe(reply.diagnostics) {
        Issue.record("a control character passed through: \(line.debugDescription)")
      }
      if shell.session.options.format == .text, !reply.diagnostics.isEmpty {
        failures += 1
        // What goes wrong in a file that is sourced begins with its name.
        let isSentence =
          reply.diagnostics.hasPrefix("error: ")
          || line.contains("so") && reply.diagnostics.contains(": error: ")
        if !isSentence || !reply.diagnostics.hasSuffix("\n") {
          Issue.record("no sentence for \(line.debugDescription): \(reply.diagnostics)")
        }
      }
    }
    #expect(failures > 1_000)
  }

  @Test("Ten thousand broken dumps", arguments: 1...4)
  func dumps(part: Int) {
    var host = TestHost()
    guard case .success(let bytes) = host.readFile("Examples/machines/virtiofs-dax.lspci.txt") else {
      Issue.record("the dump is missing")
      return
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let start = text.range(of: "00:02.0")?.lowerBound ?? text.startIndex
    let seed = Array(text[start...].utf8.prefix(2_400))
    var random = SplitMix64(state: UInt64(100 + part))
    var shell = TestShell()
    var readable = 0
    for _ in 0..<2_500 {
      var dump = seed
      for _ in 0...random.below(4) {
        let place = random.below(dump.count)
        switch random.below(4) {
        case 0: dump[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: dump.remove(at: place)
        case 2:
          dump.insert(
            contentsOf: Array(random.pick(["[size=64M]", "\u{1b}", "00:03.0 ", "ff ", "40"]).utf8), at: place)
        default: dump.removeLast(random.below(dump.count / 2))
        }
      }
      shell.session.host.files["dump"] = dump
      let reply = shell.session.run("lspci dump")
      if reply.output.isEmpty == reply.diagnostics.isEmpty || !Self.isSafe(reply.output + reply.diagnostics) {
        Issue.record("neither an answer nor a sentence: \(reply)")
      }
      guard reply.diagnostics.isEmpty else { continue }
      readable += 1
      if readable % 8 == 0 {
        _ = shell.session.run("use 00:02.0 bar1=4k bar2=64M bar4=16k")
        shell.session.host.rest()
        shell.session.host.patience = 2
        let probe = shell.session.run("probe")
        if !Self.isSafe(probe.output + probe.diagnostics) { Issue.record("unsafe: \(probe)") }
      }
    }
    #expect(readable > 100)
  }
}
