import DaxModel

// The command that follows an address through every layer.

/// One layer of a walk: what a thing is called there, its value, and how it came about.
struct WalkStage {
  var name: String
  var value: Datum
  var note: String

  init(_ name: String, _ value: Datum, _ note: String) {
    (self.name, self.value, self.note) = (name, value, note)
  }
}

extension Session {
  mutating func walk(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let token = try line.argument(
      0, "a page offset or FILE:OFFSET", example: "walk 5, or walk a4m:3M")
    if let colon = token.text.utf8.lastIndex(of: UInt8(ascii: ":")) {
      let path = String(token.text[..<colon])
      let rest = String(token.text[token.text.utf8.index(after: colon)...])
      let place = Token(
        rest, column: token.isQuoted ? token.column : token.column + path.count + 1,
        length: token.isQuoted ? token.length : max(rest.count, 1))
      if path.isEmpty { throw Diagnostic("the file is missing", at: token, hint: "for example: walk a4m:3M") }
      if rest.isEmpty {
        throw Diagnostic("the offset is missing", at: token, hint: "for example: walk \(path):3M")
      }
      return try walkFile(path, at: try place.unsigned("the offset"), token)
    }
    if case .failure = Number.parse(token.text),
      (try? machine.server(of: device)?.files.resolve(token.text)) != nil
    {
      throw Diagnostic(
        "where in the file is not said", at: token, hint: "for example: walk \(escapeControls(token.text)):3M"
      )
    }
    return try walkWindow(PageOffset(try token.unsigned("the page offset")), line)
  }

  private func walkAnswer(_ stages: [WalkStage], _ result: Datum, end: String? = nil) -> Answer {
    var result = result
    result.set(
      "rows",
      .list(stages.map { ["stage": .text($0.name), "value": $0.value, "note": .text($0.note)] }))
    var table = Table(columns: [.init("stage"), .init("value"), .init("note")])
    table.wrapsLastColumn = true
    for stage in stages { table.add(stage.name, stage.value.inline.unquoted, stage.note) }
    let lines = end.map { wrapped($0, indent: 0) } ?? []
    return Answer(result, text: table.rendered(options) + lines.map { $0 + "\n" }.joined())
  }

  // MARK: From a page of the window

  private func walkWindow(_ offset: PageOffset, _ line: Invocation) throws(Diagnostic) -> Answer {
    guard let fs = machine.kernel.instance(of: device), let window = machine.kernel.window(of: device) else {
      throw Diagnostic("there is no window to walk through", at: line.command, hint: "`probe` first")
    }
    let isInside = offset.rawValue < window.length.pages.rawValue
    var stages = [
      WalkStage(
        "pgoff", .count(offset.rawValue),
        isInside ? "of \(window.length.pages) pages" : "behind the window's \(window.length.pages) pages"),
      WalkStage("window offset", .hex(offset.bytes.rawValue), "pgoff << 12"),
    ]
    stages += addressStages(fs, offset, within: 0)
    if isInside, let slots = windowSlots {
      let range = Int(offset.bytes.rawValue / FuseConnDax.rangeSize)
      if slots.indices.contains(range) {
        stages.append(
          WalkStage("range", .count(range), "window offset / 2 MiB; " + slots[range].sentence))
        stages.append(hostStage(WindowOffset(offset.bytes.rawValue), expected: nil))
      }
    }
    return walkAnswer(stages, ["pgoff": .count(offset.rawValue), "inside": .bool(isInside)])
  }

  /// From an offset in the window to the address with which the kernel reaches it.
  private func addressStages(_ fs: VirtioFs, _ offset: PageOffset, within: UInt64) -> [WalkStage] {
    let physical = fs.windowPhysical.advanced(by: ByteCount(offset.bytes.rawValue &+ within))
    let frame = fs.frameHandedOut(at: offset, by: release)
    let address = fs.windowAddress.advanced(by: ByteCount(offset.bytes.rawValue &+ within))
    let section = machine.kernel.memory.devicePages(covering: frame)
    let structPage = section.map { "count \($0.pageCount(frame)), reserved, pagemap#\($0.pagemap.slot)" }
    return [
      WalkStage("physical", .hex(physical.rawValue), "window_phys_addr \(fs.windowPhysical) + offset"),
      WalkStage(
        "pfn", .hex(frame.rawValue),
        release.has(.pfnIsAddress)
          ? "physical, not shifted: as a frame it lies at \(frame.address)"
          : "physical >> 12" + (release.has(.pfnCarriesFlags) ? ", handed out with DEV and MAP" : "")),
      WalkStage(
        "struct page", .hex(machine.kernel.architecture.pageStruct(of: frame).rawValue),
        structPage
          ?? (machine.kernel.memory.isMapped(frame.address)
            ? "none that belongs to the window" : "there is none: the address is not mapped")),
      WalkStage(
        "kaddr", .hex(address.rawValue),
        barNote(address)
          ?? (machine.kernel.memory.isMapped(physical)
            ? "the linear map: window_kaddr \(fs.windowAddress) + offset"
            : "not mapped: a load is an oops")),
    ]
  }

  /// What an address means that stands for a BAR; nil for any other.
  private func barNote(_ address: KernelAddress) -> String? {
    guard let zpci = machine.kernel.zpci,
      let (entry, offset) = zpci.bar(at: address, base: release.cookieBase)
    else { return nil }
    let kind = zpci.hasMIO ? "an MIO mapping" : "an iomem cookie"
    return "\(kind): BAR \(entry.bar) of \(machine.kernel.devices[entry.device].name), offset \(hex(offset))"
  }

  // MARK: From a byte of a file

  private func walkFile(
    _ path: String, at offset: UInt64, _ token: Token
  ) throws(Diagnostic) -> Answer {
    try requireMount(token)
    let result: Datum = ["file": .text(path), "offset": .count(offset)]
    func answer(_ stages: [WalkStage], _ end: String, _ sentence: String) -> Answer {
      var result = result
      result.set("ends_at", .text(end))
      return walkAnswer(stages, result, end: sentence)
    }
    guard let handle = guestInode(path), let inode = machine.kernel.inodes.peek(handle) else {
      guard let number = try? machine.server(of: device)?.files.resolve(path) else {
        throw Diagnostic(
          "there is no file `\(escapeControls(path))`", at: token,
          hint: "`host list` lists the files of the host")
      }
      let stages = [WalkStage("file", .text(path), "inode \(number) of the host")]
      return answer(
        stages, "file",
        "It ends here: the guest has not looked the file up. `stat \(escapeControls(path))` does.")
    }
    var stages = [
      WalkStage(
        "file", .text(path),
        "inode#\(handle.slot), node \(inode.node) of the server, \(inode.size) bytes")
    ]
    stages.append(
      WalkStage(
        "file offset", .hex(offset),
        offset < inode.size ? "of \(hex(inode.size))" : "at or behind the end, \(hex(inode.size))"))
    guard inode.isDax, let dax = mountedConnection?.dax else {
      return walkCache(inode, offset, stages, answer)
    }
    let size = FuseConnDax.rangeSize
    let (index, within) = (offset / size, offset % size)
    stages.append(
      WalkStage("index", .count(index), "\(hex(offset)) / 2 MiB; \(hex(within)) into that piece"))
    guard let range = inode.range(of: index), dax.ranges.indices.contains(range) else {
      let end =
        offset >= inode.size
        ? "It ends here: behind the end of a file nothing is mapped. A read returns 0 bytes, a load gets SIGBUS."
        : "It ends here: the piece has no range yet. The next access takes range \(dax.free.first.map { "\($0)" } ?? "that is reclaimed first") and sends SETUPMAPPING."
      return answer(stages, offset >= inode.size ? "end of file" : "range", end)
    }
    let mode = dax.ranges[range].isWritable ? "rw" : "r"
    stages.append(
      WalkStage(
        "range", .count(range),
        "in the tree of inode#\(handle.slot): mode \(mode), refcount \(dax.ranges[range].references)"))
    let windowOffset = UInt64(range) * size + within
    stages.append(
      WalkStage("window offset", .hex(windowOffset), "\(range) * \(hex(size)) + \(hex(within))"))
    let page = PageOffset(windowOffset / pageSize)
    stages.append(
      WalkStage(
        "pgoff", .count(page.rawValue), "window offset >> 12; \(hex(windowOffset % pageSize)) into the page"))
    if let fs = machine.kernel.instance(of: device) {
      stages += addressStages(fs, page, within: windowOffset % pageSize)
    }
    stages.append(
      hostStage(WindowOffset(windowOffset), expected: (inode, offset, dax.ranges[range].isWritable)))
    stages += processStages(handle, offset)
    let end =
      offset >= inode.size
      ? "The offset lies behind the end of the file: a read returns 0 bytes, whatever is mapped." : nil
    var whole = result
    whole.set("ends_at", .null)
    return walkAnswer(stages, whole, end: end)
  }

  /// A file without DAX: its bytes are in the page cache.
  private func walkCache(
    _ inode: FuseInode, _ offset: UInt64, _ stages: [WalkStage],
    _ answer: ([WalkStage], String, String) -> Answer
  ) -> Answer {
    let page = offset / pageSize
    let isPresent = inode.cache.present.contains(offset)
    let state =
      (inode.cache.dirty.contains(offset) ? ", dirty" : "")
      + (inode.cache.stale.contains(offset) ? ", not up to date" : "")
      + (inode.cache.marked.contains(offset) ? ", marked for read-ahead" : "")
    let stage = WalkStage(
      "page", .count(page),
      "\(hex(offset)) >> 12; "
        + (isPresent ? "in the page cache" + state : "not in the page cache"))
    let why =
      offset >= inode.size
      ? "It ends here: the offset is behind the end of the file."
      : isPresent
        ? "It ends here: the file has no DAX, so its bytes are in a page of the guest's own memory."
        : "It ends here: the file has no DAX, and the page is not cached. The next read sends READ."
    return answer(stages + [stage], offset >= inode.size ? "end of file" : "page cache", why)
  }

  /// What the host has mapped at a place of the window.
  private func hostStage(
    _ offset: WindowOffset, expected: (inode: FuseInode, offset: UInt64, isWritable: Bool)?
  ) -> WalkStage {
    guard let server = machine.server(of: device), let piece = server.window.lookup(offset) else {
      return WalkStage("host", "nothing", "nothing is mapped there: an access dies on the host")
    }
    let name = hostPath(of: piece.inode) ?? "inode \(piece.inode)"
    let isBehind = piece.fileOffset.rawValue >= (server.files[piece.inode]?.file?.mappedEnd ?? 0)
    var note = "inode \(piece.inode), mapped \(piece.isWritable ? "rw" : "r")"
    if let expected {
      let isSame =
        server.nodes.inode(of: expected.inode.node) == piece.inode
        && expected.offset == piece.fileOffset.rawValue
      if !isSame {
        note += ": NOT the byte that was asked for"
      } else if expected.isWritable, !piece.isWritable {
        note += ": the same byte, but the guest's range is rw: a store there dies on the host"
      } else {
        note += ": the same byte, so all agree"
      }
    }
    let file = server.files[piece.inode]?.file
    if let file, !isBehind, !file.allocated.contains(piece.fileOffset.rawValue) {
      note += "; a hole of the host's file, which reads as zeros"
    }
    if isBehind { note += "; the file of the host ends before it: an access dies with SIGBUS there" }
    return WalkStage("host", .text("\(name):\(hex(piece.fileOffset.rawValue))"), note)
  }

  /// Where the process sees the byte.
  private func processStages(_ handle: Handle<FuseInode>, _ offset: UInt64) -> [WalkStage] {
    machine.kernel.process.mappings.compactMap { mapping in
      guard let mapping, mapping.inode == handle, offset >= mapping.offset,
        offset - mapping.offset < mapping.length
      else { return nil }
      let entry = mapping.entries.first { offset >= $0.offset && offset - $0.offset < $0.length }
      let how =
        mapping.copies.contains(offset)
        ? "a copy of the page, which only the process sees"
        : entry.map { $0.isHuge ? "by a PMD of 2 MiB" : "by a PTE" }
          ?? "not in the page tables: an access faults"
      return WalkStage("mapping \(mapping.number)", .hex(mapping.address + (offset - mapping.offset)), how)
    }
  }
}

extension WindowSlot {
  /// What is in it, in a few words.
  fileprivate var sentence: String {
    guard let file else { return "it is \(state.rawValue)" }
    return "it is \(state.rawValue), with \(file) from \(hex(index &* FuseConnDax.rangeSize)) on"
  }
}
