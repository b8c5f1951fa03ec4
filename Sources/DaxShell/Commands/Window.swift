import DaxModel

// Commands that look at the window and its pages.

extension Session {
  mutating func pages(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    guard let token = line.arguments.first else { return pagesSummary() }
    let offset = try token.unsigned("the page offset")
    let count = try line.count(1, "the number of pages", limit: 4096, unless: 1)
    guard let start = windowStart else {
      throw Diagnostic("there is no window", at: line.command, hint: "`probe` first")
    }
    let rows = (0..<UInt64(count)).map { pageRecord(PageOffset(offset &+ $0), start) }
    return rowsAnswer(rows, empty: "no pages were asked for")
  }

  /// Where the window is, or was before its driver left, as long as its pages are there.
  private var windowStart: PhysicalAddress? {
    machine.kernel.window(of: device)?.address ?? machine.kernel.memory.pages.first?.first.address
  }

  private func pageRecord(_ offset: PageOffset, _ start: PhysicalAddress) -> Datum {
    let frame = start.advanced(by: offset.bytes).frame
    let section = machine.kernel.memory.devicePages(covering: frame)
    return [
      "pgoff": .count(offset.rawValue), "pfn": .hex(frame.rawValue),
      "page": .hex(machine.kernel.architecture.pageStruct(of: frame).rawValue),
      "exists": .bool(section != nil),
      "count": section.map { .count($0.pageCount(frame)) } ?? .null,
      "flags": section == nil ? .null : "reserved",
      "pgmap": section.map { .text("pagemap#\($0.pagemap.slot)") } ?? .null,
    ]
  }

  private func pagesSummary() -> Answer {
    let sections = machine.kernel.memory.pages
    let rows: [Datum] = sections.map { section in
      [
        "first_pfn": .hex(section.first.rawValue), "pages": .count(section.count.rawValue),
        "count": .count(section.idleCount), "pgmap": .text("pagemap#\(section.pagemap.slot)"),
        "memmap_bytes": .count(section.count.rawValue * MemoryMap.pageStructSize),
        "touched": .list(
          section.touched.map { page in ["pfn": .hex(page.frame.rawValue), "count": .count(page.count)] }),
      ]
    }
    var lines: [String] = []
    for section in sections {
      let cost = ByteCount(section.count.rawValue * MemoryMap.pageStructSize)
      lines.append(
        "\(section.count) struct pages from pfn \(section.first) on, count \(section.idleCount) each, "
          + "pagemap#\(section.pagemap.slot), memmap \(sizeText(cost))")
      lines += section.touched.map { "  pfn \($0.frame) has count \($0.count)" }
    }
    return Answer(["rows": .list(rows)], lines: lines.isEmpty ? ["device memory has no struct pages"] : lines)
  }

  mutating func picture(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let names = ["window", "devres", "stack", "on", "off"]
    var name: String?
    if let token = line.arguments.first {
      guard let found = NameMatch.find(token.text, in: names).name else {
        throw unknownName(token, kind: "picture", among: names, hint: "there are " + listed(names, "and"))
      }
      name = found
    }
    if name == "on" || name == "off" {
      options.picturesWindow = name == "on"
      let text =
        name == "on"
        ? "from now on the window is shown after each command that changes what is in it"
        : "the window is shown no more unless asked for"
      return Answer(["picture": .optional(name), "lines": .list([])], lines: wrapped(text, indent: 0))
    }
    var lines: [String] = []
    if name == nil || name == "window" { lines += windowPicture() }
    if name == nil || name == "devres" { lines += devresPicture() }
    if name == "stack" { lines += stackPicture() }
    return Answer(["picture": .optional(name), "lines": .texts(lines)], lines: lines)
  }

  private func devresPicture() -> [String] {
    let chosen = machine.kernel.devices[device]
    let boxes = chosen.devres.nodes.reversed().map { node in
      BoxStack.Box(node.content.summary, ["added by \(node.addedAt.description(in: release))"])
    }
    return BoxStack(title: "devres of \(chosen.name): released from the top", boxes).lines(options)
  }

  private func stackPicture() -> [String] {
    guard let id = debugger.current, let task = machine.task(id) else { return ["no task is running"] }
    let boxes = task.stack.reversed().map { frame in
      var facts = FactList()
      frame.inspectLocals(&facts)
      return BoxStack.Box(
        frame.site.description(in: release), facts.entries.map { "\($0.path) = \($0.fact)" })
    }
    return BoxStack(title: "task \(id) (\(task.name)), innermost on top", boxes).lines(options)
  }
}

extension String {
  /// JSON text of a string without its quotes.
  var unquoted: String {
    hasPrefix("\"") && hasSuffix("\"") && count >= 2 ? String(dropFirst().dropLast()) : self
  }
}
