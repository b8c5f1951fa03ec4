/// `fuse_dax_free_mem_worker()`, with `try_to_free_dmap_chunks()`: a kernel thread frees up to ten ranges.
public struct FuseDaxFreeMemWorker: KernelFunction {
  public enum Line: String, KernelLine { case begin, pickRange, reclaim, checkReclaim, kickAgain }

  public static let id = FunctionID.fuseDaxFreeMemWorker
  public var frame: Frame { .fuseDaxFreeMemWorker(Activation(self)) }

  let connection: Handle<FuseConnection>
  var inode: Handle<FuseInode>?
  var index: UInt64 = 0
  var rounds = 0

  init(_ connection: Handle<FuseConnection>) { self.connection = connection }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.begin, .pickRange, .reclaim, .checkReclaim, .kickAgain]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .begin:
      if !kernel.connections.isLive(connection) { return .done(.void) }
      try kernel.changeDax(connection) { $0.isWorkerQueued = false }
      return .next
    case .pickRange:
      return try pickRange(in: &kernel)
    case .reclaim:
      guard let inode else { return .jump(.kickAgain) }
      return .call(LookupAndReclaimDmap(inode: inode, index: index))
    case .checkReclaim:
      return returned.errno == nil ? .jump(.pickRange) : .next
    case .kickAgain:
      try kernel.changeDax(connection) { dax in dax.wantsWorkerLater = dax.free.count < dax.threshold }
      return .done(.void)
    }
  }

  private mutating func pickRange(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    if rounds == FuseConnDax.reclaimChunk { return .jump(.kickAgain) }
    rounds += 1
    guard let dax = try kernel.connections.read(connection, at: kernel.here).dax else { return .done(.void) }
    let picked = dax.busy.first { range in
      dax.ranges[range].references == 1 && dax.ranges[range].inode.map(kernel.inodes.isLive) == true
    }
    guard let picked, let owner = dax.ranges[picked].inode else { return .jump(.kickAgain) }
    try kernel.changeDax(connection) { dax in
      dax.busy.removeAll { $0 == picked }
      dax.busy.append(picked)
    }
    inode = owner
    index = dax.ranges[picked].index
    return .next
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("fc", connection)
    visitor.field("inode", inode)
    visitor.field("start_idx", .number(index))
    visitor.field("i", .number(UInt64(rounds)))
  }
}

extension FuseDaxFreeMemWorker.Line {
  public var note: Note {
    switch self {
    case .begin: Note("The work is taken up: from here on it may be queued again.")
    case .pickRange:
      Note(
        "Picks the range that was set up longest ago and is idle, and moves it to the tail of the busy list.",
        why: "That it was used since does not matter: hits do not refresh. Ten rounds at most.")
    case .reclaim: Note("Takes it away from its file.", calls: [.lookupAndReclaimDmap])
    case .checkReclaim: Note("An error ends the round; else the next one.")
    case .kickAgain: Note("If there are still too few free ranges, comes again in a millisecond.")
    }
  }
}
