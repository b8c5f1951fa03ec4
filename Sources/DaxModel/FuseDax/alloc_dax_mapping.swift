/// `alloc_dax_mapping()`: takes the first free range, and kicks the worker if few are left.
public struct AllocDaxMapping: KernelFunction {
  public enum Line: String, KernelLine { case takeFree, kickWorker }

  public static let id = FunctionID.allocDaxMapping
  public var frame: Frame { .allocDaxMapping(Activation(self)) }

  let connection: Handle<FuseConnection>
  var range: Int?

  init(_ connection: Handle<FuseConnection>) { self.connection = connection }

  public static func lines(in release: KernelRelease) -> [Line] { [.takeFree, .kickWorker] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .takeFree:
      var taken: Int?
      try kernel.changeDax(connection) { dax in
        if !dax.free.isEmpty { taken = dax.free.removeFirst() }
      }
      range = taken
      return .next
    case .kickWorker:
      try kernel.kickWorker(connection)
      return .done(range.map { .range($0) } ?? .error(.EAGAIN))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("fc", connection)
    visitor.field("dmap", range.map { .number(UInt64($0)) } ?? .none)
  }
}

extension Kernel {
  /// `__kick_dmap_free_worker()`: queues the worker if less than a fifth of the ranges is free. Work that waits for
  /// its timer counts as queued.
  mutating func kickWorker(_ handle: Handle<FuseConnection>) throws(Oops) {
    guard let dax = try connections.read(handle, at: here).dax, dax.free.count < dax.threshold,
      !dax.isWorkerQueued, !dax.wantsWorkerLater
    else { return }
    try changeDax(handle) { $0.isWorkerQueued = true }
    queuedWork.append(.freeRanges(handle))
  }
}

extension AllocDaxMapping.Line {
  public var note: Note {
    switch self {
    case .takeFree: Note("Takes the head of the free list, if there is one.")
    case .kickWorker:
      Note(
        "Kicks the worker that frees ranges, if fewer than a fifth of all are free.",
        why: "At least one: with few ranges it is kicked at nearly every one that is taken.")
    }
  }
}
