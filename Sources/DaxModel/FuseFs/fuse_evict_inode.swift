/// `fuse_evict_inode()`, with `fuse_dax_inode_cleanup()`: an inode leaves memory, and its ranges become free.
public struct FuseEvictInode: KernelFunction {
  public enum Line: String, KernelLine {
    case truncatePages, takeRanges, sendRemove, checkRemove, addToPool, sendForget, freeInode
  }

  public static let id = FunctionID.fuseEvictInode
  public var frame: Frame { .fuseEvictInode(Activation(self)) }

  let inode: Handle<FuseInode>
  /// Ranges that were taken from it, the last piece of the file first.
  var ranges: [Int] = []
  var sent = 0

  init(inode: Handle<FuseInode>) { self.inode = inode }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.truncatePages, .takeRanges, .sendRemove, .checkRemove, .addToPool, .sendForget, .freeInode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .truncatePages:
      kernel.unmapPages(of: inode, from: 0, length: .max)
      return .next
    case .takeRanges:
      ranges = object.tree.reversed().map { $0.range }
      try kernel.changeInode(inode) { $0.tree = [] }
      return ranges.isEmpty ? .jump(.sendForget) : .next
    case .sendRemove:
      let limit = kernel.release.has(.removesOneByOne) ? 1 : FuseRemoveMapping.maximumEntries
      let batch = ranges[sent...].prefix(limit)
      sent += batch.count
      let entries = batch.map { range in
        FuseRemoveMapping.Entry(
          windowOffset: WindowOffset(UInt64(range) * FuseConnDax.rangeSize),
          length: ByteCount(FuseConnDax.rangeSize))
      }
      return .call(
        FuseSimpleRequest(object.connection, object.node, .removeMapping(FuseRemoveMapping(entries))))
    case .checkRemove:
      if let errno = returned.errno {
        if errno != .ENOTCONN {
          kernel.log(.warning, "", "Failed to removemappings. start=0x0 end=0xffffffffffffffff")
        }
        return .next
      }
      return sent < ranges.count ? .jump(.sendRemove) : .next
    case .addToPool:
      let taken = ranges
      try kernel.changeDax(object.connection) { dax in dax.busy.removeAll { taken.contains($0) } }
      for range in taken { try kernel.addToPool(range, of: object.connection) }
      return .next
    case .sendForget:
      return .call(FuseSimpleRequest(object.connection, object.node, .forget(object.lookups)))
    case .freeInode:
      let inode = inode
      try kernel.changeConnection(object.connection) { $0.dentries.removeAll { $0.inode == inode } }
      try kernel.inodes.free(inode, at: kernel.here)
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("ranges", .text(ranges.map { "\($0)" }.joined(separator: " ")))
    visitor.field("sent", .number(UInt64(sent)))
  }
}

extension Kernel {
  /// The first inode of a session, but for the root, that no name in it keeps in memory and that fulfils a condition.
  func leaf(
    of connection: Handle<FuseConnection>, where fits: (FuseInode) -> Bool
  ) throws(Oops) -> Handle<FuseInode>? {
    let session = try connections.read(connection, at: here)
    let leaves = inodes.live.filter { slot, inode in
      let isParent = session.dentries.contains { $0.parent.slot == slot }
      return slot != session.root?.slot && inode.connection == connection && !isParent && fits(inode)
    }
    // Of those that were used no more than once, the one that has been idle for longest; then the others.
    let first = leaves.min { left, right in
      if left.object.isReferenced != right.object.isReferenced { return right.object.isReferenced }
      return (left.object.idleSince ?? .max) < (right.object.idleSince ?? .max)
    }
    return first.flatMap { leaf in inodes.handles.first { $0.slot == leaf.slot } }
  }

  /// `dput()`, `retain_dentry()`: nobody uses a file any more. It goes to the tail of the list of such files; if it is
  /// there already, it is marked instead.
  mutating func noteIdle(_ handle: Handle<FuseInode>) throws(Oops) {
    let inode = try inodes.read(handle, at: here)
    if inode.users > 0 || inode.isReferenced { return }
    let number = try changeConnection(inode.connection) { session in
      session.idleFiles += 1
      return session.idleFiles
    }
    try changeInode(handle) { inode in
      if inode.idleSince == nil { inode.idleSince = number } else { inode.isReferenced = true }
    }
  }
}

extension FuseEvictInode.Line {
  public var note: Note {
    switch self {
    case .truncatePages:
      Note("Takes what is left of the file out of the page cache and the page tables: truncate_inode_pages_final().")
    case .takeRanges:
      Note("Takes every range out of the tree, without locks: nobody else can have the inode.")
    case .sendRemove:
      Note(
        "Sends REMOVEMAPPING, with up to 256 ranges in one request, the last piece of the file first.",
        why: "At unmount the session has ended by then, so that nothing is sent.", calls: [.fuseSimpleRequest]
      )
    case .checkRemove:
      Note("An error is logged, and no further request is sent: the ranges are used again all the same.")
    case .addToPool: Note("Puts the ranges at the tail of the free list.")
    case .sendForget: Note("Sends FORGET: the server may forget the node.", calls: [.fuseSimpleRequest])
    case .freeInode: Note("Frees the inode.")
    }
  }
}
