/// `fuse_permission()`: may the process do this with an inode? It is root, so nearly always.
///
/// - Kernel: fs/fuse/dir.c, with `default_permissions`, which virtio-fs sets
public struct FusePermission: KernelFunction {
  public enum Line: String, KernelLine { case checkAttributes, checkRefresh, checkMode }

  public static let id = FunctionID.fusePermission
  public var frame: Frame { .fusePermission(Activation(self)) }

  let inode: Handle<FuseInode>
  /// `MAY_EXEC` on a file.
  var executes = false

  init(inode: Handle<FuseInode>, executes: Bool = false) { (self.inode, self.executes) = (inode, executes) }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkAttributes, .checkRefresh, .checkMode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .checkAttributes:
      return object.mustAsk(for: .permissions)
        ? .call(FuseDoGetattr(inode: inode, for: .permissions)) : .jump(.checkMode)
    case .checkRefresh:
      return returned.errno.map { .fail($0) } ?? .next
    case .checkMode:
      let mayExecute = object.attributes.mode & 0o111 != 0
      return executes && !mayExecute ? .fail(.EACCES) : .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("exec", .flag(executes))
  }
}

extension FusePermission.Line {
  public var note: Note {
    switch self {
    case .checkAttributes:
      Note("Asks for mode and owner if they are not known, or not valid any more.", calls: [.fuseDoGetattr])
    case .checkRefresh: Note("An error ends it.")
    case .checkMode:
      Note(
        "Root may do all but execute a file that nobody may execute.",
        why: "What the server forbids shows at the request itself.", failsWith: [.EACCES])
    }
  }
}
