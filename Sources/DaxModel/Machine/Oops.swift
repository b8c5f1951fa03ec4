/// The machine has died: the kernel touched what it must not.
///
/// After an oops only looking, going back and `reset` are left.
public struct Oops: Error, Hashable, Sendable {
  /// What went wrong.
  public enum Kind: String, Hashable, Sendable {
    /// An access through a NULL pointer, or close above it.
    case nullDereference = "null-dereference"
    /// An access to memory that has been freed.
    case useAfterFree = "use-after-free"
    /// An access to an address where no memory is mapped.
    case badAddress = "bad-address"
    /// An access to an iomem cookie, which is no address at all (s390x).
    case cookieDereference = "cookie-dereference"
    /// An access to a mapped BAR by an ordinary instruction (s390x with MIO).
    case addressing
    /// A store to where stores are refused (s390x).
    case protection
    /// An access to a number that is no address (x86-64).
    case generalProtection = "general-protection"
    /// The process at the other end of the device died of an access to the window: the whole machine goes with it.
    case deviceDeath = "device-death"
    /// A failed `BUG_ON()`, or an action the hardware would refuse.
    case bug
  }

  /// What went wrong.
  public var kind: Kind
  /// The line that was running.
  public var site: Site
  /// The address that was touched.
  public var address: KernelAddress
  /// The cause: in the words of the kernel, then in a sentence.
  public var message: String
  /// The program interruption behind it, on s390x.
  public var program: ProgramException?
}

/// What a task waits for.
public enum Wait: Hashable, Sendable {
  /// `wait_for_completion()` on the completion of a pagemap's reference count.
  case completion(Handle<DevPagemap>)
  /// `synchronize_srcu()`: the readers of one side of `dax_srcu` must have left.
  case srcu(side: Int)
  /// `mutex_lock()`: somebody holds the lock.
  case lock(Lock)
  /// `down_read()`: somebody holds the lock alone.
  case sharedLock(Lock)
  /// A free range of the window: `wait_event(range_waitq, nr_free_ranges > 0)`.
  case freeRange(Handle<FuseConnection>)
  /// `cancel_delayed_work_sync()`: the worker of the session is under way.
  case worker(Handle<FuseConnection>)
  /// `__wait_on_freeing_inode()`: the inode is going away.
  case freeing(Handle<FuseInode>)
  /// A page of the window that somebody has pinned: `___wait_var_event(&page->_refcount, …)`.
  case page(PageFrameNumber)
  /// A read of 0 bytes: its loop ends when all has been moved, and nothing ever is.
  case emptyRead
  /// The PCI capability list is a ring and the walk never ends: the CPU is lost in it.
  case endlessWalk
}

/// A task that waits for what can never come.
public struct Hang: Hashable, Sendable {
  /// The task that waits.
  public var task: TaskID
  /// Where it stands.
  public var site: Site
  /// What it waits for.
  public var wait: Wait
  /// One sentence: what it waits for and why that never comes.
  public var message: String
}

extension Wait {
  /// The lock, if it is one.
  var lock: Lock? {
    switch self {
    case .lock(let lock), .sharedLock(let lock): lock
    case .completion, .srcu, .freeRange, .worker, .freeing, .page, .emptyRead, .endlessWalk: nil
    }
  }
}
