/// `fuse_setup_one_mapping()`: has the server map a piece of a file into a range of the window.
public struct FuseSetupOneMapping: KernelFunction {
  public enum Line: String, KernelLine { case sendSetup, checkSetup, enterRange }

  public static let id = FunctionID.fuseSetupOneMapping
  public var frame: Frame { .fuseSetupOneMapping(Activation(self)) }

  let inode: Handle<FuseInode>
  let index: UInt64
  let range: Int
  let isWritable: Bool
  /// Whether the range holds the piece already, and is only to be made writable.
  let isUpgrade: Bool

  public static func lines(in release: KernelRelease) -> [Line] { [.sendSetup, .checkSetup, .enterRange] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let size = FuseConnDax.rangeSize
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .sendSetup:
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .setupMapping(
            FuseSetupMapping(
              handle: .none, fileOffset: FileOffset(index &* size), length: ByteCount(size),
              flags: isWritable ? [.read, .write] : .read,
              windowOffset: WindowOffset(UInt64(range) &* size)))))
    case .checkSetup:
      return returned.errno.map { .fail($0) } ?? .next
    case .enterRange:
      let (inode, index, range, isWritable, isUpgrade) = (inode, index, range, isWritable, isUpgrade)
      try kernel.changeDax(object.connection) { dax in
        dax.ranges[range].isWritable = isWritable
        if isUpgrade { return }
        dax.ranges[range].inode = inode
        dax.ranges[range].index = index
        dax.busy.append(range)
      }
      if !isUpgrade { try kernel.changeInode(inode) { $0.insert(index, range) } }
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("start_idx", .number(index))
    visitor.field("dmap", .number(UInt64(range)))
    visitor.field("writable", .flag(isWritable))
    visitor.field("upgrade", .flag(isUpgrade))
  }
}

extension Kernel {
  /// Changes the ranges of a session; nothing without DAX.
  mutating func changeDax(
    _ handle: Handle<FuseConnection>, _ body: (inout FuseConnDax) -> Void
  ) throws(Oops) {
    try connections.change(handle, at: here) { connection in
      guard var dax = connection.dax.take() else { return }
      body(&dax)
      connection.dax = dax
    }
  }

  /// Puts a range at the tail of the free list, as it was made.
  mutating func addToPool(_ range: Int, of handle: Handle<FuseConnection>) throws(Oops) {
    try changeDax(handle) { dax in
      dax.ranges[range] = DaxRange()
      dax.free.append(range)
    }
  }

  /// `iomap_end`, and what else drops a reference to a range.
  mutating func dropRange(_ range: Int?, of handle: Handle<FuseConnection>) throws(Oops) {
    guard let range else { return }
    try changeDax(handle) { $0.ranges[range].references -= 1 }
  }
}

extension FuseSetupOneMapping.Line {
  public var note: Note {
    switch self {
    case .sendSetup:
      Note(
        "Sends SETUPMAPPING: 2 MiB of the file to this place of the window.",
        why: "No open handle is named: the server opens the file itself.", calls: [.fuseSimpleRequest])
    case .checkSetup: Note("Hands an error of the server on.")
    case .enterRange: Note("Enters the range into the inode's tree and the busy list, or marks it writable.")
    }
  }
}
