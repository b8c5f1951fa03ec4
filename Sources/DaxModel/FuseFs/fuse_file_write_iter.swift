/// `fuse_file_write_iter()`: a write to a file, by the way that the file and its flags call for.
public struct FuseFileWriteIter: KernelFunction {
  public enum Line: String, KernelLine {
    case chooseDax, lockInode, removePrivileges, chooseDirect, writeBack, invalidatePages, directWrite,
      checkDirect, restoreSize, invalidateAgain, writePages, checkPages, unlockInode, checkWrite, sync,
      returnResult
  }

  public static let id = FunctionID.fuseFileWriteIter
  public var frame: Frame { .fuseFileWriteIter(Activation(self)) }

  let file: ProcessFiles.OpenFile
  var position: UInt64
  let iter: IovIter
  /// Bytes that O_DIRECT has written.
  var direct: UInt64 = 0
  var result = Value.success
  var isSyncing = false

  init(file: ProcessFiles.OpenFile, position: UInt64, iter: IovIter) {
    (self.file, self.position, self.iter) = (file, position, iter)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .chooseDax, .lockInode, .removePrivileges, .chooseDirect, .writeBack, .invalidatePages, .directWrite,
      .checkDirect, .restoreSize, .invalidateAgain, .writePages, .checkPages, .unlockInode, .checkWrite,
      .sync, .returnResult,
    ]
  }

  /// The bytes that are written.
  private var range: Range<UInt64> { position..<position + iter.count }

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
      return iter.count == 0 ? .jump(.unlockInode) : .call(FuseGetxattr(inode: file.inode))
    case .chooseDirect:
      if file.isAppending { position = object.size }
      return file.isDirect ? .next : .jump(.writePages)
    case .writeBack:
      return object.cache.dirty.firstPiece(in: range.touchedPages) == nil
        ? .next : .call(FuseWritepages(file: file, range: range))
    case .invalidatePages:
      if let errno = try kernel.takeWriteError(of: file.inode) {
        result = .error(errno)
        return .jump(.unlockInode)
      }
      return .call(InvalidateInodePages2(inode: file.inode, range: range))
    case .directWrite:
      return .call(
        FuseDirectWrite(inode: file.inode, handle: file.handle, position: position, iter: iter))
    case .checkDirect:
      result = returned
      if case .int(let count) = returned, count > 0 {
        direct = UInt64(count)
        return .jump(.invalidateAgain)
      }
      return range.upperBound > object.size ? .next : .jump(.unlockInode)
    case .restoreSize:
      return .call(
        FuseDoSetattr(inode: file.inode, size: object.size, handle: file.handle, isLocked: true),
        then: .unlockInode)
    case .invalidateAgain:
      return .call(InvalidateInodePages2(inode: file.inode, range: position..<position + direct))
    case .writePages:
      if file.isDirect, direct == iter.count { return .jump(.unlockInode) }
      return .call(
        FusePerformWrite(file: file, position: position + direct, iter: iter.dropping(direct)))
    case .checkPages:
      guard direct > 0 else {
        result = returned
        return .next
      }
      guard case .int(let count) = returned, count > 0 else { return .next }
      result = .int(Int64(direct) + count)
      let rest = position + direct..<position + direct + UInt64(count)
      try kernel.dropPages(of: file.inode, rest.touchedPages)
      return .next
    case .unlockInode:
      kernel.unlock(.inode(file.inode))
      return .jump(.sync)
    case .checkWrite:
      result = returned
      return .next
    case .sync:
      guard file.isSynchronous, case .int(let count) = result, count > 0 else { return .next }
      isSyncing = true
      let written = position..<position + UInt64(count)
      return .call(FuseFsyncFile(file: file, isDataOnly: file.syncsDataOnly, range: written))
    case .returnResult:
      return .done(isSyncing ? returned.errno.map { .error($0) } ?? result : result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("direct", .number(direct))
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
    case .chooseDirect:
      Note(
        "generic_write_checks(): with O_APPEND it goes to the end. Without O_DIRECT it goes through pages.")
    case .writeBack: Note("O_DIRECT: dirty pages of the piece are sent first.", calls: [.fuseWritepages])
    case .invalidatePages:
      Note("Their errors end it. The pages of the piece go.", calls: [.invalidateInodePages2])
    case .directWrite: Note("O_DIRECT: sends the bytes as they are.", calls: [.fuseDirectWrite])
    case .checkDirect: Note("Takes what was written.")
    case .restoreSize:
      Note(
        "fuse_do_truncate(): a write behind the end that has failed may have made the file longer. It is cut again.",
        calls: [.fuseDoSetattr])
    case .invalidateAgain:
      Note("Pages that came back during an O_DIRECT write go again.", calls: [.invalidateInodePages2])
    case .writePages:
      Note(
        "Writes through the page cache: all of it, or what an O_DIRECT write has left.",
        calls: [.fusePerformWrite])
    case .checkPages: Note("Takes the result. After O_DIRECT these pages go, and their error is not told.")
    case .unlockInode: Note("Drops the lock.")
    case .checkWrite: Note("Takes the result.")
    case .sync: Note("With O_SYNC or O_DSYNC waits until it is on the host's disk.", calls: [.fuseFsync])
    case .returnResult:
      Note("Returns how many bytes were written, or what the wait for the disk has failed with.")
    }
  }
}
