/// `struct percpu_ref`: a reference count that is cheap while it lives and exact once it is killed.
///
/// live → (kill) → draining → (count 0) → dead → (exit) → exited.
///
/// - Kernel: lib/percpu-refcount.c, include/linux/percpu-refcount.h
public struct PercpuRef: Hashable, Sendable {
  /// What may happen to it now.
  public enum State: String, Hashable, Sendable {
    /// Zeroed memory; nothing may be done but `percpu_ref_init()`.
    case uninitialised
    /// Counting per processor; nobody can see zero.
    case live
    /// Killed: one atomic count, and `tryget_live` fails.
    case draining
    /// The count has reached zero and the release callback has run.
    case dead
    /// `percpu_ref_exit()` has freed its memory.
    case exited
  }

  public private(set) var state = State.uninitialised
  /// Whether its counters are allocated: they are from `percpu_ref_init()` to `percpu_ref_exit()`.
  public var hasCounters: Bool { state != .uninitialised && state != .exited }
  /// References held, the initial one included.
  public private(set) var count: Int64 = 0

  public init() {}

  /// `percpu_ref_init()`: one reference, the owner's.
  mutating func initialise() {
    state = .live
    count = 1
  }

  /// `percpu_ref_get_many()`.
  mutating func get(_ number: Int64 = 1) { count += number }

  /// `percpu_ref_tryget_live()`: only before the kill.
  mutating func tryGetLive() -> Bool {
    guard state == .live else { return false }
    count += 1
    return true
  }

  /// `percpu_ref_put_many()`. True if the count has reached zero, so that the release callback runs.
  ///
  /// Exactly zero: who puts too often steps over it, and nothing is released a second time.
  mutating func put(_ number: Int64 = 1) -> Bool {
    count -= number
    guard state == .draining, count == 0 else { return false }
    state = .dead
    return true
  }

  /// `percpu_ref_kill()`: no new users, and the owner's reference is dropped.
  ///
  /// True if that was the last. The caller warns if `state` was not `live`; a reference is dropped even then.
  mutating func kill() -> Bool {
    if state == .live { state = .draining }
    return put()
  }

  /// `percpu_ref_exit()`: frees its memory, in whatever state it is.
  mutating func exit() { state = .exited }
}

/// `struct completion`: somebody waits until somebody else says that it is done.
///
/// - Kernel: kernel/sched/completion.c
public struct Completion: Hashable, Sendable {
  /// `UINT_MAX`: complete for everybody from now on.
  public static let all = UInt32.max

  /// Whether `init_completion()` has run. Zeroed memory is no completion: using it is an oops.
  public private(set) var isInitialised = false
  /// How many waiters may pass.
  public private(set) var done: UInt32 = 0

  public init() {}

  /// `init_completion()`, and `reinit_completion()` as well.
  mutating func initialise() {
    isInitialised = true
    done = 0
  }

  /// `complete()`: lets one waiter pass.
  mutating func complete() { if done != Completion.all { done += 1 } }

  /// `complete_all()`: lets every waiter pass, now and later.
  mutating func completeAll() { done = Completion.all }

  /// `try_wait_for_completion()`: passes and takes one, or does not. Never sleeps.
  mutating func tryWait() -> Bool {
    guard done > 0 else { return false }
    if done != Completion.all { done -= 1 }
    return true
  }
}

/// `dax_srcu`: sleepable read-copy-update, one for all DAX devices.
///
/// Readers count on the present side; who waits turns the sides and waits for the old one to empty.
///
/// - Kernel: kernel/rcu/srcutree.c; drivers/dax/super.c dax_read_lock()
public struct SleepableRCU: Hashable, Sendable {
  /// Readers on either side.
  public private(set) var readers = [0, 0]
  /// The side on which new readers count.
  public private(set) var side = 0

  public init() {}

  /// `srcu_read_lock()`: the side to pass to `unlock`.
  mutating func lock() -> Int {
    readers[side] += 1
    return side
  }

  /// `srcu_read_unlock()`.
  mutating func unlock(_ side: Int) { readers[side & 1] -= 1 }

  /// The first half of `synchronize_srcu()`: new readers go to the other side. Returns the old side.
  mutating func flip() -> Int {
    defer { side ^= 1 }
    return side
  }

  /// Whether the side is empty, so that the wait for it is over.
  func isEmpty(_ side: Int) -> Bool { readers[side & 1] == 0 }
}

extension PercpuRef: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("state", .text(state.rawValue))
    visitor.field("count", .signed(count))
  }
}

extension Completion: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("initialised", .flag(isInitialised))
    visitor.field("done", .number(UInt64(done)))
  }
}

extension SleepableRCU: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("side", .number(UInt64(side)))
    visitor.field("readers_0", .signed(Int64(readers[0])))
    visitor.field("readers_1", .signed(Int64(readers[1])))
  }
}
