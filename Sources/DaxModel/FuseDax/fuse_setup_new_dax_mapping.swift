/// `fuse_setup_new_dax_mapping()`: takes a range and maps a piece of a file there.
public struct FuseSetupNewDaxMapping: KernelFunction {
  public enum Line: String, KernelLine {
    case allocateForFault, allocate, checkRange, lockTree, findAgain, setupMapping, checkSetup, unlockTree
  }

  public static let id = FunctionID.fuseSetupNewDaxMapping
  public var frame: Frame { .fuseSetupNewDaxMapping(Activation(self)) }

  let inode: Handle<FuseInode>
  let position: UInt64
  let length: UInt64
  let isWrite: Bool
  let isFault: Bool
  var range: Int?
  var error: Errno?

  init(inode: Handle<FuseInode>, position: UInt64, length: UInt64, isWrite: Bool, isFault: Bool) {
    (self.inode, self.position, self.length) = (inode, position, length)
    (self.isWrite, self.isFault) = (isWrite, isFault)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .allocateForFault, .allocate, .checkRange, .lockTree, .findAgain, .setupMapping, .checkSetup,
      .unlockTree,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let connection = try kernel.inodes.read(inode, at: kernel.here).connection
    let index = position / FuseConnDax.rangeSize
    switch line {
    case .allocateForFault:
      let waitsOutside = isFault || !isWrite && kernel.release.has(.readsWaitForRange)
      return waitsOutside ? .call(AllocDaxMapping(connection), then: .checkRange) : .next
    case .allocate:
      return .call(AllocDaxMappingReclaim(inode: inode))
    case .checkRange:
      guard case .range(let given) = returned else {
        let hasNone = returned.errno == .EAGAIN && kernel.release.has(.readsWaitForRange)
        return .fail(hasNone ? .ENOSPC : returned.errno ?? .EAGAIN)
      }
      range = given
      return .next
    case .lockTree:
      return kernel.lock(.daxTree(inode))
    case .findAgain:
      guard let taken = range, let other = try kernel.inodes.read(inode, at: kernel.here).range(of: index)
      else {
        return .next
      }
      try kernel.addToPool(taken, of: connection)
      range = other
      return .jump(.unlockTree)
    case .setupMapping:
      return .call(
        FuseSetupOneMapping(
          inode: inode, index: index, range: range ?? 0,
          isWritable: isWrite || kernel.release.has(.mapsForWritingAlways), isUpgrade: false))
    case .checkSetup:
      error = returned.errno
      if error != nil, let range { try kernel.addToPool(range, of: connection) }
      return .next
    case .unlockTree:
      kernel.unlock(.daxTree(inode))
      if let error { return .fail(error) }
      guard let range else { return .fail(.EIO) }
      try kernel.changeDax(connection) { $0.ranges[range].references += 1 }
      let object = try kernel.inodes.read(inode, at: kernel.here)
      return .done(.iomap(Iomap(position, length, of: object.size, range, isFault: isFault)))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("writable", .flag(isWrite))
    visitor.field("alloc_dmap", range.map { .number(UInt64($0)) } ?? .none)
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension FuseSetupNewDaxMapping.Line {
  public var note: Note {
    switch self {
    case .allocateForFault:
      Note(
        "A page fault takes a free range or none.",
        why:
          "It holds the invalidate lock, so it cannot wait here: -EAGAIN, in the reviewed series -ENOSPC, makes it let go and try "
          + "again. A read of that series does the same.",
        calls: [.allocDaxMapping])
    case .allocate:
      Note(
        "A read or a write takes a free range, takes one of the same file away, or waits.",
        calls: [.allocDaxMappingReclaim])
    case .checkRange: Note("Without a range hands the error on.")
    case .lockTree: Note("Takes the tree for itself.")
    case .findAgain:
      Note(
        "Looks again: if somebody else has mapped the piece meanwhile, uses theirs and gives the range back.",
        why:
          "Whether theirs is writable is not looked at: a write may get a range that is mapped for reading.")
    case .setupMapping: Note("Maps the piece.", calls: [.fuseSetupOneMapping])
    case .checkSetup: Note("On an error the range goes to the tail of the free list.")
    case .unlockTree: Note("Drops the tree; counts the range and answers.")
    }
  }
}
