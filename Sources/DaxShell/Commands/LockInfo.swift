import DaxModel

// Who holds which lock, and who waits.

extension Session {
  /// `info locks`: every lock that is held or waited for, and the ring if there is a deadlock.
  func locksAnswer() -> Answer {
    var locks: [Lock] = []
    for held in machine.kernel.locks.held where !locks.contains(held.lock) { locks.append(held.lock) }
    for task in machine.tasks {
      if let lock = task.awaitedLock, !locks.contains(lock) { locks.append(lock) }
    }
    var rows: [Datum] = []
    for lock in locks {
      let holders = machine.kernel.locks.held.filter { $0.lock == lock }
      let waiters = machine.tasks.filter { $0.awaitedLock == lock }
      for held in holders {
        rows.append(record(lock, held, waiters))
      }
      if holders.isEmpty { rows.append(record(lock, nil, waiters)) }
    }
    for task in machine.tasks {
      guard case .blocked(.freeRange) = task.state else { continue }
      let users = usedRanges.map { "range \($0.slot.range), \($0.slot.label), by \($0.user)" }
      rows.append([
        "lock": "a free range of the window", "file": .null, "mode": .null,
        "holder": .optional(users.isEmpty ? nil : users.joined(separator: "; ")), "taken_at": .null,
        "waiters": .text(named(task)),
      ])
    }
    let ring = deadlockSentence
    var result: Datum = ["rows": .list(rows), "deadlock": .list(machine.deadlock.map { .count($0) })]
    result.set("cycle", .optional(ring))
    if rows.isEmpty {
      let mounted = mountedConnection == nil ? nothingMounted("locks of files") : nil
      return Answer(
        result,
        lines: wrapped(
          "no lock is held, and nobody waits for one" + (mounted.map { "; " + $0 } ?? ""), indent: 0))
    }
    let text = Table(["rows": .list(rows)]).rendered(options)
    return Answer(result, text: text + (ring.map { wrapped($0, indent: 0) } ?? []).map { $0 + "\n" }.joined())
  }

  private func record(_ lock: Lock, _ held: LockTable.Held?, _ waiters: [KernelTask]) -> Datum {
    let holder = held.flatMap { machine.task($0.task) }
    return [
      "lock": .text(lock.shortName), "file": .optional(lock.inode.map { title(of: $0) }),
      "mode": .optional(held.map { $0.isShared ? "shared" : "exclusive" }),
      "holder": .optional(held.map { held in holder.map { named($0) } ?? "task \(held.task), gone" }),
      "taken_at": .optional(held?.takenAt.description(in: release)),
      "waiters": .optional(waiters.isEmpty ? nil : waiters.map { named($0) }.joined(separator: ", ")),
    ]
  }

  private func named(_ task: KernelTask) -> String { "\(task.id) (\(task.name))" }

  /// The ranges that somebody uses at this moment, and who does: `task 2 (pread)`.
  private var usedRanges: [(slot: WindowSlot, user: String, task: TaskID?)] {
    (windowSlots ?? []).filter { $0.file != nil && $0.references > 1 }.map { slot in
      let user = machine.tasks.first { task in
        !task.isFinished && task.stack.contains { $0.heldRange == slot.range }
      }
      return (slot, user.map { "task " + named($0) } ?? "a task", user?.id)
    }
  }

  /// Who keeps the ranges that a hung task waits for, in a sentence.
  func rangeUsers(_ waiting: TaskID) -> String? {
    guard let task = machine.task(waiting), case .blocked(.freeRange) = task.state else { return nil }
    let users = usedRanges.prefix(4).map { used in
      "range \(used.slot.range), which holds \(used.slot.label), is in use by "
        + (used.task == waiting ? "the task itself" : used.user)
    }
    return users.isEmpty ? nil : users.joined(separator: "; ").capitalizedFirst + "."
  }

  /// `deadlock: task 3 (pread) waits for …, which task 4 (truncate) holds; …`
  private var deadlockSentence: String? {
    let ring = machine.deadlock
    if ring.isEmpty { return nil }
    let parts = ring.indices.map { index in
      let task = machine.task(ring[index])
      let holder = machine.task(ring[(index + 1) % ring.count])
      let (who, whose) = (task.map { named($0) } ?? "?", holder.map { named($0) } ?? "?")
      return "task \(who) waits for \(task?.awaitedLock?.name ?? "a lock"), which task \(whose) holds"
    }
    return "deadlock: " + parts.joined(separator: "; ")
  }
}

extension String {
  /// The text with a capital letter at its beginning.
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension KernelTask {
  /// The lock that its next line waits for.
  var awaitedLock: Lock? {
    guard case .blocked(let wait) = state else { return nil }
    switch wait {
    case .lock(let lock), .sharedLock(let lock): return lock
    default: return nil
    }
  }
}

extension Lock {
  /// The name of its field in Linux.
  var shortName: String {
    switch self {
    case .device(let device): "device_lock of virtio\(device)"
    case .instances: "virtio_fs_mutex"
    case .inode: "i_rwsem"
    case .invalidate: "invalidate_lock"
    case .daxTree: "dax->sem"
    }
  }

  /// The inode that it belongs to.
  var inode: Handle<FuseInode>? {
    switch self {
    case .device, .instances: nil
    case .inode(let inode), .invalidate(let inode), .daxTree(let inode): inode
    }
  }
}
