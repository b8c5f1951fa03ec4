/// `fuse_perform_write()`: a write goes through the page cache to the server, in pieces.
public struct FusePerformWrite: KernelFunction {
  public enum Line: String, KernelLine { case measure, fillPages, sendWrite, checkWrite, updateSize }

  public static let id = FunctionID.fusePerformWrite
  public var frame: Frame { .fusePerformWrite(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let position: UInt64
  let iter: IovIter
  /// How many bytes the next request has.
  var count: UInt64 = 0
  /// Those of them that have been copied.
  var data: [UInt8] = []
  var done: UInt64 = 0
  var error: Errno?

  init(file: ProcessFiles.OpenFile, position: UInt64, iter: IovIter) {
    (self.file, self.position, self.iter) = (file, position, iter)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.measure, .fillPages, .sendWrite, .checkWrite, .updateSize]
  }

  /// Where the next request writes.
  private var piece: Range<UInt64> { position + done..<position + done + count }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .measure:
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      count = object.cache.writable(
        position + done..<position + iter.count, pages: session.pagesOfRequest,
        bytes: UInt64(session.maxWrite))
      return count == 0 ? .jump(.updateSize) : .next
    case .fillPages:
      if case .signal = returned {
        // What was copied before is sent.
        (error, count) = (.EFAULT, UInt64(data.count))
      }
      while UInt64(data.count) < count {
        let used = done + UInt64(data.count)
        if let missing = kernel.missingPage(iter, used, isStore: false) {
          return .call(missing, then: .fillPages)
        }
        guard let place = kernel.userPiece(iter, used, most: count - UInt64(data.count)) else { break }
        data += try kernel.readProcess(place.address, place.length)
      }
      count = UInt64(data.count)
      if count == 0 { return .jump(.updateSize) }
      let (piece, data) = (piece, data)
      try kernel.changeInode(file.inode) { $0.cache.take(data, at: piece) }
      kernel.copyCounts.add(.pageWrite, count)
      return .next
    case .sendWrite:
      let write = FuseWrite(
        handle: file.handle, offset: FileOffset(piece.lowerBound), data: data, writeFlags: [])
      return .call(FuseSimpleRequest(object.connection, object.node, .write(write)))
    case .checkWrite:
      var written: UInt64 = 0
      if case .reply(.written(let bytes)) = returned { written = min(UInt64(bytes), count) }
      if written < count {
        let lost = (piece.lowerBound + written..<piece.upperBound).touchedPages
        try kernel.changeInode(file.inode) { $0.cache.stale.insert(lost) }
        error = returned.errno ?? .EIO
      }
      kernel.copyCounts.add(.serverWrite, written)
      done += written
      data = []
      return error == nil && done < iter.count ? .jump(.measure) : .next
    case .updateSize:
      let end = position + done
      if done > 0 { try kernel.changeInode(file.inode) { $0.size = max($0.size, end) } }
      try kernel.invalidateAttributes(.modifiedSize, of: file.inode)
      return .done(done > 0 || error == nil ? .int(Int64(clamping: done)) : .error(error ?? .EIO))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("piece", .number(count))
    visitor.field("got", .number(UInt64(data.count)))
    visitor.field("done", .number(done))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension PageCache {
  /// `fuse_fill_write_pages()`: how many bytes of a write the next request takes: up to the end of a page, and no
  /// further than a page that is written in part and not up to date.
  func writable(_ bytes: Range<UInt64>, pages: UInt64, bytes most: UInt64) -> UInt64 {
    let start = bytes.lowerBound & ~(pageSize - 1)
    let limit = min(bytes.upperBound, start + pages * pageSize, bytes.lowerBound + most)
    if limit <= bytes.lowerBound { return 0 }
    let first = min(limit, start + pageSize)
    if first - bytes.lowerBound < pageSize, !isUptodate(start) { return first - bytes.lowerBound }
    return limit - bytes.lowerBound
  }

  /// Whether a page is there and holds the file's bytes.
  func isUptodate(_ page: UInt64) -> Bool { present.contains(page) && !stale.contains(page) }

  /// Enters what is being written. A page that is written as a whole is up to date, and others are as they were.
  mutating func take(_ data: [UInt8], at bytes: Range<UInt64>) {
    for page in present.gaps(in: bytes.touchedPages) { add(page) }
    memory.write(data, at: bytes.lowerBound)
    stale.remove(bytes.innerPages)
  }
}

extension FusePerformWrite.Line {
  public var note: Note {
    switch self {
    case .measure:
      Note(
        "fuse_fill_write_pages(): how much goes into a request. A page that is written in part ends it if it is not up to date.",
        why: "Such a page stays locked until the answer comes, and only one may be.")
    case .fillPages:
      Note(
        "Copies the caller's bytes into the pages; those that are written as a whole are up to date.",
        why: "Where the memory is a mapping of a file, its page faults come here; bad memory ends the write.",
        calls: [.access])
    case .sendWrite: Note("Sends WRITE with these bytes.", calls: [.fuseSimpleRequest])
    case .checkWrite:
      Note(
        "Goes on until all is written. What the server has not taken makes its pages no longer up to date.",
        why: "The next read of them asks the server again.")
    case .updateSize: Note("The file may be longer now, and what is known of it is stale.")
    }
  }
}
