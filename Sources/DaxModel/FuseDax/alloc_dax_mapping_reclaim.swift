/// `alloc_dax_mapping_reclaim()`: a range for a read or a write, from wherever it can be had.
public struct AllocDaxMappingReclaim: KernelFunction {
  public enum Line: String, KernelLine {
    case allocate, checkRange, reclaimInline, checkReclaim, waitForRange
  }

  public static let id = FunctionID.allocDaxMappingReclaim
  public var frame: Frame { .allocDaxMappingReclaim(Activation(self)) }

  let inode: Handle<FuseInode>

  public static func lines(in release: KernelRelease) -> [Line] {
    [.allocate, .checkRange, .reclaimInline, .checkReclaim, .waitForRange]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let connection = try kernel.inodes.read(inode, at: kernel.here).connection
    switch line {
    case .allocate:
      return .call(AllocDaxMapping(connection))
    case .checkRange:
      if case .range = returned { return .done(returned) }
      return .next
    case .reclaimInline:
      return .call(InodeInlineReclaimOneDmap(inode: inode))
    case .checkReclaim:
      if case .range = returned { return .done(returned) }
      if let errno = returned.errno, errno != .EAGAIN { return .fail(errno) }
      if returned.errno == .EAGAIN { return .jump(.allocate) }
      return .next
    case .waitForRange:
      guard let dax = try kernel.connections.read(connection, at: kernel.here).dax else { return .fail(.EIO) }
      return dax.free.isEmpty ? .wait(.freeRange(connection)) : .jump(.allocate)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("inode", inode) }
}

extension AllocDaxMappingReclaim.Line {
  public var note: Note {
    switch self {
    case .allocate: Note("Tries the free list.", calls: [.allocDaxMapping])
    case .checkRange: Note("A range from there is all that is needed.")
    case .reclaimInline:
      Note(
        "Takes a range of the same file away.",
        why: "Only of the same file: ranges of others are the worker's business.",
        calls: [.inodeInlineReclaimOneDmap])
    case .checkReclaim: Note("Hands a range or an error on; tries again if another task was quicker.")
    case .waitForRange:
      Note("The file has no range to give: sleeps until one is free. A fatal signal ends it with -EINTR.")
    }
  }
}
