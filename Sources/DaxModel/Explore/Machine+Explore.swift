// What a search needs of a machine.

extension Kernel {
  /// Takes out what tells only how the kernel came to where it is: two orders that end alike are one state.
  mutating func forgetPath() {
    log = KernelLog()
    copyCounts = CopyCounts()
    faults.forgetFired()
    for device in servers.indices where servers[device].log.count > 0 {
      servers[device] = servers[device].withoutHistory
    }
    for handle in connections.handles { forgetRequests(handle) }
    forgetPlace()
  }
}

extension Kernel {
  /// Which requests were sent before tells nothing of what can happen.
  private mutating func forgetRequests(_ handle: Handle<FuseConnection>) {
    guard var connection = connections.peek(handle), connection.unique != 0 else { return }
    connection.unique = 0
    _ = try? connections.write(handle, connection, at: here)
  }

  /// What tells kernels apart quickly; whether they are equal is another question.
  public func hash(into hasher: inout Hasher) {
    for device in devices {
      hasher.combine(device.status)
      hasher.combine(device.isBound)
      hasher.combine(device.driverData)
      hasher.combine(device.queues.count)
      hasher.combine(device.devres.nodes.count)
    }
    hasher.combine(instances)
    hasher.combine(srcu)
    hasher.combine(locks)
    hasher.combine(pagemaps)
    hasher.combine(daxDevices)
    hasher.combine(filesystems)
    hasher.combine(superblocks)
    hasher.combine(connections)
    hasher.combine(memory.pages)
    hasher.combine(memory.pagemaps.count)
    hasher.combine(memory.linear.count)
    for inode in inodes.live { hasher.combine(inode.object.tree) }
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
