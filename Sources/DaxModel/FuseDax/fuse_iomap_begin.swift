/// `fuse_iomap_begin()`: where in the window a piece of a file is; maps it first if it is nowhere.
public struct FuseIomapBegin: KernelFunction {
  public enum Line: String, KernelLine { case lockTree, findRange, upgrade, setupNew, returnResult }

  public static let id = FunctionID.fuseIomapBegin
  public var frame: Frame { .fuseIomapBegin(Activation(self)) }

  let inode: Handle<FuseInode>
  let position: UInt64
  let length: UInt64
  let isWrite: Bool
  let isFault: Bool

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockTree, .findRange, .upgrade, .setupNew, .returnResult]
  }

  private var index: UInt64 { position / FuseConnDax.rangeSize }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockTree:
      return kernel.lockShared(.daxTree(inode))
    case .findRange:
      return try findRange(in: &kernel)
    case .upgrade:
      return .call(
        FuseUpgradeDaxMapping(inode: inode, position: position, length: length, isFault: isFault),
        then: .returnResult)
    case .setupNew:
      return .call(
        FuseSetupNewDaxMapping(
          inode: inode, position: position, length: length, isWrite: isWrite, isFault: isFault),
        then: .returnResult)
    case .returnResult:
      return .done(returned)
    }
  }

  private func findRange(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    let size = try kernel.inodes.read(inode, at: kernel.here).size
    defer { kernel.unlock(.daxTree(inode)) }
    if let range = try kernel.inodes.read(inode, at: kernel.here).range(of: index) {
      var isWritable = false
      try kernel.changeDax(kernel.inodes.read(inode, at: kernel.here).connection) { dax in
        dax.ranges[range].references += 1
        isWritable = dax.ranges[range].isWritable
      }
      if isWrite, !isWritable { return .jump(.upgrade) }
      return .done(.iomap(Iomap(position, length, of: size, range, isFault: isFault)))
    }
    if position >= size { return .done(.iomap(Iomap(offset: position, length: length))) }
    return .jump(.setupNew)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("length", .number(length))
    visitor.field("write", .flag(isWrite))
    visitor.field("fault", .flag(isFault))
  }
}

extension Iomap {
  /// `fuse_fill_iomap()`: the part of a range that was asked for, up to the end of the file, which is `fileSize` bytes
  /// long. The caller has counted the range.
  init(_ position: UInt64, _ length: UInt64, of fileSize: UInt64, _ range: Int, isFault: Bool) {
    let size = FuseConnDax.rangeSize
    let inRange = position % size
    var bytes = min(length, size - inRange, fileSize > position ? fileSize - position : 0)
    self.init(offset: position, length: length, windowOffset: nil, range: range)
    if bytes == 0 { return }
    if isFault { bytes = (bytes + pageSize - 1) & ~(pageSize - 1) }
    (self.length, windowOffset) = (bytes, UInt64(range) * size + inRange)
  }
}

extension FuseIomapBegin.Line {
  public var note: Note {
    switch self {
    case .lockTree: Note("Takes the tree of ranges, to be shared.")
    case .findRange:
      Note(
        "Looks the piece of 2 MiB up. If it is there and good enough, counts it and answers; past the end there is a hole.",
        why: "A range that is counted is not taken away. Its length is cut at the end of the file.")
    case .upgrade:
      Note(
        "It is mapped for reading, and somebody writes: maps it for writing too.",
        calls: [.fuseUpgradeDaxMapping])
    case .setupNew: Note("It is nowhere: maps it.", calls: [.fuseSetupNewDaxMapping])
    case .returnResult: Note("Hands the answer on.")
    }
  }
}
