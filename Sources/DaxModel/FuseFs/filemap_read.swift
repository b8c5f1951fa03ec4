/// `filemap_read()`, with `filemap_get_pages()`: a read through the page cache.
public struct FilemapRead: KernelFunction {
  public enum Line: String, KernelLine {
    case findPages, findAgain, readAhead, readPage, checkPage, takeBytes, copyOut
  }

  public static let id = FunctionID.filemapRead
  public var frame: Frame { .filemapRead(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let position: UInt64
  let iter: IovIter
  /// Bytes that the caller got before, past the page cache.
  let before: UInt64
  /// Bytes that the caller has got here.
  var done: UInt64 = 0
  /// Pages that are there, in bytes of the file.
  var batch: Range<UInt64> = 0..<0
  /// Bytes that are on their way to the caller.
  var data: [UInt8] = []

  init(file: ProcessFiles.OpenFile, position: UInt64, iter: IovIter, before: UInt64 = 0) {
    (self.file, self.position, self.iter, self.before) = (file, position, iter, before)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.findPages, .findAgain, .readAhead, .readPage, .checkPage, .takeBytes, .copyOut]
  }

  /// Where the next byte is in the file.
  private var place: UInt64 { position + done }
  /// The pages that are still wanted.
  private var wanted: Range<UInt64> { (place..<position + iter.count).touchedPages }
  /// The last page of the batch.
  private var last: UInt64 { batch.upperBound - pageSize }
  /// What the call returns if nothing more comes.
  private var result: Value { .int(Int64(clamping: before + done)) }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .findPages:
      guard place < object.size, done < iter.count else { return .done(result) }
      batch = object.cache.batch(of: wanted)
      if !batch.isEmpty { return .jump(.readAhead) }
      let pages = wanted
      return .call(
        PageCacheSyncRa(
          file: file, page: pages.lowerBound >> pageShift, request: UInt64(pages.count) >> pageShift))
    case .findAgain:
      batch = object.cache.batch(of: wanted)
      if !batch.isEmpty { return .next }
      let page = wanted.lowerBound..<wanted.lowerBound + pageSize
      try kernel.changeInode(file.inode) { $0.cache.add(page) }
      batch = page
      return .jump(.readPage)
    case .readAhead:
      guard object.cache.marked.contains(last) else { return .next }
      let request = (wanted.upperBound - last) >> pageShift
      return .call(PageCacheAsyncRa(file: file, page: last >> pageShift, request: request))
    case .readPage:
      return object.cache.stale.contains(last)
        ? .call(FuseReadFolio(file: file, page: last)) : .jump(.takeBytes)
    case .checkPage:
      guard let errno = returned.errno else { return .next }
      batch = batch.lowerBound..<last
      return batch.isEmpty ? .done(before + done > 0 ? result : .error(errno)) : .next
    case .takeBytes:
      let end = min(object.size, position + iter.count, batch.upperBound)
      if end <= place { return .done(result) }
      data = object.cache.memory.bytes(at: place, count: Int(end - place))
      return .next
    case .copyOut:
      if case .signal = returned { return .done(before + done > 0 ? result : .error(.EFAULT)) }
      while !data.isEmpty {
        if let missing = kernel.missingPage(iter, done, isStore: true) {
          return .call(missing, then: .copyOut)
        }
        guard let piece = kernel.userPiece(iter, done, most: UInt64(data.count)) else { break }
        try kernel.writeProcess(piece.address, Array(data.prefix(Int(piece.length))))
        kernel.copyCounts.add(.pageRead, piece.length)
        data.removeFirst(Int(piece.length))
        done += piece.length
      }
      var state = kernel.process.readahead(of: file)
      state.previous = Int64(clamping: place)
      kernel.process.remember(state)
      return .jump(.findPages)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("already_read", .number(before))
    visitor.field("done", .number(done))
    visitor.field("batch_start", .number(batch.lowerBound))
    visitor.field("batch_end", .number(batch.upperBound))
    visitor.field("got", .number(UInt64(data.count)))
  }
}

extension FilemapRead.Line {
  public var note: Note {
    switch self {
    case .findPages:
      Note(
        "Takes the pages that are there, up to one that is marked or not up to date. If the first is missing, it is read.",
        why: "A read at or behind the end of the file ends here.", calls: [.pageCacheSyncRa])
    case .findAgain:
      Note(
        "Takes what is there now. If the page is still missing it is entered, and read alone.",
        why: "Up to 6.10 a window that goes on behind the end of the file reads nothing.")
    case .readAhead: Note("A page with the mark lets the next window be read.", calls: [.pageCacheAsyncRa])
    case .readPage:
      Note(
        "A page that is not up to date is read alone: its window's READ has failed, or half of it was written.",
        calls: [.fuseReadFolio])
    case .checkPage: Note("If that fails, what came before it is all; an error counts if nothing did.")
    case .takeBytes: Note("Takes the bytes, up to the end of the file as it is now.")
    case .copyOut:
      Note(
        "Copies them to the caller and goes on behind them.",
        why: "Where the memory is a mapping of a file, its page faults come here.", calls: [.access])
    }
  }
}
