/// `fuse_dax_read_iter()`: a read of a file with DAX.
public struct FuseDaxReadIter: KernelFunction {
  public enum Line: String, KernelLine { case lockInode, iomapRw, unlockInode, waitForRange }

  public static let id = FunctionID.fuseDaxReadIter
  public var frame: Frame { .fuseDaxReadIter(Activation(self)) }

  let inode: Handle<FuseInode>
  let position: UInt64
  let iter: IovIter

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockInode, .iomapRw, .unlockInode] + (release.has(.readsWaitForRange) ? [.waitForRange] : [])
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockInode: return kernel.lockShared(.inode(inode))
    case .iomapRw: return .call(DaxIomapRw(inode: inode, position: position, iter, isWrite: false))
    case .unlockInode:
      kernel.unlock(.inode(inode))
      let hasNoRange = returned.errno == .ENOSPC && kernel.release.has(.readsWaitForRange)
      if hasNoRange, try kernel.lacksRange(for: inode) { return .next }
      return .done(returned)
    case .waitForRange:
      let connection = try kernel.inodes.read(inode, at: kernel.here).connection
      return try kernel.lacksRange(for: inode) ? .wait(.freeRange(connection)) : .jump(.lockInode)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
  }
}

extension Kernel {
  /// Whether the window has no free range for a file.
  func lacksRange(for inode: Handle<FuseInode>) throws(Oops) -> Bool {
    let connection = try inodes.read(inode, at: here).connection
    return try connections.read(connection, at: here).dax?.free.isEmpty ?? false
  }
}

extension FuseDaxReadIter.Line {
  public var note: Note {
    switch self {
    case .lockInode: Note("Takes the inode lock, to be shared with other readers.")
    case .iomapRw: Note("Reads through the window.", calls: [.daxIomapRw])
    case .waitForRange:
      Note(
        "There was no range (-ENOSPC): waits until there is one, and begins anew. A fatal signal ends it with -EINTR.",
        why: "Only the worker frees ranges for a read.")
    case .unlockInode: Note("Drops the lock. The server is not told that anything was read.")
    }
  }
}
