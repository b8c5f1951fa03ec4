import DaxModel

// How bytes of files have moved on this machine, and what that may have cost.

extension CopyCounts.Layer {
  /// From where to where, in a few words.
  fileprivate var meaning: String {
    switch self {
    case .pageFill: "READ: the host's file into the page cache"
    case .pageRead: "the page cache to the caller"
    case .pageWrite: "the caller into the page cache"
    case .directRead: "READ with O_DIRECT: the host's file to the caller"
    case .serverWrite: "WRITE: into the host's file"
    case .daxRead: "the window to the caller"
    case .daxWrite: "the caller into the window"
    case .pageCopy: "a page for a private mapping"
    case .load: "the program's loads: no copy"
    case .store: "the program's stores: no copy"
    }
  }
}

extension CopyCounts {
  /// Bytes that programs have read and written, in whatever way.
  fileprivate var bytesUsed: UInt64 {
    let ways: [Layer] = [.pageRead, .pageWrite, .directRead, .daxRead, .daxWrite, .load, .store]
    return ways.reduce(0) { $0 + self[$1].bytes }
  }

  /// How often a range of the window was looked up: once for each piece that was copied, and for each fault.
  fileprivate var lookups: UInt64 {
    self[.daxRead].count + self[.daxWrite].count + self[.page] + self[.huge]
  }
}

extension Session {
  /// `info copies`.
  func copiesAnswer() -> Answer {
    let counts = machine.kernel.copyCounts
    let statistics = machine.server(of: device)?.statistics
    let layers = CopyCounts.Layer.allCases.filter { counts[$0].count > 0 }
    let rows: [Datum] = layers.map { layer in
      [
        "layer": .text(layer.rawValue), "count": .count(counts[layer].count),
        "bytes": .count(counts[layer].bytes), "copies": .count(layer.isCopy ? 1 : 0),
        "what": .text(layer.meaning),
      ]
    }
    let faults: [Datum] = CopyCounts.Fault.allCases.filter { counts[$0] > 0 }.map {
      ["fault": .text($0.rawValue), "count": .count(counts[$0])]
    }
    let requests: [Datum] = FuseOpcode.allCases.compactMap { opcode in
      guard let count = statistics?[opcode], count > 0 else { return nil }
      return ["opcode": .text(opcode.name), "count": .count(count)]
    }
    let instructions: [Datum] = counts.instructions.map {
      ["instruction": .text($0.instruction.name), "count": .count($0.count)]
    }
    var result: Datum = [
      "rows": .list(rows), "bytes_used": .count(counts.bytesUsed), "bytes_copied": .count(counts.bytesCopied),
      "faults": .list(faults), "requests": .list(requests), "instructions": .list(instructions),
    ]
    result.set("window_lookups", .count(counts.lookups))
    if rows.isEmpty, faults.isEmpty {
      let why = mountedConnection == nil ? "; " + nothingMounted("files") : ""
      return Answer(result, lines: wrapped("no bytes of files have moved on this machine" + why, indent: 0))
    }
    var table = Table(result)
    table.wrapsLastColumn = true
    var lines = [
      "programs have read and written \(counts.bytesUsed) bytes, for which \(counts.bytesCopied) bytes were copied"
    ]
    let tallies: [(String, [Datum], String)] = [
      ("page faults", faults, "fault"), ("requests", requests, "opcode"),
      ("instructions on the window", instructions, "instruction"),
    ]
    for (title, list, name) in tallies where !list.isEmpty {
      let texts = list.map { "\($0["count"]?.inline ?? "") \($0[name]?.inline ?? "")" }
      lines.append("\(title): " + texts.joined(separator: ", "))
    }
    return Answer(
      result,
      text: table.rendered(options) + lines.flatMap { wrapped($0, indent: 0) }.map { $0 + "\n" }.joined())
  }

  /// `estimate` alone: what this machine has done since it was made or reset.
  func sessionEstimate(_ table: CostTable) -> Answer {
    let counts = machine.kernel.copyCounts
    let statistics = machine.server(of: device)?.statistics ?? FuseStatistics()
    let misses = statistics[.setupMapping]
    let hits = counts.lookups > misses ? counts.lookups - misses : 0
    let costs = [(table.hit, hits), (table.miss, misses), (table.read, statistics[.read])]
    let total = costs.reduce(0) { $0 &+ $1.0.nanoseconds &* $1.1 }
    let others: [Datum] = FuseOpcode.allCases.compactMap { opcode in
      let count = statistics[opcode]
      if count == 0 || [.setupMapping, .removeMapping, .read].contains(opcode) { return nil }
      return ["opcode": .text(opcode.name), "count": .count(count)]
    }
    let result: Datum = [
      "rows": .list(costs.map { Self.record($0.0, $0.1) }), "hits": .count(hits), "misses": .count(misses),
      "reads": .count(statistics[.read]), "total_ns": .count(total), "not_counted": .list(others),
    ]
    if costs.allSatisfy({ $0.1 == 0 }) {
      let why = mountedConnection == nil ? ": " + nothingMounted("files") : ""
      return Answer(
        result, lines: wrapped("nothing has been read or written on this machine yet" + why, indent: 0))
    }
    var lines = wrapped("since this machine was made or reset:", indent: 0)
    var text = lines.map { $0 + "\n" }.joined() + costTableText(costs)
    lines = wrapped("together \(cost(total))", indent: 0)
    if !others.isEmpty {
      let names = others.map { "\($0["count"]?.inline ?? "") \($0["opcode"]?.inline ?? "")" }
      lines += wrapped("not in the table: " + names.joined(separator: ", "), indent: 0)
    }
    lines += wrapped(
      "A hit or a miss is a piece of a read or a write, or a page fault; the table knows pieces of 4 KiB, and a larger one takes longer.",
      indent: 0)
    text += lines.map { $0 + "\n" }.joined() + sources(table.all)
    return Answer(result, text: text)
  }
}
