/// `dax_iomap_iter()`: moves the bytes of one piece between the window and memory.
public struct DaxIomapIter: KernelFunction {
  public enum Line: String, KernelLine {
    case checkExtent, lock, directAccess, checkAccess, faultIn, copy, checkCopied, unlock
  }

  public static let id = FunctionID.daxIomapIter
  public var frame: Frame { .daxIomapIter(Activation(self)) }

  let inode: Handle<FuseInode>
  let iomap: Iomap
  let position: UInt64
  let iter: IovIter
  /// Bytes of the iterator that are used up.
  let before: UInt64
  let isWrite: Bool
  /// Bytes to move.
  var length: UInt64 = 0
  var side = 0
  /// The first byte of the page in which the piece begins.
  var address = KernelAddress.null
  /// Bytes that were moved.
  var moved: UInt64 = 0
  var error: Errno?

  init(
    inode: Handle<FuseInode>, iomap: Iomap, position: UInt64, iter: IovIter, done: UInt64, isWrite: Bool
  ) {
    (self.inode, self.iomap, self.position, self.iter) = (inode, iomap, position, iter)
    (before, self.isWrite) = (done, isWrite)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkExtent, .lock, .directAccess, .checkAccess, .faultIn, .copy, .checkCopied, .unlock]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkExtent:
      return try checkExtent(in: kernel)
    case .lock:
      side = kernel.srcu.lock()
      return .next
    case .directAccess:
      let connection = try kernel.inodes.read(inode, at: kernel.here).connection
      let daxDevice = try kernel.connections.read(connection, at: kernel.here).dax?.daxDevice
      let start = iomap.windowOffset ?? 0
      let pages = ((start & (pageSize - 1)) + length + pageSize - 1) >> pageShift
      return .call(
        DaxDirectAccess(
          daxDevice: daxDevice, offset: PageOffset(start >> pageShift), pages: Int64(clamping: pages),
          outputs: .address))
    case .checkAccess:
      if let errno = returned.errno {
        error = errno
        return .jump(.unlock)
      }
      if case .access(let access) = returned { address = access.address ?? .null }
      return .next
    case .faultIn:
      return try faultIn(returned, in: &kernel)
    case .copy:
      return try copy(in: kernel)
    case .checkCopied:
      // A page that somebody has taken away meanwhile is faulted in again.
      if returned == .int(0), kernel.missingPage(iter, before + moved, isStore: !isWrite) != nil {
        return .jump(.faultIn)
      }
      guard case .int(let count) = returned, count > 0 else {
        error = returned.errno ?? .EFAULT
        return .next
      }
      moved += UInt64(count)
      return moved < length ? .jump(.faultIn) : .next
    case .unlock:
      kernel.srcu.unlock(side)
      if moved == 0, error == nil { error = .EFAULT }
      return .done(moved > 0 ? .int(Int64(clamping: moved)) : .error(error ?? .EFAULT))
    }
  }

  /// A read ends at the end of the file, and a hole reads as zeros.
  private mutating func checkExtent(in kernel: Kernel) throws(Oops) -> Flow<Line> {
    let size = try kernel.inodes.read(inode, at: kernel.here).size
    length = min(iomap.length, iter.count - before)
    if !isWrite {
      guard position < size else { return .done(.int(0)) }
      length = min(length, size - position)
    }
    if iomap.windowOffset == nil { return .done(isWrite ? .error(.EIO) : .int(0)) }
    return length == 0 ? .done(.int(0)) : .next
  }

  /// Memory of the caller that is itself a mapping of a file must be there: its page fault happens inside the copy.
  private mutating func faultIn(_ returned: Value, in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    if case .signal = returned {
      error = .EFAULT
      return .jump(.unlock)
    }
    guard let missing = kernel.missingPage(iter, before + moved, isStore: !isWrite) else { return .next }
    return .call(missing, then: .faultIn)
  }

  /// A piece that lies in a row on both sides.
  private mutating func copy(in kernel: Kernel) throws(Oops) -> Flow<Line> {
    guard let place = kernel.userPiece(iter, before + moved, most: length - moved) else {
      length = moved
      return .jump(.unlock)
    }
    let bytes = place.length
    let connection = try kernel.inodes.read(inode, at: kernel.here).connection
    let start = iomap.windowOffset ?? 0
    let whole = iter.segments.count == 1 && before + moved == 0 && iter.count == bytes
    var copy = WindowCopy(
      daxDevice: try kernel.connections.read(connection, at: kernel.here).dax?.daxDevice,
      direction: isWrite ? .fromIter : .toIter, offset: start + moved, length: bytes,
      iter: whole
        ? iter : IovIter([.init(address: place.address, length: bytes)], absentPage: iter.absentPage),
      engine: nil, host: try kernel.connections.read(connection, at: kernel.here).device)
    copy.address = address.advanced(by: ByteCount((copy.page.rawValue - start >> pageShift) << pageShift))
    return isWrite ? .call(DaxCopyFromIter(copy: copy)) : .call(DaxCopyToIter(copy: copy))
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("iomap", .text("\(iomap)"))
    visitor.field("pos", .number(position))
    visitor.field("length", .number(length))
    visitor.field("done", .number(moved))
    visitor.field("id", .number(UInt64(side)))
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension IovIter {
  /// What is left behind so many bytes.
  func dropping(_ count: UInt64) -> IovIter {
    var rest = count
    var left: [Segment] = []
    for segment in segments {
      let skipped = min(rest, segment.length)
      rest -= skipped
      if skipped < segment.length {
        left.append(Segment(address: segment.address &+ skipped, length: segment.length - skipped))
      }
    }
    return IovIter(left)
  }

  /// The address of a byte, and how many follow it in its segment.
  @inline(__always)
  func place(_ offset: UInt64) -> (address: UInt64, length: UInt64)? {
    var rest = offset
    for segment in segments {
      if rest < segment.length { return (segment.address &+ rest, segment.length - rest) }
      rest -= segment.length
    }
    return nil
  }
}

extension DaxIomapIter.Line {
  public var note: Note {
    switch self {
    case .checkExtent:
      Note(
        "A read ends at the end of the file; a hole reads as zeros, and cannot be written to (-EIO).",
        why: "How long the file is, is what the kernel knows, not what the host knows.")
    case .lock: Note("dax_read_lock(): as long as it is held, kill_dax() waits.")
    case .directAccess: Note("Asks for the address of the piece.", calls: [.daxDirectAccess])
    case .checkAccess: Note("An error ends the piece: -ENXIO from a device that was killed.")
    case .faultIn:
      Note(
        "Where the other side of the copy is a mapping of a file, its page fault comes first.",
        why:
          "It happens inside the copy, with the inode lock held and the range in use: with one range it never ends.",
        calls: [.access])
    case .copy:
      Note(
        "Copies the bytes.",
        why: "The reviewer's remark (3): whoever copies here takes the window for memory.",
        calls: [.daxCopyToIter, .daxCopyFromIter])
    case .checkCopied:
      Note("Nothing copied is -EFAULT; goes on until the piece is copied.")
    case .unlock: Note("dax_read_unlock(). Nothing copied is -EFAULT.")
    }
  }
}
