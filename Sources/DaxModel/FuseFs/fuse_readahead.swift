/// `page_cache_ra_unbounded()`, `fuse_readahead()`: pages of a file without DAX are read into the page cache.
public struct FuseReadahead: KernelFunction {
  public enum Line: String, KernelLine { case sendRead, fillPages }

  public static let id = FunctionID.fuseReadahead
  public var frame: Frame { .fuseReadahead(Activation(self)) }

  let inode: Handle<FuseInode>
  let handle: FileHandle
  /// What is wanted, in bytes of the file: whole pages.
  let wanted: Range<UInt64>
  var piece: Range<UInt64> = 0..<0

  init(inode: Handle<FuseInode>, handle: FileHandle, wanted: Range<UInt64>) {
    (self.inode, self.handle, self.wanted) = (inode, handle, wanted)
  }

  public static func lines(in release: KernelRelease) -> [Line] { [.sendRead, .fillPages] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .sendRead:
      var missing = ByteRanges(wanted)
      for range in object.cache.present.ranges { missing.remove(range) }
      let end = (object.size + pageSize - 1) & ~(pageSize - 1)
      guard let first = missing.ranges.first, first.lowerBound < end else { return .done(.success) }
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let limit = session.largestTransfer(session.maxRead)
      piece = first.lowerBound..<min(first.upperBound, end, first.lowerBound + limit)
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .read(
            FuseRead(
              handle: handle, offset: FileOffset(piece.lowerBound), size: UInt32(clamping: piece.count)))))
    case .fillPages:
      guard case .reply(.data(let bytes)) = returned else { return .fail(returned.errno ?? .EIO) }
      let piece = piece
      kernel.copyCounts.add(.pageFill, UInt64(bytes.count))
      try kernel.changeInode(inode) { inode in
        inode.cache.memory.clear(piece.lowerBound, count: UInt64(piece.count))
        inode.cache.memory.write(bytes, at: piece.lowerBound)
        inode.cache.present.insert(piece)
      }
      return .jump(.sendRead)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("start", .number(wanted.lowerBound))
    visitor.field("end", .number(wanted.upperBound))
  }
}

extension FuseReadahead.Line {
  public var note: Note {
    switch self {
    case .sendRead:
      Note("Sends READ for the next pages that are wanted and not there.", calls: [.fuseSimpleRequest])
    case .fillPages: Note("Fills the pages in; behind the end of the file they hold zeros.")
    }
  }
}
