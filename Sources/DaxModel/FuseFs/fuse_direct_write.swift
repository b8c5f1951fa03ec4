/// `fuse_dax_direct_write()`, `fuse_direct_io()`: a write that is sent to the server as it is.
public struct FuseDirectWrite: KernelFunction {
  public enum Line: String, KernelLine { case sendWrite, checkWrite, updateSize }

  public static let id = FunctionID.fuseDirectWrite
  public var frame: Frame { .fuseDirectWrite(Activation(self)) }

  let inode: Handle<FuseInode>
  let handle: FileHandle
  let position: UInt64
  let iter: IovIter
  /// `FUSE_WRITE_*` flags.
  var flags = FuseWrite.Flags(rawValue: 2)
  var done: UInt64 = 0
  var error: Errno?

  init(
    inode: Handle<FuseInode>, handle: FileHandle, position: UInt64, iter: IovIter,
    flags: FuseWrite.Flags = .lockOwner
  ) {
    (self.inode, self.handle, self.position, self.iter) = (inode, handle, position, iter)
    self.flags = flags
  }

  public static func lines(in release: KernelRelease) -> [Line] { [.sendWrite, .checkWrite, .updateSize] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .sendWrite:
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let bytes = min(iter.count - done, session.largestTransfer(session.maxWrite))
      if bytes == 0 { return .jump(.updateSize) }
      var data: [UInt8] = []
      while UInt64(data.count) < bytes, let place = iter.place(done + UInt64(data.count)) {
        data += try kernel.readProcess(place.address, min(bytes - UInt64(data.count), place.length))
      }
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .write(
            FuseWrite(handle: handle, offset: FileOffset(position + done), data: data, writeFlags: flags))))
    case .checkWrite:
      guard case .reply(.written(let count)) = returned else {
        error = returned.errno ?? .EIO
        return .next
      }
      done += UInt64(count)
      kernel.copyCounts.add(.serverWrite, UInt64(count))
      return done < iter.count && count > 0 ? .jump(.sendWrite) : .next
    case .updateSize:
      let end = position + done
      if done > 0 {
        try kernel.changeInode(inode) { inode in
          inode.size = max(inode.size, end)
          inode.isFresh = false
        }
      }
      return .done(done > 0 || error == nil ? .int(Int64(clamping: done)) : .error(error ?? .EIO))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("done", .number(done))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension FuseConnection {
  /// The most bytes of one request: what the server takes, and what fits into a queue of 128 entries.
  func largestTransfer(_ limit: UInt32) -> UInt64 { min(UInt64(limit), UInt64(128 - 4) * pageSize) }
}

extension FuseDirectWrite.Line {
  public var note: Note {
    switch self {
    case .sendWrite:
      Note("Sends WRITE with as many bytes as fit into a request.", calls: [.fuseSimpleRequest])
    case .checkWrite: Note("Goes on until all is written, an error comes, or the server has taken nothing.")
    case .updateSize: Note("The file is longer now, and what is known of it is stale.")
    }
  }
}
