import DaxModel

// The command that turns counts into time, by a table of costs.

extension Session {
  /// The most reads that are simulated.
  private static var mostReads: Int { 100_000_000 }

  mutating func estimate(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0, options: ["window", "data", "reads", "seed", "hit", "miss", "read"])
    let table = try costTable(line)
    if line[option: "window"] == nil, line[option: "data"] == nil {
      if let other = line.options.first(where: { ["reads", "seed"].contains($0.name.text) }) {
        throw Diagnostic(
          "`\(other.name.text)` belongs to a workload of random reads", at: other.name,
          hint: "for example: estimate window=1G data=4G")
      }
      return sessionEstimate(table)
    }
    return try randomReadEstimate(table, line)
  }

  /// The table with what the user has set.
  private func costTable(_ line: Invocation) throws(Diagnostic) -> CostTable {
    var table = CostTable()
    try Self.set(&table.hit, line)
    try Self.set(&table.miss, line)
    try Self.set(&table.read, line)
    return table
  }

  private static func set(_ cost: inout CostTable.Cost, _ line: Invocation) throws(Diagnostic) {
    guard let token = line[option: cost.name] else { return }
    guard let nanoseconds = CostTable.nanoseconds(token.text) else {
      throw Diagnostic(
        "`\(escapeControls(token.text))` is no number of microseconds", at: token,
        hint: "write one such as 5.8, with at most three digits behind the point")
    }
    (cost.nanoseconds, cost.source) = (nanoseconds, "as given")
  }

  private mutating func randomReadEstimate(
    _ table: CostTable, _ line: Invocation
  ) throws(Diagnostic) -> Answer {
    let example = "estimate window=1G data=4G"
    guard let window = line[option: "window"] else {
      throw Diagnostic("the window is missing", after: line, hint: "for example: \(example)")
    }
    guard let data = line[option: "data"] else {
      throw Diagnostic("how much data is read is missing", after: line, hint: "for example: \(example)")
    }
    let (windowBytes, dataBytes) = (try window.unsigned("the window"), try data.unsigned("the data"))
    let limit: UInt64 = 1 << 40
    guard (FuseConnDax.rangeSize...limit).contains(windowBytes) else {
      throw Diagnostic("a window has 2 MiB to 1 TiB here", at: window, hint: "for example: \(example)")
    }
    guard (RandomReads.blockSize...limit).contains(dataBytes) else {
      throw Diagnostic("there are 4 KiB to 1 TiB of data here", at: data, hint: "for example: \(example)")
    }
    let blocks = dataBytes / RandomReads.blockSize
    let reads =
      try line[option: "reads"].map { token throws(Diagnostic) in
        UInt64(try token.count("the number of reads", limit: Session<Host>.mostReads))
      } ?? min(blocks, UInt64(Session<Host>.mostReads))
    if reads == 0 { throw Diagnostic("no reads, no estimate", at: line[option: "reads"] ?? line.command) }
    let seed =
      try line[option: "seed"].map { token throws(Diagnostic) in try token.unsigned("the seed") } ?? 1
    let count = Int(windowBytes / FuseConnDax.rangeSize)
    var run = RandomReads(window: count, data: dataBytes, seed: seed)
    defer { host.showProgress(nil) }
    var done: UInt64 = 0
    while done < reads {
      let part = min(reads - done, 1 << 16)
      run.run(part)
      done += part
      if host.isInterrupted() {
        failureCode = 130
        throw Diagnostic("interrupted after \(done) of \(reads) reads", at: line.command)
      }
      if done & 0xff_ffff == 0 { host.showProgress("\(done) of \(reads) reads") }
    }
    return randomReadAnswer(run, table, reads: reads, window: windowBytes, data: dataBytes)
  }

  private func randomReadAnswer(
    _ run: RandomReads, _ table: CostTable, reads: UInt64, window: UInt64, data: UInt64
  ) -> Answer {
    let costs = [(table.hit, run.hits), (table.miss, run.misses)]
    let total = costs.reduce(UInt64(0)) { sum, cost in
      let (total, overflow) = sum.addingReportingOverflow(cost.0.times(cost.1))
      return overflow ? .max : total
    }
    let withoutDax = max(table.read.nanoseconds, 1)
    let (rate, plainRate) = (Self.rate(reads, total), Self.rate(1, withoutDax))
    let ranges = window / FuseConnDax.rangeSize
    var result: Datum = [
      "window": .count(window), "data": .count(data), "reads": .count(reads), "hits": .count(run.hits),
      "misses": .count(run.misses), "removals": .count(run.removals), "total_ns": .count(total),
      "mean_ns": .count(total / reads), "reads_per_second": .count(rate),
      "reads_per_second_without_dax": .count(plainRate),
    ]
    result.set("rows", .list(costs.map { Self.record($0.0, $0.1) }))
    var text = wrapped(
      "\(reads) reads of 4 KiB at random places of \(sizeText(ByteCount(data))), through a window of \(sizeText(ByteCount(window))): \(ranges) ranges, of which the worker keeps a fifth free",
      indent: 0
    ).map { $0 + "\n" }.joined()
    text += costTableText(costs)
    let lines = [
      "together \(cost(total)), \(cost(total / reads)) a read: \(rate) reads a second",
      "without DAX, a READ for each: \(cost(withoutDax)) a read, \(plainRate) reads a second",
    ]
    text += lines.flatMap { wrapped($0, indent: 0) }.map { $0 + "\n" }.joined()
    text += sources([table.hit, table.miss, table.read])
    return Answer(result, text: text)
  }

  static func rate(_ count: UInt64, _ nanoseconds: UInt64) -> UInt64 {
    let (high, low) = count.multipliedFullWidth(by: 1_000_000_000)
    let unit = max(nanoseconds, 1)
    return high >= unit ? .max : unit.dividingFullWidth((high, low)).quotient
  }

  static func record(_ cost: CostTable.Cost, _ count: UInt64) -> Datum {
    [
      "what": .text(cost.name), "count": .count(count), "cost_ns": .count(cost.nanoseconds),
      "total_ns": .count(cost.times(count)), "source": .text(cost.source),
    ]
  }

  func cost(_ nanoseconds: UInt64) -> String {
    CostTable.text(nanoseconds, asciiOnly: options.asciiOnly)
  }

  /// Counts, costs and what they come to.
  func costTableText(_ costs: [(CostTable.Cost, UInt64)]) -> String {
    var table = Table(columns: [
      .init("what"), .init("count", .right), .init("each", .right), .init("together", .right),
    ])
    for (each, count) in costs {
      table.add(each.name, "\(count)", cost(each.nanoseconds), cost(each.times(count)))
    }
    return table.rendered(options, indent: 2)
  }

  /// Where the costs come from.
  func sources(_ costs: [CostTable.Cost]) -> String {
    let lines = costs.flatMap {
      hanging("  \($0.name)\(String(repeating: " ", count: 6 - $0.name.utf8.count))", $0.source)
    }
    let head = wrapped(
      "The costs are those of one machine (measured in December 2020 with fio, one thread, cache=auto):",
      indent: 0)
    return (head + lines).map { $0 + "\n" }.joined()
  }
}
