extension FuseServer {
  /// `FUSE_OPEN`.
  mutating func open(_ node: NodeID, _ flags: OpenFlags) throws(Errno) -> FuseReplyBody {
    .opened(try open(try inode(of: node), flags: flags))
  }

  /// Opens an inode, and truncates it if that is asked for.
  mutating func open(_ number: InodeNumber, flags: OpenFlags) throws(Errno) -> FuseOpened {
    guard let inode = files[number] else { throw .ENOENT }
    let changes = flags.canWrite || flags.contains(.truncate)
    if changes, inode.isDirectory { throw .EISDIR }
    if changes, !inode.isWritable { throw .EACCES }
    if flags.contains(.truncate) { try files.truncate(number, to: ByteCount(0)) }
    return FuseOpened(handle: handles.open(number, flags))
  }

  /// `FUSE_READ`: what the file holds there, fewer bytes at its end.
  mutating func read(_ fields: FuseRead) throws(Errno) -> FuseReplyBody {
    let open = try opened(fields.handle)
    if !open.flags.canRead { throw .EBADF }
    try check(fields.size)
    let limit = HostFileSystem.longestTransfer.rawValue
    let count = Int(min(UInt64(fields.size), limit))
    let bytes = try files.file(open.inode).bytes(at: fields.offset, count: count)
    statistics.bytesRead = ByteCount(statistics.bytesRead.rawValue &+ UInt64(bytes.count))
    return .data(bytes)
  }

  /// `FUSE_WRITE`.
  mutating func write(_ fields: FuseWrite) throws(Errno) -> FuseReplyBody {
    let open = try opened(fields.handle)
    if !open.flags.canWrite { throw .EBADF }
    guard let size = UInt32(exactly: fields.data.count) else { throw .EINVAL }
    try check(size)
    try files.write(fields.data, to: open.inode, at: fields.offset)
    statistics.bytesWritten = ByteCount(statistics.bytesWritten.rawValue &+ UInt64(size))
    return .written(size)
  }

  /// `FUSE_FLUSH` and `FUSE_FSYNC`: nothing is kept back here, so there is nothing to do.
  func flush(_ handle: FileHandle) throws(Errno) -> FuseReplyBody {
    _ = try opened(handle)
    return .empty
  }

  /// `FUSE_RELEASE`.
  mutating func release(_ handle: FileHandle) throws(Errno) -> FuseReplyBody {
    if !handles.close(handle) { throw .EBADF }
    return .empty
  }

  /// `FUSE_FALLOCATE`.
  mutating func allocate(_ fields: FuseFallocate) throws(Errno) -> FuseReplyBody {
    let open = try opened(fields.handle)
    if !open.flags.canWrite { throw .EBADF }
    try files.allocate(open.inode, fields.offset, fields.length, fields.mode)
    return .empty
  }

  /// `FUSE_COPY_FILE_RANGE`: at most 2 GiB at a time, as Linux limits every transfer.
  mutating func copyFileRange(_ fields: FuseCopyFileRange) throws(Errno) -> FuseReplyBody {
    let (from, to) = (try opened(fields.handle), try opened(fields.targetHandle))
    if !from.flags.canRead || !to.flags.canWrite { throw .EBADF }
    let size = try files.file(from.inode).size.rawValue
    let start = fields.offset.rawValue
    let count = min(fields.length.rawValue, start < size ? size - start : 0, 0x7fff_f000)
    let (end, overflow) = fields.targetOffset.rawValue.addingReportingOverflow(count)
    if overflow || end > HostFile.maximumSize.rawValue { throw .EFBIG }
    if from.inode == to.inode {
      // Ranges of one file that overlap are refused.
      let (low, high) = (min(start, fields.targetOffset.rawValue), max(start, fields.targetOffset.rawValue))
      if high - low < count { throw .EINVAL }
    }
    var done: UInt64 = 0
    while done < count {
      let piece = Int(min(count - done, 1 << 20))
      let bytes = try files.file(from.inode).bytes(at: FileOffset(start + done), count: piece)
      try files.write(bytes, to: to.inode, at: FileOffset(fields.targetOffset.rawValue + done))
      done += UInt64(piece)
    }
    statistics.bytesWritten = ByteCount(statistics.bytesWritten.rawValue &+ count)
    return .written(UInt32(truncatingIfNeeded: count))
  }

  // MARK: Pieces

  private func opened(_ handle: FileHandle) throws(Errno) -> HandleTable.Entry {
    guard let open = handles[handle] else { throw .EBADF }
    return open
  }

  /// A transfer is not longer than was agreed on. No protocol text names the error.
  private func check(_ size: UInt32) throws(Errno) {
    if size > max(session?.maxWrite ?? 0, UInt32(pageSize)) { throw .EINVAL }
  }
}
