/// `fuse_simple_request()`: one request to the server, and the wait for its answer.
public struct FuseSimpleRequest: KernelFunction {
  public enum Line: String, KernelLine { case checkConnection, sendRequest, takeReply }

  public static let id = FunctionID.fuseSimpleRequest
  public var frame: Frame { .fuseSimpleRequest(Activation(self)) }

  let connection: Handle<FuseConnection>
  let node: NodeID
  let operation: FuseOperation
  /// The answer, once there is one.
  var reply = Value.void

  init(_ connection: Handle<FuseConnection>, _ node: NodeID, _ operation: FuseOperation) {
    (self.connection, self.node, self.operation) = (connection, node, operation)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkConnection, .sendRequest, .takeReply]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkConnection:
      if try kernel.lacks(operation.opcode, connection) { return .fail(.ENOSYS) }
      if try kernel.connections.read(connection, at: kernel.here).hasFailed { return .fail(.ECONNREFUSED) }
      return try kernel.connections.read(connection, at: kernel.here).isConnected ? .next : .fail(.ENOTCONN)
    case .sendRequest:
      let device = try kernel.connections.read(connection, at: kernel.here).device
      let fs = try kernel.connections.read(connection, at: kernel.here).fs
      _ = try kernel.filesystems.read(fs, at: kernel.here).device
      guard kernel.devices[device].queues.last?.isConnected == true else { return .fail(.ENOTCONN) }
      let unique = try kernel.changeConnection(connection) { session in
        session.unique += 2
        return session.unique
      }
      let request = FuseRequest(operation, unique: unique, node: node)
      reply = .reply(kernel.servers[device].answer(request).body)
      if kernel.isWatched, let exchange = kernel.servers[device].log.last { kernel.observe(.sent(exchange)) }
      return .next
    case .takeReply:
      if reply.errno == .ENOSYS, let opcode = operation.opcode, opcode.isOptional {
        try kernel.changeConnection(connection) { $0.unsupported.append(opcode) }
      }
      return .done(reply == .void ? .error(.EIO) : reply)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("fc", connection)
    visitor.field("nodeid", .number(node.rawValue))
    visitor.field("opcode", .text(operation.opcode?.name ?? "\(operation.number)"))
    if case .reply(let body) = reply {
      visitor.field("error", .text(body.error?.name ?? "0"))
    } else {
      visitor.field("error", .none)
    }
  }
}

extension FuseOpcode {
  /// Whether the kernel remembers that a server does not have it (`no_open`, `no_fsync`, …) and does without. Everything
  /// else is asked for again, whatever the answer was.
  var isOptional: Bool {
    switch self {
    case .open, .opendir, .create, .flush, .fsync, .fsyncdir, .fallocate, .lseek, .copyFileRange, .getxattr,
      .setxattr,
      .listxattr, .removexattr, .access, .readdirplus, .rename2, .syncfs, .tmpfile, .statx:
      true
    default: false
    }
  }
}

extension Kernel {
  /// Whether the server of a session is known not to have a request.
  func lacks(_ opcode: FuseOpcode?, _ connection: Handle<FuseConnection>) throws(Oops) -> Bool {
    guard let opcode else { return false }
    return try connections.read(connection, at: here).unsupported.contains(opcode)
  }

  /// Changes a session; an oops if it has been freed.
  mutating func changeConnection<Result>(
    _ handle: Handle<FuseConnection>, _ body: (inout FuseConnection) -> Result
  ) throws(Oops) -> Result {
    try connections.change(handle, at: here, body)
  }

  /// Changes an inode; an oops if it has been freed.
  mutating func changeInode<Result>(
    _ handle: Handle<FuseInode>, _ body: (inout FuseInode) -> Result
  ) throws(Oops) -> Result {
    try inodes.change(handle, at: here, body)
  }
}

extension FuseSimpleRequest.Line {
  public var note: Note {
    switch self {
    case .checkConnection:
      Note(
        "Refuses where the session has ended (-ENOTCONN) or has never begun (-ECONNREFUSED).",
        why: "A request that the server can do without, and does not know (-ENOSYS), is not sent again.")
    case .sendRequest:
      Note(
        "Puts the request on a queue; the server takes it and answers.",
        why: "After an unbind the queues are disconnected: -ENOTCONN.")
    case .takeReply: Note("Takes the answer: what was asked for, or an error.")
    }
  }
}
