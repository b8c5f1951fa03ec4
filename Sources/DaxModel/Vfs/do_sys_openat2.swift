/// `do_sys_openat2()`: opens a file in the root of the mount, or makes it.
public struct DoSysOpen: KernelFunction {
  public enum Line: String, KernelLine {
    case lookup, checkLookup, openFile, returnFile, createFile, returnResult
  }

  public static let id = FunctionID.doSysOpen
  public var frame: Frame { .doSysOpen(Activation(self)) }

  let connection: Handle<FuseConnection>?
  let name: FileName
  let flags: OpenFlags
  var inode: Handle<FuseInode>?

  init(connection: Handle<FuseConnection>?, name: FileName, flags: OpenFlags) {
    (self.connection, self.name, self.flags) = (connection, name, flags)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lookup, .checkLookup, .openFile, .returnFile, .createFile, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let connection else { return .fail(.ENOENT) }
    switch line {
    case .lookup:
      return .call(FuseLookup(connection: connection, name: name))
    case .checkLookup:
      guard case .inode(let found) = returned else {
        let creates = returned.errno == .ENOENT && flags.contains(.create)
        return creates ? .jump(.createFile) : .fail(returned.errno ?? .EIO)
      }
      inode = found
      return flags.contains(.create) && flags.contains(.exclusive) ? .fail(.EEXIST) : .next
    case .openFile:
      guard let inode else { return .fail(.ENOENT) }
      return .call(FuseOpenFile(inode: inode, flags: flags))
    case .returnFile, .returnResult:
      return .done(returned)
    case .createFile:
      return .call(FuseCreateOpen(connection: connection, name: name, flags: flags))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("name", .text(name.description))
    visitor.field("flags", .number(UInt64(flags.rawValue)))
    visitor.field("inode", inode)
  }
}

extension DoSysOpen.Line {
  public var note: Note {
    switch self {
    case .lookup: Note("Finds the file.", calls: [.fuseLookup])
    case .checkLookup:
      Note(
        "A name that is not there is made, with O_CREAT; one that is there is refused with O_EXCL as well.")
    case .openFile: Note("Opens it.", calls: [.fuseOpen])
    case .returnFile: Note("Returns the descriptor.")
    case .createFile: Note("Makes and opens it.", calls: [.fuseCreateOpen])
    case .returnResult: Note("Returns the descriptor.")
    }
  }
}
