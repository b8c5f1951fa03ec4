/// `fuse_dax_free_mem_worker()`, with `try_to_free_dmap_chunks()`: a kernel thread frees up to ten ranges.
public struct FuseDaxFreeMemWorker: KernelFunction {
  public enum Line: String, KernelLine { case begin, pickRange, reclaim, putInode, checkReclaim, kickAgain }

  public static let id = FunctionID.fuseDaxFreeMemWorker
  public var frame: Frame { .fuseDaxFreeMemWorker(Activation(self)) }

  let connection: Handle<FuseConnection>
  var inode: Handle<FuseInode>?
  var index: UInt64 = 0
  var rounds = 0
  var error: Errno?

  init(_ connection: Handle<FuseConnection>) { self.connection = connection }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.begin, .pickRange, .reclaim, .putInode, .checkReclaim, .kickAgain]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .begin:
      guard kernel.connections.peek(connection)?.dax?.isWorkerCancelled == false else { return .done(.void) }
      try kernel.changeDax(connection) { dax in (dax.isWorkerQueued, dax.isWorkerRunning) = (false, true) }
      return .next
    case .pickRange:
      return try pickRange(in: &kernel)
    case .reclaim:
      guard let inode else { return .jump(.kickAgain) }
      return .call(LookupAndReclaimDmap(inode: inode, index: index))
    case .putInode:
      error = returned.errno
      guard let inode, try kernel.putInode(inode) else {
        return .jump(error == nil ? .pickRange : .kickAgain)
      }
      return .call(FuseEvictInode(inode: inode))
    case .checkReclaim:
      return error == nil ? .jump(.pickRange) : .next
    case .kickAgain:
      try kernel.changeDax(connection) { dax in
        dax.isWorkerRunning = false
        dax.wantsWorkerLater = dax.free.count < dax.threshold && !dax.isWorkerCancelled
      }
      return .done(.void)
    }
  }

  private mutating func pickRange(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    if rounds == FuseConnDax.reclaimChunk { return .jump(.kickAgain) }
    rounds += 1
    guard let dax = try kernel.connections.read(connection, at: kernel.here).dax else { return .done(.void) }
    let picked = dax.busy.first { range in
      dax.ranges[range].references == 1
        && dax.ranges[range].inode.flatMap { kernel.inodes.peek($0)?.isFreeing } == false
    }
    guard let picked, let owner = dax.ranges[picked].inode, try kernel.grab(owner) else {
      return .jump(.kickAgain)
    }
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
    case .begin: Note("The work is taken up: from here on it may be queued again. An unmount cancels it.")
    case .pickRange:
      Note(
        "Picks the range that was set up longest ago and is idle, holds its inode, and moves it to the tail of the busy list.",
        why:
          "That it was used since does not matter: hits do not refresh. An inode that is going away frees its ranges itself. Ten rounds at most."
      )
    case .reclaim: Note("Takes it away from its file.", calls: [.lookupAndReclaimDmap])
    case .putInode:
      Note(
        "Lets go of the inode; without an error the next round follows.",
        why: "If all others have let go of it meanwhile, and its name is gone, the worker evicts it.",
        calls: [.fuseEvictInode])
    case .checkReclaim: Note("The same after an eviction.")
    case .kickAgain: Note("If there are still too few free ranges, comes again in a millisecond.")
    }
  }
}
