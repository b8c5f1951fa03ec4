import DaxModel

// Commands about real configuration space, and about the releases.

extension Session {
  /// A file of the host, or an error that names it. Exit code 66 if it cannot be read.
  mutating func readFile(_ token: Token) throws(Diagnostic) -> [UInt8] {
    switch host.readFile(token.text) {
    case .success(let bytes): return bytes
    case .failure(let failure):
      failureCode = 66
      throw Diagnostic(
        "cannot read \(escapeControls(token.text)): \(failure.reason)", at: token,
        hint: "the path is relative to the folder in which the shell was started")
    }
  }

  mutating func lspci(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1, options: ["resources"])
    let file = try line.argument(0, "the file with the dump", example: "lspci machine.txt")
    let text = try readFile(file)
    var found: [PciFunction]
    do throws(DumpError) { found = try LspciDump.functions(in: text) } catch {
      throw dumpDiagnostic(error, in: file)
    }
    if let resources = line[option: "resources"] {
      let text = try readFile(resources)
      do throws(DumpError) { try ResourceList(text).apply(to: &found) } catch {
        throw dumpDiagnostic(error, in: resources)
      }
    }
    guard !found.isEmpty else {
      throw Diagnostic(
        "\(escapeControls(file.text)) holds no configuration space", at: file,
        hint: "make it with: lspci -xxxx -vvnn > machine.txt")
    }
    functions = found
    dumpName = file.text
    return functionsAnswer()
  }

  private func dumpDiagnostic(_ error: DumpError, in file: Token) -> Diagnostic {
    Diagnostic(
      "\(escapeControls(file.text)):\(error.line):\(error.column): \(escapeControls(error.message))",
      at: file,
      hint: escapeControls(error.hint))
  }

  private func functionsAnswer() -> Answer {
    let rows = functions.map { function in functionRecord(function) }
    var table = Table(columns: [.init("slot"), .init("id"), .init("title"), .init("regions")])
    for function in functions {
      let regions = function.capabilities.entries.compactMap { $0.virtio }.filter { $0.type == .sharedMemory }
      let id =
        hexDigits(UInt64(function.header.vendor), width: 4) + ":"
        + hexDigits(UInt64(function.header.device), width: 4)
      let shown = regions.map { "id \($0.id): \(sizeText($0.regionLength)) in BAR \($0.bar)" }
      table.add(function.slot.description, id, function.title, shown.joined(separator: "; "))
    }
    let usable = functions.filter { $0.isVirtioFileSystem }
    let hint =
      usable.isEmpty
      ? "no function here is a virtio file system"
      : "`use \(usable[0].slot)` makes a machine of a function"
    return Answer(["functions": .list(rows)], text: table.rendered(options) + hint + "\n")
  }

  func functionRecord(_ function: PciFunction) -> Datum {
    let header = function.header
    return [
      "slot": .text(function.slot.description), "vendor": .hex(UInt64(header.vendor)),
      "device": .hex(UInt64(header.device)), "title": .text(function.title),
      "bars": .list(function.bars.map(barRecord)), "capabilities": .list(capabilityRecords(function)),
    ]
  }

  func barRecord(_ bar: BarResource) -> Datum {
    [
      "index": .count(bar.index), "base": .hex(bar.base.rawValue),
      "len": bar.length.map { .count($0.rawValue) } ?? .null, "flags": .hex(bar.flags.rawValue),
      "kind": .text(bar.kind.rawValue),
    ]
  }

  func capabilityRecords(_ function: PciFunction) -> [Datum] {
    function.capabilities.entries.map { capability in
      var record: Datum = ["offset": .count(capability.offset), "cap_id": .hex(UInt64(capability.id))]
      record.set("type", capability.virtio.map { .count(Int($0.typeByte)) } ?? .null)
      record.set("bar", capability.virtio.map { .count(Int($0.bar)) } ?? .null)
      record.set("id", capability.virtio.map { .count(Int($0.id)) } ?? .null)
      record.set("region_offset", capability.virtio.map { .count($0.regionOffset.rawValue) } ?? .null)
      record.set("region_len", capability.virtio.map { .count($0.regionLength.rawValue) } ?? .null)
      record.set("name", .text(capability.name))
      return record
    }
  }

  /// `info bars`: lengths in units that people use.
  func barsAnswer() -> Answer {
    let bars = machine.kernel.devices[device].pciFunction?.bars ?? []
    var table = Table(columns: [.init("bar"), .init("base", .right), .init("length", .right), .init("kind")])
    for bar in bars {
      table.add("\(bar.index)", "\(bar.base)", bar.length.map(sizeText) ?? "?", bar.kind.rawValue)
    }
    let rows = Datum.list(bars.map(barRecord))
    return Answer(["rows": rows], text: bars.isEmpty ? "the device has no BARs\n" : table.rendered(options))
  }

  /// `info capabilities`, in the order of the list.
  func capabilitiesAnswer() -> Answer {
    let function = machine.kernel.devices[device].pciFunction
    let titles = ["offset", "id", "kind", "type", "bar", "shmid", "region offset", "region length"]
    var table = Table(columns: titles.map { .init($0, $0 == "kind" ? .left : .right) })
    for entry in function?.capabilities.entries ?? [] {
      let part = entry.virtio
      table.add(
        hex(UInt64(entry.offset)), hex(UInt64(entry.id)), entry.name,
        part.map { "\($0.typeByte)" } ?? "", part.map { "\($0.bar)" } ?? "",
        part.map { $0.type == .sharedMemory ? "\($0.id)" : "" } ?? "",
        part.map { hex($0.regionOffset.rawValue) } ?? "", part.map { sizeText($0.regionLength) } ?? "")
    }
    let rows = function.map(capabilityRecords) ?? []
    let text = rows.isEmpty ? "the device has no PCI capabilities\n" : table.rendered(options)
    return Answer(["rows": .list(rows)], text: text)
  }

  mutating func use(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(
      arguments: 1,
      options: ["bar0", "bar1", "bar2", "bar3", "bar4", "bar5", "tag", "queues", "kernel", "stack"])
    let token = try line.argument(0, "the slot", example: "use 00:02.0")
    guard !functions.isEmpty else {
      throw Diagnostic("no dump has been read", at: line.command, hint: "read one with `lspci FILE`")
    }
    let slots = functions.map { $0.slot.description }
    guard var function = functions.first(where: { PciSlot(token.text) == $0.slot }) else {
      throw unknownName(
        token, kind: "function of the dump", among: slots, hint: "it has " + listed(slots, "and"))
    }
    try applySizes(line, to: &function)
    try requireSizes(of: function, at: token)
    let release =
      try line[option: "kernel"].map { token throws(Diagnostic) in try Self.release(token) } ?? release
    try platform.check(release, at: line[option: "kernel"] ?? token)
    let queues =
      try line[option: "queues"].map { token throws(Diagnostic) in
        try token.count("the number of request queues", limit: 1024)
      } ?? 1
    let tag = line[option: "tag"]?.text ?? "myfs"
    var configuration = platform.machine(
      release, [MachineConfiguration.Device(.pci(function), tag: tag, requestQueues: queues)])
    configuration.stackHoldsGarbage = try line.choice("stack", among: ["zero", "garbage"]) == "garbage"
    install(configuration)
    return machineAnswer()
  }

  private func applySizes(_ line: Invocation, to function: inout PciFunction) throws(Diagnostic) {
    for option in line.options where option.name.text.hasPrefix("bar") {
      guard let index = Int(option.name.text.dropFirst(3)) else { continue }
      let size = ByteCount(try option.value.unsigned("the size of BAR \(index)"))
      do throws(BarSizeError) { try function.setSize(ofBar: index, to: size) } catch {
        throw Diagnostic(error.message, at: option.value, hint: error.hint)
      }
    }
  }

  private func requireSizes(of function: PciFunction, at token: Token) throws(Diagnostic) {
    guard !function.unsizedBars.isEmpty else { return }
    let bars = function.unsizedBars.map { "\($0)" }
    let names =
      bars.count == 1
      ? "size of BAR \(bars[0]) is" : "sizes of BARs " + bars.joined(separator: ", ") + " are"
    let example = function.unsizedBars.map { "bar\($0)=SIZE" }.joined(separator: " ")
    throw Diagnostic(
      "the \(names) not known: a dump does not hold \(bars.count == 1 ? "it" : "them")", at: token,
      hint: "write `use \(token.text) \(example)`, or give `lspci` a file with resources=FILE")
  }

  mutating func releases(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    let all = builds
    let items = ReleaseSwitch.allCases.filter { item in all.contains { $0.has(item) } }
    let rows: [Datum] = items.map { item in
      [
        "switch": .text(item.name), "sentence": .text(item.sentence), "source": .text(item.source),
        "unconfirmed": .bool(item.isUnconfirmed),
        "releases": .texts(all.filter { $0.has(item) }.map { $0.name }),
      ]
    }
    var table = Table(columns: [.init("switch"), .init("on in"), .init("where it is on")])
    table.wrapsLastColumn = true
    for item in items {
      table.add(item.name + (item.isUnconfirmed ? " *" : ""), spans(of: item, in: all), item.sentence)
    }
    let names: [Datum] = all.map { ["name": .text($0.name), "summary": .text($0.summary)] }
    let list = all.map { ($0.name == release.name ? "=> " : "   ") + pad($0.name, columns: 9) + $0.summary }
    return Answer(
      [
        "current": .text(release.name), "arch": .text(release.architecture.rawValue),
        "releases": .list(names), "switches": .list(rows),
      ],
      text: list.joined(separator: "\n") + "\n\nBuilt for \(release.architecture.rawValue):\n"
        + table.rendered(options)
        + "* in which release it changed is not confirmed\n`explain SWITCH` tells more about one\n")
  }

  /// Where a switch is on, from the first release of a run to its last: `to 5.15`, `6.16 - 6.17-rc1`, `6.1 on`.
  private func spans(of item: ReleaseSwitch, in all: [KernelRelease]) -> String {
    var spans: [String] = []
    var index = 0
    while index < all.count {
      guard all[index].has(item) else {
        index += 1
        continue
      }
      let first = index
      while index < all.count, all[index].has(item) { index += 1 }
      let (from, to) = (all[first].name, all[index - 1].name)
      if first == 0, index == all.count {
        spans.append("all")
      } else if index == all.count, first != index - 1 {
        spans.append("\(from) on")
      } else if first == index - 1 {
        spans.append(from)
      } else {
        spans.append(first == 0 ? "to \(to)" : "\(from) - \(to)")
      }
    }
    return spans.joined(separator: ", ")
  }

  mutating func diffRelease(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    let architecture = release.architecture
    let first = try Self.release(line.argument(0, "a release", example: "diff-release 5.10 6.12"))
      .built(for: architecture)
    let second = try Self.release(line.argument(1, "a second release", example: "diff-release 5.10 6.12"))
      .built(for: architecture)
    var table = Table(columns: [
      .init("switch"), .init(first.name), .init(second.name), .init("where it is on"),
    ])
    table.wrapsLastColumn = true
    let rows: [Datum] = first.differences(to: second).map { item in
      let (before, after) = (first.has(item), second.has(item))
      table.add(
        item.name + (item.isUnconfirmed ? " *" : ""), before ? "on" : "-", after ? "on" : "-", item.sentence)
      return [
        "switch": .text(item.name), "from": .bool(before), "to": .bool(after),
        "unconfirmed": .bool(item.isUnconfirmed),
        "sentence": .text(item.sentence),
        "source": .text(item.source),
      ]
    }
    let lines = changedListings(from: first, to: second)
    let list = wrapped("functions whose lines differ: " + lines.joined(separator: ", "), indent: 0)
    let footer =
      rows.contains { $0["unconfirmed"] == true } ? "* in which release it changed is not confirmed\n" : ""
    let listing = lines.isEmpty ? "" : "\n" + list.joined(separator: "\n") + "\n"
    return Answer(
      [
        "arch": .text(architecture.rawValue), "from": .text(first.name), "to": .text(second.name),
        "differences": .list(rows),
        "functions": .texts(lines),
      ],
      text: (rows.isEmpty ? "no difference\n" : table.rendered(options) + footer) + listing)
  }

  private func changedListings(from first: KernelRelease, to second: KernelRelease) -> [String] {
    FunctionID.allCases.filter { $0.lines(in: first) != $0.lines(in: second) }.map { $0.name }
  }
}
