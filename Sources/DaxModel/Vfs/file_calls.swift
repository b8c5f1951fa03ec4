/// System calls that hand an open file, a mapping or a name to one function of the file system.
public struct FileCall: KernelFunction {
  public enum Line: String, KernelLine {
    case findFile, walk, checkWalk, checkLookup, checkPermission, checkAccess, callFile, checkCall,
      evict, returnResult
  }

  public static let id = FunctionID.fileCall
  public var frame: Frame { .fileCall(Activation(self)) }

  let connection: Handle<FuseConnection>?
  let call: SystemCall
  var file: ProcessFiles.OpenFile?
  /// What `copy_file_range()` writes to.
  var target: ProcessFiles.OpenFile?
  /// Open files that it holds from the first line to the last.
  var heldFiles: [ProcessFiles.OpenFile] = []
  var held = HeldPath()
  var parent: Handle<FuseInode>?
  var inode: Handle<FuseInode>?
  var result = Value.success
  /// How far `msync` has come, in the mapping.
  var reached: UInt64 = 0
  /// Whether it has come over something that is not mapped.
  var missed = false

  init(connection: Handle<FuseConnection>?, call: SystemCall) {
    (self.connection, self.call) = (connection, call)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .findFile, .walk, .checkWalk, .checkLookup, .checkPermission, .checkAccess, .callFile, .checkCall,
      .evict, .returnResult,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let flow = try advance(line, in: &kernel, returned: returned)
    guard case .done(let value) = flow else { return flow }
    result = value
    while let file = heldFiles.popLast() {
      guard kernel.process.put(file) else { continue }
      return .call(FuseReleaseFile(file: file, isClose: false), then: .returnResult)
    }
    if let going = try kernel.putPath(&held) {
      return .call(FuseEvictInode(inode: going), then: .returnResult)
    }
    if line == .returnResult, path != nil, let inode, kernel.inodes.peek(inode)?.isFreeing == false {
      try kernel.noteIdle(inode)
    }
    return flow
  }

  private mutating func advance(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .findFile: return findFile(in: &kernel)
    case .walk:
      guard let path, try kernel.enterMount(connection, &held) else { return .fail(.ENOENT) }
      return .call(LinkPathWalk(connection, path, stopsAtParent: removedName != nil))
    case .checkWalk:
      guard case .inode(let found) = returned else { return .fail(returned.errno ?? .ENOENT) }
      inode = found
      if case .unlink = call {
        held.parent = found
        guard let name = removedName else { return .fail(.EISDIR) }
        parent = found
        return .call(FuseLookup(parent: found, name: name))
      }
      held.inode = found
      return .jump(.checkPermission)
    case .checkLookup:
      guard case .inode(let found) = returned else { return .fail(returned.errno ?? .ENOENT) }
      (inode, held.inode) = (found, found)
      let isDirectory = try kernel.inodes.read(found, at: kernel.here).isDirectory
      return isDirectory ? .fail(.EISDIR) : .jump(.checkAccess)
    case .checkPermission:
      guard case .truncate = call, let inode else { return .jump(.callFile) }
      let isDirectory = try kernel.inodes.read(inode, at: kernel.here).isDirectory
      return isDirectory ? .fail(.EISDIR) : .call(FusePermission(inode: inode))
    case .checkAccess:
      if case .truncate = call, let errno = returned.errno { return .fail(errno) }
      return .next
    case .callFile: return try callFile(in: &kernel)
    case .checkCall: return try checkCall(returned, in: &kernel)
    case .evict:
      guard case .dropCaches(let level) = call, level & 2 != 0 else {
        guard case .unlink = call, let going = try kernel.putPath(&held) else { return .next }
        return .call(FuseEvictInode(inode: going), then: .returnResult)
      }
      for connection in kernel.connections.handles {
        guard let idle = try kernel.leaf(of: connection, where: { $0.users <= 0 && !$0.isFreeing }) else {
          continue
        }
        try kernel.markFreeing(idle)
        return .call(FuseEvictInode(inode: idle), then: .evict)
      }
      return .next
    case .returnResult:
      return .done(result)
    }
  }

  /// The path that the call is about, if it is about one.
  private var path: FileName? {
    switch call {
    case .truncate(let path, _), .stat(let path), .unlink(let path): FileName(path)
    default: nil
    }
  }

  /// The name that `unlink` takes away.
  private var removedName: FileName? {
    if case .unlink = call { path?.lastName } else { nil }
  }

  private mutating func findFile(in kernel: inout Kernel) -> Flow<Line> {
    switch call {
    case .fsync(let descriptor, _), .ftruncate(let descriptor, _), .fallocate(let descriptor, _, _, _),
      .fstat(let descriptor), .copyFileRange(let descriptor, _, _, _, _),
      .lseek(let descriptor, _, _), .getdents(let descriptor, _):
      guard let found = kernel.process.get(descriptor) else { return .fail(.EBADF) }
      (file, inode) = (found, found.inode)
      heldFiles = [found]
      if case .copyFileRange(_, _, let other, _, _) = call, let found = kernel.process.get(other) {
        target = found
        heldFiles.append(found)
      }
      return .jump(.checkAccess)
    case .close(let descriptor):
      guard let found = kernel.process.take(descriptor) else { return .fail(.EBADF) }
      (file, inode) = (found, found.inode)
      return .jump(.checkAccess)
    case .msync(let mapping, let offset, let length, let flags):
      if !kernel.locks.isFree(.addressSpace, isShared: true) { return .wait(.sharedLock(.addressSpace)) }
      guard kernel.process.start(of: mapping) != nil else { return .fail(.ENOMEM) }
      if flags & ~7 != 0 || flags & 5 == 5 || offset % pageSize != 0 { return .fail(.EINVAL) }
      if length == 0 { return .done(.success) }
      reached = offset
      return .jump(.callFile)
    case .mprotect: return .jump(.callFile)
    case .dropCaches: return .jump(.callFile)
    default: return .next
    }
  }

  private mutating func callFile(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    switch call {
    case .fsync(_, let isDataOnly):
      guard let file else { return .fail(.EBADF) }
      return .call(FuseFsyncFile(file: file, isDataOnly: isDataOnly))
    case .msync(let mapping, let offset, let length, let flags):
      return synchronise(mapping, MapPiece(offset: offset, length: length), flags, in: &kernel)
    case .ftruncate(_, let size):
      guard let file else { return .fail(.EBADF) }
      guard file.flags.canWrite else { return .fail(.EINVAL) }
      return size > UInt64(Int64.max)
        ? .fail(.EINVAL) : .call(FuseDoSetattr(inode: file.inode, size: size, handle: file.handle))
    case .truncate(_, let size):
      guard let inode, size <= UInt64(Int64.max) else { return .fail(.EINVAL) }
      return .call(FuseDoSetattr(inode: inode, size: size, handle: nil))
    case .fallocate(_, let mode, let offset, let length):
      guard let file else { return .fail(.EBADF) }
      if let errno = refusal(ofMode: mode, offset, length, file) { return .fail(errno) }
      return .call(FuseFileFallocate(file: file, mode: mode, offset: offset, length: length))
    case .fstat, .stat:
      guard let inode else { return .fail(.EBADF) }
      return .call(FuseDoGetattr(inode: inode))
    case .close:
      guard let file else { return .fail(.EBADF) }
      return .call(FuseReleaseFile(file: file, isClose: true))
    case .unlink:
      guard let parent, let name = removedName else { return .fail(.ENOENT) }
      let directory = try kernel.inodes.read(parent, at: kernel.here)
      return .call(FuseSimpleRequest(directory.connection, directory.node, .unlink(name)))
    case .lseek(_, let offset, let whence):
      guard let file, [FuseLseek.data, FuseLseek.hole].contains(whence), offset <= UInt64(Int64.max) else {
        return .fail(.EINVAL)
      }
      return .call(FuseFileLlseek(file: file, offset: offset, whence: whence))
    case .getdents(_, let iter):
      guard let file, let inode, try kernel.inodes.read(inode, at: kernel.here).isDirectory else {
        return .fail(.ENOTDIR)
      }
      return .call(FuseReaddir(file: file, iter: iter))
    case .copyFileRange(_, let from, _, let to, let length):
      return try copyRange(from, to, length, in: kernel)
    case .mprotect(let mapping, let piece, let protection):
      if kernel.mustWait(for: .addressSpace) { return .wait(.lock(.addressSpace)) }
      if let errno = kernel.process.protect(mapping, piece, protection) { return .fail(errno) }
      return .jump(.returnResult)
    case .dropCaches(let level):
      if level & 1 != 0 { try dropPages(in: &kernel) }
      return .jump(.evict)
    default:
      return .fail(.ENOSYS)
    }
  }

  /// `msync()`: the areas of a part of a mapping, one after the other. What is not mapped is -ENOMEM after the rest.
  ///
  /// Only shared areas are sent: `do_mmap()` makes a shared mapping of a file that is open for reading a private one.
  private mutating func synchronise(
    _ mapping: MappingID, _ piece: MapPiece, _ flags: Int, in kernel: inout Kernel
  ) -> Flow<Line> {
    guard let pages = piece.pages else { return .fail(.ENOMEM) }
    while reached < pages.upperBound {
      let areas = kernel.process.areas(of: mapping, in: reached..<pages.upperBound)
      guard let area = areas.first.flatMap({ kernel.process.mapping($0) }) else {
        missed = true
        break
      }
      missed = missed || area.lead > reached
      let synced = area.range.clamped(to: reached..<pages.upperBound)
      let start = area.offset + (synced.lowerBound - area.lead)
      let range = start..<start + (synced.upperBound - synced.lowerBound)
      reached = area.range.upperBound
      if flags & 4 != 0, !area.isPrivate, area.file.flags.canWrite {
        kernel.process.hold(area.file)
        heldFiles.append(area.file)
        return .call(FuseFsyncFile(file: area.file, isDataOnly: true, range: range))
      }
    }
    return .done(missed ? .error(.ENOMEM) : .success)
  }

  /// `vfs_fallocate()`: what is refused before the file system is asked.
  private func refusal(
    ofMode mode: Int, _ offset: UInt64, _ length: UInt64, _ file: ProcessFiles.OpenFile
  ) -> Errno? {
    let (keepsSize, punches, collapses, zeroes, inserts, unshares) = (0x1, 0x2, 0x8, 0x10, 0x20, 0x40)
    let end = offset.addingReportingOverflow(length)
    if length == 0 || offset > UInt64(Int64.max) || length > UInt64(Int64.max) { return .EINVAL }
    if mode & ~0x7b != 0 { return .EOPNOTSUPP }
    if mode & punches != 0, mode & zeroes != 0 || mode & keepsSize == 0 { return .EOPNOTSUPP }
    if mode & collapses != 0 && mode != collapses || mode & inserts != 0 && mode != inserts { return .EINVAL }
    if mode & unshares != 0, mode & ~(unshares | keepsSize) != 0 { return .EINVAL }
    if !file.flags.canWrite { return .EBADF }
    return end.overflow || end.partialValue > UInt64(Int64.max) ? .EFBIG : nil
  }

  private func copyRange(
    _ from: UInt64, _ to: UInt64, _ length: UInt64, in kernel: Kernel
  ) throws(Oops) -> Flow<Line> {
    guard let file, let other = target, file.flags.canRead, other.flags.canWrite,
      !other.isAppending
    else { return .fail(.EBADF) }
    let source = try kernel.inodes.read(file.inode, at: kernel.here)
    // generic_copy_file_checks(): no further than the source goes, and not onto itself.
    let length = min(length, source.size > from ? source.size - from : 0)
    if file.inode == other.inode, to + length > from, to < from + length { return .fail(.EINVAL) }
    if length == 0 { return .done(.int(0)) }
    if try kernel.lacks(.copyFileRange, source.connection) { return .fail(.EOPNOTSUPP) }
    return .call(FuseCopyRange(from: file, from, to: other, to, length: length))
  }

  private func dropPages(in kernel: inout Kernel) throws(Oops) {
    for handle in kernel.inodes.handles {
      var unused = try kernel.inodes.read(handle, at: kernel.here).cache.present
      // Pages that are mapped or dirty stay.
      for area in kernel.process.mappings where area?.inode == handle {
        for run in area?.entries ?? [] { unused.remove(run.offset..<run.end) }
      }
      if unused.isEmpty { continue }
      try kernel.changeInode(handle) { inode in
        for pages in inode.cache.dirty.ranges { unused.remove(pages) }
        for pages in unused.ranges { inode.cache.drop(pages) }
      }
    }
  }

  private mutating func checkCall(_ returned: Value, in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    result = returned.errno.map { .error($0) } ?? .success
    if case .status = returned { result = returned }
    switch call {
    case .lseek, .getdents: result = returned
    case .copyFileRange: result = returned.errno == .ENOSYS ? .error(.EOPNOTSUPP) : returned
    case .msync:
      if result == .success { return .jump(.callFile) }
    default: break
    }
    if case .unlink = call, result == .success, let connection, let inode {
      try kernel.changeConnection(connection) { $0.dentries.removeAll { $0.inode == inode } }
      try kernel.changeInode(inode) { $0.isUnlinked = true }
      try kernel.invalidateAttributes(.modification, of: inode)
      if let parent { try kernel.invalidateAttributes(.all, of: parent) }
    }
    return .next
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("call", .text(call.name))
    visitor.field("dir", parent)
    visitor.field("inode", inode)
    visitor.field("result", .text("\(result)"))
  }
}

extension FileCall.Line {
  public var note: Note {
    switch self {
    case .findFile:
      Note(
        "Finds the open file or the mapping; -EBADF if there is none.",
        why: "The call holds the file from here on. close() takes the descriptor away first of all.")
    case .walk: Note("Finds the file by its path.", calls: [.linkPathWalk])
    case .checkWalk:
      Note("A name that is to be removed is looked for in its directory.", calls: [.fuseLookup])
    case .checkLookup: Note("A name that is not there ends it, and so does a directory.")
    case .checkPermission: Note("Whoever cuts a file must be allowed to.", calls: [.fusePermission])
    case .checkAccess: Note("Who may not do that gets an error.")
    case .callFile:
      Note(
        "Hands the call to the file system.",
        calls: [
          .fuseFsync, .fuseDoSetattr, .fuseFileFallocate, .fuseDoGetattr, .fuseRelease, .fuseSimpleRequest,
          .fuseFileLlseek, .fuseReaddir, .fuseCopyFileRange,
        ])
    case .checkCall: Note("Takes the result; a name that was removed stands for nothing any more.")
    case .evict: Note("Inodes that nobody uses and nobody finds leave memory.", calls: [.fuseEvictInode])
    case .returnResult:
      Note(
        "Lets go of the file, or of what the path has led to, and returns the result.",
        why: "Whoever lets go of it last releases the file, or evicts an inode without a name.",
        calls: [.fuseRelease, .fuseEvictInode])
    }
  }
}
