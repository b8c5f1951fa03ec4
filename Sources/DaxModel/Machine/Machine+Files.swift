// System calls on what is mounted, and the process's memory.

extension Machine {
  /// Starts a system call of a process on what is mounted from the device.
  @discardableResult
  public mutating func start(_ call: SystemCall, on device: DeviceID = 0) -> TaskID {
    start(call.name, frame(of: call, on: device))
  }

  private func frame(of call: SystemCall, on device: DeviceID) -> Frame {
    switch call {
    case .open(let path, let flags):
      return DoSysOpen(
        connection: kernel.connection(of: device), path: FileName(path) ?? .empty, flags: flags
      ).frame
    case .exec(let path):
      return DoExec(connection: kernel.connection(of: device), path: FileName(path) ?? .empty).frame
    case .pread(let descriptor, let offset, let iter):
      return KsysPread(descriptor: descriptor, position: offset, iter: iter, isWrite: false).frame
    case .pwrite(let descriptor, let offset, let iter):
      return KsysPread(descriptor: descriptor, position: offset, iter: iter, isWrite: true).frame
    case .sendfile(let descriptor, let offset, let length):
      let iter = IovIter(buffers: [length], on: kernel.architecture)
      return KsysPread(descriptor: descriptor, position: offset, iter: iter, isWrite: false).frame
    case .mmap(let descriptor, let request): return KsysMmap(descriptor: descriptor, request: request).frame
    case .munmap(let mapping, let piece): return VmMunmap(mapping: mapping, piece: piece).frame
    case .load(let mapping, let offset, let iter):
      return UserAccess(mapping: mapping, offset: offset, length: iter.count, iter: iter, isStore: false)
        .frame
    case .store(let mapping, let offset, let iter):
      return UserAccess(mapping: mapping, offset: offset, length: iter.count, iter: iter, isStore: true).frame
    default: return FileCall(connection: kernel.connection(of: device), call: call).frame
    }
  }

  /// Bytes of the process's memory.
  public func readUser(_ address: UInt64, count: Int) -> [UInt8] {
    kernel.memory.user.bytes(at: address, count: count)
  }

  /// Writes bytes into the process's memory.
  public mutating func writeUser(_ bytes: [UInt8], at address: UInt64) {
    kernel.memory.user.write(bytes, at: address)
  }

  /// Bytes of a mapping as loads would find them now: nothing faults for it, and nobody is asked. Fewer where a hole
  /// follows.
  public func peek(_ mapping: MappingID, offset: UInt64, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let place = offset &+ UInt64(bytes.count)
      guard let slot = kernel.process.area(of: mapping, at: place), let area = kernel.process.mapping(slot)
      else {
        return bytes
      }
      let wanted = min(count - bytes.count, Int(pageSize - place % pageSize))
      bytes += kernel.peek(area, area.offset + (place - area.lead), wanted)
    }
    return bytes
  }

  /// Lets memory of the process read as if nobody had ever written to it. What was stored of it is given up.
  public mutating func clearUser(_ range: Range<UInt64>) { kernel.memory.user.reset(range) }

  /// How much is stored of the process's memory.
  public var storedUserBytes: ByteCount { kernel.memory.user.storedBytes }

  /// The server at the other end of a device: its files, what is mapped, its log.
  public func server(of device: DeviceID) -> FuseServer? {
    kernel.devices.indices.contains(device) ? kernel.servers[device] : nil
  }

  /// Somebody does something on the host.
  public mutating func changeServer<Result>(
    of device: DeviceID, _ body: (inout FuseServer) -> Result
  ) -> Result? {
    kernel.devices.indices.contains(device) ? body(&kernel.servers[device]) : nil
  }

  /// Lets kernel threads that have work run until they wait or end, as one processor does it when the kicker sleeps.
  ///
  /// - Returns: The lines that ran.
  @discardableResult
  public mutating func runWorkers() -> [StepEvent] {
    var events: [StepEvent] = []
    while let worker = runnableWorker {
      guard let event = step(worker) else { break }
      events.append(event)
      reap(worker)
    }
    return events
  }

  /// A kernel thread that can run.
  public var runnableWorker: TaskID? {
    if oops != nil { return nil }
    return tasks.first { $0.name == Machine.workerName && isRunnable($0.id) }?.id
  }

  /// Whether a kernel thread that has been woken runs before the next line of a task, on the one processor of both.
  ///
  /// A task that sleeps, takes a lock or returns to its program gives way. One that copies to or from its program does
  /// not, also if a page fault inside the copy has just ended: with voluntary preemption nothing there lets others run,
  /// up to the next piece of the file.
  public func givesWay(_ id: TaskID) -> Bool {
    guard let stack = task(id)?.stack else { return true }
    var isCopying = false
    for frame in stack {
      switch frame {
      case .daxIomapRw: isCopying = true
      case .fuseIomapBegin, .fuseDaxFault: isCopying = false
      default: break
      }
    }
    return !isCopying || !isRunnable(id)
  }

  /// Whether no kernel thread has work that it could come to between two lines of a task.
  var canRunAlone: Bool { !tasks.contains { $0.name == Machine.workerName } }

  /// What kernel threads are called in the list of tasks.
  public static var workerName: String { "kworker" }

  /// Gives queued work to kernel threads.
  mutating func takeUpWork() {
    let work = kernel.queuedWork
    kernel.queuedWork = []
    for item in work {
      switch item {
      case .freeRanges(let connection): start(Machine.workerName, FuseDaxFreeMemWorker(connection).frame)
      }
    }
  }

  /// Time passes: work that was put off is done now.
  public mutating func passTime() {
    takeUpDelayedWork()
    runWorkers()
  }

  /// When nobody can run, time passes until work that was put off is due.
  mutating func wakeDelayedWork() {
    if !tasks.contains(where: { isRunnable($0.id) }) { takeUpDelayedWork() }
  }

  private mutating func takeUpDelayedWork() {
    for handle in kernel.connections.handles
    where kernel.connections.peek(handle)?.dax?.wantsWorkerLater == true {
      kernel.putOffNoLonger(handle)
    }
    takeUpWork()
  }
}

extension Kernel {
  /// The session of what is mounted from a device.
  public func connection(of device: DeviceID) -> Handle<FuseConnection>? {
    superblocks.live.first { $0.object.isActive && $0.object.tag == devices[device].tag }?.object.connection
  }

  /// Where a mapping begins in the process's address space.
  public func address(of mapping: MappingID) -> UInt64? { process.start(of: mapping)?.address }

  /// Bytes of a page of a mapped file as the process sees it, whether it is in the page tables or not.
  func peek(_ area: ProcessFiles.Mapping, _ place: UInt64, _ count: Int) -> [UInt8] {
    if area.copies.contains(place) {
      return memory.user.bytes(at: area.address + (place - area.offset), count: count)
    }
    var bytes: [UInt8] = []
    if let inode = inodes.peek(area.inode), let session = connections.peek(inode.connection) {
      if inode.cache.isUptodate(place) { return inode.cache.memory.bytes(at: place, count: count) }
      let server = servers[session.device]
      if let number = server.nodes.inode(of: inode.node), let file = try? server.files.file(number) {
        bytes = file.bytes(at: FileOffset(place), count: count)
      }
    }
    return bytes + [UInt8](repeating: 0, count: count - bytes.count)
  }

  mutating func putOffNoLonger(_ handle: Handle<FuseConnection>) {
    guard var connection = connections.peek(handle), var dax = connection.dax else { return }
    dax.wantsWorkerLater = false
    dax.isWorkerQueued = true
    connection.dax = dax
    guard (try? connections.write(handle, connection, at: here)) != nil else { return }
    queuedWork.append(.freeRanges(handle))
  }
}
