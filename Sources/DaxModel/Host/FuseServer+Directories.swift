extension FuseServer {
  /// `FUSE_OPENDIR`.
  mutating func openDirectory(_ node: NodeID, _ flags: OpenFlags) throws(Errno) -> FuseReplyBody {
    let number = try inode(of: node)
    guard files[number]?.isDirectory == true else { throw .ENOTDIR }
    return .opened(FuseOpened(handle: handles.open(number, flags)))
  }

  /// `FUSE_READDIR`: `.` and `..`, then the names in order, as many as fit.
  ///
  /// The offset of a name is its place in that list: what is made or removed meanwhile moves the names behind it.
  func readDirectory(_ fields: FuseRead) throws(Errno) -> FuseReplyBody {
    guard let open = handles[fields.handle] else { throw .EBADF }
    guard let directory = files[open.inode], let names = directory.entries else { throw .ENOTDIR }
    let parent = files.parent(of: open.inode)
    let dots = [(FileName.dot, open.inode), (FileName.dotDot, parent)]
    var writer = WireWriter(order: order)
    for (index, entry) in (dots + names.map { ($0.name, $0.inode) }).enumerated()
    where UInt64(index) >= fields.offset.rawValue {
      let isDirectory = files[entry.1]?.isDirectory == true
      let dirent = FuseDirent(
        inode: entry.1.rawValue, offset: UInt64(index) + 1,
        type: isDirectory ? FuseDirent.directory : FuseDirent.file, name: entry.0)
      if writer.bytes.count + dirent.length > Int(fields.size) { break }
      dirent.write(to: &writer)
    }
    return .data(writer.bytes)
  }

  /// `FUSE_LSEEK`: where there is data from an offset on, or a hole. `ENXIO` behind the end of the file.
  func seek(_ fields: FuseLseek) throws(Errno) -> FuseReplyBody {
    guard let open = handles[fields.handle] else { throw .EBADF }
    let file = try files.file(open.inode)
    switch fields.whence {
    case FuseLseek.data:
      guard let found = file.data(from: fields.offset) else { throw .ENXIO }
      return .offset(found)
    case FuseLseek.hole:
      guard let found = file.hole(from: fields.offset) else { throw .ENXIO }
      return .offset(found)
    default: throw .EINVAL
    }
  }
}

extension HostFile {
  /// Where the first byte is, from an offset on, that the host has given space; nil if there is none.
  func data(from offset: FileOffset) -> FileOffset? {
    let start = offset.rawValue
    guard let range = allocated.ranges.first(where: { $0.upperBound > start }) else { return nil }
    let found = max(start, range.lowerBound)
    return found < size.rawValue ? FileOffset(found) : nil
  }

  /// Where the first hole is, from an offset on: the end of the file counts as one. Nil behind the end.
  func hole(from offset: FileOffset) -> FileOffset? {
    let start = offset.rawValue
    guard start < size.rawValue else { return nil }
    let range = allocated.ranges.first { $0.contains(start) }
    return FileOffset(min(range?.upperBound ?? start, size.rawValue))
  }
}
