/// Which task ran which line, in order, and which failures were injected on the way.
public struct Schedule: Hashable, Sendable {
  /// One line.
  public struct Step: Hashable, Sendable {
    /// The task that ran.
    public var task: TaskID
    /// What it was started for.
    public var name: String
    /// The line.
    public var site: Site
    /// The failure that was injected into it.
    public var fault: Errno?
  }

  public var steps: [Step]

  public init(_ steps: [Step] = []) { self.steps = steps }

  /// The machine after the schedule has run on it.
  ///
  /// - Complexity: O(n) in the number of steps.
  public func replayed(on machine: Machine) -> Machine {
    var machine = machine
    for step in steps { machine.take(step) }
    return machine
  }
}

extension Machine {
  /// Runs one line of a schedule, with its failure if it has one.
  @discardableResult
  public mutating func take(_ step: Schedule.Step) -> StepEvent? {
    if let errno = step.fault, let task = task(step.task) {
      _ = kernel.arm(errno, at: step.site, of: task)
    }
    return self.step(step.task)
  }
}
