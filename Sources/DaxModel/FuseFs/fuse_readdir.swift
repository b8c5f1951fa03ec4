/// `fuse_readdir()`: names of an open directory go into the process's buffer, as `getdents64()` wants them.
///
/// - Kernel: fs/fuse/readdir.c, `fuse_readdir_uncached()`; fs/readdir.c, `filldir64()`
public struct FuseReaddir: KernelFunction {
  public enum Line: String, KernelLine { case sendReaddir, emit }

  public static let id = FunctionID.fuseReaddir
  public var frame: Frame { .fuseReaddir(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let iter: IovIter

  public static func lines(in release: KernelRelease) -> [Line] { [.sendReaddir, .emit] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .sendReaddir:
      let page = FuseRead(
        handle: file.handle, offset: FileOffset(file.directoryOffset), size: UInt32(pageSize))
      return .call(FuseSimpleRequest(object.connection, object.node, .readdir(page)))
    case .emit:
      guard case .reply(.data(let bytes)) = returned else { return .fail(returned.errno ?? .EIO) }
      guard let entries = FuseDirent.list(decoding: bytes) else { return .fail(.EIO) }
      return try emit(entries, in: &kernel)
    }
  }

  /// As many as fit; the next call goes on behind them.
  private func emit(_ entries: [FuseDirent], in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    var writer = WireWriter(order: kernel.architecture.byteOrder)
    var offset: UInt64?
    for entry in entries {
      let length = (19 + entry.name.bytes.count + 1 + 7) & ~7
      if writer.bytes.count + length > iter.count { break }
      entry.writeForProcess(to: &writer, length: length)
      offset = entry.offset
    }
    guard let offset else { return entries.isEmpty ? .done(.int(0)) : .fail(.EINVAL) }
    try kernel.scatter(writer.bytes, into: iter, at: 0)
    kernel.process.setDirectoryOffset(file, offset)
    return .done(.int(Int64(writer.bytes.count)))
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("fh", .number(file.handle.rawValue))
    visitor.field("count", .number(iter.count))
  }
}

extension ProcessFiles {
  mutating func setDirectoryOffset(_ file: OpenFile, _ offset: UInt64) {
    for index in files.indices where files[index]?.id == file.id { files[index]?.directoryOffset = offset }
  }
}

extension FuseReaddir.Line {
  public var note: Note {
    switch self {
    case .sendReaddir:
      Note("Sends READDIR for a page of names, from where the last call ended.", calls: [.fuseSimpleRequest])
    case .emit:
      Note("Copies the names that fit into the buffer; 0 when there are no more.", failsWith: [.EINVAL])
    }
  }
}
