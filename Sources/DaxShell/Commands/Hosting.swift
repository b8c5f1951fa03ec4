import DaxModel

// The host's side of a device: its files, how it is set up, and what shall fail.

extension Session {
  private static var hostOptions: [String] {
    [
      "variant", "align", "inode-dax", "timeout", "max-write", "limit", "size", "seed", "len", "text",
      "zeros",
      "dax", "nth", "show",
    ]
  }

  mutating func hostCommand(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 4, options: Self.hostOptions)
    guard let token = line.arguments.first else {
      return line.options.isEmpty ? try hostAnswer() : try setUpHost(line)
    }
    let names = HostVerb.allCases.map { $0.rawValue }
    guard let verb = NameMatch.find(token.text, in: names).name.flatMap(HostVerb.init(rawValue:)) else {
      throw unknownName(
        token, kind: "action of the host", among: names, hint: "there are " + listed(names, "and"))
    }
    switch verb {
    case .file: return try makeFile(line)
    case .write:
      try line.check(arguments: 4, options: ["seed", "len"])
      let (name, offset) = try (fileName(line), number(line, 2, "the offset"))
      let (bytes, seed) = try hostBytes(line, at: offset)
      let action: Trace.Action =
        seed.map { .host(.hostWrite(name, offset: offset, length: UInt64(bytes.count), seed: $0)) }
        ?? .other(
          "host write \(name)",
          "`host write` writes a text, and a workload has only patterns: seed=w1 len=4k is one")
      return try onHost(line, "wrote \(bytes.count) bytes to \(escapeControls(name))", action) {
        server throws(Errno) in
        try server.files.hostWrite(name, bytes, at: FileOffset(offset))
      }
    case .truncate:
      try line.check(arguments: 3)
      let (name, size) = try (fileName(line), number(line, 2, "the size"))
      return try onHost(
        line, "\(escapeControls(name)) has \(size) bytes now", .host(.hostTruncate(name, size))
      ) { server throws(Errno) in
        try server.files.hostTruncate(name, to: ByteCount(size))
      }
    case .append:
      try line.check(arguments: 3)
      let (name, count) = try (fileName(line), number(line, 2, "how many zeros"))
      return try onHost(
        line, "\(escapeControls(name)) has \(count) zeros more", .host(.hostAppendZeros(name, count))
      ) { server throws(Errno) in
        try server.files.hostAppendZeros(name, ByteCount(count))
      }
    case .list: return try listOnHost(line)
    case .rm:
      try line.check(arguments: 2)
      let name = try fileName(line)
      let action = Trace.Action.other(
        "host rm \(name)", "a workload has no step that removes `\(name)` on the host")
      return try onHost(line, "\(escapeControls(name)) is gone", action) { server throws(Errno) in
        try server.hostRemove(name)
      }
    case .dax:
      try line.check(arguments: 3)
      let name = try fileName(line)
      let word = try line.argument(2, "`yes` or `no`", example: "host dax hello yes")
      guard ["yes", "no"].contains(word.text) else {
        throw Diagnostic("a file wants DAX or does not", at: word, hint: "say `yes` or `no`")
      }
      let isDax = word.text == "yes"
      let text = "\(escapeControls(name)) wants \(isDax ? "DAX" : "no DAX")"
      let action = Trace.Action.other(
        "host dax \(name)", "a workload has no step that changes whether `\(name)` wants DAX")
      return try onHost(line, text, action) { server throws(Errno) in
        try server.files.hostSetDax(name, isDax)
      }
    case .read: return try readOnHost(line)
    case .fail: return try failOnHost(line)
    }
  }

  // MARK: Pieces

  private func fileName(_ line: Invocation) throws(Diagnostic) -> String {
    try line.argument(1, "the file", example: example(line)).text
  }

  private func number(_ line: Invocation, _ index: Int, _ name: String) throws(Diagnostic) -> UInt64 {
    try line.argument(index, name, example: example(line)).unsigned(name)
  }

  /// A whole command with the verb of this one.
  private func example(_ line: Invocation) -> String {
    let names = HostVerb.allCases.map { $0.rawValue }
    let verb = line.arguments.first.flatMap { NameMatch.find($0.text, in: names).name }
    switch verb.flatMap(HostVerb.init(rawValue:)) {
    case .write: return "host write hello 0 Hi"
    case .read: return "host read hello 0 64"
    case .truncate: return "host truncate hello 4k"
    case .append: return "host append hello 4k"
    case .rm: return "host rm hello"
    case .dax: return "host dax hello yes"
    case .list: return "host list"
    case .fail: return "host fail SETUPMAPPING ENOSPC"
    case .file, .none: return "host file hello size=4M"
    }
  }

  private func hasNoServer(_ line: Invocation) -> Diagnostic {
    Diagnostic("the device has no server", at: line.command)
  }

  /// Does something on the host, as one moment of the history.
  private mutating func onHost(
    _ line: Invocation, _ text: String, _ action: Trace.Action,
    _ body: (inout FuseServer) throws(Errno) -> Void
  ) throws(Diagnostic) -> Answer {
    let device = device
    // First on a copy: what fails is no moment of the history.
    guard var attempt = machine.server(of: device) else { throw hasNoServer(line) }
    do throws(Errno) {
      try body(&attempt)
    } catch {
      throw Diagnostic(
        "the host cannot do that: \(error.name) (\(error.meaning))",
        at: line.arguments.dropFirst().first ?? line.command, hint: "`host list` lists the files of the host")
    }
    debugger.timeline.change { _ = $0.changeServer(of: device) { $0 = attempt } }
    note(action)
    settle(nil)
    return Answer(["done": .text(text)], lines: [text])
  }

  /// What is written on the host: a text, or the pattern of a seed, which is told.
  private func hostBytes(
    _ line: Invocation, at offset: UInt64
  ) throws(Diagnostic) -> ([UInt8], seed: String?) {
    if let seed = line[option: "seed"] {
      try line.check(arguments: 3, options: ["seed", "len"])
      return (try bytesToWrite(line, at: offset), seed.text)
    }
    return (Array(try line.argument(3, "the text", example: "host write hello 0 Hi").text.utf8), nil)
  }

  private mutating func makeFile(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2, options: ["size", "seed", "text", "zeros", "dax"])
    let name = try fileName(line)
    let content: HostContent
    try refuseTwoContents(line)
    if let text = line[option: "text"] {
      content = .text(text.text)
    } else if let zeros = line[option: "zeros"] {
      content = .zeros(ByteCount(try zeros.unsigned("the number of zeros")))
    } else {
      guard let size = line[option: "size"] else {
        throw Diagnostic(
          "what is in the file is missing", after: line,
          hint: "size=4M for a pattern, text=hello, or zeros=4M")
      }
      content = .pattern(
        size: ByteCount(try size.unsigned("the size")), seed: line[option: "seed"]?.text ?? name)
    }
    let isDax = try line.choice("dax", among: ["yes", "no"]) == "yes"
    if case .pattern(_, let seed) = content { trace.seeds.append(Trace.Seed(name: name, seed: seed)) }
    let action = Trace.Action.other(
      "host file \(name)", "`\(name)` is made after the mount, and a workload has files only at the start")
    return try onHost(line, "\(escapeControls(name)) is there", action) { server throws(Errno) in
      if (try? server.files.resolve(name)) != nil { try server.hostRemove(name) }
      var folder = ""
      for part in name.split(separator: "/").dropLast() {
        folder += (folder.isEmpty ? "" : "/") + part
        if (try? server.files.resolve(folder)) == nil { try server.files.hostMakeFolder(folder) }
      }
      try server.files.hostCreate(name, content, isDax: isDax)
    }
  }

  /// Refuses a file that is to hold two things.
  private func refuseTwoContents(_ line: Invocation) throws(Diagnostic) {
    let kinds = [("text", "a text"), ("zeros", "zeros"), ("size", "a pattern")].filter { line[option: $0.0] != nil }
    if kinds.count > 1, let other = line[option: kinds[1].0] {
      throw Diagnostic(
        "a file holds \(kinds[0].1) or \(kinds[1].1), not both", at: other,
        hint: "one of text=hello, zeros=4M and size=4M")
    }
    if line[option: "size"] == nil, let seed = line[option: "seed"] {
      throw Diagnostic("a seed is for a pattern", at: seed, hint: "for example: size=4M seed=w1")
    }
  }

  private func listOnHost(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    let path = line.arguments.dropFirst().first?.text ?? ""
    guard let files = machine.server(of: device)?.files else { throw hasNoServer(line) }
    if let token = line.arguments.dropFirst().first, (try? files.resolve(path)) == nil {
      throw Diagnostic(
        "there is no `\(escapeControls(path))` on the host", at: token, hint: "`host list` lists the files")
    }
    return rowsAnswer(fileRecords(path), empty: "no files: `host file NAME size=4M` makes one")
  }

  private mutating func readOnHost(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 4, options: ["show"])
    let (name, offset) = try (fileName(line), number(line, 2, "the offset"))
    let count = try line.argument(3, "the length", example: "host read hello 0 64")
      .count("the length", limit: Session<Host>.longestBuffer)
    let view = try byteView(line)
    guard let server = machine.server(of: device) else { throw hasNoServer(line) }
    do throws(Errno) {
      let bytes = try server.files.hostRead(name, at: FileOffset(offset), count: count)
      let (fields, lines) = shown(bytes, at: offset, as: view, wasAskedFor: line[option: "show"] != nil)
      note(.host(.hostRead(name, offset: offset, length: UInt64(count))))
      settle(nil, data: Field("hex", .text(bytes.map { hexDigits(UInt64($0), width: 2) }.joined())))
      return Answer(
        .record([Field("bytes", .count(bytes.count))] + fields),
        lines: ["\(bytes.count) bytes of \(escapeControls(name))"] + lines)
    } catch {
      throw Diagnostic(
        "the host cannot read that: \(error.name) (\(error.meaning))", at: line.arguments[1],
        hint: "`host list` lists the files of the host")
    }
  }

  private mutating func failOnHost(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3, options: ["nth"])
    let example = "host fail SETUPMAPPING ENOSPC"
    let request = try line.argument(1, "the request", example: example)
    guard let opcode = FuseOpcode(name: request.text) else {
      throw unknownName(
        request, kind: "request", among: FuseOpcode.allCases.map { $0.name }, hint: "for example: \(example)")
    }
    let error = try line.argument(2, "the error", example: example)
    guard let errno = Errno(name: error.text) else {
      throw unknownName(
        error, kind: "error", among: Errno.allCases.map { $0.name }, hint: "for example: ENOSPC")
    }
    let nth = try line[option: "nth"].map { token throws(Diagnostic) in try token.count("nth") } ?? 1
    let text =
      nth == 0
      ? "\(opcode.name) is answered again"
      : "\(opcode.name) number \(nth) from now on is answered with -\(errno.name)"
    return try onHost(line, text, .host(.hostFail(opcode, nth: nth, errno))) { server throws(Errno) in
      server.hostFail(opcode, nth: nth, with: errno)
    }
  }

  /// How the server is set up belongs to the device: the machine starts anew.
  private mutating func setUpHost(_ line: Invocation) throws(Diagnostic) -> Answer {
    let settings = ["variant", "align", "inode-dax", "timeout", "max-write", "limit"]
    if let other = line.options.first(where: { !settings.contains($0.name.text) }) {
      throw Diagnostic(
        "`\(other.name.text)` is no setting of the server", at: other.name,
        hint: "settings are " + listed(settings, "and") + "; the others belong to `host file` and `host fail`"
      )
    }
    var configuration = machine.configuration
    var server = configuration.devices[device].server
    let variants = HostVariant.allCases.map { $0.rawValue }
    if let name = try line.choice("variant", among: variants), let variant = HostVariant(rawValue: name) {
      server.variant = variant
    }
    if let token = line[option: "align"] {
      server.mapAlignment = token.text == "none" ? nil : UInt16(try token.count("the alignment", limit: 63))
    }
    if let answer = try line.choice("inode-dax", among: ["yes", "no"]) {
      server.hasInodeDax = answer == "yes"
    }
    if let token = line[option: "timeout"] { server.attributeTimeout = try token.unsigned("the timeout") }
    if let token = line[option: "max-write"] {
      server.maxWrite = UInt32(try token.count("the largest write", limit: 1 << 30))
    }
    if let token = line[option: "limit"] {
      server.mappingLimit = token.text == "none" ? nil : try token.count("the number of mappings")
    }
    configuration.devices[device].server = server
    let lines = restart(configuration)
    var answer = try hostAnswer()
    answer.text = lines.map { $0 + "\n" }.joined() + (answer.text ?? "")
    return answer
  }

  /// The server: how it is set up, its files, and its session.
  func hostAnswer() throws(Diagnostic) -> Answer {
    guard let server = machine.server(of: device) else {
      throw Diagnostic("the device has no server", hint: "`device` lists the devices")
    }
    let setup = server.configuration
    let align = setup.mapAlignment.map { Datum.int(Int64($0)) } ?? .null
    var result: Datum = [
      "variant": .text(setup.variant.rawValue), "map_alignment": align, "inode_dax": .bool(setup.hasInodeDax),
      "timeout": .count(setup.attributeTimeout), "max_write": .count(UInt64(setup.maxWrite)),
      "window": .count(setup.windowLength.rawValue), "session": .bool(server.session != nil),
      "mappings": .count(server.window.mappings.count), "open_files": .count(server.handles.entries.count),
      "requests": .count(server.log.count),
    ]
    let faults: [Datum] = server.faults.faults.map {
      ["request": .text($0.opcode.name), "errno": .text($0.errno.name), "nth": .count($0.remaining)]
    }
    result.set("faults", .list(faults))
    result.set("files", .list(fileRecords("")))
    let alignment = setup.mapAlignment.map { "mappings aligned to 2^\($0)" } ?? "no word about alignment"
    var lines = wrapped(
      "a \(setup.variant.rawValue) server: \(alignment), DAX for each inode \(setup.hasInodeDax ? "offered" : "not offered"), "
        + "attributes valid for \(setup.attributeTimeout) s", indent: 0)
    lines.append(
      server.session == nil
        ? "  no session"
        : "  a session, \(server.window.mappings.count) mappings, \(server.log.count) requests so far")
    lines += server.faults.faults.map {
      "  \($0.opcode.name) number \($0.remaining) from now on: -\($0.errno.name)"
    }
    let files = fileRecords("")
    var text = lines.map { $0 + "\n" }.joined()
    text += files.isEmpty ? "  no files\n" : Table(["rows": .list(files)]).rendered(options, indent: 2)
    return Answer(result, text: text)
  }

  /// The server as rows: how it is set up, and what it holds.
  func hostRows() -> [Datum] {
    guard let server = machine.server(of: device) else { return [] }
    let setup = server.configuration
    let rows: [(String, Datum)] = [
      ("variant", .text(setup.variant.rawValue)),
      ("map_alignment", .optional(setup.mapAlignment.map { "\($0)" })),
      ("inode_dax", .bool(setup.hasInodeDax)), ("timeout", .count(setup.attributeTimeout)),
      ("max_write", .count(UInt64(setup.maxWrite))), ("session", .bool(server.session != nil)),
      ("mappings", .count(server.window.mappings.count)),
      ("open files", .count(server.handles.entries.count)),
      ("requests", .count(server.log.count)), ("files", .count(server.files.files.count)),
      ("limit", .optional(setup.mappingLimit.map { "\($0) mappings" })),
    ]
      + server.faults.faults.map { fault in
        ("fails", .text("\(fault.opcode.name) number \(fault.remaining) from now on: -\(fault.errno.name)"))
      }
    return rows.map { ["field": .text($0.0), "value": $0.1] }
  }

  /// What is in a folder of the host, or a file.
  func fileRecords(_ path: String) -> [Datum] {
    guard let files = machine.server(of: device)?.files, let number = try? files.resolve(path),
      let inode = files[number]
    else { return [] }
    guard let entries = inode.entries else { return [record(inode, name: path)] }
    return entries.compactMap { entry in
      files[entry.inode].map { record($0, name: entry.name.description + ($0.isDirectory ? "/" : "")) }
    }
  }

  private func record(_ inode: HostInode, name: String) -> Datum {
    [
      "name": .text(name), "inode": .count(inode.number.rawValue),
      "size": inode.file.map { .count($0.size.rawValue) } ?? .null,
      "blocks": inode.file.map { .count($0.blocks) } ?? .null, "dax": .bool(inode.isDax),
    ]
  }
}

/// What somebody can do on the host.
enum HostVerb: String, CaseIterable {
  case file, list, write, truncate, append, read, rm, dax, fail

  var summary: String {
    switch self {
    case .file: "makes a file, and the folders on the way to it"
    case .list: "lists the files of a folder"
    case .write: "writes into one"
    case .truncate: "sets the size of one"
    case .append: "lets one grow by zeros"
    case .read: "reads one"
    case .rm: "removes one"
    case .dax: "says whether one wants DAX"
    case .fail: "answers a request with an error"
    }
  }
}
