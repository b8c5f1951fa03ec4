/// `dax_iomap_rw()`: reads or writes a file through its DAX device, piece by piece.
public struct DaxIomapRw: KernelFunction {
  public enum Line: String, KernelLine { case checkLength, iomapBegin, checkBegin, iter, iomapEnd, advance }

  public static let id = FunctionID.daxIomapRw
  public var frame: Frame { .daxIomapRw(Activation(self)) }

  let inode: Handle<FuseInode>
  let isWrite: Bool
  let iter: IovIter
  /// Where in the file it goes on.
  var position: UInt64
  let length: UInt64
  var done: UInt64 = 0
  var iomap: Iomap?
  var error: Errno?
  /// What the last piece has moved.
  var moved: UInt64 = 0

  init(inode: Handle<FuseInode>, position: UInt64, _ iter: IovIter, isWrite: Bool) {
    (self.inode, self.position, self.iter, self.isWrite) = (inode, position, iter, isWrite)
    length = iter.count
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.zeroLengthReadLoops)
      ? [.iomapBegin, .checkBegin, .iter, .iomapEnd, .advance]
      : [.checkLength, .iomapBegin, .checkBegin, .iter, .iomapEnd, .advance]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkLength:
      return length == 0 ? .done(.success) : .next
    case .iomapBegin:
      return .call(
        FuseIomapBegin(
          inode: inode, position: position, length: length - done, isWrite: isWrite, isFault: false))
    case .checkBegin:
      guard case .iomap(let given) = returned else {
        error = returned.errno ?? .EIO
        return .jump(.advance)
      }
      iomap = given
      moved = 0
      return .next
    case .iter:
      guard let iomap else { return .next }
      return .call(
        DaxIomapIter(inode: inode, iomap: iomap, position: position, iter: iter, done: done, isWrite: isWrite)
      )
    case .iomapEnd:
      error = returned.errno
      if case .int(let bytes) = returned, bytes >= 0 { moved = UInt64(bytes) }
      let connection = try kernel.inodes.read(inode, at: kernel.here).connection
      try kernel.dropRange(iomap?.range, of: connection)
      return .next
    case .advance:
      done += moved
      position += moved
      if error != nil || moved == 0 && length > 0 || done == length && length > 0 {
        return .done(done > 0 || error == nil ? .int(Int64(clamping: done)) : .error(error ?? .EIO))
      }
      // Without the check of the length nothing ever moves and nothing ever ends it.
      moved = 0
      return length == 0 ? .wait(.emptyRead) : .jump(.iomapBegin)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("write", .flag(isWrite))
    visitor.field("pos", .number(position))
    visitor.field("len", .number(length))
    visitor.field("done", .number(done))
    visitor.field("iomap", iomap.map { .text("\($0)") } ?? .none)
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension DaxIomapRw.Line {
  public var note: Note {
    switch self {
    case .checkLength:
      Note(
        "Nothing to move is 0.", why: "Before 6.0 it was not asked, and a read of 0 bytes never came back.")
    case .iomapBegin: Note("Asks where the next piece is.", calls: [.fuseIomapBegin])
    case .checkBegin: Note("An error ends it; what has been moved before it counts.")
    case .iter: Note("Moves the bytes of the piece.", calls: [.daxIomapIter])
    case .iomapEnd: Note("fuse_iomap_end(): the range is not used any more.")
    case .advance:
      Note(
        "Goes on with the next piece until all is moved.",
        why: "The result is what was moved, or the first error if that is nothing.")
    }
  }
}
