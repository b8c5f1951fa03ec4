/// `fuse_dax_direct_write()`, `fuse_direct_io()`: a write that is sent to the server as it is.
public struct FuseDirectWrite: KernelFunction {
  public enum Line: String, KernelLine { case getPages, sendWrite, checkWrite, updateSize }

  public static let id = FunctionID.fuseDirectWrite
  public var frame: Frame { .fuseDirectWrite(Activation(self)) }

  let inode: Handle<FuseInode>
  let handle: FileHandle
  let position: UInt64
  let iter: IovIter
  /// The bytes of the next request.
  var data: [UInt8] = []
  var done: UInt64 = 0
  var error: Errno?

  init(inode: Handle<FuseInode>, handle: FileHandle, position: UInt64, iter: IovIter) {
    (self.inode, self.handle, self.position, self.iter) = (inode, handle, position, iter)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.getPages, .sendWrite, .checkWrite, .updateSize]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .getPages:
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      let bytes = min(iter.count - done, session.largestTransfer(session.maxWrite))
      if case .signal = returned {
        error = .EFAULT
      } else {
        while UInt64(data.count) < bytes {
          let used = done + UInt64(data.count)
          if let missing = kernel.missingPage(iter, used, isStore: false) {
            return .call(missing, then: .getPages)
          }
          guard let place = kernel.userPiece(iter, used, most: bytes - UInt64(data.count)) else { break }
          data += try kernel.readProcess(place.address, place.length)
        }
      }
      return data.isEmpty ? .jump(.updateSize) : .next
    case .sendWrite:
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .write(
            FuseWrite(
              handle: handle, offset: FileOffset(position + done), data: data, writeFlags: .lockOwner))))
    case .checkWrite:
      guard case .reply(.written(let count)) = returned else {
        error = returned.errno ?? .EIO
        return .next
      }
      done += UInt64(count)
      kernel.copyCounts.add(.serverWrite, UInt64(count))
      data = []
      return done < iter.count && count > 0 && error == nil ? .jump(.getPages) : .next
    case .updateSize:
      let end = position + done
      if done > 0 { try kernel.changeInode(inode) { $0.size = max($0.size, end) } }
      try kernel.invalidateAttributes(.modifiedSize, of: inode)
      return .done(done > 0 || error == nil ? .int(Int64(clamping: done)) : .error(error ?? .EIO))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("got", .number(UInt64(data.count)))
    visitor.field("done", .number(done))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension FuseConnection {
  /// The most bytes of one request: what the server takes, and what fits into the queue.
  func largestTransfer(_ limit: UInt32) -> UInt64 { min(UInt64(limit), maxPages * pageSize) }

  /// The most pages of one request.
  var pagesOfRequest: UInt64 { min(maxPages, UInt64(maxRead) / pageSize) }
}

extension FuseDirectWrite.Line {
  public var note: Note {
    switch self {
    case .getPages:
      Note(
        "Gets the caller's memory, as many bytes as fit into a request.",
        why: "Where it is a mapping of a file, its page faults come here; bad memory ends the write.",
        calls: [.access])
    case .sendWrite: Note("Sends WRITE with these bytes.", calls: [.fuseSimpleRequest])
    case .checkWrite: Note("Goes on until all is written, an error comes, or the server has taken nothing.")
    case .updateSize: Note("The file is longer now, and what is known of it is stale.")
    }
  }
}
