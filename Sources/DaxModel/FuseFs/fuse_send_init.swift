/// `fuse_send_init()`, with `process_init_reply()`: the first request of a session.
public struct FuseSendInit: KernelFunction {
  public enum Line: String, KernelLine { case sendInit, checkAlignment, setInitialized }

  public static let id = FunctionID.fuseSendInit
  public var frame: Frame { .fuseSendInit(Activation(self)) }

  let connection: Handle<FuseConnection>
  var answer: FuseInitReply?

  init(_ connection: Handle<FuseConnection>) { self.connection = connection }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.sendInit, .checkAlignment, .setInitialized]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .sendInit:
      let session = try kernel.connections.read(connection, at: kernel.here)
      var features: FuseFeatures = [.asyncRead, .atomicTruncate, .bigWrites, .maxPages, .initExtension]
      if session.dax != nil { features.insert(.mapAlignment) }
      if session.mode == .inode || session.mode == .inodeDefault { features.insert(.inodeDax) }
      return .call(FuseSimpleRequest(connection, .none, .initialize(FuseInitRequest(features: features))))
    case .checkAlignment:
      guard case .reply(.initialize(let reply)) = returned else { return try fail(in: &kernel) }
      answer = reply
      let session = try kernel.connections.read(connection, at: kernel.here)
      if reply.features.contains(.mapAlignment), session.dax != nil, reply.mapAlignment > 21 {
        kernel.log(
          .warning, "FUSE",
          "map_alignment \(reply.mapAlignment) incompatible with dax mem range size \(2 << 20)")
        return try fail(in: &kernel)
      }
      return .next
    case .setInitialized:
      guard let answer else { return try fail(in: &kernel) }
      try kernel.changeConnection(connection) { session in
        session.isInitialized = true
        session.hasInodeDax = answer.features.contains(.inodeDax)
        session.maxWrite = max(answer.maxWrite, 4096)
        if answer.features.contains(.maxPages) { session.maxRead = UInt32(answer.maxPages) * 4096 }
      }
      return .done(.success)
    }
  }

  /// A session that cannot be used: every later request is refused.
  private func fail(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    try kernel.changeConnection(connection) { session in
      session.isInitialized = true
      session.hasFailed = true
    }
    return .done(.success)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("fc", connection) }
}

extension FuseSendInit.Line {
  public var note: Note {
    switch self {
    case .sendInit:
      Note(
        "Sends INIT with what the kernel can do.",
        why:
          "The alignment of the window is asked for only with DAX, the attribute of files only in per-inode modes.",
        calls: [.fuseSimpleRequest])
    case .checkAlignment:
      Note(
        "Refuses a server that can map only pieces larger than 2 MiB.",
        why: "The mount has succeeded by then: what fails, with -ECONNREFUSED, is every request after it.")
    case .setInitialized: Note("The session has begun: takes what both sides can do.")
    }
  }
}
