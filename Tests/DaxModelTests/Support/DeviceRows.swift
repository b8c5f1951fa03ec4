import DaxModel
import Testing

/// A file of devices with what a kernel makes of each: `devices.json` is recorded, `constructed-devices.json` is not.
struct DeviceRows: Decodable, Sendable {
  struct Row: Decodable, Sendable, CustomTestStringConvertible {
    struct Bar: Decodable, Sendable {
      var index: Int
      var len: HexNumber
    }
    struct Window: Decodable, Hashable, Sendable {
      var addr: HexNumber
      var len: HexNumber
    }
    struct Outcome: Decodable, Sendable {
      var probe: Int64
      var bound: Bool
      var window: Window?
      var log: [String]
    }

    var name: String
    var what: String
    var slot: String
    var config: String
    var bars: [Bar]
    var recorded: [String: Outcome]?
    var expected: [String: Outcome]?

    var outcomes: [String: Outcome] { recorded ?? expected ?? [:] }
    var testDescription: String { name }
  }

  /// A row on a release.
  struct Probe: Sendable, CustomTestStringConvertible {
    var row: Row
    var release: KernelRelease
    var outcome: Row.Outcome
    /// A device of the same file that must be bound before, for its tag.
    var earlier: Row?
    var testDescription: String { "\(row.name) on \(release.name)" }
  }

  var cases: [Row]

  /// Every row of a file on every release that it knows and the model has.
  static func probes(_ file: String) throws -> [Probe] {
    let rows: DeviceRows = try Fixtures.json(file)
    var probes: [Probe] = []
    for row in rows.cases {
      let earlier = row.what.hasPrefix("second of") ? rows.cases.first { $0.tag == row.tag } : nil
      for release in KernelRelease.all {
        guard let outcome = row.outcomes[release.name] else { continue }
        probes.append(Probe(row: row, release: release, outcome: outcome, earlier: earlier))
      }
    }
    return probes
  }
}

extension DeviceRows.Row {
  /// The tag: what a newer kernel announced, or the name of the row; none where the row is about that.
  var tag: String {
    if what.contains("empty tag") || what.contains("no tag") || name.contains("emptytag") { return "" }
    let announced = "discovered new tag: "
    let lines = outcomes.values.flatMap(\.log).filter { $0.hasPrefix(announced) }
    let tag = lines.first.map { String($0.dropFirst(announced.count)) } ?? name
    return what.contains("newline") && !tag.contains("\n") ? tag + "\n" : tag
  }

  /// How many request queues: one, unless the row says otherwise in words, digits or its name.
  var requestQueues: Int {
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    let parts = what.split(separator: " ")
    for index in parts.indices where index >= 1 && parts[index].hasPrefix("queue") {
      let before = parts[index - 1] == "request" && index >= 2 ? parts[index - 2] : parts[index - 1]
      if before == "no" { return 0 }
      if let number = words.firstIndex(of: String(before)) ?? Int(before) { return number }
    }
    return name.first == "q" ? Int(name.dropFirst()) ?? 1 : 1
  }

  /// The device, as a machine takes it.
  func device() throws -> MachineConfiguration.Device {
    let slot = try #require(PciSlot(slot))
    let config = try #require(ConfigurationSpace(bytes(hex: config)))
    var function = PciFunction(slot: slot, title: name, config: config)
    for bar in bars { try function.setSize(ofBar: bar.index, to: ByteCount(bar.len.value)) }
    return MachineConfiguration.Device(.pci(function), tag: tag, requestQueues: requestQueues)
  }
}

/// A log line as its words and its numbers, each in order.
struct LogWords: Hashable {
  var words: [String] = []
  var numbers: [String] = []

  init(_ line: String) {
    let parts = line.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    for part in parts {
      let text = String(part)
      if let first = text.first(where: { $0 != "-" }), first.isNumber {
        numbers.append(text)
      } else {
        words.append(text)
      }
    }
  }

  /// Whether all words of `recorded` stand here in the same order, and exactly its numbers.
  func carries(_ recorded: LogWords) -> Bool {
    var rest = words[...]
    for word in recorded.words {
      guard let index = rest.firstIndex(of: word) else { return false }
      rest = rest[(index + 1)...]
    }
    return numbers == recorded.numbers
  }
}
