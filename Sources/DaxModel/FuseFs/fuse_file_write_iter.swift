/// `fuse_file_write_iter()`: a write to a file, by the way that the file and its flags call for.
public struct FuseFileWriteIter: KernelFunction {
  public enum Line: String, KernelLine {
    case chooseDax, lockInode, removePrivileges, sendWrite, updatePages, checkWrite, sync, returnResult
  }

  public static let id = FunctionID.fuseFileWriteIter
  public var frame: Frame { .fuseFileWriteIter(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let position: UInt64
  let iter: IovIter
  var result = Value.success

  init(file: ProcessFiles.OpenFile, position: UInt64, iter: IovIter) {
    (self.file, self.position, self.iter) = (file, position, iter)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.chooseDax, .lockInode, .removePrivileges, .sendWrite, .updatePages, .checkWrite, .sync, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .chooseDax:
      return object.isDax
        ? .call(
          FuseDaxWriteIter(inode: file.inode, handle: file.handle, position: position, iter: iter),
          then: .checkWrite) : .next
    case .lockInode:
      return kernel.lock(.inode(file.inode))
    case .removePrivileges:
      return iter.count == 0 ? .next : .call(FuseGetxattr(inode: file.inode))
    case .sendWrite:
      return .call(
        FuseDirectWrite(
          inode: file.inode, handle: file.handle, position: position, iter: iter,
          flags: file.isDirect ? .lockOwner : []))
    case .updatePages:
      result = returned
      try updatePages(in: &kernel)
      kernel.unlock(.inode(file.inode))
      return .jump(.sync)
    case .checkWrite:
      result = returned
      return .next
    case .sync:
      guard file.isSynchronous, case .int(let count) = result, count > 0 else { return .next }
      return .call(FuseFsyncFile(file: file, isDataOnly: false))
    case .returnResult:
      return .done(result)
    }
  }

  /// The page cache learns of what was sent.
  private func updatePages(in kernel: inout Kernel) throws(Oops) {
    guard case .int(let count) = result, count > 0 else { return }
    var data: [UInt8] = []
    while data.count < count, let place = iter.place(UInt64(data.count)) {
      data += try kernel.readProcess(place.address, min(UInt64(count) - UInt64(data.count), place.length))
    }
    let (position, isDirect) = (position, file.isDirect)
    if !isDirect { kernel.copyCounts.add(.pageWrite, UInt64(count)) }
    try kernel.changeInode(file.inode) { inode in
      if isDirect {
        inode.cache.drop(position, UInt64(count))
      } else {
        inode.cache.memory.write(data, at: position)
        let start = (position + pageSize - 1) & ~(pageSize - 1)
        let end = (position + UInt64(count)) & ~(pageSize - 1)
        if end > start { inode.cache.present.insert(start..<end) }
      }
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("result", .text("\(result)"))
  }
}

extension FuseFileWriteIter.Line {
  public var note: Note {
    switch self {
    case .chooseDax:
      Note("A file with DAX is written through the window, if it does not grow.", calls: [.fuseDaxWriteIter])
    case .lockInode: Note("Takes the inode lock.")
    case .removePrivileges:
      Note("file_remove_privs(): a program that is written to loses its privileges.", calls: [.fuseGetxattr])
    case .sendWrite:
      Note("Sends the bytes to the server: the page cache is written through.", calls: [.fuseDirectWrite])
    case .updatePages: Note("Keeps the page cache in step, and drops the lock.")
    case .checkWrite: Note("Takes the result.")
    case .sync: Note("With O_SYNC waits until it is on the host's disk.", calls: [.fuseFsync])
    case .returnResult: Note("Returns how many bytes were written.")
    }
  }
}
