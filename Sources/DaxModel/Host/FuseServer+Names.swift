extension FuseServer {
  /// `FUSE_LOOKUP`. `.` and `..` are allowed, and do not lead out of the root.
  mutating func lookup(_ name: FileName, in node: NodeID) throws(Errno) -> FuseReplyBody {
    let directory = try inode(of: node)
    if name.isDots {
      guard files[directory]?.isDirectory == true else { throw .ENOTDIR }
      let isParent = name.bytes.count == 2
      return .entry(try entry(isParent ? files.parent(of: directory) : directory))
    }
    try check(name)
    return .entry(try entry(try files.lookup(name, in: directory)))
  }

  /// `FUSE_CREATE`: makes a file, unless it is there and need not be new, and opens it.
  mutating func create(_ fields: FuseCreate, in node: NodeID) throws(Errno) -> FuseReplyBody {
    let directory = try inode(of: node)
    try check(fields.name)
    if name(fields.name, isIn: directory) {
      if fields.flags.contains(.exclusive) { throw .EEXIST }
    } else {
      let number = try files.create(
        fields.name, in: directory, .bytes([]), mode: fields.mode & ~fields.umask & 0o7777 | 0o100000)
      let isDax = files.newFilesWantDax
      try files.change(number) { $0.isDax = isDax }
    }
    let number = try files.lookup(fields.name, in: directory)
    let opened = try open(number, flags: fields.flags)
    return .created(try entry(number), opened)
  }

  /// `FUSE_UNLINK`. Who has the file open or mapped goes on using it.
  mutating func unlink(_ name: FileName, in node: NodeID) throws(Errno) -> FuseReplyBody {
    let directory = try inode(of: node)
    try check(name)
    try files.unlink(name, in: directory)
    return .empty
  }

  /// `FUSE_FORGET` and `FUSE_BATCH_FORGET`. More than there are count as all (virtiofsd in Rust does the same).
  mutating func forget(_ entries: [FuseForget]) -> FuseReplyBody {
    for entry in entries { nodes.forget(entry.node, entry.lookups) }
    return .nothing
  }

  /// `FUSE_GETATTR`.
  func attributes(of node: NodeID) throws(Errno) -> FuseReplyBody {
    guard let inode = files[try inode(of: node)] else { throw .ENOENT }
    return .attributes(
      FuseAttributesReply(validSeconds: configuration.attributeTimeout, attributes: reported(inode)))
  }

  /// `FUSE_SETATTR`: the size first, then the rest.
  mutating func setAttributes(_ fields: FuseSetattr, of node: NodeID) throws(Errno) -> FuseReplyBody {
    let number = try inode(of: node)
    let valid = fields.valid
    if valid.contains(.size) {
      if valid.contains(.handle) {
        guard let open = handles[fields.handle] else { throw .EBADF }
        if !open.flags.canWrite { throw .EINVAL }
      } else if files[number]?.isWritable == false {
        throw .EACCES
      }
      try files.truncate(number, to: fields.size)
    }
    let others: FuseSetattr.Valid = [
      .mode, .uid, .gid, .accessTime, .modificationTime, .accessNow, .modificationNow, .changeTime,
    ]
    if !valid.isDisjoint(with: others) {
      try files.change(number) { inode in
        // A change of the mode leaves the type.
        if valid.contains(.mode) { inode.mode = inode.mode & ~0o7777 | fields.mode & 0o7777 }
        if valid.contains(.uid) { inode.uid = fields.uid }
        if valid.contains(.gid) { inode.gid = fields.gid }
        if valid.contains(.accessNow) {
          inode.accessTime = inode.changeTime
        } else if valid.contains(.accessTime) {
          inode.accessTime = fields.accessTime
        }
        if valid.contains(.modificationNow) {
          inode.modificationTime = inode.changeTime
        } else if valid.contains(.modificationTime) {
          inode.modificationTime = fields.modificationTime
        }
      }
    }
    return try attributes(of: node)
  }

  // MARK: Pieces

  /// The answer to a name that was found. It counts as a lookup.
  private mutating func entry(_ number: InodeNumber) throws(Errno) -> FuseEntry {
    guard let inode = files[number] else { throw .ENOENT }
    let seconds = configuration.attributeTimeout
    return FuseEntry(
      node: nodes.look(up: number), nameSeconds: seconds, attributeSeconds: seconds,
      attributes: reported(inode))
  }

  /// The attributes of an inode. `FUSE_ATTR_DAX` is told only if that was agreed on.
  private func reported(_ inode: HostInode) -> FuseAttributes {
    var attributes = inode.attributes
    if session?.features.contains(.inodeDax) != true { attributes.flags.remove(.dax) }
    return attributes
  }

  /// Whether a name may stand in a directory. Fails with `EINVAL`, as servers do for a name with a slash.
  private func check(_ name: FileName) throws(Errno) {
    if name.bytes.count > 255 { throw .ENAMETOOLONG }
    if !name.isOrdinary { throw .EINVAL }
  }

  private func name(_ name: FileName, isIn directory: InodeNumber) -> Bool {
    files[directory]?.place(of: name).isThere == true
  }
}
