/// `fuse_dax_read_iter()`: a read of a file with DAX.
public struct FuseDaxReadIter: KernelFunction {
  public enum Line: String, KernelLine { case lockInode, iomapRw, unlockInode }

  public static let id = FunctionID.fuseDaxReadIter
  public var frame: Frame { .fuseDaxReadIter(Activation(self)) }

  let inode: Handle<FuseInode>
  let position: UInt64
  let iter: IovIter

  public static func lines(in release: KernelRelease) -> [Line] { [.lockInode, .iomapRw, .unlockInode] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockInode: return kernel.lockShared(.inode(inode))
    case .iomapRw: return .call(DaxIomapRw(inode: inode, position: position, iter, isWrite: false))
    case .unlockInode:
      kernel.unlock(.inode(inode))
      return .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
  }
}

extension FuseDaxReadIter.Line {
  public var note: Note {
    switch self {
    case .lockInode: Note("Takes the inode lock, to be shared with other readers.")
    case .iomapRw: Note("Reads through the window.", calls: [.daxIomapRw])
    case .unlockInode: Note("Drops the lock. The server is not told that anything was read.")
    }
  }
}
