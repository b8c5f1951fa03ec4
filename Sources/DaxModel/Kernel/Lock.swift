/// A lock that sleeps: a task that finds it held waits for it.
public enum Lock: Hashable, Sendable {
  /// `device_lock()`: the driver core holds it from the beginning of a bind or an unbind to its end.
  case device(DeviceID)
  /// `virtio_fs_mutex`: the list of instances, their references, and the removal of one.
  case instances

  /// Its name in Linux.
  public var name: String {
    switch self {
    case .device(let device): "device_lock of virtio\(device)"
    case .instances: "virtio_fs_mutex"
    }
  }
}

/// Which locks are held, by whom.
///
/// - Kernel: include/linux/mutex.h, include/linux/device.h
public struct LockTable: Hashable, Sendable {
  /// A lock that is held.
  public struct Held: Hashable, Sendable {
    public var lock: Lock
    /// The task that holds it.
    public var task: TaskID
    /// The line that took it.
    public var takenAt: Site
  }

  /// In the order in which they were taken.
  public private(set) var held: [Held] = []

  public init() {}

  /// Who holds a lock; nil if it is free.
  public func holder(of lock: Lock) -> Held? { held.first { $0.lock == lock } }

  mutating func take(_ lock: Lock, by task: TaskID, at site: Site) {
    held.append(Held(lock: lock, task: task, takenAt: site))
  }

  /// False if that task does not hold it.
  mutating func drop(_ lock: Lock, by task: TaskID) -> Bool {
    guard let index = held.firstIndex(where: { $0.lock == lock && $0.task == task }) else { return false }
    held.remove(at: index)
    return true
  }
}

extension Kernel {
  /// `mutex_lock()` in a line of its own: the line that follows runs once the lock is taken.
  mutating func lock<Line>(_ lock: Lock) -> Flow<Line> {
    guard locks.holder(of: lock) == nil else { return .wait(.lock(lock)) }
    locks.take(lock, by: current, at: here)
    return .next
  }

  /// `mutex_unlock()`.
  mutating func unlock(_ lock: Lock) {
    if !locks.drop(lock, by: current) { warn("\(lock.name) is not held by the task that drops it") }
  }

  /// Whether a line that takes a lock and drops it again must wait for it.
  func mustWait(for lock: Lock) -> Bool { locks.holder(of: lock) != nil }
}

extension LockTable.Held: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("lock", .text(lock.name))
    visitor.field("task", .number(UInt64(task)))
  }
}
