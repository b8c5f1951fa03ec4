// What a search needs of a machine.

extension Kernel {
  /// Takes out what tells only how the kernel came to where it is: two orders that end alike are one state.
  mutating func forgetPath() {
    log = KernelLog()
    faults.forgetFired()
    forgetPlace()
  }
}

extension FaultPlan {
  /// Whether a failure at a line has happened.
  func hasFired(_ site: Site, _ errno: Errno) -> Bool {
    faults.contains { $0.hasFired && $0.place == .site(site) && $0.errno == errno }
  }
}

extension KernelTask {
  /// A task that waits is one that will try its line again.
  mutating func forgetWait() {
    if case .blocked = state { state = .ready }
  }
}

extension Machine {
  /// The machine with another kernel, and with these tasks in place of those with their numbers.
  func with(_ kernel: Kernel, _ running: [KernelTask]) -> Machine {
    var machine = self
    machine.kernel = kernel
    for task in running {
      if let place = machine.tasks.firstIndex(where: { $0.id == task.id }) { machine.tasks[place] = task }
    }
    return machine
  }

  /// The machine after each task that cannot go on has found that out.
  func stuck() -> Machine {
    var machine = self
    for task in tasks where !task.isFinished { machine.step(task.id) }
    return machine
  }
}
