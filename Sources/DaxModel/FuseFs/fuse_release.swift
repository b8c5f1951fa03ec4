/// `fuse_flush()` and `fuse_release()`: an open file is closed; the last user of an inode that nobody can find evicts it.
public struct FuseReleaseFile: KernelFunction {
  public enum Line: String, KernelLine {
    case sendFlush, checkLast, sendRelease, dropInode, evict, returnResult
  }

  public static let id = FunctionID.fuseRelease
  public var frame: Frame { .fuseRelease(Activation(self)) }

  let file: ProcessFiles.OpenFile
  /// Whether a descriptor is closed; else a mapping that has kept the file.
  let isClose: Bool

  public static func lines(in release: KernelRelease) -> [Line] {
    [.sendFlush, .checkLast, .sendRelease, .dropInode, .evict, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    // The inode has gone by then, if this was its last user.
    if line == .returnResult { return .done(.success) }
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .sendFlush:
      guard isClose, !object.isDirectory else { return .next }
      return .call(FuseSimpleRequest(object.connection, object.node, .flush(FuseFlush(handle: file.handle))))
    case .checkLast:
      return kernel.process.keeps(file) ? .done(.success) : .next
    case .sendRelease:
      let fields = FuseRelease(handle: file.handle, openFlags: file.flags)
      return .call(
        FuseSimpleRequest(
          object.connection, object.node, object.isDirectory ? .releasedir(fields) : .release(fields)))
    case .dropInode:
      try kernel.changeInode(file.inode) { $0.users -= 1 }
      return .next
    case .evict:
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let inode = file.inode
      let isFindable = session.dentries.contains { $0.inode == inode && $0.isValid }
      return object.users <= 0 && !isFindable ? .call(FuseEvictInode(inode: inode)) : .done(.success)
    case .returnResult:
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("fh", .number(file.handle.rawValue))
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
    case .sendFlush: Note("Sends FLUSH at every close of a file.", calls: [.fuseSimpleRequest])
    case .checkLast: Note("As long as a mapping uses the file, it stays open.")
    case .sendRelease: Note("Sends RELEASE, or RELEASEDIR for a directory.", calls: [.fuseSimpleRequest])
    case .dropInode: Note("One user of the inode less.")
    case .evict:
      Note("If that was the last, and no valid name leads to the inode, it goes.", calls: [.fuseEvictInode])
    case .returnResult: Note("Returns 0.")
    }
  }
}
