/// A lock that sleeps: a task that finds it held waits for it.
public enum Lock: Hashable, Sendable {
  /// `device_lock()`: the driver core holds it from the beginning of a bind or an unbind to its end.
  case device(DeviceID)
  /// `virtio_fs_mutex`: the list of instances, their references, and the removal of one.
  case instances
  /// `inode->i_rwsem`: shared by readers, held alone by writers.
  case inode(Handle<FuseInode>)
  /// `mapping->invalidate_lock`: shared by page faults, held alone by who takes pages away.
  case invalidate(Handle<FuseInode>)
  /// `fi->dax->sem`: shared by who looks ranges up, held alone by who changes the tree.
  case daxTree(Handle<FuseInode>)
  /// `mmap_lock` of the process: shared by page faults, held alone by who changes mappings.
  case addressSpace

  /// Its name in Linux.
  public var name: String {
    switch self {
    case .device(let device): "device_lock of virtio\(device)"
    case .instances: "virtio_fs_mutex"
    case .inode(let inode): "the inode lock of inode#\(inode.slot)"
    case .invalidate(let inode): "the invalidate lock of inode#\(inode.slot)"
    case .daxTree(let inode): "the dax sem of inode#\(inode.slot)"
    case .addressSpace: "the mmap_lock of the process"
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
    /// Whether others may share it.
    public var isShared = false
  }

  /// In the order in which they were taken.
  public private(set) var held: [Held] = []

  public init() {}

  /// Who holds a lock; nil if it is free.
  public func holder(of lock: Lock) -> Held? { held.first { $0.lock == lock } }

  /// Whether it can be taken now: alone, or with others who share it.
  func isFree(_ lock: Lock, isShared: Bool) -> Bool {
    !held.contains { $0.lock == lock && !(isShared && $0.isShared) }
  }

  mutating func take(_ lock: Lock, by task: TaskID, at site: Site, isShared: Bool = false) {
    held.append(Held(lock: lock, task: task, takenAt: site, isShared: isShared))
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
    tryLock(lock) ? .next : .wait(.lock(lock))
  }

  /// `down_read()` in a line of its own.
  mutating func lockShared<Line>(_ lock: Lock) -> Flow<Line> {
    tryLock(lock, isShared: true) ? .next : .wait(.sharedLock(lock))
  }

  /// `mutex_trylock()`, `down_read_trylock()`.
  mutating func tryLock(_ lock: Lock, isShared: Bool = false) -> Bool {
    guard locks.isFree(lock, isShared: isShared) else { return false }
    locks.take(lock, by: current, at: here, isShared: isShared)
    return true
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
    visitor.field("shared", .flag(isShared))
  }
}
