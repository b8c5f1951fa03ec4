/// What a call that goes by a path holds from when it has found it to its end: `struct path`, and the last name.
struct HeldPath: Hashable, Sendable {
  /// The mount.
  var mount: Handle<FuseConnection>?
  var parent: Handle<FuseInode>?
  var inode: Handle<FuseInode>?
}

extension Kernel {
  /// `path_init()`: a call begins to go along a path on a mount, and holds it. False if it is not mounted any more.
  mutating func enterMount(
    _ connection: Handle<FuseConnection>?, _ path: inout HeldPath
  ) throws(Oops) -> Bool {
    guard let connection, connections.peek(connection)?.isDetached == false else { return false }
    try changeConnection(connection) { $0.mountUsers += 1 }
    path.mount = connection
    return true
  }

  /// `path_put()`: a call that goes by a path lets go of what it holds.
  ///
  /// - Returns: An inode that goes now: the caller evicts it and asks again. Nil once nothing is held any more.
  mutating func putPath(_ path: inout HeldPath) throws(Oops) -> Handle<FuseInode>? {
    if let inode = path.inode.take(), try putInode(inode) { return inode }
    if let parent = path.parent.take(), try putInode(parent) { return parent }
    if let mount = path.mount.take() { try leaveMount(mount) }
    return nil
  }

  /// `mntput()`: one holder of a mount less.
  mutating func leaveMount(_ connection: Handle<FuseConnection>) throws(Oops) {
    try changeConnection(connection) { $0.mountUsers -= 1 }
  }
}
