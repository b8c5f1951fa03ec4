/// `fuse_conn_destroy()`: ends the session, then the inodes go.
public struct FuseConnDestroy: KernelFunction {
  public enum Line: String, KernelLine { case sendDestroy, abort, evictInodes, freeConnection }

  public static let id = FunctionID.fuseConnDestroy
  public var frame: Frame { .fuseConnDestroy(Activation(self)) }

  let connection: Handle<FuseConnection>

  public static func lines(in release: KernelRelease) -> [Line] {
    [.sendDestroy, .abort, .evictInodes, .freeConnection]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .sendDestroy:
      return .call(FuseSimpleRequest(connection, .none, .destroy))
    case .abort:
      try kernel.changeConnection(connection) { $0.isConnected = false }
      return .next
    case .evictInodes:
      if let going = kernel.freeingInode(of: connection) { return .wait(.freeing(going)) }
      let root = try kernel.connections.read(connection, at: kernel.here).root
      let next = try kernel.leaf(of: connection) { _ in true } ?? root
      guard let next, kernel.inodes.isLive(next) else { return .next }
      try kernel.markFreeing(next)
      return .call(FuseEvictInode(inode: next), then: .evictInodes)
    case .freeConnection:
      try kernel.connections.free(connection, at: kernel.here)
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("fc", connection) }
}

extension FuseConnDestroy.Line {
  public var note: Note {
    switch self {
    case .sendDestroy: Note("Sends DESTROY, if the session has begun.", calls: [.fuseSimpleRequest])
    case .abort: Note("From here on every request is -ENOTCONN.")
    case .evictInodes:
      Note(
        "The dentries are shrunk, and every inode goes.",
        why:
          "Their ranges would be unmapped now, but the session has ended: nothing is sent, and nobody minds.",
        calls: [.fuseEvictInode])
    case .freeConnection: Note("Frees the connection with its ranges.")
    }
  }
}
