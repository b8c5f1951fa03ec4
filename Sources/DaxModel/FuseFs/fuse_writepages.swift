/// `fuse_writepages()`: dirty pages of a file without DAX go to the server.
public struct FuseWritepages: KernelFunction {
  public enum Line: String, KernelLine { case sendWrite, checkWrite }

  public static let id = FunctionID.fuseWritepages
  public var frame: Frame { .fuseWritepages(Activation(self)) }

  let file: ProcessFiles.OpenFile
  var piece: Range<UInt64> = 0..<0

  init(file: ProcessFiles.OpenFile) { self.file = file }

  public static func lines(in release: KernelRelease) -> [Line] { [.sendWrite, .checkWrite] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .sendWrite:
      guard let first = object.cache.dirty.ranges.first else { return .done(.success) }
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let end = min(
        first.upperBound, first.lowerBound + session.largestTransfer(session.maxWrite), object.size)
      piece = first.lowerBound..<max(end, first.lowerBound)
      if piece.isEmpty {
        try kernel.changeInode(file.inode) { $0.cache.dirty.remove(first) }
        return .jump(.sendWrite)
      }
      let data = object.cache.memory.bytes(at: piece.lowerBound, count: piece.count)
      let writer = file.flags.canWrite ? file : kernel.process.writer(of: file.inode) ?? file
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .write(
            FuseWrite(
              handle: writer.handle, offset: FileOffset(piece.lowerBound), data: data, writeFlags: .cache))))
    case .checkWrite:
      if let errno = returned.errno { return .fail(errno) }
      kernel.copyCounts.add(.serverWrite, UInt64(piece.count))
      let end = (piece.upperBound + pageSize - 1) & ~(pageSize - 1)
      let sent = piece.lowerBound..<end
      try kernel.changeInode(file.inode) { $0.cache.dirty.remove(sent) }
      try kernel.invalidateAttributes(.modification, of: file.inode)
      return .jump(.sendWrite)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("start", .number(piece.lowerBound))
    visitor.field("end", .number(piece.upperBound))
  }
}

extension FuseWritepages.Line {
  public var note: Note {
    switch self {
    case .sendWrite:
      Note(
        "Sends the next dirty pages, marked as coming from the cache.",
        why: "Through any open file that can be written to.", calls: [.fuseSimpleRequest])
    case .checkWrite: Note("They are clean; goes on until none is dirty.")
    }
  }
}
