/// The number of a task, from 1 in the order of their start.
public typealias TaskID = Int

/// A thread of the kernel: a call stack of kernel functions.
public struct KernelTask: Hashable, Sendable {
  /// What the task is doing.
  public enum State: Hashable, Sendable {
    /// It can run its next line.
    case ready
    /// Its next line waits.
    case blocked(Wait)
    /// Its first function has returned.
    case finished(Value)
  }

  public let id: TaskID
  /// What it was started for, such as `probe`, `remove`, `reader` or the name of a function.
  public let name: String
  /// The frames, outermost first. Empty once the task has finished.
  public internal(set) var stack: [Frame]
  /// What the function called last has returned.
  public internal(set) var returned = Value.void
  public internal(set) var state = State.ready

  init(id: TaskID, name: String, frame: Frame) {
    self.id = id
    self.name = name
    stack = []
    stack.reserveCapacity(KernelTask.usualDepth)
    stack.append(frame)
  }

  /// Room for so many frames is made at once.
  private static var usualDepth: Int { 8 }

  /// Runs its next line.
  ///
  /// - Returns: How the line ended.
  mutating func step(in kernel: inout Kernel) throws(Oops) -> StepEvent.Outcome {
    guard let top = stack.indices.last else { return .ran }
    kernel.begin(id)
    let move = try stack[top].step(in: &kernel, returned: returned)
    state = .ready
    switch move {
    case .stays: return .ran
    case .calls(let frame):
      stack.append(frame)
      returned = .void
      return .called(frame.function)
    case .returns(let value):
      pop(value)
      return .returned(value)
    case .waits(let wait):
      state = .blocked(wait)
      return .blocked(wait)
    }
  }

  /// Runs lines until it has finished, or waits, or there is work for somebody else.
  mutating func runOn(in kernel: inout Kernel) throws(Oops) {
    kernel.begin(id)
    while let top = stack.indices.last {
      let move = try stack[top].step(in: &kernel, returned: returned, runsOn: true)
      state = .ready
      switch move {
      case .stays: break
      case .calls(let frame):
        stack.append(frame)
        returned = .void
      case .returns(let value): pop(value)
      case .waits(let wait):
        state = .blocked(wait)
        return
      }
      if !kernel.queuedWork.isEmpty { return }
    }
  }

  /// The function on top returns; so do its callers for which that call was their last line.
  mutating func pop(_ value: Value) {
    stack.removeLast()
    returned = value
    while let top = stack.indices.last, stack[top].site.position == Site.pastTheEnd {
      stack.removeLast()
      returned = .void
    }
    if stack.isEmpty { state = .finished(returned) }
  }

  /// Whether it has come to its end.
  public var isFinished: Bool {
    if case .finished = state { true } else { false }
  }

  /// What its first function has returned, once it has.
  public var result: Value? {
    if case .finished(let value) = state { value } else { nil }
  }
}

extension KernelTask: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("id", .number(UInt64(id)))
    visitor.field("name", .text(name))
    switch state {
    case .ready: visitor.field("state", .text("ready"))
    case .blocked(let wait): visitor.field("state", .text("waits for \(wait.summary)"))
    case .finished(let value): visitor.field("state", .text("returned \(value)"))
    }
    visitor.field("returned", .text("\(returned)"))
    visitor.list("frame", stack)
  }
}

extension Wait {
  /// A few words: what is waited for.
  public var summary: String {
    switch self {
    case .completion: "the completion of the pagemap's reference count"
    case .srcu: "the readers inside dax_srcu"
    case .lock(let lock), .sharedLock(let lock): lock.name
    case .freeRange: "a free range of the window"
    case .worker: "the end of the worker that frees ranges"
    case .freeing(let inode): "the end of inode#\(inode.slot), which is going away"
    case .page(let frame): "page \(frame), which somebody has pinned"
    case .emptyRead: "the end of a loop that nothing brings nearer"
    case .endlessWalk: "the end of a capability list that has none"
    }
  }
}
