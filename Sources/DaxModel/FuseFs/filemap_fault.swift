/// `filemap_fault()`, with what `handle_mm_fault()` does around it: a page of a file without DAX is mapped.
public struct FilemapFault: KernelFunction {
  public enum Line: String, KernelLine {
    case mapAround, checkSize, readAhead, addPage, readPage, checkPage, mapPage
  }

  public static let id = FunctionID.filemapFault
  public var frame: Frame { .filemapFault(Activation(self)) }

  let mapping: MappingID
  /// The page, in bytes of the file.
  let page: UInt64
  let isStore: Bool
  /// How often reading the page alone has failed.
  var failures = 0

  init(mapping: MappingID, offset: UInt64, isStore: Bool) {
    (self.mapping, page, self.isStore) = (mapping, offset & ~(pageSize - 1), isStore)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.mapAround, .checkSize, .readAhead, .addPage, .readPage, .checkPage, .mapPage]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let area = kernel.process.mapping(mapping) else { return .done(.fault(.sigbus)) }
    let object = try kernel.inodes.read(area.inode, at: kernel.here)
    switch line {
    case .mapAround:
      if isStore { return area.entry(at: page) == nil ? .next : .jump(.mapPage) }
      try kernel.mapAround(page, mapping)
      if kernel.process.mapping(mapping)?.entry(at: page) == nil { return .next }
      kernel.copyCounts.add(.cached)
      return .done(.fault(.noPage))
    case .checkSize:
      return page < object.size ? .next : .done(.fault(.sigbus))
    case .readAhead:
      var state = kernel.process.readahead(of: area.file)
      let index = page >> pageShift
      if object.cache.present.contains(page) {
        state.mmapMiss = max(state.mmapMiss - 1, 0)
        kernel.process.remember(state)
        guard object.cache.marked.contains(page) else { return .next }
        return .call(PageCacheAsyncRa(file: area.file, page: index, request: Readahead.most))
      }
      state.mmapMiss = min(state.mmapMiss + 1, 1000)
      let isPatient = state.mmapMiss <= 100
      let half = Readahead.most / 2
      if isPatient { state.set(index > half ? index - half : 0, 2 * half, async: half / 2) }
      kernel.process.remember(state)
      return isPatient ? .call(FuseReadahead(file: area.file, state)) : .next
    case .addPage:
      let page = page..<page + pageSize
      if !object.cache.present.contains(page.lowerBound) {
        try kernel.changeInode(area.inode) { $0.cache.add(page) }
      }
      return .next
    case .readPage:
      return object.cache.stale.contains(page)
        ? .call(FuseReadFolio(file: area.file, page: page)) : .jump(.mapPage)
    case .checkPage:
      if returned.errno != nil { failures += 1 }
      return failures < 2 ? .jump(.readPage) : .done(.fault(.sigbus))
    case .mapPage:
      if page >= object.size { return .done(.fault(.sigbus)) }
      kernel.copyCounts.add(.cached)
      return .done(.fault(try mapPage(area, object, in: &kernel)))
    }
  }

  private func mapPage(
    _ area: ProcessFiles.Mapping, _ object: FuseInode, in kernel: inout Kernel
  ) throws(Oops) -> FaultBits {
    let bytes = page..<page + pageSize
    if isStore, area.isPrivate {
      let data = object.cache.memory.bytes(at: page, count: Int(pageSize))
      kernel.memory.user.write(data, at: area.address + (page - area.offset))
      kernel.process.mappings[mapping - 1]?.enterCopy(page)
      kernel.copyCounts.add(.pageCopy, pageSize)
      return .doneCow
    }
    if isStore {
      try kernel.changeInode(area.inode) { $0.cache.dirty.insert(bytes) }
    } else {
      try kernel.mapAround(page, mapping)
    }
    kernel.process.mappings[mapping - 1]?.enterCached(bytes, isWritable: isStore)
    return .noPage
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vma", .number(UInt64(max(mapping, 0))))
    visitor.field("page", .number(page))
    visitor.field("store", .flag(isStore))
    visitor.field("failures", .number(UInt64(failures)))
  }
}

extension Kernel {
  /// `filemap_map_pages()`: maps for loading what is cached of the 64 KiB around a page, but for marked pages.
  mutating func mapAround(_ page: UInt64, _ id: MappingID) throws(Oops) {
    guard let area = process.mapping(id) else { return }
    let object = try inodes.read(area.inode, at: here)
    let around = page & ~0xffff..<(page & ~0xffff) + 0x10000
    let end = min(area.offset + area.length, (0..<object.size).touchedPages.upperBound)
    var state = process.readahead(of: area.file)
    var start = max(around.lowerBound, area.offset)
    while start < min(around.upperBound, end) {
      let cache = object.cache
      if cache.present.contains(start), !cache.stale.contains(start), !cache.marked.contains(start),
        area.entry(at: start) == nil, !area.copies.contains(start)
      {
        process.mappings[id - 1]?.enterCached(start..<start + pageSize, isWritable: false)
        state.mmapMiss = max(state.mmapMiss - 1, 0)
      }
      start += pageSize
    }
    process.remember(state)
  }
}

extension ProcessFiles.Mapping {
  /// Enters pages of the page cache; what is alike and in a row is one run.
  mutating func enterCached(_ pages: Range<UInt64>, isWritable: Bool) {
    remove(pages.lowerBound, UInt64(pages.count))
    var run = ProcessFiles.PageTableRun(
      offset: pages.lowerBound, length: UInt64(pages.count), windowOffset: nil, isWritable: isWritable)
    let place = entries.firstIndex { $0.offset > run.offset } ?? entries.count
    func isAlike(_ other: ProcessFiles.PageTableRun) -> Bool {
      other.windowOffset == nil && other.isWritable == isWritable
    }
    var replaced = place..<place
    if place > 0, entries[place - 1].end == run.offset, isAlike(entries[place - 1]) {
      (run.offset, run.length) = (entries[place - 1].offset, entries[place - 1].length + run.length)
      replaced = place - 1..<place
    }
    if place < entries.count, entries[place].offset == pages.upperBound, isAlike(entries[place]) {
      run.length += entries[place].length
      replaced = replaced.lowerBound..<place + 1
    }
    entries.replaceSubrange(replaced, with: CollectionOfOne(run))
  }

  /// `page_mkclean()`: the next store to pages of the page cache is a fault.
  mutating func protect(_ pages: Range<UInt64>) {
    for run in entries where run.isWritable && run.windowOffset == nil {
      let common = (run.offset..<run.end).clamped(to: pages)
      if !common.isEmpty { enterCached(common, isWritable: false) }
    }
  }
}

extension FilemapFault.Line {
  public var note: Note {
    switch self {
    case .mapAround:
      Note(
        "A load maps what is cached of the 64 KiB around; that may be all. A store to a mapped page only makes it dirty.",
        why: "A page with the mark is not mapped like this: its fault lets the next window be read.")
    case .checkSize: Note("A page behind the end of the file is SIGBUS.")
    case .readAhead:
      Note(
        "A missing page is read with 16 before it and 15 behind it. A marked one lets the next window be read.",
        why: "After a hundred misses more than hits, pages are read one by one.",
        calls: [.fuseReadahead, .pageCacheAsyncRa])
    case .addPage: Note("The page is there now, if need be without bytes.")
    case .readPage: Note("A page that is not up to date is read alone.", calls: [.fuseReadFolio])
    case .checkPage: Note("That is tried twice; then it is SIGBUS.")
    case .mapPage:
      Note(
        "Maps the page. A store makes it dirty; with a private mapping it goes to a copy.",
        why: "A load maps what is cached around it, too.")
    }
  }
}
