import DaxModel

// What guest and host say to each other.

extension FuseExchange {
  /// The arguments as `name=value`, with names as in the protocol.
  var arguments: String {
    var list = FactList()
    operation.inspect(&list)
    var parts: [String] = []
    for entry in list.entries where entry.fact != .none {
      parts.append("\(entry.path)=\(entry.fact.description)")
    }
    if bytes.rawValue > 0 { parts.append("bytes=\(bytes.rawValue)") }
    return parts.joined(separator: " ")
  }

  /// The arguments, with bytes only if the guest sends them.
  fileprivate var argumentsSent: String {
    guard case .data = reply else { return arguments }
    var sent = self
    sent.bytes = ByteCount(0)
    return sent.arguments
  }

  /// What the server answers, if there is more to say than that it is done.
  fileprivate var answer: String? {
    switch reply {
    case .error(let errno): "-\(errno.name)"
    case .initialize(let fields): "version \(fields.major).\(fields.minor)"
    case .entry(let entry): "node \(entry.node), \(entry.attributes.size.rawValue) bytes"
    case .attributes(let fields): "\(fields.attributes.size.rawValue) bytes"
    case .opened(let opened): "fh \(opened.handle.rawValue)"
    case .created(let entry, let opened): "node \(entry.node), fh \(opened.handle.rawValue)"
    case .data: "\(bytes.rawValue) bytes"
    case .offset(let offset): "offset \(offset.rawValue)"
    case .written(let count): "\(count) bytes"
    case .empty, .nothing: nil
    }
  }

  /// The whole request in a line.
  var line: String {
    let parts = [operation.name, name.description, arguments, error.map { "= -\($0.name)" } ?? ""]
    return parts.filter { !$0.isEmpty }.joined(separator: " ")
  }

  func arrow(_ options: SessionOptions) -> String { options.asciiOnly ? "->" : "→" }

  /// The request as data.
  var record: Datum {
    [
      "n": .count(sequence), "opcode": .text(operation.name), "file": .text(name.description),
      "arguments": .text(arguments), "bytes": .count(bytes.rawValue), "errno": .optional(error?.name),
      "reply": .optional(answer),
    ]
  }
}

extension Session {
  mutating func requests(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let count = try line.count(0, "the number of requests", unless: 20)
    return requestsAnswer(count)
  }

  func requestsAnswer(_ count: Int) -> Answer {
    let log = machine.server(of: device)?.log
    let exchanges = log?.exchanges.suffix(count) ?? []
    let result: Datum = [
      "rows": .list(exchanges.map { $0.record }), "count": .count(log?.count ?? 0),
    ]
    if exchanges.isEmpty { return Answer(result, lines: ["the server has not been asked for anything"]) }
    return Answer(result, lines: sequenceDiagram(Array(exchanges)))
  }

  /// Who says what to whom, from top to bottom. A reply that only says that all went well is not drawn.
  private func sequenceDiagram(_ exchanges: [FuseExchange]) -> [String] {
    let isPlain = options.asciiOnly
    let (bar, dash, right, left) = isPlain ? ("|", "-", ">", "<") : ("│", "─", "▶", "◀")
    let digits = String(exchanges.last?.sequence ?? 0).utf8.count
    let texts = exchanges.map { exchange in
      let file = exchange.name.description
      let head = exchange.operation.name + (file.isEmpty ? "" : " " + file)
      let arguments = exchange.argumentsSent
      return escapeControls(head + (arguments.isEmpty ? "" : " " + arguments))
    }
    let widest = texts.map { displayWidth($0) }.max() ?? 0
    let room = max(20, min(widest, options.width - digits - 12))
    let inner = digits + room + 6
    var lines = ["guest" + String(repeating: " ", count: max(1, inner - 3)) + "host"]
    for (exchange, text) in zip(exchanges, texts) {
      let number = String(exchange.sequence)
      let shown = DaxShell.fit(text, columns: room, asciiOnly: isPlain)
      let blanks = String(repeating: " ", count: digits - number.utf8.count)
      let rest = String(repeating: dash, count: room - displayWidth(shown) + 1)
      lines.append("  \(bar) \(blanks)\(number) \(shown) \(rest)\(right) \(bar)")
      guard let answer = exchange.answer.map({ DaxShell.fit($0, columns: inner - 6, asciiOnly: isPlain) })
      else { continue }
      let line = String(repeating: dash, count: max(1, inner - 4 - displayWidth(answer)))
      lines.append("  \(bar) \(left)\(line) \(answer) \(bar)")
    }
    return lines
  }
}
