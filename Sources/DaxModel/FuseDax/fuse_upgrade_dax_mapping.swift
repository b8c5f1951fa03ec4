/// `fuse_upgrade_dax_mapping()`: makes a range writable that was mapped for reading, where it is.
public struct FuseUpgradeDaxMapping: KernelFunction {
  public enum Line: String, KernelLine { case lockTree, findAgain, setupMapping, checkSetup, unlockTree }

  public static let id = FunctionID.fuseUpgradeDaxMapping
  public var frame: Frame { .fuseUpgradeDaxMapping(Activation(self)) }

  let inode: Handle<FuseInode>
  let position: UInt64
  let length: UInt64
  let isFault: Bool
  var range: Int?
  var error: Errno?

  init(inode: Handle<FuseInode>, position: UInt64, length: UInt64, isFault: Bool) {
    (self.inode, self.position, self.length, self.isFault) = (inode, position, length, isFault)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockTree, .findAgain, .setupMapping, .checkSetup, .unlockTree]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let index = position / FuseConnDax.rangeSize
    switch line {
    case .lockTree:
      return kernel.lock(.daxTree(inode))
    case .findAgain:
      let object = try kernel.inodes.read(inode, at: kernel.here)
      guard let found = object.range(of: index) else {
        kernel.warn("the range has gone")
        error = .EIO
        return .jump(.unlockTree)
      }
      range = found
      try kernel.dropRange(found, of: object.connection)
      let session = try kernel.connections.read(object.connection, at: kernel.here)
      return session.dax?.ranges[found].isWritable == true ? .jump(.unlockTree) : .next
    case .setupMapping:
      return .call(
        FuseSetupOneMapping(inode: inode, index: index, range: range ?? 0, isWritable: true, isUpgrade: true))
    case .checkSetup:
      error = returned.errno
      return .next
    case .unlockTree:
      kernel.unlock(.daxTree(inode))
      if let error { return .fail(error) }
      guard let range else { return .fail(.EIO) }
      let object = try kernel.inodes.read(inode, at: kernel.here)
      try kernel.changeDax(object.connection) { $0.ranges[range].references += 1 }
      return .done(.iomap(Iomap(position, length, of: object.size, range, isFault: isFault)))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("pos", .number(position))
    visitor.field("dmap", range.map { .number(UInt64($0)) } ?? .none)
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension FuseUpgradeDaxMapping.Line {
  public var note: Note {
    switch self {
    case .lockTree: Note("Takes the tree for itself.")
    case .findAgain:
      Note(
        "Looks again, and gives back the count of the first look. Somebody else may have upgraded it meanwhile."
      )
    case .setupMapping:
      Note(
        "Sends SETUPMAPPING again, with WRITE and the same place in the window.",
        why: "Nothing is removed first, and page tables are not touched.", calls: [.fuseSetupOneMapping])
    case .checkSetup: Note("On an error the range stays as it was: it can still be read.")
    case .unlockTree: Note("Drops the tree; counts the range and answers.")
    }
  }
}
