/// `fuse_simple_request()`: one request to the server, and the wait for its answer.
public struct FuseSimpleRequest: KernelFunction {
  public enum Line: String, KernelLine { case checkConnection, sendRequest, takeReply }

  public static let id = FunctionID.fuseSimpleRequest
  public var frame: Frame { .fuseSimpleRequest(Activation(self)) }

  let connection: Handle<FuseConnection>
  let node: NodeID
  let operation: FuseOperation
  var reply: FuseReplyBody?

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
      let session = try kernel.connections.read(connection, at: kernel.here)
      if let opcode = operation.opcode, session.unsupported.contains(opcode) { return .fail(.ENOSYS) }
      if session.hasFailed { return .fail(.ECONNREFUSED) }
      return session.isConnected ? .next : .fail(.ENOTCONN)
    case .sendRequest:
      var session = try kernel.connections.read(connection, at: kernel.here)
      _ = try kernel.filesystems.read(session.fs, at: kernel.here)
      guard kernel.devices[session.device].queues.last?.isConnected == true else { return .fail(.ENOTCONN) }
      session.unique += 2
      try kernel.connections.write(connection, session, at: kernel.here)
      let request = FuseRequest(operation, unique: session.unique, node: node)
      reply = kernel.servers[session.device].answer(request).body
      return .next
    case .takeReply:
      if let error = reply?.error, error == .ENOSYS, let opcode = operation.opcode {
        try kernel.changeConnection(connection) { $0.unsupported.append(opcode) }
      }
      return .done(reply.map { .reply($0) } ?? .error(.EIO))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("fc", connection)
    visitor.field("nodeid", .number(node.rawValue))
    visitor.field("opcode", .text(operation.opcode?.name ?? "\(operation.number)"))
    visitor.field("error", reply.map { .text($0.error?.name ?? "0") } ?? .none)
  }
}

extension Kernel {
  /// Changes a session; an oops if it has been freed.
  mutating func changeConnection<Result>(
    _ handle: Handle<FuseConnection>, _ body: (inout FuseConnection) -> Result
  ) throws(Oops) -> Result {
    var connection = try connections.read(handle, at: here)
    let result = body(&connection)
    try connections.write(handle, connection, at: here)
    return result
  }

  /// Changes an inode; an oops if it has been freed.
  mutating func changeInode<Result>(
    _ handle: Handle<FuseInode>, _ body: (inout FuseInode) -> Result
  ) throws(Oops) -> Result {
    var inode = try inodes.read(handle, at: here)
    let result = body(&inode)
    try inodes.write(handle, inode, at: here)
    return result
  }
}

extension FuseSimpleRequest.Line {
  public var note: Note {
    switch self {
    case .checkConnection:
      Note(
        "Refuses where the session has ended (-ENOTCONN) or has never begun (-ECONNREFUSED).",
        why: "A request that the server does not know (-ENOSYS) is not sent again.")
    case .sendRequest:
      Note(
        "Puts the request on a queue; the server takes it and answers.",
        why: "After an unbind the queues are disconnected: -ENOTCONN.")
    case .takeReply: Note("Takes the answer: what was asked for, or an error.")
    }
  }
}
