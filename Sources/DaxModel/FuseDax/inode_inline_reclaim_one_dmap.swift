/// `inode_inline_reclaim_one_dmap()`: takes an idle range of a file away from it, for the same file.
public struct InodeInlineReclaimOneDmap: KernelFunction {
  public enum Line: String, KernelLine {
    case lockInvalidate, findIdle, breakLayouts, lockTree, findAgain, reclaim, checkReclaim, unlockTree,
      unlockInvalidate
  }

  public static let id = FunctionID.inodeInlineReclaimOneDmap
  public var frame: Frame { .inodeInlineReclaimOneDmap(Activation(self)) }

  let inode: Handle<FuseInode>
  var index: UInt64 = 0
  var range: Int?
  /// What is returned: a range, an error, -EAGAIN to try again, or nothing.
  var result = Value.void

  init(inode: Handle<FuseInode>) { self.inode = inode }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .lockInvalidate, .findIdle, .breakLayouts, .lockTree, .findAgain, .reclaim, .checkReclaim, .unlockTree,
      .unlockInvalidate,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockInvalidate:
      return kernel.lock(.invalidate(inode))
    case .findIdle:
      if !kernel.locks.isFree(.daxTree(inode), isShared: true) {
        return .wait(.sharedLock(.daxTree(inode)))
      }
      let object = try kernel.inodes.read(inode, at: kernel.here)
      let dax = try kernel.connections.read(object.connection, at: kernel.here).dax
      guard let piece = object.tree.first(where: { dax?.ranges[$0.range].references == 1 }) else {
        return .jump(.unlockInvalidate)
      }
      index = piece.index
      return .next
    case .breakLayouts:
      return .call(FuseDaxBreakLayouts.ofPiece(index, of: inode))
    case .lockTree:
      if let errno = returned.errno, result == .void {
        result = .error(errno)
        return .jump(.unlockInvalidate)
      }
      return kernel.lock(.daxTree(inode))
    case .findAgain:
      range = try kernel.idleRange(of: index, of: inode)
      if range == nil {
        result = .error(.EAGAIN)
        return .jump(.unlockTree)
      }
      return .next
    case .reclaim:
      return .call(ReclaimOneDmapLocked(inode: inode, index: index, range: range ?? 0))
    case .checkReclaim:
      if let errno = returned.errno {
        result = .error(errno)
      } else if let range {
        let connection = try kernel.inodes.read(inode, at: kernel.here).connection
        try kernel.changeDax(connection) { dax in
          dax.ranges[range] = DaxRange()
          dax.busy.removeAll { $0 == range }
        }
        result = .range(range)
      }
      return .next
    case .unlockTree:
      kernel.unlock(.daxTree(inode))
      return .next
    case .unlockInvalidate:
      kernel.unlock(.invalidate(inode))
      return .done(result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("start_idx", .number(index))
    visitor.field("dmap", range.map { .number(UInt64($0)) } ?? .none)
    visitor.field("result", .text("\(result)"))
  }
}

extension InodeInlineReclaimOneDmap.Line {
  public var note: Note {
    switch self {
    case .lockInvalidate: Note("Takes the invalidate lock for itself: no page fault of this file meanwhile.")
    case .findIdle: Note("Finds the first range of the file that nobody uses, in the order of the file.")
    case .breakLayouts: Note("Takes its pages out of all page tables.", calls: [.fuseDaxBreakLayouts])
    case .lockTree: Note("Takes the tree for itself.")
    case .findAgain:
      Note("Looks again: if the range has gone or is in use by now, it is tried once more.")
    case .reclaim:
      Note("Takes the range out of the tree and has the server unmap it.", calls: [.reclaimOneDmapLocked])
    case .checkReclaim: Note("The range goes straight to the caller and not to the free list.")
    case .unlockTree: Note("Drops the tree.")
    case .unlockInvalidate: Note("Drops the invalidate lock and returns.")
    }
  }
}
