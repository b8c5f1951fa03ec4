import DaxModel

// The command that asks the reviewer's question: the same command on four machines.

extension Session {
  mutating func compare(_ line: Invocation) throws(Diagnostic) -> Answer {
    let token = try line.argument(0, "the command to compare", example: "compare copy to_iter 0 4096")
    let command = try Command.named(token)
    switch command {
    case .compare, .whatif, .source, .quit, .new, .use, .transport, .set, .expect, .history:
      throw Diagnostic(
        "`\(command.rawValue)` cannot be compared", at: token, hint: "try: compare copy to_iter 0 4096")
    default: break
    }
    var inner = line
    inner.command = inner.arguments.removeFirst()
    let hasEngine = inner[option: "engine"] != nil
    var columns: [Comparison.Column] = []
    for contender in command == .probe ? Comparison.kernels : Comparison.contenders {
      var copy = self
      copy.install(try configuration(contender, at: token))
      if command != .probe { _ = copy.call { $0.startProbe(0) } }
      if !hasEngine, let engine = contender.engine { copy.debugger.timeline.change { $0.choose(engine) } }
      var column = Comparison.Column(contender: contender)
      do throws(Diagnostic) { column.result = try copy.perform(command, inner).result ?? .null } catch {
        column.failure = error
      }
      columns.append(column)
    }
    if let failure = columns.compactMap({ $0.failure }).first, columns.allSatisfy({ $0.failure != nil }) {
      throw failure
    }
    let comparison = Comparison(columns)
    return Answer(comparison.record(command: command.rawValue), lines: comparisonLines(comparison))
  }

  /// The present machine's release and window, as a contender has them.
  private func configuration(
    _ contender: Comparison.Contender, at token: Token
  ) throws(Diagnostic) -> MachineConfiguration {
    let release = (KernelRelease.named(release.name) ?? release).built(for: contender.architecture)
    let attachment = machine.configuration.devices[device].attachment
    let window = attachment.linuxLookup(id: 0, rules: release.shmLookupRules).outcome.region?.length
    do throws(WindowLayoutError) {
      let attachment = try MachineConfiguration.syntheticDevice(
        release: release, window: window ?? MachineConfiguration.windowLength)
      var configuration = MachineConfiguration(release: release, devices: [.init(attachment)])
      configuration.assumption = contender.assumption
      configuration.stackHoldsGarbage = machine.configuration.stackHoldsGarbage
      configuration.stackHoldsGarbage = machine.configuration.stackHoldsGarbage
      return configuration
    } catch {
      throw Diagnostic(error.message, at: token, hint: error.hint)
    }
  }

  /// Who the machines are, a table of what is short, and below it what is long, machine by machine.
  private func comparisonLines(_ comparison: Comparison) -> [String] {
    let (columns, first) = (comparison.columns, comparison.firstDifference)
    let room = max(12, (options.width - 20) / columns.count - 2)
    let isLong = { (row: Comparison.Row) in row.values.contains { $0.utf8.count > room } }
    var table = Table(columns: [.init(""), .init("field")] + columns.map { .init($0.contender.title) })
    for row in comparison.rows where !isLong(row) {
      table.rows.append(
        [.init(row.field == first ? "=>" : ""), .init(row.field)] + row.values.map { .init($0) })
    }
    var lines = columns.flatMap { wrapped("\($0.contender.title): \($0.contender.name)", indent: 0) }
    lines += table.lines(options)
    for row in comparison.rows where isLong(row) {
      lines.append((row.field == first ? "=>  " : "    ") + row.field)
      for (column, value) in zip(columns, row.values) where value != "-" {
        lines += wrapped("\(column.contender.title): \(value)", indent: 6)
      }
    }
    return lines
      + wrapped(
        first.map { "=> marks the first field in which they differ: \($0)" } ?? "all four answer the same",
        indent: 0)
  }
}

/// The answers of several machines to one command, side by side.
struct Comparison {
  /// A machine to ask.
  struct Contender {
    /// A word or two for the head of a column.
    var title: String
    var name: String
    var architecture: Architecture
    var assumption: Assumption?
    var engine: CopyEngine?

    /// The title with its architecture.
    var label: String { architecture == .x86_64 ? title : "s390x " + title }
  }

  /// What one machine answered.
  struct Column {
    var contender: Contender
    var result: Datum?
    var failure: Diagnostic?
  }

  /// The four machines of the question.
  static let contenders = [
    Contender(title: "x86-64", name: "the window is memory, as it is there", architecture: .x86_64),
    Contender(
      title: "as patched", name: "s390x, plain copies, if the remap succeeded", architecture: .s390x,
      assumption: .remap),
    Contender(
      title: "done right", name: "s390x, PCI instructions by rule A, if the remap succeeded",
      architecture: .s390x, assumption: .remap, engine: .zpci(ZpciCopy(.ruleA))),
    Contender(
      title: "as memory", name: "s390x, plain copies, if the window were guest memory", architecture: .s390x,
      assumption: .memory),
  ]

  /// The machines as they are when there is nothing to copy yet.
  static let kernels = [
    contenders[0], Contender(title: "as it is", name: "s390x, nothing assumed", architecture: .s390x),
    Contender(
      title: "remap", name: "s390x, if the remap succeeded", architecture: .s390x, assumption: .remap),
    contenders[3],
  ]

  var columns: [Column]
  /// A field and what each machine has in it.
  var rows: [Row]

  struct Row {
    var field: String
    var values: [String]
  }

  init(_ columns: [Column]) {
    self.columns = columns
    let facts = columns.map { Comparison.facts($0) }
    var fields: [String] = []
    for name in facts.joined().map({ $0.0 }) where !fields.contains(name) { fields.append(name) }
    rows = fields.map { field in
      Row(field: field, values: facts.map { facts in facts.first { $0.0 == field }?.1 ?? "-" })
    }
  }

  /// The first field in which the machines differ.
  var firstDifference: String? {
    rows.first { row in row.values.contains { $0 != row.values[0] } }?.field
  }

  /// A result as fields and texts: records one level deep, lists by their length.
  private static func facts(_ column: Column) -> [(String, String)] {
    if let failure = column.failure { return [("error", failure.message)] }
    return (column.result ?? .null).fields.flatMap { field -> [(String, String)] in
      switch field.value {
      case .null: return []
      case _ where ["step", "state", "accesses"].contains(field.name): return []
      case .record(let fields) where field.name == "instructions":
        let text = fields.map { "\($0.value.inline.unquoted) \($0.name)" }.joined(separator: ", ")
        return [(field.name, text.isEmpty ? "-" : text)]
      case .record(let fields): return fields.map { ("\(field.name).\($0.name)", $0.value.cellText) }
      case .list(let elements): return [(field.name, "\(elements.count) in all")]
      default: return [(field.name, field.value.cellText)]
      }
    }
  }

  func record(command: String) -> Datum {
    [
      "command": .text(command), "first_difference": .optional(firstDifference),
      "machines": .list(
        columns.map { column in
          [
            "name": .text(column.contender.label), "what": .text(column.contender.name),
            "result": column.result ?? .null,
            "error": .optional(column.failure?.message),
          ]
        }),
    ]
  }
}
