/// `fuse_open()`, and `fuse_dir_open()` for directories: opens what exists; with O_TRUNC a file is emptied on the way.
public struct FuseOpenFile: KernelFunction {
  public enum Line: String, KernelLine {
    case lockInode, lockInvalidate, breakLayouts, sendOpen, finishOpen, unlockInvalidate, unlockInode
  }

  public static let id = FunctionID.fuseOpen
  public var frame: Frame { .fuseOpen(Activation(self)) }

  let inode: Handle<FuseInode>
  let flags: OpenFlags
  var result = Value.success

  init(inode: Handle<FuseInode>, flags: OpenFlags) { (self.inode, self.flags) = (inode, flags) }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockInode, .lockInvalidate, .breakLayouts, .sendOpen, .finishOpen, .unlockInvalidate, .unlockInode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    let truncates = flags.contains(.truncate)
    switch line {
    case .lockInode: return truncates ? kernel.lock(.inode(inode)) : .jump(.sendOpen)
    case .lockInvalidate: return object.isDax ? kernel.lock(.invalidate(inode)) : .jump(.sendOpen)
    case .breakLayouts: return .call(FuseDaxBreakLayouts.ofWholeFile(inode, in: kernel.release))
    case .sendOpen:
      let asked = OpenFlags(
        rawValue: flags.rawValue & ~(OpenFlags.create.rawValue | OpenFlags.exclusive.rawValue))
      let fields = FuseOpen(flags: asked)
      return .call(
        FuseSimpleRequest(
          object.connection, object.node, object.isDirectory ? .opendir(fields) : .open(fields)))
    case .finishOpen:
      // A server that does not have OPEN (-ENOSYS) can do without: the handle is 0.
      var handle = FileHandle(0)
      if case .reply(.opened(let opened)) = returned {
        handle = opened.handle
      } else if returned.errno != .ENOSYS {
        result = .error(returned.errno ?? .EIO)
        return .next
      }
      if truncates { kernel.unmapPages(of: inode, from: 0, length: .max, takesCopies: true) }
      if object.isDax { try kernel.forgetEntries(of: inode) }
      if truncates, !object.isDax { try kernel.dropPages(of: inode, 0..<UInt64.max) }
      try kernel.changeInode(inode) { inode in
        inode.users += 1
        if truncates { inode.size = 0 }
      }
      try kernel.changeConnection(object.connection) { $0.mountUsers += 1 }
      if truncates { try kernel.invalidateAttributes(.modifiedSize, of: inode) }
      let file = ProcessFiles.OpenFile(inode: inode, flags: flags, handle: handle)
      result = .int(Int64(kernel.process.install(file)))
      kernel.sampleErrors(object.cache.errors, for: file)
      return truncates || object.cache.present.isEmpty ? .next : .call(InvalidateInodePages2(inode: inode))
    case .unlockInvalidate:
      if truncates, object.isDax { kernel.unlock(.invalidate(inode)) }
      return .next
    case .unlockInode:
      if truncates { kernel.unlock(.inode(inode)) }
      return .done(result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("flags", .number(UInt64(flags.rawValue)))
    visitor.field("err", .text("\(result)"))
  }
}

extension Kernel {
  /// `file_sample_sb_err()` and its kin: errors of writeback that somebody was told of are none of this open file's.
  mutating func sampleErrors(_ errors: WritebackErrors, for file: ProcessFiles.OpenFile) {
    if errors.sample == 0 { return }
    var state = Readahead(of: file)
    state.errorsSeen = errors.sample
    process.remember(state)
  }
}

extension FuseOpenFile.Line {
  public var note: Note {
    switch self {
    case .lockInode: Note("With O_TRUNC takes the inode lock for itself.")
    case .lockInvalidate: Note("With O_TRUNC and DAX takes the invalidate lock too.")
    case .breakLayouts:
      Note("Nobody may reach the old bytes through page tables.", calls: [.fuseDaxBreakLayouts])
    case .sendOpen:
      Note(
        "Sends OPEN, or OPENDIR for a directory.",
        why: "The server empties the file itself if O_TRUNC is in the flags.",
        calls: [.fuseSimpleRequest])
    case .finishOpen:
      Note(
        "Installs the open file. Pages of a file without DAX go, dirty ones after they are sent; an emptied file has none, and size 0.",
        why:
          "A server without OPEN (-ENOSYS) can do without it: nothing fails, and RELEASE is not sent either.",
        calls: [.invalidateInodePages2])
    case .unlockInvalidate: Note("Drops the invalidate lock.")
    case .unlockInode: Note("Drops the inode lock.")
    }
  }
}
