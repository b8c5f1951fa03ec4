/// `page_cache_ra_unbounded()`, `fuse_readahead()`: a window of a file without DAX is read into the page cache.
public struct FuseReadahead: KernelFunction {
  public enum Line: String, KernelLine { case addPages, sendRead, fillPages }

  public static let id = FunctionID.fuseReadahead
  public var frame: Frame { .fuseReadahead(Activation(self)) }

  let inode: Handle<FuseInode>
  let handle: FileHandle
  /// What is left of the window, in bytes of the file: whole pages.
  var wanted: Range<UInt64>
  /// How far behind its start the marked page is.
  let asyncPages: UInt64
  /// The mark, once it is known where the file ends.
  var mark: UInt64?
  /// Pages in a row that were missing and wait to be read.
  var batch: Range<UInt64> = 0..<0
  var piece: Range<UInt64> = 0..<0

  init(file: ProcessFiles.OpenFile, _ window: Readahead) {
    (inode, handle, asyncPages) = (file.inode, file.handle, window.asyncSize)
    wanted = window.start << pageShift..<(window.start + window.size) << pageShift
  }

  public static func lines(in release: KernelRelease) -> [Line] { [.addPages, .sendRead, .fillPages] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .addPages:
      if mark == nil {
        wanted = wanted.clamped(to: 0..<(0..<object.size).touchedPages.upperBound)
        mark = wanted.upperBound &- asyncPages << pageShift
      }
      guard let batch = object.cache.present.firstGap(in: wanted) else { return .done(.success) }
      (self.batch, wanted) = (batch, batch.upperBound..<wanted.upperBound)
      let mark = mark
      try kernel.changeInode(inode) { inode in
        inode.cache.add(batch)
        if let mark, batch.contains(mark) { inode.cache.marked.insert(mark..<mark + pageSize) }
      }
      return .next
    case .sendRead:
      if batch.isEmpty { return .jump(.addPages) }
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let count = min(UInt64(batch.count), session.largestTransfer(session.maxRead))
      piece = batch.lowerBound..<batch.lowerBound + count
      batch = piece.upperBound..<batch.upperBound
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .read(FuseRead(handle: handle, offset: FileOffset(piece.lowerBound), size: UInt32(count)))))
    case .fillPages:
      if case .reply(.data(let bytes)) = returned { try kernel.fillPages(of: inode, piece, with: bytes) }
      return .jump(.sendRead)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("start", .number(wanted.lowerBound))
    visitor.field("end", .number(wanted.upperBound))
    visitor.field("lookahead_size", .number(asyncPages))
    visitor.field("batch", .number(UInt64(batch.count)))
    visitor.field("read", .number(UInt64(piece.count)))
  }
}

extension Kernel {
  /// `fuse_readpages_end()`, `fuse_short_read()`: what READ has brought fills pages; if it is less than was asked for,
  /// the file is that short.
  mutating func fillPages(
    of inode: Handle<FuseInode>, _ pages: Range<UInt64>, with bytes: [UInt8]
  ) throws(Oops) {
    copyCounts.add(.pageFill, UInt64(bytes.count))
    try changeInode(inode) { inode in
      inode.cache.memory.clear(pages.lowerBound, count: UInt64(pages.count))
      inode.cache.memory.write(bytes, at: pages.lowerBound)
      inode.cache.stale.remove(pages)
      inode.stale.insert(.access)
      if bytes.count < pages.count { inode.size = min(inode.size, pages.lowerBound + UInt64(bytes.count)) }
    }
  }
}

extension FuseReadahead.Line {
  public var note: Note {
    switch self {
    case .addPages:
      Note(
        "Enters the next pages of the window that are missing, up to the end of the file, and marks one of them.",
        why: "Whoever uses the marked page lets the next window be read.")
    case .sendRead: Note("Sends READ for them, as many as fit into a request.", calls: [.fuseSimpleRequest])
    case .fillPages:
      Note(
        "Fills them; behind the end of the file they hold zeros. A short answer makes the file shorter.",
        why:
          "The time of access is not known any more. After an error they stay without bytes: whoever needs one reads it alone."
      )
    }
  }
}
