/// `fuse_file_write_iter()`: a write to a file, by the way that the file and its flags call for.
public struct FuseFileWriteIter: KernelFunction {
  public enum Line: String, KernelLine {
    case chooseDax, lockInode, removePrivileges, writeBack, invalidatePages, sendWrite, checkDirect,
      checkWrite, sync, returnResult
  }

  public static let id = FunctionID.fuseFileWriteIter
  public var frame: Frame { .fuseFileWriteIter(Activation(self)) }

  let file: ProcessFiles.OpenFile
  var position: UInt64
  let iter: IovIter
  var result = Value.success
  var isSyncing = false

  init(file: ProcessFiles.OpenFile, position: UInt64, iter: IovIter) {
    (self.file, self.position, self.iter) = (file, position, iter)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .chooseDax, .lockInode, .removePrivileges, .writeBack, .invalidatePages, .sendWrite, .checkDirect,
      .checkWrite, .sync, .returnResult,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .chooseDax:
      return object.isDax
        ? .call(FuseDaxWriteIter(file: file, position: position, iter: iter), then: .checkWrite) : .next
    case .lockInode:
      return kernel.lock(.inode(file.inode))
    case .removePrivileges:
      return iter.count == 0 ? .next : .call(FuseGetxattr(inode: file.inode))
    case .writeBack:
      if file.isAppending, iter.count > 0 { position = object.size }
      guard file.isDirect else { return .jump(.sendWrite) }
      return object.cache.dirty.isEmpty ? .next : .call(FuseWritepages(file: file))
    case .invalidatePages:
      if !object.cache.dirty.isEmpty, let errno = returned.errno {
        result = .error(errno)
        return .jump(.checkDirect)
      }
      try kernel.forgetPages(of: file.inode, position, iter.count)
      return .next
    case .sendWrite:
      return .call(
        FuseDirectWrite(
          inode: file.inode, handle: file.handle, position: position, iter: iter,
          flags: file.isDirect ? .lockOwner : [], keepsPages: !file.isDirect))
    case .checkDirect:
      if result.errno == nil { result = returned }
      if file.isDirect { try kernel.forgetPages(of: file.inode, position, iter.count) }
      kernel.unlock(.inode(file.inode))
      return .jump(.sync)
    case .checkWrite:
      result = returned
      return .next
    case .sync:
      guard file.isSynchronous, case .int(let count) = result, count > 0 else { return .next }
      isSyncing = true
      return .call(FuseFsyncFile(file: file, isDataOnly: file.syncsDataOnly))
    case .returnResult:
      return .done(isSyncing ? returned.errno.map { .error($0) } ?? result : result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("result", .text("\(result)"))
  }
}

extension PageCache {
  /// What was sent stays in the pages that are there, and in pages that are written as a whole.
  mutating func keep(_ data: [UInt8], at position: UInt64) {
    memory.write(data, at: position)
    let start = (position + pageSize - 1) & ~(pageSize - 1)
    let end = (position + UInt64(data.count)) & ~(pageSize - 1)
    if end > start { present.insert(start..<end) }
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
    case .writeBack:
      Note(
        "generic_write_checks(): with O_APPEND it goes to the end. With O_DIRECT dirty pages are sent first.",
        calls: [.fuseWritepages])
    case .invalidatePages: Note("O_DIRECT: the pages of the piece go. An error of before ends it.")
    case .sendWrite:
      Note("Sends the bytes to the server: the page cache is written through.", calls: [.fuseDirectWrite])
    case .checkDirect:
      Note("Pages that came back during an O_DIRECT write go again. Drops the lock.")
    case .checkWrite: Note("Takes the result.")
    case .sync: Note("With O_SYNC or O_DSYNC waits until it is on the host's disk.", calls: [.fuseFsync])
    case .returnResult:
      Note("Returns how many bytes were written, or what the wait for the disk has failed with.")
    }
  }
}
