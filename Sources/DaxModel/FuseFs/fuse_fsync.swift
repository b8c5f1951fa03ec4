/// `fuse_fsync()`: what was written is safe on the host's disk when it returns.
public struct FuseFsyncFile: KernelFunction {
  public enum Line: String, KernelLine { case writeBack, checkWrite, lockInode, sendFsync, unlockInode }

  public static let id = FunctionID.fuseFsync
  public var frame: Frame { .fuseFsync(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let isDataOnly: Bool
  /// Which dirty pages are sent.
  let range: Range<UInt64>

  init(file: ProcessFiles.OpenFile, isDataOnly: Bool, range: Range<UInt64> = 0..<UInt64.max) {
    (self.file, self.isDataOnly, self.range) = (file, isDataOnly, range)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.writeBack, .checkWrite, .lockInode, .sendFsync, .unlockInode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .writeBack:
      if object.cache.dirty.isEmpty, object.cache.errors.count == 0 { return .jump(.lockInode) }
      return .call(FuseWritepages(file: file, range: range))
    case .checkWrite:
      return try kernel.takeWriteError(of: file).map { .fail($0) } ?? .next
    case .lockInode:
      return kernel.lock(.inode(file.inode))
    case .sendFsync:
      let fields = FuseFsync(handle: file.handle, flags: isDataOnly ? 1 : 0)
      return .call(
        FuseSimpleRequest(
          object.connection, object.node, object.isDirectory ? .fsyncdir(fields) : .fsync(fields)))
    case .unlockInode:
      kernel.unlock(.inode(file.inode))
      return .done(returned.errno.map { $0 == .ENOSYS ? .success : .error($0) } ?? .success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("datasync", .flag(isDataOnly))
    visitor.field("start", .number(range.lowerBound))
    visitor.field("end", .number(range.upperBound))
  }
}

extension FuseFsyncFile.Line {
  public var note: Note {
    switch self {
    case .writeBack:
      Note(
        "Writes dirty pages of the range back.",
        why: "A file with DAX has none: what was stored is in the file.",
        calls: [.fuseWritepages])
    case .checkWrite: Note("An error that this open file has not been told of ends it, also an older one.")
    case .lockInode: Note("Takes the inode lock.")
    case .sendFsync:
      Note(
        "Sends FSYNC, or FSYNCDIR for a directory, also when nothing is dirty.", calls: [.fuseSimpleRequest])
    case .unlockInode: Note("Drops the lock. A server without FSYNC is as good as one that has done it.")
    }
  }
}
