/// `fuse_flush()` and `fuse_release()`: an open file is closed; the last user of an inode that nobody can find evicts it.
public struct FuseReleaseFile: KernelFunction {
  public enum Line: String, KernelLine {
    case writeBack, sendFlush, checkFlush, checkLast, sendRelease, dropInode, evict, returnResult
  }

  public static let id = FunctionID.fuseRelease
  public var frame: Frame { .fuseRelease(Activation(self)) }

  let file: ProcessFiles.OpenFile
  /// Whether a descriptor is closed; else a mapping that has kept the file.
  let isClose: Bool
  /// What FLUSH failed with: `close()` tells it.
  var error: Errno?

  init(file: ProcessFiles.OpenFile, isClose: Bool) { (self.file, self.isClose) = (file, isClose) }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.writeBack, .sendFlush, .checkFlush, .checkLast, .sendRelease, .dropInode, .evict, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    // The inode has gone by then, if this was its last user.
    let result = error.map { Value.error($0) } ?? .success
    if line == .returnResult { return .done(result) }
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .writeBack:
      return isClose && !object.cache.dirty.isEmpty ? .call(FuseWritepages(file: file)) : .next
    case .sendFlush:
      guard isClose, !object.isDirectory else { return .jump(.checkLast) }
      error = try kernel.takeWriteError(of: file.inode)
      if error != nil { return .jump(.checkLast) }
      return .call(FuseSimpleRequest(object.connection, object.node, .flush(FuseFlush(handle: file.handle))))
    case .checkFlush:
      error = returned.errno == .ENOSYS ? nil : returned.errno
      return .next
    case .checkLast:
      return kernel.process.keeps(file) ? .done(result) : .next
    case .sendRelease:
      if try kernel.lacks(object.isDirectory ? .opendir : .open, object.connection) { return .next }
      let fields = FuseRelease(handle: file.handle, openFlags: file.flags)
      return .call(
        FuseSimpleRequest(
          object.connection, object.node, object.isDirectory ? .releasedir(fields) : .release(fields)))
    case .dropInode:
      kernel.process.forgetReadahead(of: file)
      try kernel.changeInode(file.inode) { $0.users -= 1 }
      try kernel.noteIdle(file.inode)
      return .next
    case .evict:
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let inode = file.inode
      let isFindable = session.dentries.contains { $0.inode == inode && $0.isValid }
      return object.users <= 0 && !isFindable ? .call(FuseEvictInode(inode: inode)) : .done(result)
    case .returnResult:
      return .done(result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("fh", .number(file.handle.rawValue))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension ProcessFiles {
  /// Whether a descriptor or a mapping still keeps an open file.
  func keeps(_ file: OpenFile) -> Bool {
    files.contains { $0?.handle == file.handle && $0?.inode == file.inode }
      || mappings.contains { $0?.file.handle == file.handle && $0?.file.inode == file.inode }
  }
}

extension FuseReleaseFile.Line {
  public var note: Note {
    switch self {
    case .writeBack:
      Note("At a close dirty pages of a file without DAX are sent.", calls: [.fuseWritepages])
    case .sendFlush:
      Note(
        "Sends FLUSH at every close of a file, unless sending dirty pages has failed since somebody was told.",
        calls: [.fuseSimpleRequest])
    case .checkFlush:
      Note("What that fails with is what close() returns; the descriptor is gone all the same.")
    case .checkLast: Note("As long as a mapping uses the file, it stays open.")
    case .sendRelease:
      Note(
        "Sends RELEASE, or RELEASEDIR for a directory, if the server has OPEN.", calls: [.fuseSimpleRequest])
    case .dropInode: Note("One user of the inode less.")
    case .evict:
      Note("If that was the last, and no valid name leads to the inode, it goes.", calls: [.fuseEvictInode])
    case .returnResult: Note("Returns 0, or what FLUSH has failed with.")
    }
  }
}
