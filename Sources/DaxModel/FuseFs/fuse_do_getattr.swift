/// `fuse_update_attributes()`, `fuse_do_getattr()`: what a file is, from memory or from the server.
public struct FuseDoGetattr: KernelFunction {
  public enum Line: String, KernelLine { case checkFresh, sendGetattr, takeAttributes, returnStatus }

  public static let id = FunctionID.fuseDoGetattr
  public var frame: Frame { .fuseDoGetattr(Activation(self)) }

  let inode: Handle<FuseInode>
  /// What the caller wants to know.
  var wanted = AttributeMask.all

  init(inode: Handle<FuseInode>, for wanted: AttributeMask = .all) {
    (self.inode, self.wanted) = (inode, wanted)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkFresh, .sendGetattr, .takeAttributes, .returnStatus]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .checkFresh:
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      if session.hasFailed { return .fail(.ECONNREFUSED) }
      return object.mustAsk(for: wanted) ? .next : .jump(.returnStatus)
    case .sendGetattr:
      return .call(FuseSimpleRequest(object.connection, object.node, .getattr(FuseGetattr())))
    case .takeAttributes:
      guard case .reply(.attributes(let reply)) = returned else { return .fail(returned.errno ?? .EIO) }
      try kernel.takeAttributes(reply.attributes, isFresh: reply.validSeconds > 0, of: inode)
      return try kernel.inodes.read(inode, at: kernel.here).cache.isOutdated
        ? .call(InvalidateInodePages2(inode: inode)) : .next
    case .returnStatus:
      return .done(
        .status(
          FileStatus(
            inode: object.attributes.inode, size: object.size, blocks: object.attributes.blocks,
            mode: object.attributes.mode, isDax: object.isDax)))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("request_mask", .text("\(wanted)"))
  }
}

extension FuseDoGetattr.Line {
  public var note: Note {
    switch self {
    case .checkFresh:
      Note(
        "What is known and still valid needs no request.",
        why: "A mask says what has gone stale: after a write the size, but not the mode.")
    case .sendGetattr: Note("Sends GETATTR.", calls: [.fuseSimpleRequest])
    case .takeAttributes:
      Note(
        "Takes what the server says. If the file has changed, pages that were cached go, dirty ones after they are sent.",
        calls: [.invalidateInodePages2])
    case .returnStatus: Note("Returns size, blocks and mode, and whether the file uses DAX.")
    }
  }
}
