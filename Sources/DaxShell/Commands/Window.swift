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

  mutating func walk(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let token = try line.argument(0, "the page offset", example: "walk 5")
    let offset = PageOffset(try token.unsigned("the page offset"))
    guard let fs = machine.kernel.instance(of: device), let window = machine.kernel.window(of: device) else {
      throw Diagnostic("there is no window to walk through", at: line.command, hint: "`probe` first")
    }
    let physical = fs.windowPhysical.advanced(by: offset.bytes)
    let frame = fs.frameHandedOut(at: offset, by: release)
    let address = fs.windowAddress.advanced(by: offset.bytes)
    let isInside = offset.rawValue < window.length.pages.rawValue
    let section = machine.kernel.memory.devicePages(covering: frame)
    let structPage = section.map { "count \($0.pageCount(frame)), reserved, pagemap#\($0.pagemap.slot)" }
    let steps: [(String, Datum, String)] = [
      (
        "pgoff", .count(offset.rawValue),
        isInside ? "of \(window.length.pages) pages" : "behind the window's \(window.length.pages) pages"
      ),
      ("window offset", .hex(offset.bytes.rawValue), "pgoff << 12"),
      ("physical", .hex(physical.rawValue), "window_phys_addr \(fs.windowPhysical) + offset"),
      (
        "pfn", .hex(frame.rawValue),
        release.has(.pfnIsAddress)
          ? "physical, not shifted: as a frame it lies at \(frame.address)"
          : "physical >> 12" + (release.has(.pfnCarriesFlags) ? ", handed out with DEV and MAP" : "")
      ),
      (
        "struct page", .hex(machine.kernel.architecture.pageStruct(of: frame).rawValue),
        structPage
          ?? (machine.kernel.memory.isMapped(frame.address)
            ? "none that belongs to the window" : "there is none: the address is not mapped")
      ),
      (
        "kaddr", .hex(address.rawValue),
        barNote(address)
          ?? (machine.kernel.memory.isMapped(physical) ? "the linear map" : "not mapped: a load is an oops")
      ),
    ]
    let rows: [Datum] = steps.map { ["stage": .text($0.0), "value": $0.1, "note": .text($0.2)] }
    var table = Table(columns: [.init("stage"), .init("value"), .init("note")])
    for (name, value, note) in steps { table.add(name, value.inline.unquoted, note) }
    return Answer(
      ["pgoff": .count(offset.rawValue), "inside": .bool(isInside), "rows": .list(rows)],
      text: table.rendered(options))
  }

  /// What an address means that stands for a BAR; nil for any other.
  private func barNote(_ address: KernelAddress) -> String? {
    guard let zpci = machine.kernel.zpci,
      let (entry, offset) = zpci.bar(at: address, base: release.cookieBase)
    else { return nil }
    let kind = zpci.hasMIO ? "an MIO mapping" : "an iomem cookie"
    return "\(kind): BAR \(entry.bar) of \(machine.kernel.devices[entry.device].name), offset \(hex(offset))"
  }

  mutating func picture(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let names = ["window", "devres", "stack"]
    var name: String?
    if let token = line.arguments.first {
      guard let found = NameMatch.find(token.text, in: names).name else {
        throw unknownName(token, kind: "picture", among: names, hint: "there are " + listed(names, "and"))
      }
      name = found
    }
    var lines: [String] = []
    if name == nil || name == "window" { lines += windowPicture() }
    if name == nil || name == "devres" { lines += devresPicture() }
    if name == "stack" { lines += stackPicture() }
    return Answer(["picture": .optional(name), "lines": .texts(lines)], lines: lines)
  }

  private func windowPicture() -> [String] {
    guard let window = machine.kernel.window(of: device) else {
      return ["\(machine.kernel.devices[device].name) has no window (yet)"]
    }
    let range: UInt64 = 2 << 20
    let count = window.length.rawValue / range
    let cells = (0..<min(count, 4096)).map { index in
      let start = window.address.advanced(by: ByteCount(index * range))
      let section = machine.kernel.memory.devicePages(covering: start.frame)
      let pinned =
        section?.touched.filter { page in
          page.count > (section?.idleCount ?? 0) && page.frame >= start.frame
            && page.frame.rawValue < start.frame.rawValue + 512
        }.count ?? 0
      let label = section == nil ? "no pages" : pinned == 0 ? "idle" : "\(pinned) in use"
      return CellBar.Cell(
        label, tick: index == 0 ? "0" : "\(index * 2)M",
        fill: section == nil ? .empty : pinned == 0 ? .light : .full)
    }
    let title = "window: \(sizeText(window.length)) at \(window.address), in ranges of 2 MiB"
    return [title] + (cells.isEmpty ? ["  smaller than one range"] : CellBar(cells).lines(options))
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
