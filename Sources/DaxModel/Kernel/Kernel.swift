/// Everything that the kernel holds, as one value.
public struct Kernel: Hashable, Sendable {
  /// Which Linux this is.
  public let release: KernelRelease
  /// The architecture that it is built for.
  public var architecture: Architecture { release.architecture }
  /// What-if: the driver keeps the window's struct pages inside the window (an altmap).
  public let keepsMemmapInWindow: Bool
  /// Whether variables on the stack that nobody has set hold something else than zero.
  public let stackHoldsGarbage: Bool

  /// What-if on s390x: what is taken to be different.
  public var assumption: Assumption? { release.assumption }
  /// PCI as s390x has it; nil on other architectures.
  public internal(set) var zpci: Zpci?

  /// Failures that were asked for.
  public internal(set) var faults = FaultPlan()
  public internal(set) var log = KernelLog()
  /// `/proc/iomem`.
  public internal(set) var iomem = ResourceTree()
  public internal(set) var memory: MemoryMap
  /// How copies are made if the user has chosen; nil for what this kernel does by itself.
  public internal(set) var chosenEngine: CopyEngine?
  public internal(set) var devices: [VirtioDevice] = []
  /// What stands at the other end of the devices' queues and behind their windows, by device.
  public internal(set) var servers: [FuseServer] = []
  /// `virtio_fs_instances`: what can be mounted, by tag.
  public internal(set) var instances: [Handle<VirtioFs>] = []
  public internal(set) var srcu = SleepableRCU()
  /// Which sleeping locks are held.
  public internal(set) var locks = LockTable()
  /// The lines whose `WARN_ON_ONCE()` has warned.
  private var warned: [Site] = []

  public internal(set) var filesystems: Slab<VirtioFs>
  public internal(set) var tags: Slab<Tag>
  public internal(set) var queueArrays: Slab<QueueArray>
  public internal(set) var pagemaps: Slab<DevPagemap>
  public internal(set) var daxDevices: Slab<DaxDevice>
  /// What is mounted.
  public internal(set) var superblocks: Slab<Superblock>
  /// The FUSE sessions, one for each superblock.
  public internal(set) var connections: Slab<FuseConnection>
  /// The inodes that are cached.
  public internal(set) var inodes: Slab<FuseInode>
  /// What the process has open and mapped.
  public internal(set) var process = ProcessFiles()
  /// How bytes of files have moved.
  public internal(set) var copyCounts = CopyCounts()
  /// Work that was queued for a kernel thread and has not been taken up.
  var queuedWork: [Work] = []

  /// The line that is running, or ran last.
  public private(set) var here = Site(.reallyProbe, 0)
  /// `current`: the task that runs it.
  public private(set) var current: TaskID = 0
  private var observed: [Observation] = []
  /// Whether somebody wants to know what happens inside the lines. Where nobody does, it is not noted.
  var isWatched = true

  init(
    release: KernelRelease, ram: [PhysicalRange], keepsMemmapInWindow: Bool = false,
    stackHoldsGarbage: Bool = false, zpci: Zpci? = nil, deviceCount: Int = 1
  ) {
    self.release = release
    self.keepsMemmapInWindow = keepsMemmapInWindow
    self.stackHoldsGarbage = stackHoldsGarbage
    self.zpci = zpci
    memory = MemoryMap(ram: ram)
    filesystems = Slab("struct virtio_fs", release, devices: deviceCount)
    tags = Slab("virtio_fs tag", release, devices: deviceCount)
    queueArrays = Slab("struct virtio_fs_vq[]", release, devices: deviceCount)
    pagemaps = Slab("struct dev_pagemap", release, devices: deviceCount)
    daxDevices = Slab("struct dax_device", release, devices: deviceCount)
    superblocks = Slab("struct super_block", release, devices: deviceCount)
    connections = Slab("struct fuse_conn", release, devices: deviceCount)
    inodes = Slab("struct fuse_inode", release, devices: deviceCount)
    for range in ram { _ = iomem.insert(Resource(range, "System RAM", isBusy: true)) }
  }

  // MARK: One line

  /// A task goes on.
  mutating func begin(_ task: TaskID) { current = task }

  /// A line begins.
  mutating func begin(at site: Site) { here = site }

  /// Forgets which line ran last, and which warnings have been given once.
  mutating func forgetPlace() {
    begin(at: Site(.reallyProbe, 0))
    begin(0)
    warned = []
    observed = []
  }

  mutating func endLine() -> [Observation] {
    if observed.isEmpty { return [] }
    defer { observed = [] }
    return observed
  }

  /// Notes that a small kernel function ran, which the model does in one go.
  mutating func ran(_ function: AtomicFunction) {
    if isWatched { observed.append(.ran(function)) }
  }

  /// Notes that a function of virtio-pci ran, if the device is on PCI: other transports have their own.
  mutating func ran(_ function: AtomicFunction, on device: DeviceID) {
    if devices[device].transport == .pci { ran(function) }
  }

  /// Whether the operation is to fail now because somebody asked for it, and with what.
  mutating func fails(_ operation: Operation) -> Errno? {
    guard let errno = faults.consume(operation, at: here) else { return nil }
    observe(.fault(operation, errno))
    return errno
  }

  /// Notes something that happened inside the line.
  mutating func observe(_ observation: Observation) {
    if isWatched { observed.append(observation) }
  }

  // MARK: Log

  mutating func log(_ level: KernelLog.Level, _ who: String, _ text: String) {
    let entry = KernelLog.Entry(level: level, who: who, text: text)
    log.append(entry)
    observe(.logged(entry))
  }

  /// `dev_err()` and its kin: the device's name stands before the text.
  mutating func log(_ level: KernelLog.Level, _ device: DeviceID, _ text: String) {
    log(level, "virtiofs \(devices[device].name)", text)
  }

  /// `WARN()`.
  mutating func warn(_ text: String) {
    log(.warning, "", "WARNING: \(here.function.name): \(text)")
  }

  /// `WARN_ONCE()`: silent from the second time on.
  mutating func warnOnce(_ text: String) {
    if warned.contains(here) { return }
    warned.append(here)
    warn(text)
  }

  mutating func logOops(_ oops: Oops) {
    log(.error, "", "Oops in \(oops.site.description(in: release)): \(oops.message)")
  }

  // MARK: Waiting

  /// Whether what is waited for has come.
  public func isOver(_ wait: Wait) -> Bool {
    switch wait {
    case .completion(let handle): pagemaps.peek(handle).map { $0.completion.done > 0 } ?? true
    case .srcu(let side): srcu.isEmpty(side)
    case .lock(let lock): locks.isFree(lock, isShared: false)
    case .sharedLock(let lock): locks.isFree(lock, isShared: true)
    case .freeRange(let handle): (connections.peek(handle)?.dax?.free.count ?? 1) > 0
    case .page(let frame): !isPinned(frame)
    case .emptyRead, .endlessWalk: false
    }
  }

  /// One sentence: what is waited for, and what keeps it from coming.
  public func explain(_ wait: Wait) -> String {
    switch wait {
    case .emptyRead:
      return
        "The loop over the pieces of a read ends when all bytes are moved. Of 0 bytes none ever is, and the length is "
        + "not looked at before: the processor is lost in it."
    case .endlessWalk:
      return "The PCI capability list is a ring. Each search call has a bound of 48 steps, but the driver's "
        + "own loop over vendor capabilities has none, so the walk never ends."
    case .srcu(let side):
      return
        "synchronize_srcu() waits for \(srcu.readers[side & 1]) reader(s) that have taken dax_read_lock() "
        + "and not yet released it."
    case .freeRange(let handle):
      let dax = connections.peek(handle)?.dax
      let count = dax?.ranges.count ?? 0
      return "It waits for a free range of the window: "
        + (count == 1 ? "the only one is in use." : "all \(count) are in use.")
    case .page(let frame): return "It waits until nobody holds page \(frame) of the window any more."
    case .lock(let lock), .sharedLock(let lock):
      guard let held = locks.holder(of: lock) else { return "It waits for \(lock.name), which is free now." }
      return "It waits for \(lock.name), which task \(held.task) holds: taken in "
        + "\(held.takenAt.description(in: release))."
    case .completion(let handle):
      let start = "wait_for_completion() on pagemap#\(handle.slot) "
      guard let pagemap = pagemaps.peek(handle) else { return start + "waits on memory that was freed." }
      switch pagemap.ref.state {
      case .live, .uninitialised:
        return start + "never returns: nobody has killed the reference count "
          + "(\(pagemap.ref.state.rawValue), \(pagemap.ref.count)), so it cannot reach zero."
      case .draining:
        let pinned = memory.pages.filter { $0.pagemap == handle }.flatMap { section in
          section.touched.filter { $0.count > 0 }.map { "page \($0.frame)" }
        }
        let holders = pinned.isEmpty ? "" : ": " + pinned.joined(separator: ", ") + " is still in use"
        return start + "needs \(pagemap.ref.count) more reference(s) to be dropped\(holders)."
      case .dead, .exited:
        return start + "never returns: the one completion has been taken already."
      }
    }
  }
}

extension Kernel: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("release", .text(release.name))
    visitor.field("arch", .text(architecture.rawValue))
    visitor.field("assume", assumption.map { .text($0.rawValue) } ?? .none)
    visitor.list("device", devices)
    visitor.list("server", servers)
    visitor.part("virtio_fs", filesystems)
    visitor.part("tags", tags)
    visitor.part("vqs", queueArrays)
    visitor.part("pagemap", pagemaps)
    visitor.part("dax_device", daxDevices)
    visitor.part("super_block", superblocks)
    visitor.part("fuse_conn", connections)
    visitor.part("fuse_inode", inodes)
    visitor.part("process", process)
    for index in instances.indices {
      visitor.enter("instance", index)
      visitor.field("fs", instances[index])
      visitor.leave()
    }
    if !copyCounts.isEmpty { visitor.part("copies", copyCounts) }
    visitor.part("memory", memory)
    if let chosenEngine { visitor.field("engine", .text(chosenEngine.name)) }
    visitor.part("iomem", iomem)
    if let zpci { visitor.part("zpci", zpci) }
    visitor.part("dax_srcu", srcu)
    visitor.list("lock", locks.held)
    visitor.field("warned_once", .number(UInt64(warned.count)))
    visitor.list("fault", faults.faults)
    visitor.part("log", log)
  }
}
