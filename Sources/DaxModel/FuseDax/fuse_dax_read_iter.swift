/// `fuse_dax_read_iter()`: a read of a file with DAX.
public struct FuseDaxReadIter: KernelFunction {
  public enum Line: String, KernelLine { case waitForRange, lockInode, iomapRw, unlockInode }

  public static let id = FunctionID.fuseDaxReadIter
  public var frame: Frame { .fuseDaxReadIter(Activation(self)) }

  let inode: Handle<FuseInode>
  let position: UInt64
  let iter: IovIter
  /// Whether there was no range the last time.
  var isRetry = false

  init(inode: Handle<FuseInode>, position: UInt64, iter: IovIter) {
    (self.inode, self.position, self.iter) = (inode, position, iter)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    (release.has(.readsWaitForRange) ? [.waitForRange] : []) + [.lockInode, .iomapRw, .unlockInode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .waitForRange:
      guard isRetry, try kernel.lacksRange(for: inode) else { return .next }
      return .wait(.freeRange(try kernel.inodes.read(inode, at: kernel.here).connection))
    case .lockInode: return kernel.lockShared(.inode(inode))
    case .iomapRw: return .call(DaxIomapRw(inode: inode, position: position, iter, isWrite: false))
    case .unlockInode:
      kernel.unlock(.inode(inode))
      isRetry = returned.errno == .ENOSPC && kernel.release.has(.readsWaitForRange)
      return isRetry ? .jump(.waitForRange) : .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("retry", .flag(isRetry))
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
    case .waitForRange:
      Note(
        "The second time waits for a free range of the window. A fatal signal ends that with -EINTR.",
        why: "Only the worker frees ranges for a read, and it needs the inode lock.")
    case .lockInode: Note("Takes the inode lock, to be shared with other readers.")
    case .iomapRw: Note("Reads through the window.", calls: [.daxIomapRw])
    case .unlockInode:
      Note(
        "Drops the lock. In the reviewed series -ENOSPC means that there was no range: it begins anew.",
        why: "An -ENOSPC of the server is taken for that too. If something was read before, that is returned."
      )
    }
  }
}
