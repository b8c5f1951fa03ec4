/// A whole machine as one value: the kernel with everything it holds, and the tasks that run in it.
///
/// Copying the machine remembers it; comparing two machines compares everything.
public struct Machine: Hashable, Sendable {
  /// What it is made of.
  public let configuration: MachineConfiguration
  /// All state of the kernel, and of the devices it drives.
  public internal(set) var kernel: Kernel
  /// The tasks in the order of their start.
  public internal(set) var tasks: [KernelTask] = []
  /// Set once the machine has died.
  public internal(set) var oops: Oops?
  /// The number of the task that was started last.
  private var lastTask = 0

  init(kernel: Kernel, configuration: MachineConfiguration) {
    self.kernel = kernel
    self.configuration = configuration
  }

  /// The task with that number, if it exists.
  public func task(_ id: TaskID) -> KernelTask? {
    position(of: id).map { tasks[$0] }
  }

  /// Starts a task; its first line has not run yet.
  @discardableResult
  public mutating func start(_ name: String, _ frame: Frame) -> TaskID {
    lastTask += 1
    tasks.append(KernelTask(id: lastTask, name: name, frame: frame))
    return lastTask
  }

  /// Forgets a task that has finished. One that has not stays. The newest number is given out again.
  public mutating func reap(_ id: TaskID) {
    tasks.removeAll { $0.id == id && $0.isFinished }
    lastTask = tasks.last?.id ?? 0
  }

  /// Whether the task could run a line now.
  public func isRunnable(_ id: TaskID) -> Bool {
    guard oops == nil, let position = position(of: id) else { return false }
    switch tasks[position].state {
    case .ready: return true
    case .blocked(let wait): return kernel.isOver(wait)
    case .finished: return false
    }
  }

  /// The place of the line that the task runs next; nil once it has finished.
  public func site(of id: TaskID) -> Site? { task(id)?.stack.last?.site }

  /// Runs one line of a task.
  ///
  /// - Returns: What happened; nil if the machine is dead, or the task does not exist or has finished.
  /// - Complexity: O(1) but for what the line itself does.
  @discardableResult
  public mutating func step(_ id: TaskID) -> StepEvent? {
    guard oops == nil, let position = position(of: id), let site = tasks[position].stack.last?.site
    else { return nil }
    var event = StepEvent(task: id, site: site, depth: tasks[position].stack.count - 1)
    do throws(Oops) {
      event.outcome = try tasks[position].step(in: &kernel)
    } catch {
      oops = error
      kernel.logOops(error)
      event.outcome = .died(error)
    }
    event.observations = kernel.endLine()
    if !kernel.queuedWork.isEmpty { takeUpWork() }
    if case .blocked = event.outcome { wakeDelayedWork() }
    return event
  }

  /// Runs lines of a task until it has finished, or waits, or there is work for somebody else. No event tells of them.
  mutating func runOn(_ id: TaskID) {
    guard oops == nil, let position = position(of: id) else { return }
    do throws(Oops) {
      try tasks[position].runOn(in: &kernel)
    } catch {
      oops = error
      kernel.logOops(error)
    }
    if !kernel.queuedWork.isEmpty {
      takeUpWork()
      runWorkers()
    }
    if case .blocked = tasks[position].state {
      wakeDelayedWork()
      runWorkers()
    }
  }

  /// The tasks that wait for what can never come: every task has finished or waits, and no wait is over.
  ///
  /// A task in an endless walk hangs whatever the others do.
  public var hangs: [Hang] {
    if oops != nil { return [] }
    var stuck: [Hang] = []
    var canMove = false
    for task in tasks {
      switch task.state {
      case .finished: continue
      case .ready: canMove = true
      case .blocked(let wait):
        if kernel.isOver(wait) { canMove = true }
        guard let site = task.stack.last?.site else { continue }
        stuck.append(Hang(task: task.id, site: site, wait: wait, message: explain(wait)))
      }
    }
    let deadlocked = deadlock
    return canMove
      ? stuck.filter { $0.wait == .endlessWalk || $0.wait == .emptyRead || deadlocked.contains($0.task) }
      : stuck
  }

  /// The tasks that wait for each other's locks in a ring, in the order of the ring; empty if there is none.
  public var deadlock: [TaskID] {
    for start in tasks {
      var ring: [TaskID] = []
      var next = start.id
      while !ring.contains(next), case .blocked(let wait)? = task(next)?.state, let lock = wait.lock,
        let holder = kernel.locks.holder(of: lock)
      {
        ring.append(next)
        next = holder.task
      }
      if let first = ring.firstIndex(of: next) { return Array(ring[first...]) }
    }
    return []
  }

  /// What a task waits for, in a sentence.
  private func explain(_ wait: Wait) -> String {
    let text = kernel.explain(wait)
    guard let lock = wait.lock, let holder = kernel.locks.holder(of: lock) else { return text }
    guard let task = task(holder.task) else { return text + " That task is gone." }
    return text
      + (task.isFinished ? " That task (\(task.name)) has finished." : " That task is \(task.name).")
  }

  private func position(of id: TaskID) -> Int? {
    tasks.firstIndex { $0.id == id }
  }

  /// A digest of the whole machine: equal machines have equal digests, in every run.
  public var digest: UInt64 {
    var digest = Digest()
    inspect(&digest)
    return digest.value
  }
}

extension Machine: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.part("kernel", kernel)
    visitor.list("task", tasks)
    if let oops {
      visitor.enter("oops", nil)
      visitor.field("kind", .text(oops.kind.rawValue))
      visitor.field("function", .text(oops.site.function.name))
      visitor.field("position", .number(UInt64(oops.site.position)))
      visitor.field("address", oops.address)
      visitor.leave()
    }
  }
}

/// What one step did.
public struct StepEvent: Hashable, Sendable {
  /// How the line ended.
  public enum Outcome: Hashable, Sendable {
    /// It ran; the next line follows.
    case ran
    /// It called a function.
    case called(FunctionID)
    /// It returned from its function.
    case returned(Value)
    /// It waits and will run again.
    case blocked(Wait)
    /// The machine died in it.
    case died(Oops)
  }

  /// The task that ran.
  public var task: TaskID
  /// The line that ran.
  public var site: Site
  /// How deep in the call stack it stands: 0 is the task's first function.
  public var depth: Int
  /// How it ended.
  public var outcome = Outcome.ran
  /// What the kernel did inside the line.
  public var observations: [Observation] = []
}

/// Something that happened inside a line.
public enum Observation: Hashable, Sendable {
  /// A small kernel function ran that the model does in one go.
  case ran(AtomicFunction)
  /// A line was written to the kernel log.
  case logged(KernelLog.Entry)
  /// A failure that was asked for happened.
  case fault(Operation, Errno)
  /// An address that direct_access has handed out was used.
  case usedAddress(of: Handle<DaxDevice>)
  /// Bytes were copied to or from the window, or should have been.
  case copied(CopyReport)
  /// A request was sent, and the server has answered it.
  indirect case sent(FuseExchange)
}
