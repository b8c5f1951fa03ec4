/// `filemap_fdatawrite_range()` with `fuse_writepages()`: dirty pages of a file without DAX go to the server.
public struct FuseWritepages: KernelFunction {
  public enum Line: String, KernelLine { case sendWrite, checkWrite }

  public static let id = FunctionID.fuseWritepages
  public var frame: Frame { .fuseWritepages(Activation(self)) }

  let inode: Handle<FuseInode>
  /// The pages, in bytes of the file.
  let range: Range<UInt64>
  /// `fuse_launder_folio()`: whether each page gets a WRITE of its own.
  let isLaundering: Bool
  /// The file that asks for it: its mapping may be gone already.
  private var file: ProcessFiles.OpenFile?
  var piece: Range<UInt64> = 0..<0

  init(inode: Handle<FuseInode>, range: Range<UInt64>, isLaundering: Bool = false) {
    (self.inode, self.range, self.isLaundering) = (inode, range.touchedPages, isLaundering)
  }

  init(file: ProcessFiles.OpenFile, range: Range<UInt64> = 0..<UInt64.max) {
    self.init(inode: file.inode, range: range)
    self.file = file
  }

  public static func lines(in release: KernelRelease) -> [Line] { [.sendWrite, .checkWrite] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .sendWrite:
      guard let first = object.cache.dirty.firstPiece(in: range) else { return .done(.success) }
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let most = isLaundering ? pageSize : session.largestTransfer(session.maxWrite)
      let pages = first.lowerBound..<min(first.upperBound, first.lowerBound + most)
      try kernel.changeInode(inode) { $0.cache.dirty.remove(pages) }
      kernel.protectPages(of: inode, pages)
      piece = pages.clamped(to: 0..<max(object.size, pages.lowerBound))
      if piece.isEmpty { return .jump(.sendWrite) }
      let asking = file.flatMap { $0.flags.canWrite ? $0 : nil }
      guard let writer = kernel.process.writer(of: inode) ?? asking else {
        try kernel.changeInode(inode) { $0.cache.errors.set(.EIO) }
        return .jump(.sendWrite)
      }
      let data = object.cache.memory.bytes(at: piece.lowerBound, count: piece.count)
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .write(
            FuseWrite(
              handle: writer.handle, offset: FileOffset(piece.lowerBound), data: data, writeFlags: .cache))))
    case .checkWrite:
      var failure = returned.errno
      if case .reply(.written) = returned {} else if failure == nil { failure = .EIO }
      if let failure {
        try kernel.changeInode(inode) { $0.cache.errors.set(failure) }
      } else {
        kernel.copyCounts.add(.serverWrite, UInt64(piece.count))
      }
      try kernel.invalidateAttributes(.modification, of: inode)
      return .jump(.sendWrite)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("from", .number(range.lowerBound))
    visitor.field("to", .number(range.upperBound))
    visitor.field("launder", .flag(isLaundering))
    visitor.field("start", .number(piece.lowerBound))
    visitor.field("end", .number(piece.upperBound))
  }
}

extension Kernel {
  /// `folio_clear_dirty_for_io()`: the next store to these pages is a fault that makes them dirty again.
  mutating func protectPages(of inode: Handle<FuseInode>, _ pages: Range<UInt64>) {
    for index in process.mappings.indices where process.mappings[index]?.inode == inode {
      process.mappings[index]?.protect(pages)
    }
  }

  /// `filemap_check_errors()`: what sending dirty pages has failed with, told once.
  mutating func takeWriteError(of inode: Handle<FuseInode>) throws(Oops) -> Errno? {
    guard try inodes.read(inode, at: here).cache.errors.flag != nil else { return nil }
    return try changeInode(inode) { $0.cache.errors.takeFlag() }
  }

  /// `file_check_and_advance_wb_err()`: the same for an open file, which is told of each error once.
  mutating func takeWriteError(of file: ProcessFiles.OpenFile) throws(Oops) -> Errno? {
    guard try inodes.read(file.inode, at: here).cache.errors.count > 0 else { return nil }
    var state = process.readahead(of: file)
    defer { process.remember(state) }
    return try changeInode(file.inode) { $0.cache.errors.advance(&state.errorsSeen) }
  }
}

extension FuseWritepages.Line {
  public var note: Note {
    switch self {
    case .sendWrite:
      Note(
        "Sends the next dirty pages of the range, marked as coming from the cache. They are clean from here on.",
        why: "Through any open file that can be written to.", calls: [.fuseSimpleRequest])
    case .checkWrite:
      Note(
        "Goes on until none is dirty. An error is kept in the mapping: the page is not sent again.",
        why: "fsync() of each open file tells it once, and so does close() or who sends pages before a hole.")
    }
  }
}
