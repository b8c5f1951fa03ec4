/// `invalidate_inode_pages2_range()`: pages of a file without DAX go; dirty ones are sent before.
public struct InvalidateInodePages2: KernelFunction {
  public enum Line: String, KernelLine { case launder, dropPages }

  public static let id = FunctionID.invalidateInodePages2
  public var frame: Frame { .invalidateInodePages2(Activation(self)) }

  let inode: Handle<FuseInode>
  /// The pages, in bytes of the file.
  let range: Range<UInt64>

  init(inode: Handle<FuseInode>, range: Range<UInt64> = 0..<UInt64.max) {
    (self.inode, self.range) = (inode, range.touchedPages)
  }

  public static func lines(in release: KernelRelease) -> [Line] { [.launder, .dropPages] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .launder:
      let dirty = try kernel.inodes.read(inode, at: kernel.here).cache.dirty
      return dirty.firstPiece(in: range) == nil
        ? .next : .call(FuseWritepages(inode: inode, range: range, isLaundering: true))
    case .dropPages:
      try kernel.dropPages(of: inode, range)
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("from", .number(range.lowerBound))
    visitor.field("to", .number(range.upperBound))
  }
}

extension Kernel {
  /// `truncate_inode_pages_range()`: whole pages go, dirty or not, and leave the page tables.
  mutating func dropPages(of inode: Handle<FuseInode>, _ pages: Range<UInt64>) throws(Oops) {
    if pages.isEmpty { return }
    unmapPages(of: inode, from: pages.lowerBound, length: UInt64(pages.upperBound - pages.lowerBound))
    try changeInode(inode) { inode in
      inode.cache.drop(pages)
      inode.cache.isOutdated = false
    }
  }

  /// A file has changed on the host. Pages behind its new end go at once; the others, when nothing of them is dirty:
  /// else whoever has asked for the attributes calls `invalidate_inode_pages2()`.
  mutating func outdatePages(of inode: Handle<FuseInode>, size: UInt64) throws(Oops) {
    if try inodes.read(inode, at: here).size != size {
      let end = (0..<size).touchedPages.upperBound
      unmapPages(of: inode, from: end, length: .max - end, takesCopies: true)
    }
    let isClean = try changeInode(inode) { inode in
      if size != inode.size { inode.cache.truncate(to: size) }
      inode.cache.isOutdated = !inode.cache.dirty.isEmpty
      return !inode.cache.isOutdated
    }
    if isClean { try dropPages(of: inode, 0..<UInt64.max) }
  }
}

extension InvalidateInodePages2.Line {
  public var note: Note {
    switch self {
    case .launder:
      Note("fuse_launder_folio(): each dirty page is sent by a WRITE of its own.", calls: [.fuseWritepages])
    case .dropPages: Note("The pages leave the page tables and the page cache.")
    }
  }
}
