/// `fuse_file_read_iter()`, with `generic_file_read_iter()`: a read of a file, by the way that the file and its flags
/// call for.
public struct FuseFileReadIter: KernelFunction {
  public enum Line: String, KernelLine {
    case checkConnection, chooseDax, updateAttributes, checkAttributes, chooseDirect, readPages, checkRead
    case writeBack, checkEnd, sendRead, takeData, copyOut, readRest
  }

  public static let id = FunctionID.fuseFileReadIter
  public var frame: Frame { .fuseFileReadIter(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let position: UInt64
  let iter: IovIter
  /// Bytes that are on their way to the caller.
  var data: [UInt8] = []
  /// How many bytes READ has asked for.
  var asked: UInt64 = 0
  /// Bytes that the caller has got.
  var done: UInt64 = 0
  var error: Errno?

  init(file: ProcessFiles.OpenFile, position: UInt64, iter: IovIter) {
    (self.file, self.position, self.iter) = (file, position, iter)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .checkConnection, .chooseDax, .updateAttributes, .checkAttributes, .chooseDirect, .readPages,
      .checkRead, .writeBack, .checkEnd, .sendRead, .takeData, .copyOut, .readRest,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .checkConnection:
      return try kernel.connections.read(object.connection, at: kernel.here).hasFailed ? .fail(.EIO) : .next
    case .chooseDax:
      return object.isDax
        ? .call(FuseDaxReadIter(inode: file.inode, position: position, iter: iter), then: .checkRead) : .next
    case .updateAttributes:
      let wanted: AttributeMask = kernel.release.has(.forgetsAllAttributes) ? .all : .size
      return object.mustAsk(for: wanted)
        ? .call(FuseDoGetattr(inode: file.inode, for: wanted)) : .jump(.chooseDirect)
    case .checkAttributes:
      return returned.errno.map { .fail($0) } ?? .next
    case .chooseDirect:
      return file.isDirect ? .jump(.writeBack) : .next
    case .readPages:
      return .call(FilemapRead(file: file, position: position, iter: iter))
    case .checkRead:
      return .done(returned)
    case .writeBack:
      if iter.count == 0 { return .done(.success) }
      let range = position..<position + iter.count
      return object.cache.dirty.firstPiece(in: range.touchedPages) == nil
        ? .next : .call(FuseWritepages(file: file, range: range))
    case .checkEnd:
      if let errno = try kernel.takeWriteError(of: file.inode) { return .fail(errno) }
      return position < object.size ? .next : .done(.success)
    case .sendRead:
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      asked = min(iter.count - done, session.largestTransfer(session.maxRead))
      if asked == 0 { return .jump(.readRest) }
      var read = FuseRead(
        handle: file.handle, offset: FileOffset(position + done), size: UInt32(clamping: asked))
      read.readFlags = 2
      return .call(FuseSimpleRequest(object.connection, object.node, .read(read)))
    case .takeData:
      guard case .reply(.data(let bytes)) = returned else {
        error = returned.errno ?? .EIO
        return .jump(.readRest)
      }
      data = bytes
      try kernel.changeInode(file.inode) { _ = $0.stale.insert(.access) }
      asked -= min(asked, UInt64(bytes.count))
      return .next
    case .copyOut:
      if case .signal = returned { return .done(done > 0 ? .int(Int64(clamping: done)) : .error(.EFAULT)) }
      while !data.isEmpty {
        if let missing = kernel.missingPage(iter, done, isStore: true) {
          return .call(missing, then: .copyOut)
        }
        guard let place = kernel.userPiece(iter, done, most: UInt64(data.count)) else { break }
        try kernel.writeProcess(place.address, Array(data.prefix(Int(place.length))))
        kernel.copyCounts.add(.directRead, place.length)
        data.removeFirst(Int(place.length))
        done += place.length
      }
      return asked > 0 || done == iter.count ? .next : .jump(.sendRead)
    case .readRest:
      if done == 0, let error { return .fail(error) }
      if done == iter.count || position + done >= object.size { return .done(.int(Int64(clamping: done))) }
      return .call(
        FilemapRead(file: file, position: position + done, iter: iter.dropping(done), before: done),
        then: .checkRead)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("fh", .number(file.handle.rawValue))
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("got", .number(UInt64(data.count)))
    visitor.field("missing", .number(asked))
    visitor.field("done", .number(done))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
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
    case .readPages: Note("Reads through the page cache.", calls: [.filemapRead])
    case .checkRead: Note("Hands the result on.")
    case .writeBack: Note("O_DIRECT: dirty pages of the piece are sent first.", calls: [.fuseWritepages])
    case .checkEnd: Note("Their errors end it. At or behind the end of the file nothing is sent.")
    case .sendRead: Note("O_DIRECT: sends READ.", calls: [.fuseSimpleRequest])
    case .takeData: Note("Takes what came. An error ends the direct part.")
    case .copyOut:
      Note(
        "Copies to the caller, and goes on until all is there or an answer was short.",
        why: "Where the memory is a mapping of a file, its page faults come here.", calls: [.access])
    case .readRest:
      Note(
        "What is missing up to the end of the file comes through the page cache.",
        why: "An error counts only if nothing came before it.", calls: [.filemapRead])
    }
  }
}
