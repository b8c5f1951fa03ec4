import DaxModel

// The command that shows how s390 cuts a copy into instructions.

extension Session {
  mutating func chunks(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2, options: ["memory_offset", "direction", "rules"])
    let example = "chunks 0xfc0 128"
    let offset = try line.argument(0, "the offset in the BAR", example: example).unsigned(
      "the offset in the BAR")
    let length = UInt64(
      try line.argument(1, "the length", example: example).count("the length in bytes", limit: 1 << 20))
    let memory =
      try line[option: "memory_offset"].map { token throws(Diagnostic) in
        UInt64(try token.count("the offset of the memory in its page", limit: 4095))
      } ?? 0
    let rules: ZpciRules =
      try line.choice("rules", among: ["strict", "lenient"]) == "lenient" ? .lenient : .strict
    let directions: [CopyDirection] =
      switch try line.choice("direction", among: ["to_iter", "from_iter"]) {
      case "to_iter": [.toIter]
      case "from_iter": [.fromIter]
      default: [.toIter, .fromIter]
      }
    var plans: [ChunkPlan] = []
    for direction in directions {
      for chunking in ZpciChunking.allCases {
        plans.append(ChunkPlan(direction, chunking, offset, memory, length, rules))
      }
    }
    let explored = directions.map { alignments($0, offset, memory, length, rules) }
    var lines = planLines(plans)
    if plans.contains(where: { $0.plan.runs.contains { $0.isUnaligned && $0.broken == nil } }) {
      lines += wrapped(
        "Unaligned: not at a multiple of its length, though inside a doubleword. Registers may refuse it, memory "
          + "does not.", indent: 0)
    }
    for (direction, cells) in zip(directions, explored) { lines += alignmentLines(direction, length, cells) }
    return Answer(
      ["rows": .list(plans.map { $0.record }), "alignments": .list(explored.joined().map { $0.record })],
      lines: lines)
  }

  private func planLines(_ plans: [ChunkPlan]) -> [String] {
    var table = Table(columns: [.init("copy"), .init("rule"), .init("instructions", .right), .init("which")])
    table.wrapsLastColumn = true
    for plan in plans {
      table.add(plan.direction.rawValue, plan.chunking.rawValue, "\(plan.plan.count)", plan.text)
    }
    return table.lines(options)
  }

  /// The number of instructions for a few offsets on either side, those that were asked for among them.
  private func alignments(
    _ direction: CopyDirection, _ offset: UInt64, _ memory: UInt64, _ length: UInt64, _ rules: ZpciRules
  ) -> [ChunkCell] {
    func steps(_ asked: UInt64) -> [UInt64] { Set([0, 1, 2, 4, asked]).sorted() }
    return steps(offset).flatMap { offset in
      steps(memory).map { memory in
        ChunkCell(
          direction: direction, offset: offset, memory: memory,
          plans: ZpciChunking.allCases.map { chunking in
            ZpciPlan(direction, offset: offset, memory: memory, length: length, chunking, rules)
          })
      }
    }
  }

  private func alignmentLines(_ direction: CopyDirection, _ length: UInt64, _ cells: [ChunkCell]) -> [String]
  {
    let memories = Set(cells.map { $0.memory }).sorted()
    var table = Table(
      columns: [.init("BAR offset", .right)] + memories.map { .init("memory " + hex($0), .right) })
    for offset in Set(cells.map { $0.offset }).sorted() {
      let row = cells.filter { $0.offset == offset }
      table.rows.append([.init(hex(offset))] + row.map { .init($0.text) })
    }
    return [
      "",
      "\(direction.rawValue), \(length) bytes: instructions by rule A / by rule B, `!` where one is refused",
    ] + table.lines(options)
  }
}

/// How one rule cuts one copy.
private struct ChunkPlan {
  var direction: CopyDirection
  var chunking: ZpciChunking
  var plan: ZpciPlan

  init(
    _ direction: CopyDirection, _ chunking: ZpciChunking, _ offset: UInt64, _ memory: UInt64,
    _ length: UInt64,
    _ rules: ZpciRules
  ) {
    (self.direction, self.chunking) = (direction, chunking)
    plan = ZpciPlan(direction, offset: offset, memory: memory, length: length, chunking, rules)
  }

  /// `32 x PCISTB 128 at 0x0, PCISTG 4 at 0x60: PGM_OPERAND`.
  var text: String {
    let shown = plan.runs.prefix(8).map { run in
      (run.count > 1 ? "\(run.count) x " : "")
        + "\(run.instruction.rawValue) \(run.length) at \(hex(run.offset))"
        + (run.broken.map { ": " + $0.outcome.text(of: run.instruction) }
          ?? (run.isUnaligned ? " (unaligned)" : ""))
    }
    return shown.joined(separator: ", ") + (plan.runs.count > 8 ? ", and \(plan.runs.count - 8) more" : "")
  }

  var record: Datum {
    [
      "copy": .text(direction.rawValue), "rule": .text(chunking.rawValue), "count": .count(plan.count),
      "errno": .optional(plan.firstRefused?.broken?.outcome.errno?.name),
      "instructions": .list(
        plan.runs.map { run in
          [
            "insn": .text(run.instruction.rawValue), "offset": .count(run.offset), "len": .count(run.length),
            "count": .count(run.count), "refused": .optional(run.broken?.outcome.text(of: run.instruction)),
            "unaligned": .bool(run.isUnaligned),
          ]
        }),
    ]
  }
}

/// One cell of the alignment table.
private struct ChunkCell {
  var direction: CopyDirection
  var offset: UInt64
  var memory: UInt64
  /// By rule.
  var plans: [ZpciPlan]

  var text: String {
    plans.map { "\($0.count)" + ($0.firstRefused == nil ? "" : "!") }.joined(separator: " / ")
  }

  var record: Datum {
    [
      "copy": .text(direction.rawValue), "offset": .count(offset), "memory_offset": .count(memory),
      "counts": .list(plans.map { .count($0.count) }),
      "refused": .list(plans.map { .bool($0.firstRefused != nil) }),
    ]
  }
}
