/// `fuse_dax_write_iter()`: a write to a file with DAX.
public struct FuseDaxWriteIter: KernelFunction {
  public enum Line: String, KernelLine {
    case lockInode, removePrivileges, checkExtending, directWrite, iomapRw, unlockInode
  }

  public static let id = FunctionID.fuseDaxWriteIter
  public var frame: Frame { .fuseDaxWriteIter(Activation(self)) }

  let inode: Handle<FuseInode>
  let handle: FileHandle
  let position: UInt64
  let iter: IovIter

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockInode, .removePrivileges, .checkExtending, .directWrite, .iomapRw, .unlockInode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockInode:
      return kernel.lock(.inode(inode))
    case .removePrivileges:
      return iter.count == 0 ? .jump(.unlockInode) : .call(FuseGetxattr(inode: inode))
    case .checkExtending:
      let size = try kernel.inodes.read(inode, at: kernel.here).size
      let (end, overflow) = position.addingReportingOverflow(iter.count)
      return overflow || end > size ? .next : .jump(.iomapRw)
    case .directWrite:
      return .call(
        FuseDirectWrite(inode: inode, handle: handle, position: position, iter: iter), then: .unlockInode)
    case .iomapRw:
      return .call(DaxIomapRw(inode: inode, position: position, iter, isWrite: true))
    case .unlockInode:
      kernel.unlock(.inode(inode))
      return .done(iter.count == 0 ? .success : returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
  }
}

extension FuseDaxWriteIter.Line {
  public var note: Note {
    switch self {
    case .lockInode: Note("Takes the inode lock for itself.")
    case .removePrivileges:
      Note("file_remove_privs(): a program that is written to loses its privileges.", calls: [.fuseGetxattr])
    case .checkExtending:
      Note(
        "Asks whether the write ends behind the end of the file.",
        why: "Then the window is no help: the host must make the file longer.")
    case .directWrite:
      Note(
        "Sends all of it to the server, also the part that lies inside the file.",
        why: "The reviewed series split it: the part inside went through the window.",
        calls: [.fuseDirectWrite])
    case .iomapRw: Note("Writes through the window. The server is not told.", calls: [.daxIomapRw])
    case .unlockInode: Note("Drops the lock.")
    }
  }
}
