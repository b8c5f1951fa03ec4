import DaxModel

// What guest and host say to each other.

extension FuseExchange {
  /// The arguments by their names in the protocol.
  private var facts: [FactList.Entry] {
    var list = FactList()
    operation.inspect(&list)
    return list.entries.filter { $0.fact != .none }
  }

  /// The arguments as `name=value`, with names as in the protocol.
  var arguments: String {
    var parts = facts.map { "\($0.path)=\($0.fact.description)" }
    if bytes.rawValue > 0 { parts.append("bytes=\(bytes.rawValue)") }
    return parts.joined(separator: " ")
  }

  /// The same for a narrow place: lengths and offsets as `2M`, access to a mapping as `rw`.
  private var shortArguments: String {
    if case .removeMapping(let fields) = operation {
      return fields.entries.map {
        "moffset=\(shortNumber($0.windowOffset.rawValue)) len=\(shortNumber($0.length.rawValue))"
      }.joined(separator: ", ")
    }
    var parts = facts.map { entry in
      switch (operation, entry.path, entry.fact) {
      case (.setupMapping(let fields), "flags", _):
        "flags=" + (fields.flags.contains(.read) ? "r" : "") + (fields.flags.contains(.write) ? "w" : "")
      case (_, "foffset", .number(let number)), (_, "moffset", .number(let number)),
        (_, "offset", .number(let number)), (_, "len", .number(let number)),
        (_, "length", .number(let number)), (_, "size", .number(let number)),
        (_, "off_in", .number(let number)), (_, "off_out", .number(let number)):
        "\(entry.path)=\(shortNumber(number))"
      default: "\(entry.path)=\(entry.fact.description)"
      }
    }
    if bytes.rawValue > 0 { parts.append("bytes=\(shortNumber(bytes.rawValue))") }
    return parts.joined(separator: " ")
  }

  /// The request as the guest sends it: without the bytes that only the answer has.
  fileprivate var asSent: FuseExchange {
    guard case .data = reply else { return self }
    var sent = self
    sent.bytes = ByteCount(0)
    return sent
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

  /// The whole request in a line: as it is if there is room, else with short numbers, and with part of the name only
  /// if even these do not fit.
  ///
  /// - Parameters:
  ///   - file: What the file is called.
  ///   - columns: The room.
  ///   - asciiOnly: Whether the mark of what was cut is ASCII.
  func line(_ file: String, columns: Int, asciiOnly: Bool) -> String {
    let end = error.map { "= -\($0.name)" } ?? ""
    func joined(_ file: String, _ arguments: String) -> String {
      let parts = [operation.name, file, arguments, end].filter { !$0.isEmpty }
      return escapeControls(parts.joined(separator: " "))
    }
    let whole = joined(file, arguments)
    if displayWidth(whole) <= columns { return whole }
    let short = joined(file, shortArguments)
    let excess = displayWidth(short) - columns
    if excess <= 0 { return short }
    let least = max(8, displayWidth(file) - excess)
    let cut = fit(file, columns: least, asciiOnly: asciiOnly)
    return fit(joined(cut, shortArguments), columns: columns, asciiOnly: asciiOnly)
  }

  func arrow(_ options: SessionOptions) -> String { options.asciiOnly ? "->" : "→" }

  /// The request as data, with each argument as a field of its own.
  fileprivate func record(_ file: String) -> Datum {
    var record: Datum = [
      "n": .count(sequence), "opcode": .text(operation.name), "file": .text(file),
      "arguments": .text(arguments), "bytes": .count(bytes.rawValue), "errno": .optional(error?.name),
      "reply": .optional(answer),
    ]
    if case .removeMapping(let fields) = operation {
      let entries: [Datum] = fields.entries.map {
        ["moffset": .count($0.windowOffset.rawValue), "len": .count($0.length.rawValue)]
      }
      record.set("entries", .list(entries))
      return record
    }
    for entry in facts where record[entry.path] == nil && !entry.path.utf8.contains(UInt8(ascii: "[")) {
      let value: Datum =
        switch entry.fact {
        case .number(let number): .count(number)
        case .signed(let number): .int(number)
        case .hex(let number): .hex(number)
        case .text(let text): .text(text)
        case .flag(let flag): .bool(flag)
        case .none: .null
        }
      record.set(entry.path, value)
    }
    if case .initialize(let fields) = operation { record.set("features", .texts(fields.features.names)) }
    return record
  }
}

extension FuseFeatures {
  /// Their names in the protocol, without `FUSE_`.
  var names: [String] {
    let all: [(FuseFeatures, String)] = [
      (.asyncRead, "ASYNC_READ"), (.atomicTruncate, "ATOMIC_O_TRUNC"), (.bigWrites, "BIG_WRITES"),
      (.maxPages, "MAX_PAGES"), (.mapAlignment, "MAP_ALIGNMENT"), (.initExtension, "INIT_EXT"),
      (.inodeDax, "HAS_INODE_DAX"),
    ]
    return all.filter { contains($0.0) }.map { $0.1 }
  }
}

/// A number of bytes with the largest unit that leaves nothing over: `2M`, `7G`, `4998`.
func shortNumber(_ number: UInt64) -> String {
  for (unit, shift) in [("G", 30), ("M", 20), ("k", 10)] as [(String, UInt64)]
  where number > 0 && number & (1 << shift - 1) == 0 {
    return "\(number >> shift)\(unit)"
  }
  return "\(number)"
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
      "rows": .list(records(Array(exchanges))), "count": .count(log?.count ?? 0),
    ]
    if exchanges.isEmpty {
      let asked = log?.count ?? 0
      return Answer(
        result,
        lines: [
          asked == 0
            ? "the server has not been asked for anything" : "\(counted(Int(asked), "request")) so far"
        ])
    }
    return Answer(result, lines: sequenceDiagram(Array(exchanges)))
  }

  /// Requests as data.
  func records(_ exchanges: [FuseExchange]) -> [Datum] {
    let names = fileNames(of: exchanges)
    return exchanges.map { $0.record(names[$0.sequence] ?? $0.name.description) }
  }

  /// What the files of requests are called, by the numbers of the requests: their paths, where they are not in the root.
  func fileNames(of exchanges: [FuseExchange]) -> [UInt64: String] {
    guard let files = machine.server(of: device)?.files, let root = files[.root]?.entries else { return [:] }
    // Without folders the names are the paths.
    guard root.contains(where: { files[$0.inode]?.isDirectory == true }) else { return [:] }
    let paths = Self.paths(of: Set(exchanges.compactMap { $0.inode }), in: files)
    var names: [UInt64: String] = [:]
    for exchange in exchanges {
      if let inode = exchange.inode, let path = paths[inode] { names[exchange.sequence] = path }
    }
    return names
  }

  /// The path of an inode of the host; the name that it was made with if it has none any more.
  func hostPath(of inode: InodeNumber) -> String? {
    guard let files = machine.server(of: device)?.files, let file = files[inode] else { return nil }
    return Self.paths(of: [inode], in: files)[inode] ?? file.name.description
  }

  /// The paths of inodes, as far as they have any.
  private static func paths(
    of wanted: Set<InodeNumber>, in files: HostFileSystem
  ) -> [InodeNumber: String] {
    var paths: [InodeNumber: String] = [:]
    var folders: [(inode: InodeNumber, path: String)] = [(.root, "")]
    while let folder = folders.popLast(), paths.count < wanted.count {
      for entry in files[folder.inode]?.entries ?? [] {
        let path = folder.path + entry.name.description
        if wanted.contains(entry.inode), paths[entry.inode] == nil { paths[entry.inode] = path }
        if files[entry.inode]?.isDirectory == true { folders.append((entry.inode, path + "/")) }
      }
    }
    return paths
  }

  /// Requests in lines with arrows; of many only how many of each kind.
  func requestLines(_ requests: [FuseExchange]) -> [String] {
    if requests.count <= 16 {
      let names = fileNames(of: requests)
      return requests.map { request in
        let room = max(20, options.width - 4)
        let name = names[request.sequence] ?? request.name.description
        return "  \(request.arrow(options)) "
          + request.line(name, columns: room, asciiOnly: options.asciiOnly)
      }
    }
    var counts: [(name: String, count: Int)] = []
    for request in requests {
      let name = request.operation.name
      if let place = counts.firstIndex(where: { $0.name == name }) {
        counts[place].count += 1
      } else {
        counts.append((name, 1))
      }
    }
    let text = counts.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
    return wrapped("\(requests.count) requests: \(text); `requests` shows the last of them", indent: 2)
  }

  /// Who says what to whom, from top to bottom. A reply that only says that all went well is not drawn.
  private func sequenceDiagram(_ exchanges: [FuseExchange]) -> [String] {
    let isPlain = options.asciiOnly
    let (bar, dash, right, left) = isPlain ? ("|", "-", ">", "<") : ("│", "─", "▶", "◀")
    let digits = String(exchanges.last?.sequence ?? 0).utf8.count
    let names = fileNames(of: exchanges)
    let most = max(20, options.width - digits - 12)
    let texts = exchanges.map { exchange in
      var sent = exchange.asSent
      // An error is told by the answer.
      if sent.error != nil { sent.reply = .empty }
      let name = names[exchange.sequence] ?? exchange.name.description
      return sent.line(name, columns: most, asciiOnly: isPlain)
    }
    let widest = texts.map { displayWidth($0) }.max() ?? 0
    let room = max(20, min(widest, most))
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
