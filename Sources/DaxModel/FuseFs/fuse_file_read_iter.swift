/// `fuse_file_read_iter()`: a read of a file, by the way that the file and its flags call for.
public struct FuseFileReadIter: KernelFunction {
  public enum Line: String, KernelLine {
    case checkConnection, chooseDax, updateAttributes, checkAttributes, chooseDirect, checkPages, checkRead,
      copyPages
    case writeBack, sendRead, takeData, copyOut
  }

  public static let id = FunctionID.fuseFileReadIter
  public var frame: Frame { .fuseFileReadIter(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let position: UInt64
  let iter: IovIter
  /// Bytes that are on their way to the caller.
  var data: [UInt8] = []
  /// Bytes that the caller has got.
  var done: UInt64 = 0

  init(file: ProcessFiles.OpenFile, position: UInt64, iter: IovIter) {
    (self.file, self.position, self.iter) = (file, position, iter)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .checkConnection, .chooseDax, .updateAttributes, .checkAttributes, .chooseDirect, .checkPages,
      .checkRead,
      .copyPages, .writeBack, .sendRead, .takeData, .copyOut,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let isDax = try kernel.inodes.read(file.inode, at: kernel.here).isDax
    switch line {
    case .checkConnection:
      let connection = try kernel.inodes.read(file.inode, at: kernel.here).connection
      return try kernel.connections.read(connection, at: kernel.here).hasFailed ? .fail(.EIO) : .next
    case .chooseDax:
      return isDax
        ? .call(FuseDaxReadIter(inode: file.inode, position: position, iter: iter), then: .checkRead) : .next
    case .updateAttributes:
      let wanted: AttributeMask = kernel.release.has(.forgetsAllAttributes) ? .all : .size
      return try kernel.inodes.read(file.inode, at: kernel.here).mustAsk(for: wanted)
        ? .call(FuseDoGetattr(inode: file.inode, for: wanted)) : .jump(.chooseDirect)
    case .checkAttributes:
      return returned.errno.map { .fail($0) } ?? .next
    case .chooseDirect:
      return file.isDirect ? .jump(.writeBack) : .next
    case .checkPages:
      return try readahead(file, kernel.inodes.read(file.inode, at: kernel.here), in: &kernel)
    case .checkRead:
      if isDax { return .done(returned) }
      return returned.errno.map { .fail($0) } ?? .next
    case .copyPages:
      let object = try kernel.inodes.read(file.inode, at: kernel.here)
      let bytes = min(iter.count, object.size > position ? object.size - position : 0)
      data = object.cache.memory.bytes(at: position, count: Int(clamping: bytes))
      kernel.process.noteRead(file, upTo: position + bytes)
      return .jump(.copyOut)
    case .writeBack:
      let isClean = try kernel.inodes.read(file.inode, at: kernel.here).cache.dirty.isEmpty
      return isClean || iter.count == 0 ? .next : .call(FuseWritepages(file: file))
    case .sendRead:
      if let errno = returned.errno, done == 0 { return .fail(errno) }
      let object = try kernel.inodes.read(file.inode, at: kernel.here)
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let bytes = min(iter.count - done, session.largestTransfer(session.maxRead))
      if bytes == 0 { return .done(.int(Int64(clamping: done))) }
      var read = FuseRead(
        handle: file.handle, offset: FileOffset(position + done), size: UInt32(clamping: bytes))
      read.readFlags = 2
      return .call(FuseSimpleRequest(object.connection, object.node, .read(read)))
    case .takeData:
      guard case .reply(.data(let bytes)) = returned else {
        return .done(done > 0 ? .int(Int64(clamping: done)) : .error(returned.errno ?? .EIO))
      }
      data = bytes
      return .next
    case .copyOut:
      return try copyOut(returned, goesOn: file.isDirect, in: &kernel)
    }
  }

  /// Copies what has come into the caller's memory, page by page where that is a mapping of a file.
  private mutating func copyOut(
    _ returned: Value, goesOn: Bool, in kernel: inout Kernel
  ) throws(Oops) -> Flow<Line> {
    if case .signal = returned { return .done(done > 0 ? .int(Int64(clamping: done)) : .error(.EFAULT)) }
    let isEnd = data.isEmpty
    while !data.isEmpty {
      if let missing = kernel.missingPage(iter, done, isStore: true) { return .call(missing, then: .copyOut) }
      guard let place = kernel.userPiece(iter, done, most: UInt64(data.count)) else { break }
      try kernel.writeProcess(place.address, Array(data.prefix(Int(place.length))))
      kernel.copyCounts.add(goesOn ? .directRead : .pageRead, place.length)
      data.removeFirst(Int(place.length))
      done += place.length
    }
    return isEnd || done == iter.count || !goesOn ? .done(.int(Int64(clamping: done))) : .jump(.sendRead)
  }

  /// Pages that are not there are read, and some more behind them if the file is read from the start or on and on.
  private func readahead(
    _ file: ProcessFiles.OpenFile, _ object: FuseInode, in kernel: inout Kernel
  ) throws(Oops) -> Flow<Line> {
    guard position < object.size, iter.count > 0 else { return .done(.int(0)) }
    let end = min(position + iter.count, object.size)
    let pages = (position & ~(pageSize - 1))..<(end + pageSize - 1) & ~(pageSize - 1)
    var missing = ByteRanges(pages)
    for range in object.cache.present.ranges { missing.remove(range) }
    guard let first = missing.ranges.first?.lowerBound else { return .jump(.copyPages) }
    let page = first >> pageShift
    let count = (pages.upperBound - first) >> pageShift
    let previous = file.readPosition >> pageShift
    let isSequential = page == 0 || (page >= previous && page - previous <= 1)
    let size = isSequential ? FuseFileReadIter.firstReadahead(count) : count
    return .call(
      FuseReadahead(
        inode: file.inode, handle: file.handle,
        wanted: first..<max(first + size << pageShift, pages.upperBound)))
  }

  /// `get_init_ra_size()`: pages of the first readahead, for a request of so many.
  private static func firstReadahead(_ pages: UInt64) -> UInt64 {
    let most: UInt64 = 32
    var size: UInt64 = 1
    while size < pages { size <<= 1 }
    return size <= most / 32 ? size * 4 : size <= most / 4 ? size * 2 : most
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("fh", .number(file.handle.rawValue))
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("got", .number(UInt64(data.count)))
    visitor.field("done", .number(done))
  }
}

extension ProcessFiles {
  mutating func noteRead(_ file: OpenFile, upTo position: UInt64) {
    for index in files.indices where files[index]?.id == file.id { files[index]?.readPosition = position }
  }
}

extension FuseFileReadIter.Line {
  public var note: Note {
    switch self {
    case .checkConnection: Note("A session that never began cannot be read from.")
    case .chooseDax:
      Note("A file with DAX is read through the window, whatever O_DIRECT says.", calls: [.fuseDaxReadIter])
    case .updateAttributes:
      Note(
        "Asks how long the file is and whether it has changed, if that is not known.", calls: [.fuseDoGetattr]
      )
    case .checkAttributes: Note("An error ends it.")
    case .chooseDirect: Note("With O_DIRECT the server is asked for just these bytes.")
    case .checkPages:
      Note(
        "Reads the pages that are not there into the page cache, and some behind them.",
        why: "A read from the start, or one that goes on where the last ended, reads four times as much.",
        calls: [.fuseReadahead])
    case .checkRead: Note("Hands the result on.")
    case .copyPages: Note("Takes the bytes from the page cache.")
    case .writeBack: Note("O_DIRECT: dirty pages are sent first.", calls: [.fuseWritepages])
    case .sendRead: Note("O_DIRECT: sends READ.", calls: [.fuseSimpleRequest])
    case .takeData: Note("Takes what came; an error counts only if nothing came before it.")
    case .copyOut:
      Note(
        "Copies to the caller; with O_DIRECT goes on until all is there or the file ends.",
        why: "Where the memory is a mapping of a file, its page faults come here.", calls: [.access])
    }
  }
}
