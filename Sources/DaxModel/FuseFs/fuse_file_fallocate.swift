/// `fuse_file_fallocate()`: makes room in a file, punches a hole, or fills a piece with zeros.
public struct FuseFileFallocate: KernelFunction {
  public enum Line: String, KernelLine {
    case checkMode, lockInode, lockInvalidate, breakLayouts, writeBack, checkWrite, removePrivileges,
      sendFallocate, checkFallocate, unlockInvalidate, unlockInode
  }

  public static let id = FunctionID.fuseFileFallocate
  public var frame: Frame { .fuseFileFallocate(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let mode: Int
  let offset: UInt64
  let length: UInt64
  var error: Errno?

  init(file: ProcessFiles.OpenFile, mode: Int, offset: UInt64, length: UInt64) {
    (self.file, self.mode, self.offset, self.length) = (file, mode, offset, length)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .checkMode, .lockInode, .lockInvalidate, .breakLayouts, .writeBack, .checkWrite, .removePrivileges,
      .sendFallocate, .checkFallocate, .unlockInvalidate, .unlockInode,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    let blocksFaults = object.isDax && (mode & 0x1 == 0 || mode & 0x12 != 0)
    switch line {
    case .checkMode:
      if mode & ~0x13 != 0 { return .fail(.EOPNOTSUPP) }
      return try kernel.lacks(.fallocate, object.connection) ? .fail(.EOPNOTSUPP) : .next
    case .lockInode:
      return kernel.lock(.inode(file.inode))
    case .lockInvalidate:
      return blocksFaults ? kernel.lock(.invalidate(file.inode)) : .jump(.writeBack)
    case .breakLayouts:
      return .call(FuseDaxBreakLayouts.ofWholeFile(file.inode, in: kernel.release))
    case .writeBack:
      return mode & 0x12 == 0 || (object.cache.dirty.isEmpty && object.cache.errors.flag == nil)
        ? .jump(.removePrivileges) : .call(FuseWritepages(file: file, range: offset..<UInt64.max))
    case .checkWrite:
      error = try kernel.takeWriteError(of: file.inode)
      return error == nil ? .next : .jump(.unlockInvalidate)
    case .removePrivileges:
      return .call(FuseGetxattr(inode: file.inode))
    case .sendFallocate:
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .fallocate(
            FuseFallocate(
              handle: file.handle, offset: FileOffset(offset), length: ByteCount(length),
              mode: .init(rawValue: UInt32(truncatingIfNeeded: mode))))))
    case .checkFallocate:
      error = returned.errno == .ENOSYS ? .EOPNOTSUPP : returned.errno
      if error != nil { return .next }
      let (end, mode, offset) = (offset &+ length, mode, offset)
      let punches = !object.isDax && mode & 0x12 != 0
      let whole = (offset..<end).innerPages
      if punches {
        kernel.unmapPages(of: file.inode, from: whole.lowerBound, length: UInt64(whole.count))
      }
      try kernel.changeInode(file.inode) { inode in
        if punches { inode.cache.punch(offset..<end) }
        if mode & 0x1 == 0 { inode.size = max(inode.size, end) }
      }
      try kernel.invalidateAttributes(.modifiedSize, of: file.inode)
      return .next
    case .unlockInvalidate:
      if blocksFaults { kernel.unlock(.invalidate(file.inode)) }
      return .next
    case .unlockInode:
      kernel.unlock(.inode(file.inode))
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("mode", .number(UInt64(truncatingIfNeeded: mode)))
    visitor.field("offset", .number(offset))
    visitor.field("length", .number(length))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension FuseFileFallocate.Line {
  public var note: Note {
    switch self {
    case .checkMode:
      Note(
        "Refuses modes other than KEEP_SIZE, PUNCH_HOLE and ZERO_RANGE, and all of them if the server has no FALLOCATE.",
        failsWith: [.EOPNOTSUPP])
    case .lockInode: Note("Takes the inode lock for itself.")
    case .lockInvalidate:
      Note("With DAX, and unless just room is made behind the end, takes the invalidate lock.")
    case .breakLayouts:
      Note("Takes every page of the file out of the page tables.", calls: [.fuseDaxBreakLayouts])
    case .writeBack:
      Note(
        "Before a hole is made, dirty pages of a file without DAX are sent, from there to the end.",
        calls: [.fuseWritepages])
    case .checkWrite: Note("An error ends it.")
    case .removePrivileges:
      Note("file_modified(): a program that is changed loses its privileges.", calls: [.fuseGetxattr])
    case .sendFallocate: Note("Sends FALLOCATE.", calls: [.fuseSimpleRequest])
    case .checkFallocate:
      Note(
        "The file may be longer now. Whole pages of a hole go, of others it is zeros. What is known of it is stale.",
        why: "A page that is a hole in part stays where it is, also in page tables.")
    case .unlockInvalidate: Note("Drops the invalidate lock.")
    case .unlockInode: Note("Drops the inode lock.")
    }
  }
}
