/// `link_path_walk()`: goes along a path from the root of what is mounted, a directory at a time.
///
/// It holds where it is; the caller holds what it returns.
///
/// - Kernel: fs/namei.c, `link_path_walk()` and `path_lookupat()`
public struct LinkPathWalk: KernelFunction {
  public enum Line: String, KernelLine { case start, mayLookup, nextComponent, checkLookup, returnInode }

  public static let id = FunctionID.linkPathWalk
  public var frame: Frame { .linkPathWalk(Activation(self)) }

  let connection: Handle<FuseConnection>?
  let path: FileName
  /// Whether the last name is left to the caller.
  let stopsAtParent: Bool
  var current: Handle<FuseInode>?
  /// How many names lie behind it.
  var position: UInt64 = 0
  var error: Errno?

  init(_ connection: Handle<FuseConnection>?, _ path: FileName, stopsAtParent: Bool = false) {
    (self.connection, self.path, self.stopsAtParent) = (connection, path, stopsAtParent)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.start, .mayLookup, .nextComponent, .checkLookup, .returnInode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let flow = try advance(line, in: &kernel, returned: returned)
    guard case .done(.error(let errno)) = flow, let left = current.take() else { return flow }
    error = errno
    return try kernel.putInode(left) ? .call(FuseEvictInode(inode: left), then: .returnInode) : flow
  }

  private mutating func advance(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .start:
      guard let connection, !path.bytes.isEmpty else { return .fail(.ENOENT) }
      if path.bytes.count >= 4096 { return .fail(.ENAMETOOLONG) }
      current = try kernel.connections.read(connection, at: kernel.here).root
      if let current { try kernel.hold(current) }
      return .next
    case .mayLookup:
      guard let current else { return .fail(.ENOENT) }
      if isAtEnd, !stopsAtParent { return .jump(.returnInode) }
      let object = try kernel.inodes.read(current, at: kernel.here)
      return object.isDirectory ? .call(FusePermission(inode: current)) : .fail(.ENOTDIR)
    case .nextComponent:
      if let errno = returned.errno { return .fail(errno) }
      guard let connection, let current, !isAtEnd else { return .jump(.returnInode) }
      let name = path.components[Int(position)]
      guard name.isDots else { return .call(FuseLookup(parent: current, name: name)) }
      let session = try kernel.connections.read(connection, at: kernel.here)
      position += 1
      guard name.bytes.count == 2, let parent = session.parent(of: current) else { return .jump(.mayLookup) }
      try kernel.hold(parent)
      return try step(to: parent, in: &kernel)
    case .checkLookup:
      guard case .inode(let found) = returned else { return .fail(returned.errno ?? .ENOENT) }
      position += 1
      return try step(to: found, in: &kernel)
    case .returnInode:
      guard let current else { return .fail(error ?? .ENOENT) }
      let object = try kernel.inodes.read(current, at: kernel.here)
      return path.endsInSlash && !stopsAtParent && !object.isDirectory
        ? .fail(.ENOTDIR) : .done(.inode(current))
    }
  }

  /// Goes on at an inode that it holds already, and lets go of the one behind it.
  private mutating func step(
    to inode: Handle<FuseInode>, in kernel: inout Kernel
  ) throws(Oops) -> Flow<Line> {
    guard let left = current.take() else { return .fail(.ENOENT) }
    current = inode
    return try kernel.putInode(left)
      ? .call(FuseEvictInode(inode: left), then: .mayLookup) : .jump(.mayLookup)
  }

  private var isAtEnd: Bool { Int(position) >= path.components.count - (stopsAtParent ? 1 : 0) }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("path", .text(path.description))
    visitor.field("inode", current)
    visitor.field("done", .number(position))
  }
}

extension FuseConnection {
  /// The directory that a directory is in; the root is in itself.
  func parent(of directory: Handle<FuseInode>) -> Handle<FuseInode>? {
    dentries.first { $0.inode == directory }?.parent ?? root
  }
}

extension LinkPathWalk.Line {
  public var note: Note {
    switch self {
    case .start:
      Note(
        "Begins at the root of what is mounted.", why: "Paths here are relative to it.",
        failsWith: [.ENOENT, .ENAMETOOLONG])
    case .mayLookup:
      Note(
        "Whoever looks for a name in a directory must be allowed to search it.",
        why:
          "The directory's attributes must be known for that: of the root they are not, right after a mount.",
        failsWith: [.ENOTDIR], calls: [.fusePermission])
    case .nextComponent: Note("Looks the next name up; `.` stays and `..` goes up.", calls: [.fuseLookup])
    case .checkLookup: Note("A name that is not there ends the walk.", failsWith: [.ENOENT])
    case .returnInode:
      Note(
        "Returns where the path leads; a slash at its end asks for a directory.",
        why: "Whoever asked holds it. What was only passed was held until then.", calls: [.fuseEvictInode])
    }
  }
}
