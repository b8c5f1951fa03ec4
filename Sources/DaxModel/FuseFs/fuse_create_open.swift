/// `fuse_create_open()`: makes a file and opens it, in one request.
public struct FuseCreateOpen: KernelFunction {
  public enum Line: String, KernelLine { case sendCreate, enterInode }

  public static let id = FunctionID.fuseCreateOpen
  public var frame: Frame { .fuseCreateOpen(Activation(self)) }

  let parent: Handle<FuseInode>
  let name: FileName
  let flags: OpenFlags

  public static func lines(in release: KernelRelease) -> [Line] { [.sendCreate, .enterInode] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .sendCreate:
      let directory = try kernel.inodes.read(parent, at: kernel.here)
      let create = FuseCreate(name: name, flags: flags)
      return .call(FuseSimpleRequest(directory.connection, directory.node, .create(create)))
    case .enterInode:
      guard case .reply(.created(let entry, let opened)) = returned else {
        return .fail(returned.errno ?? .EIO)
      }
      let connection = try kernel.inodes.read(parent, at: kernel.here).connection
      if let going = kernel.freeingInode(of: connection, where: { $0.node == entry.node }) {
        return .wait(.freeing(going))
      }
      let inode = try kernel.enter(entry, as: name, in: parent)
      try kernel.hold(inode)
      try kernel.changeConnection(connection) { $0.mountUsers += 1 }
      try kernel.invalidateAttributes(.all, of: parent)
      let file = ProcessFiles.OpenFile(inode: inode, flags: flags, handle: opened.handle)
      return .done(.int(Int64(kernel.process.install(file))))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dir", parent)
    visitor.field("name", .text(name.description))
  }
}

extension FuseCreateOpen.Line {
  public var note: Note {
    switch self {
    case .sendCreate: Note("Sends CREATE.", calls: [.fuseSimpleRequest])
    case .enterInode:
      Note("Makes the inode and installs the open file. What is known of the directory is stale now.")
    }
  }
}
