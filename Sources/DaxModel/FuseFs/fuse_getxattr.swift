/// `fuse_getxattr()` for `security.capability`: whoever changes a file takes its privileges away, if it has any.
///
/// `file_remove_privs()` asks for them before every write. Nothing here has privileges, so that the answer is always
/// no; what can be seen is the question.
///
/// - Kernel: fs/fuse/xattr.c
public struct FuseGetxattr: KernelFunction {
  public enum Line: String, KernelLine { case checkSupport, sendGetxattr, returnResult }

  public static let id = FunctionID.fuseGetxattr
  public var frame: Frame { .fuseGetxattr(Activation(self)) }

  let inode: Handle<FuseInode>

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkSupport, .sendGetxattr, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .checkSupport:
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      return session.unsupported.contains(.getxattr) ? .fail(.EOPNOTSUPP) : .next
    case .sendGetxattr:
      let fields = FuseGetxattrBody(name: .capability)
      return .call(FuseSimpleRequest(object.connection, object.node, .getxattr(fields)))
    case .returnResult:
      return .fail(returned.errno == .ENOSYS ? .EOPNOTSUPP : returned.errno ?? .ENODATA)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("inode", inode) }
}

extension FuseGetxattr.Line {
  public var note: Note {
    switch self {
    case .checkSupport:
      Note("A server that does not know the request is not asked again.", failsWith: [.EOPNOTSUPP])
    case .sendGetxattr: Note("Sends GETXATTR.", calls: [.fuseSimpleRequest])
    case .returnResult:
      Note("No answer means no privileges: the write goes on.", failsWith: [.EOPNOTSUPP, .ENODATA])
    }
  }
}
