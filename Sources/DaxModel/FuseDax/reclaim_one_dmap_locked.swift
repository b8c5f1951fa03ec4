/// `reclaim_one_dmap_locked()`: takes a range out of a file's tree and has the server unmap it.
public struct ReclaimOneDmapLocked: KernelFunction {
  public enum Line: String, KernelLine {
    case writeBack, invalidatePages, removeFromTree, sendRemove, checkRemove
  }

  public static let id = FunctionID.reclaimOneDmapLocked
  public var frame: Frame { .reclaimOneDmapLocked(Activation(self)) }

  let inode: Handle<FuseInode>
  let index: UInt64
  let range: Int

  public static func lines(in release: KernelRelease) -> [Line] {
    [.writeBack, .invalidatePages, .removeFromTree, .sendRemove, .checkRemove]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let size = FuseConnDax.rangeSize
    switch line {
    case .writeBack:
      return .next
    case .invalidatePages:
      let index = index
      kernel.unmapPages(of: inode, from: index &* size, length: size)
      try kernel.changeInode(inode) { _ = $0.pageEntries.remove(index) }
      return .next
    case .removeFromTree:
      let index = index
      try kernel.changeInode(inode) { $0.tree.removeAll { $0.index == index } }
      return .next
    case .sendRemove:
      let object = try kernel.inodes.read(inode, at: kernel.here)
      let entry = FuseRemoveMapping.Entry(
        windowOffset: WindowOffset(UInt64(range) &* size), length: ByteCount(size))
      return .call(
        FuseSimpleRequest(object.connection, object.node, .removeMapping(FuseRemoveMapping([entry]))))
    case .checkRemove:
      if let errno = returned.errno, errno != .ENOTCONN {
        kernel.log(
          .warning, "",
          "Failed to remove mapping. offset=\(hex(UInt64(range) &* size)) len=\(hex(size)) ret=\(errno.returnValue)"
        )
      }
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("idx", .number(index))
    visitor.field("dmap", .number(UInt64(range)))
  }
}

extension Kernel {
  /// `unmap_mapping_range()`: takes pages of a file out of the page tables of every mapping.
  ///
  /// - Parameter takesCopies: `even_cows`: whether private copies of the pages go too, as when a file is cut.
  mutating func unmapPages(
    of inode: Handle<FuseInode>, from start: UInt64, length: UInt64, takesCopies: Bool = false
  ) {
    for index in process.mappings.indices where process.mappings[index]?.inode == inode {
      process.mappings[index]?.remove(start, length)
      if takesCopies, length > 0 { process.mappings[index]?.copies.remove(start..<start + length) }
    }
  }
}

extension ReclaimOneDmapLocked.Line {
  public var note: Note {
    switch self {
    case .writeBack:
      Note(
        "Would send dirty pages of the piece to the server: filemap_fdatawrite_range().",
        why: "For DAX there is nothing to send: what was stored is in the file.")
    case .invalidatePages: Note("invalidate_inode_pages2_range(): forgets the DAX entries of the piece.")
    case .removeFromTree: Note("Takes the range out of the tree: from here on the piece is nowhere.")
    case .sendRemove: Note("Sends REMOVEMAPPING for this one range.", calls: [.fuseSimpleRequest])
    case .checkRemove:
      Note("An error is logged and no more: the range is used again all the same.")
    }
  }
}
