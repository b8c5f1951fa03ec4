// References to inodes: whoever holds one keeps the inode in memory.

extension Kernel {
  /// `ihold()`: one holder more of an inode that somebody holds, or that a name leads to.
  mutating func hold(_ inode: Handle<FuseInode>) throws(Oops) { try changeInode(inode) { $0.users += 1 } }

  /// `igrab()`: one holder more; false for an inode that is going away.
  mutating func grab(_ inode: Handle<FuseInode>) throws(Oops) -> Bool {
    guard inodes.peek(inode)?.isFreeing == false else { return false }
    try hold(inode)
    return true
  }

  /// `dput()`, `iput()`: one holder less.
  ///
  /// - Parameters:
  ///   - inode: The inode.
  ///   - isClosed: Whether an open file goes with it: then the inode goes if no valid name leads to it, now or when the
  ///     others have let go of it. Else it goes if it is unlinked.
  /// - Returns: Whether it goes now: nobody finds it any more, and the caller has to evict it.
  mutating func putInode(_ inode: Handle<FuseInode>, isClosed: Bool = false) throws(Oops) -> Bool {
    let goes = try changeInode(inode) { object in
      object.users -= 1
      let hasClosed = isClosed || object.hasClosed
      object.hasClosed = hasClosed && object.users > 0
      return object.users <= 0 && (hasClosed || object.isUnlinked)
    }
    guard goes else { return false }
    let object = try inodes.read(inode, at: here)
    let session = try connections.read(object.connection, at: here)
    if session.dentries.contains(where: { $0.inode == inode && $0.isValid }) { return false }
    try markFreeing(inode)
    return true
  }

  /// `I_FREEING`: an inode that nobody holds begins to go. No name leads to it any more.
  mutating func markFreeing(_ inode: Handle<FuseInode>) throws(Oops) {
    let connection = try inodes.read(inode, at: here).connection
    try changeInode(inode) { $0.isFreeing = true }
    try changeConnection(connection) { $0.dentries.removeAll { $0.inode == inode } }
  }

  /// An inode of a session that is going away and is not gone yet.
  func freeingInode(
    of connection: Handle<FuseConnection>, where fits: (FuseInode) -> Bool = { _ in true }
  ) -> Handle<FuseInode>? {
    inodes.handles.first { handle in
      inodes.peek(handle).map { $0.isFreeing && $0.connection == connection && fits($0) } ?? false
    }
  }
}
