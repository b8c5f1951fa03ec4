/// `fuse_copy_file_range()`: the server copies bytes from one file to another.
public struct FuseCopyRange: KernelFunction {
  public enum Line: String, KernelLine {
    case writeSource, checkSource, lockInode, removePrivileges, writeTarget, checkTarget, sendCopy, dropPages,
      unlockInode
  }

  public static let id = FunctionID.fuseCopyFileRange
  public var frame: Frame { .fuseCopyFileRange(Activation(self)) }

  let source: ProcessFiles.OpenFile
  let from: UInt64
  let target: ProcessFiles.OpenFile
  let to: UInt64
  let length: UInt64
  var result = Value.success

  init(
    from source: ProcessFiles.OpenFile, _ from: UInt64, to target: ProcessFiles.OpenFile, _ to: UInt64,
    length: UInt64
  ) {
    (self.source, self.from, self.target, self.to, self.length) = (source, from, target, to, length)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .writeSource, .checkSource, .lockInode, .removePrivileges, .writeTarget, .checkTarget, .sendCopy,
      .dropPages, .unlockInode,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .writeSource:
      return .call(FuseWritepages(file: source, range: from..<UInt64.max))
    case .checkSource:
      return try kernel.takeWriteError(of: source.inode).map { .fail($0) } ?? .next
    case .lockInode:
      return kernel.lock(.inode(target.inode))
    case .removePrivileges:
      return .call(FuseGetxattr(inode: target.inode))
    case .writeTarget:
      return .call(FuseWritepages(file: target, range: to..<UInt64.max))
    case .checkTarget:
      guard let errno = try kernel.takeWriteError(of: target.inode) else { return .next }
      result = .error(errno)
      return .jump(.unlockInode)
    case .sendCopy:
      let object = try kernel.inodes.read(source.inode, at: kernel.here)
      let sink = try kernel.inodes.read(target.inode, at: kernel.here)
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .copyFileRange(
            FuseCopyFileRange(
              from: source.handle, FileOffset(from), to: sink.node, target.handle, FileOffset(to),
              length: ByteCount(length)))))
    case .dropPages:
      guard case .reply(.written(let count)) = returned else {
        result = .error(returned.errno ?? .EIO)
        return .next
      }
      result = .int(Int64(count))
      let end = to + UInt64(count)
      try kernel.dropPages(of: target.inode, (to..<end).touchedPages)
      try kernel.changeInode(target.inode) { $0.size = max($0.size, end) }
      try kernel.invalidateAttributes(.modifiedSize, of: target.inode)
      return .next
    case .unlockInode:
      kernel.unlock(.inode(target.inode))
      return .done(result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode_in", source.inode)
    visitor.field("pos_in", .number(from))
    visitor.field("inode_out", target.inode)
    visitor.field("pos_out", .number(to))
    visitor.field("len", .number(length))
    visitor.field("result", .text("\(result)"))
  }
}

extension FuseCopyRange.Line {
  public var note: Note {
    switch self {
    case .writeSource:
      Note(
        "Dirty pages of the source are sent, from the piece to the end of the file.", calls: [.fuseWritepages]
      )
    case .checkSource: Note("An error ends it.")
    case .lockInode: Note("Takes the inode lock of the target.")
    case .removePrivileges:
      Note("What is copied into a program takes its privileges away.", calls: [.fuseGetxattr])
    case .writeTarget: Note("Dirty pages of the target are sent, from there on.", calls: [.fuseWritepages])
    case .checkTarget: Note("An error ends it.")
    case .sendCopy: Note("Sends COPY_FILE_RANGE.", calls: [.fuseSimpleRequest])
    case .dropPages:
      Note("Cached pages of the target that it has changed go, also those it has changed in part.")
    case .unlockInode: Note("Drops the lock. Returns how many bytes were copied, or the error.")
    }
  }
}
