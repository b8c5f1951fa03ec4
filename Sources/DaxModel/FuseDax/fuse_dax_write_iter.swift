/// `fuse_dax_write_iter()`: a write to a file with DAX.
public struct FuseDaxWriteIter: KernelFunction {
  public enum Line: String, KernelLine {
    case lockInode, removePrivileges, checkExtending, directWrite, iomapRw, writeRest, unlockInode
  }

  public static let id = FunctionID.fuseDaxWriteIter
  public var frame: Frame { .fuseDaxWriteIter(Activation(self)) }

  let file: ProcessFiles.OpenFile
  var position: UInt64
  let iter: IovIter

  /// Bytes that went through the window before the rest was sent.
  var done: UInt64 = 0

  init(file: ProcessFiles.OpenFile, position: UInt64, iter: IovIter) {
    (self.file, self.position, self.iter) = (file, position, iter)
  }

  private var inode: Handle<FuseInode> { file.inode }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockInode, .removePrivileges, .checkExtending, .directWrite, .iomapRw]
      + (release.has(.splitsStraddlingWrites) ? [.writeRest] : []) + [.unlockInode]
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
      if file.isAppending { position = size }
      let (end, overflow) = position.addingReportingOverflow(iter.count)
      if position < size, kernel.release.has(.splitsStraddlingWrites) { return .jump(.iomapRw) }
      return overflow || end > size ? .next : .jump(.iomapRw)
    case .directWrite:
      return .call(
        FuseDirectWrite(inode: inode, handle: file.handle, position: position, iter: iter), then: .unlockInode
      )
    case .iomapRw:
      return .call(DaxIomapRw(inode: inode, position: position, iter, isWrite: true))
    case .writeRest:
      guard case .int(let count) = returned, count > 0, count < iter.count else { return .next }
      let size = try kernel.inodes.read(inode, at: kernel.here).size
      guard position + UInt64(count) >= size else { return .next }
      done = UInt64(count)
      return .call(
        FuseDirectWrite(
          inode: inode, handle: file.handle, position: position + done, iter: iter.dropping(done)))
    case .unlockInode:
      kernel.unlock(.inode(inode))
      if done > 0 { return .done(.int(Int64(clamping: done) + max(returned.number ?? 0, 0))) }
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
        "With O_APPEND the write goes to the end. Asks whether it ends behind the end of the file.",
        why: "Then the window is no help: the host must make the file longer.")
    case .directWrite:
      Note(
        "Sends all of it to the server, also the part that lies inside the file.",
        why: "The reviewed series splits it: the part inside goes through the window.",
        calls: [.fuseDirectWrite])
    case .iomapRw: Note("Writes through the window. The server is not told.", calls: [.daxIomapRw])
    case .writeRest:
      Note(
        "Sends what lies behind the end of the file to the server.",
        why: "What ended before that has met an error: the write is short.", calls: [.fuseDirectWrite])
    case .unlockInode: Note("Drops the lock.")
    }
  }
}
