extension FuseServer {
  /// The minor version that the server speaks: that of the message formats here.
  static var minor: UInt32 { 38 }

  /// What the server can do.
  private var offered: FuseFeatures {
    var features: FuseFeatures = [.asyncRead, .atomicTruncate, .bigWrites, .maxPages, .initExtension]
    if configuration.mapAlignment != nil { features.insert(.mapAlignment) }
    if configuration.hasInodeDax { features.insert(.inodeDax) }
    return features
  }

  /// `FUSE_INIT`. What was agreed on before is gone, and so are the nodes, the handles and the mappings: one
  /// session follows another (virtio 1.2, section 5.11.5).
  ///
  /// The reply names the alignment also to a driver that did not ask for it, which does not look at it then.
  ///
  /// A driver of a later major version is told ours, and asks again. One of an earlier version is refused.
  mutating func begin(_ request: FuseInitRequest) throws(Errno) -> FuseReplyBody {
    if request.major < 7 { throw .EPROTO }
    if request.major > 7 {
      return .initialize(FuseInitReply(minor: FuseServer.minor, maxReadahead: 0, features: []))
    }
    endSession()
    var features = request.features.intersection(offered)
    // The words from bit 32 on are there in the extended form only.
    if !request.isExtended || !features.contains(.initExtension) {
      features = FuseFeatures(rawValue: features.rawValue & 0xffff_ffff)
    }
    let alignment = features.contains(.mapAlignment) ? configuration.mapAlignment : nil
    let minor = min(request.minor, FuseServer.minor)
    session = FuseSession(
      minor: minor, features: features, maxWrite: configuration.maxWrite, mapAlignment: alignment)
    let pages = (UInt64(configuration.maxWrite) + pageSize - 1) >> pageShift
    let reply = FuseInitReply(
      minor: FuseServer.minor, maxReadahead: request.maxReadahead, features: features,
      maxWrite: configuration.maxWrite,
      maxPages: features.contains(.maxPages) ? UInt16(min(max(pages, 1), UInt64(UInt16.max))) : 0,
      mapAlignment: configuration.mapAlignment ?? 0)
    return .initialize(minor < 23 ? reply.shortened : reply)
  }

  /// `FUSE_DESTROY`: the session is over, and the window is empty.
  mutating func end() -> FuseReplyBody {
    endSession()
    session = nil
    return .empty
  }

  /// Forgets the nodes, the handles and the mappings.
  mutating func endSession() {
    nodes.forgetAll()
    handles.closeAll()
    window.unmapAll()
    reap()
  }

  /// The inode behind a node. Fails with `EBADF` if the driver should not know it.
  func inode(of node: NodeID) throws(Errno) -> InodeNumber {
    guard let inode = nodes.inode(of: node) else { throw .EBADF }
    return inode
  }
}
