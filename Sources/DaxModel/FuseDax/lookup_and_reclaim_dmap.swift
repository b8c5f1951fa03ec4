/// `lookup_and_reclaim_dmap()`: the worker takes one range away from a file.
public struct LookupAndReclaimDmap: KernelFunction {
  public enum Line: String, KernelLine {
    case lockInvalidate, breakLayouts, lockTree, findRange, reclaim, addToPool, unlockTree, unlockInvalidate
  }

  public static let id = FunctionID.lookupAndReclaimDmap
  public var frame: Frame { .lookupAndReclaimDmap(Activation(self)) }

  let inode: Handle<FuseInode>
  let index: UInt64
  var range: Int?
  var error: Errno?

  init(inode: Handle<FuseInode>, index: UInt64) { (self.inode, self.index) = (inode, index) }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .lockInvalidate, .breakLayouts, .lockTree, .findRange, .reclaim, .addToPool, .unlockTree,
      .unlockInvalidate,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockInvalidate:
      return kernel.lock(.invalidate(inode))
    case .breakLayouts:
      return .call(FuseDaxBreakLayouts.ofPiece(index, of: inode))
    case .lockTree:
      return kernel.lock(.daxTree(inode))
    case .findRange:
      range = try kernel.idleRange(of: index, of: inode)
      return range == nil ? .jump(.unlockTree) : .next
    case .reclaim:
      return .call(ReclaimOneDmapLocked(inode: inode, index: index, range: range ?? 0))
    case .addToPool:
      error = returned.errno
      if error == nil, let range {
        let connection = try kernel.inodes.read(inode, at: kernel.here).connection
        try kernel.changeDax(connection) { $0.busy.removeAll { $0 == range } }
        try kernel.addToPool(range, of: connection)
      }
      return .next
    case .unlockTree:
      kernel.unlock(.daxTree(inode))
      return .next
    case .unlockInvalidate:
      kernel.unlock(.invalidate(inode))
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("start_idx", .number(index))
    visitor.field("dmap", range.map { .number(UInt64($0)) } ?? .none)
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension Kernel {
  /// The range that holds a piece of a file, if nobody uses it.
  func idleRange(of index: UInt64, of inode: Handle<FuseInode>) throws(Oops) -> Int? {
    let object = try inodes.read(inode, at: here)
    let dax = try connections.read(object.connection, at: here).dax
    guard let range = object.range(of: index), dax?.ranges[range].references == 1 else { return nil }
    return range
  }
}

extension LookupAndReclaimDmap.Line {
  public var note: Note {
    switch self {
    case .lockInvalidate: Note("Takes the invalidate lock of the file: waits for page faults under way.")
    case .breakLayouts: Note("Takes the pages out of all page tables.", calls: [.fuseDaxBreakLayouts])
    case .lockTree: Note("Takes the tree for itself.")
    case .findRange:
      Note("Looks the range up again: it may have gone, or be in use by now. Neither is an error.")
    case .reclaim:
      Note("Takes it out of the tree and has the server unmap it.", calls: [.reclaimOneDmapLocked])
    case .addToPool: Note("Puts it at the tail of the free list and wakes who waits for one.")
    case .unlockTree: Note("Drops the tree.")
    case .unlockInvalidate: Note("Drops the invalidate lock.")
    }
  }
}
