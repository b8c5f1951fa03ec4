/// `fuse_lookup()`: finds the inode of a name, in memory or by asking the server.
public struct FuseLookup: KernelFunction {
  public enum Line: String, KernelLine { case findDentry, sendLookup, enterInode }

  public static let id = FunctionID.fuseLookup
  public var frame: Frame { .fuseLookup(Activation(self)) }

  let parent: Handle<FuseInode>
  let name: FileName

  public static func lines(in release: KernelRelease) -> [Line] { [.findDentry, .sendLookup, .enterInode] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let directory = try kernel.inodes.read(parent, at: kernel.here)
    switch line {
    case .findDentry:
      let session = try kernel.connections.read(directory.connection, at: kernel.here)
      let (parent, name) = (parent, name)
      let dentry = session.dentries.first { $0.parent == parent && $0.name == name && $0.isValid }
      return dentry.map { .done(.inode($0.inode)) } ?? .next
    case .sendLookup:
      return .call(FuseSimpleRequest(directory.connection, directory.node, .lookup(name)))
    case .enterInode:
      guard case .reply(.entry(let entry)) = returned else { return .fail(returned.errno ?? .EIO) }
      return .done(.inode(try kernel.enter(entry, as: name, in: parent)))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dir", parent)
    visitor.field("name", .text(name.description))
  }
}

extension Kernel {
  /// `fuse_iget()`: the inode of a node, made if it is not cached, and the name that stands for it.
  mutating func enter(
    _ entry: FuseEntry, as name: FileName, in parent: Handle<FuseInode>
  ) throws(Oops) -> Handle<FuseInode> {
    let handle = try inodes.read(parent, at: here).connection
    let session = try connections.read(handle, at: here)
    let isFresh = entry.attributeSeconds > 0
    let cached = inodes.handles.first { candidate in
      inodes.peek(candidate).map { $0.connection == handle && $0.node == entry.node } ?? false
    }
    let inode: Handle<FuseInode>
    if let cached {
      inode = cached
      try changeInode(inode) { object in
        object.lookups += 1
        object.take(entry.attributes, isFresh: isFresh)
      }
    } else {
      let isDax = session.wantsDax(entry.attributes)
      inode = inodes.allocate(
        FuseInode(
          connection: handle, node: entry.node, attributes: entry.attributes, isFresh: isFresh, isDax: isDax),
        for: session.device)
    }
    try changeConnection(handle) { session in
      session.dentries.removeAll { $0.parent == parent && $0.name == name }
      session.dentries.append(
        .init(parent: parent, name: name, inode: inode, isValid: entry.nameSeconds > 0))
    }
    return inode
  }
}

extension FuseConnection {
  /// `fuse_should_enable_dax()`.
  func wantsDax(_ attributes: FuseAttributes) -> Bool {
    guard dax != nil, attributes.mode & 0o170000 == 0o100000 else { return false }
    switch mode {
    case .always: return true
    case .inode, .inodeDefault: return hasInodeDax && attributes.flags.contains(.dax)
    case .never: return false
    }
  }
}

extension FuseInode {
  /// `fuse_change_attributes()`: what the server says of the file. What was cached of a file that has changed goes.
  mutating func take(_ new: FuseAttributes, isFresh: Bool) {
    let hasChanged = new.modificationTime != attributes.modificationTime || new.size.rawValue != size
    attributes = new
    size = new.size.rawValue
    self.isFresh = isFresh
    if hasChanged, !isDax, cache.dirty.isEmpty { cache = PageCache() }
  }
}

extension FuseLookup.Line {
  public var note: Note {
    switch self {
    case .findDentry: Note("A name that is known and still valid needs no request.")
    case .sendLookup: Note("Asks the server for the name.", calls: [.fuseSimpleRequest])
    case .enterInode:
      Note(
        "Makes the inode and decides whether it uses DAX.",
        why: "That is decided once, when the inode is made: what the server says later changes nothing.")
    }
  }
}
