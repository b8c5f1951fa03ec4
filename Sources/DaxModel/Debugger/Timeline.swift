/// Every moment of a machine that was lived through, and the one it stands at.
///
/// A machine is deterministic, so a moment is remembered as what was done: which task ran. Whole machines
/// are kept now and then, and after every change from outside; the moments between are run again. That
/// costs a few bytes a step and makes going anywhere a matter of microseconds.
public struct Timeline: Sendable {
  /// A stretch of history: `count` steps of one task, one change from outside, or a task that is forgotten.
  private struct Stretch {
    var first: Int
    /// 0 for a change from outside; below 0 a task that has finished is forgotten.
    var task: TaskID
    var count: Int
  }

  private struct Checkpoint {
    var step: Int
    var machine: Machine
    /// A change from outside ends here: it cannot be run again and so must be kept.
    var isChange: Bool
  }

  /// The machine at the present moment.
  public private(set) var machine: Machine
  /// The number of the present moment: steps and changes since the start.
  public private(set) var step = 0
  /// How often a future that was remembered has been given up for another.
  public private(set) var forgotten = 0
  private var stretches: [Stretch] = []
  private var checkpoints: [Checkpoint]
  /// Steps between two checkpoints. It doubles when there are too many.
  private var interval = 64
  /// How many of the checkpoints are no changes from outside.
  private var spare = 0
  /// Whether all that happens now is part of one moment.
  private var isBundling = false
  private static let checkpointLimit = 4096

  public init(_ machine: Machine) {
    self.machine = machine
    checkpoints = [Checkpoint(step: 0, machine: machine, isChange: true)]
  }

  /// The number of the last moment that is remembered.
  public var last: Int { stretches.last.map { $0.first + $0.count } ?? 0 }

  /// Runs one line of a task. What was remembered beyond the present is forgotten, unless it is the same.
  ///
  /// - Returns: What happened; nil if the task cannot run.
  public mutating func advance(_ task: TaskID) -> StepEvent? {
    if isBundling { return machine.step(task) }
    let repeatsHistory = step < last && taskOfStep(step) == task
    guard let event = machine.step(task) else { return nil }
    if !repeatsHistory { record(task) }
    step += 1
    if !repeatsHistory, step - (checkpoints.last?.step ?? 0) >= interval { keep(isChange: false) }
    return event
  }

  /// Changes the machine from outside, as one moment of its own.
  public mutating func change<Result>(_ body: (inout Machine) -> Result) -> Result {
    if isBundling { return body(&machine) }
    let result = body(&machine)
    record(0)
    step += 1
    keep(isChange: true)
    return result
  }

  /// Forgets a task that has finished, as one moment of its own. No machine is kept for it.
  public mutating func reap(_ task: TaskID) {
    let repeatsHistory = step < last && taskOfStep(step) == -task
    machine.reap(task)
    if isBundling { return }
    if !repeatsHistory { record(-task) }
    step += 1
  }

  /// From here on all that happens is one moment, as one change from outside, up to ``endBundle()``.
  ///
  /// That is for what is done so often that nobody wants to go back into it: nothing between is remembered.
  public mutating func beginBundle() {
    if isBundling { return }
    record(0)
    step += 1
    isBundling = true
  }

  /// What happens from here on is no longer part of the moment that ``beginBundle()`` has begun.
  public mutating func endBundle() {
    guard isBundling else { return }
    isBundling = false
    keep(isChange: true)
  }

  /// Gives up the machines that were kept since a moment, as far as running its lines again makes them anew.
  public mutating func giveUpMachines(after moment: Int) {
    while let checkpoint = checkpoints.last, checkpoint.step > moment, !checkpoint.isChange {
      checkpoints.removeLast()
      spare -= 1
    }
  }

  /// Goes to a moment, past or remembered future. False if it is not remembered.
  ///
  /// - Complexity: O(distance to the nearest kept machine).
  public mutating func go(to target: Int) -> Bool {
    guard let there = moment(target) else { return false }
    machine = there
    step = target
    return true
  }

  /// The machine at a moment; nil if it is not remembered.
  public func moment(_ target: Int) -> Machine? {
    guard target >= 0, target <= last else { return nil }
    let kept = checkpoints[checkpoints.partitioningIndex { $0.step > target } - 1]
    var (at, there) = (kept.step, kept.machine)
    if step <= target, step > at { (at, there) = (step, machine) }
    while at < target {
      guard let index = stretchIndex(at) else { return nil }
      let stretch = stretches[index]
      let end = min(stretch.first + stretch.count, target)
      while at < end {
        if stretch.task < 0 { there.reap(-stretch.task) } else { there.step(stretch.task) }
        at += 1
      }
    }
    return there
  }

  // MARK: Bookkeeping

  private func stretchIndex(_ step: Int) -> Int? {
    let index = stretches.partitioningIndex { $0.first > step } - 1
    return index >= 0 ? index : nil
  }

  private func taskOfStep(_ step: Int) -> TaskID? { stretchIndex(step).map { stretches[$0].task } }

  /// The task whose line led from moment `step` to the next; nil for a change from outside.
  public func task(ofStep step: Int) -> TaskID? {
    guard step >= 0, step < last, let task = taskOfStep(step), task > 0 else { return nil }
    return task
  }

  private mutating func record(_ task: TaskID) {
    forgetFuture()
    if task > 0, let index = stretches.indices.last, stretches[index].task == task {
      stretches[index].count += 1
    } else {
      stretches.append(Stretch(first: step, task: task, count: 1))
    }
  }

  private mutating func forgetFuture() {
    guard step < last else { return }
    forgotten += 1
    while let stretch = stretches.last, stretch.first >= step { stretches.removeLast() }
    if let index = stretches.indices.last {
      stretches[index].count = min(stretches[index].count, step - stretches[index].first)
    }
    while let checkpoint = checkpoints.last, checkpoint.step > step {
      checkpoints.removeLast()
      if !checkpoint.isChange { spare -= 1 }
    }
  }

  private mutating func keep(isChange: Bool) {
    checkpoints.append(Checkpoint(step: step, machine: machine, isChange: isChange))
    if isChange { return }
    spare += 1
    guard spare > Timeline.checkpointLimit else { return }
    interval *= 2
    spare = 0
    var previous = 0
    checkpoints.removeAll { checkpoint in
      if checkpoint.isChange || checkpoint.step - previous >= interval {
        previous = checkpoint.step
        if !checkpoint.isChange { spare += 1 }
        return false
      }
      return true
    }
  }
}

extension Array {
  /// The first index from which on the predicate holds, in an array where it never stops holding.
  ///
  /// - Complexity: O(log n).
  fileprivate func partitioningIndex(where belongsInSecondPart: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongsInSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
