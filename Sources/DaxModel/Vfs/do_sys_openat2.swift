/// `do_sys_openat2()`: opens a file or a directory, or makes a file.
public struct DoSysOpen: KernelFunction {
  public enum Line: String, KernelLine {
    case walk, checkWalk, checkLookup, mayOpen, checkPermission, handleTruncate, returnFile, createFile
  }

  public static let id = FunctionID.doSysOpen
  public var frame: Frame { .doSysOpen(Activation(self)) }

  let connection: Handle<FuseConnection>?
  let path: FileName
  let flags: OpenFlags
  var parent: Handle<FuseInode>?
  var inode: Handle<FuseInode>?
  var held = HeldPath()
  var result = Value.success

  init(connection: Handle<FuseConnection>?, path: FileName, flags: OpenFlags) {
    (self.connection, self.path, self.flags) = (connection, path, flags)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .walk, .checkWalk, .checkLookup, .mayOpen, .checkPermission, .handleTruncate, .returnFile, .createFile,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let flow = try advance(line, in: &kernel, returned: returned)
    guard case .done(let value) = flow, let going = try kernel.putPath(&held) else { return flow }
    result = value
    return .call(FuseEvictInode(inode: going), then: .returnFile)
  }

  private mutating func advance(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .walk:
      guard try kernel.enterMount(connection, &held) else { return .fail(.ENOENT) }
      return .call(LinkPathWalk(connection, path, stopsAtParent: path.lastName != nil || asksForFolder))
    case .checkWalk:
      guard case .inode(let found) = returned else { return .fail(returned.errno ?? .ENOENT) }
      held.parent = found
      if asksForFolder { return .fail(.EISDIR) }
      guard let name = path.lastName else {
        inode = found
        return .jump(.mayOpen)
      }
      parent = found
      return .call(FuseLookup(parent: found, name: name))
    case .checkLookup:
      guard case .inode(let found) = returned else {
        let creates = returned.errno == .ENOENT && flags.contains(.create)
        return creates ? .jump(.createFile) : .fail(returned.errno ?? .EIO)
      }
      (inode, held.inode) = (found, found)
      return .next
    case .mayOpen:
      guard let inode else { return .fail(.ENOENT) }
      if flags.contains(.create), flags.contains(.exclusive) { return .fail(.EEXIST) }
      let isDirectory = try kernel.inodes.read(inode, at: kernel.here).isDirectory
      if isDirectory, flags.contains(.create) || flags.contains(.truncate) || flags.canWrite {
        return .fail(.EISDIR)
      }
      if !isDirectory, flags.contains(.directory) { return .fail(.ENOTDIR) }
      return .call(FusePermission(inode: inode))
    case .checkPermission:
      guard let inode, returned.errno == nil else { return .fail(returned.errno ?? .ENOENT) }
      return .call(FuseOpenFile(inode: inode, flags: flags))
    case .handleTruncate:
      result = returned
      guard let inode, flags.contains(.truncate), result.errno == nil else { return .next }
      return .call(FuseGetxattr(inode: inode))
    case .returnFile:
      return .done(result)
    case .createFile:
      guard let parent, let name = path.lastName else { return .fail(.ENOENT) }
      return .call(FuseCreateOpen(parent: parent, name: name, flags: flags), then: .handleTruncate)
    }
  }

  /// Whether a file is to be made where a slash says that it is a directory.
  private var asksForFolder: Bool { flags.contains(.create) && path.endsInSlash }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("path", .text(path.description))
    visitor.field("flags", .number(UInt64(flags.rawValue)))
    visitor.field("parent", parent)
    visitor.field("inode", inode)
  }
}

extension DoSysOpen.Line {
  public var note: Note {
    switch self {
    case .walk: Note("Goes along the path up to its last name.", calls: [.linkPathWalk])
    case .checkWalk:
      Note("Looks the last name up.", failsWith: [.ENOENT, .ENOTDIR, .EISDIR], calls: [.fuseLookup])
    case .checkLookup: Note("A name that is not there is made, with O_CREAT.", failsWith: [.ENOENT])
    case .mayOpen:
      Note(
        "One that is there is refused with O_EXCL, and a directory for writing.",
        failsWith: [.EEXIST, .EISDIR, .ENOTDIR], calls: [.fusePermission])
    case .checkPermission: Note("Opens it.", calls: [.fuseOpen])
    case .handleTruncate:
      Note(
        "With O_TRUNC a program loses its privileges.",
        why: "The server has emptied the file already, as it was told with OPEN.", calls: [.fuseGetxattr])
    case .returnFile:
      Note("Lets go of what the path has led to, and returns the descriptor.", calls: [.fuseEvictInode])
    case .createFile: Note("Makes and opens it.", calls: [.fuseCreateOpen])
    }
  }
}
