// The tasks that can be started from outside: the driver core's, and users of the window.

extension Machine {
  /// The driver core probes a device.
  @discardableResult
  public mutating func startProbe(_ device: DeviceID) -> TaskID {
    start("probe", DeviceDriverAttach(device: device).frame)
  }

  /// The driver core unbinds a device.
  @discardableResult
  public mutating func startRemove(_ device: DeviceID) -> TaskID {
    start("remove", DeviceReleaseDriverInternal(device: device).frame)
  }

  /// Somebody reads a word of the window, as often as asked: through a mount with DAX if there is one.
  ///
  /// A reader without a mount knows the DAX device, but nobody holds the instance for it.
  @discardableResult
  public mutating func startReader(_ device: DeviceID, at offset: PageOffset, rounds: UInt64 = 1) -> TaskID {
    let daxDevice = kernel.mountedDaxDevice(of: device) ?? kernel.daxDevice(of: device)
    return start("reader", Reader(daxDevice: daxDevice, offset: offset, rounds: rounds).frame)
  }

  /// Somebody pins a page of the window, and puts it unless it is kept. Nil if the device has no window.
  ///
  /// - Parameters:
  ///   - device: The device whose window it is.
  ///   - offset: The page.
  ///   - isKept: Whether the pin is for good: the task ends with the page pinned.
  @discardableResult
  public mutating func startPin(_ device: DeviceID, at offset: PageOffset, isKept: Bool = false) -> TaskID? {
    guard let fs = kernel.instance(of: device), fs.daxDevice != nil else { return nil }
    return start(
      isKept ? "hold" : "pin",
      PagePin(page: fs.frameHandedOut(at: offset, by: kernel.release), isKept: isKept).frame)
  }

  /// Somebody who has pinned a page of the window is about to put it. Nil if it cannot be pinned now.
  @discardableResult
  public mutating func startUnpin(_ device: DeviceID, at offset: PageOffset) -> TaskID? {
    var attempt = self
    guard let fs = kernel.instance(of: device), fs.daxDevice != nil else { return nil }
    let task = attempt.start("unpin", PagePin(page: fs.frameHandedOut(at: offset, by: kernel.release)).frame)
    let isPinned = { (machine: Machine) in
      machine.site(of: task).map { $0.description(in: machine.kernel.release) } == "pin.putPage"
    }
    while !isPinned(attempt), attempt.isRunnable(task) { attempt.step(task) }
    guard isPinned(attempt) else { return nil }
    self = attempt
    return task
  }

  /// Somebody calls `dax_direct_access()`, or the driver's function behind it.
  @discardableResult
  public mutating func startDirectAccess(
    _ device: DeviceID, at offset: PageOffset, pages: Int64, outputs: AccessOutputs = .both,
    driverOnly: Bool = false
  ) -> TaskID {
    let daxDevice = kernel.daxDevice(of: device)
    let frame =
      driverOnly
      ? VirtioFsDirectAccess(daxDevice: daxDevice, offset: offset, pages: pages, outputs: outputs).frame
      : DaxDirectAccess(daxDevice: daxDevice, offset: offset, pages: pages, outputs: outputs).frame
    return start("direct_access", frame)
  }

  /// Somebody calls `dax_zero_page_range()`.
  @discardableResult
  public mutating func startZeroPageRange(_ device: DeviceID, at offset: PageOffset, pages: UInt64) -> TaskID
  {
    start(
      "zero_page_range",
      DaxZeroPageRange(daxDevice: kernel.daxDevice(of: device), offset: offset, pages: pages).frame)
  }

  /// Somebody copies between the window and memory of their own.
  ///
  /// - Parameters:
  ///   - device: The device whose window it is.
  ///   - direction: Out of the window or into it.
  ///   - offset: Where in the window it begins, in bytes.
  ///   - iter: The memory; all of it is to be copied.
  ///   - engine: How; nil for what is chosen for all copies, or what the kernel does by itself.
  @discardableResult
  public mutating func startCopy(
    _ device: DeviceID, _ direction: CopyDirection, at offset: UInt64, _ iter: IovIter,
    by engine: CopyEngine? = nil
  ) -> TaskID {
    let copy = WindowCopy(
      daxDevice: kernel.daxDevice(of: device), direction: direction, offset: offset, length: iter.count,
      iter: iter, engine: engine)
    return start("copy", Copy(copy).frame)
  }

  /// Somebody mounts a tag.
  @discardableResult
  public mutating func startMount(_ tag: String, _ option: DaxOption = .unsaid) -> TaskID {
    start("mount", mountFrame(tag: tag, option, in: kernel.release))
  }

  /// Somebody mounts a tag, has a request sent to the server, and unmounts.
  @discardableResult
  public mutating func startUser(_ tag: String, _ option: DaxOption = .unsaid) -> TaskID {
    start("user", MountUser(tag: tag, option: option).frame)
  }

  /// Somebody unmounts what was mounted from a tag. Nil if nothing was.
  @discardableResult
  public mutating func startUnmount(_ tag: String) -> TaskID? {
    kernel.superblock(tag: tag).map { start("umount", DoUmount(superblock: $0).frame) }
  }

  /// Asks for a failure.
  public mutating func arm(_ fault: Fault) { kernel.faults.arm(fault) }

  /// Forgets every failure that was asked for, those of hosts included.
  public mutating func disarmAll() {
    kernel.faults.clear()
    for device in kernel.servers.indices { kernel.servers[device].faults = HostFaultPlan() }
    for device in kernel.devices.indices where kernel.zpciFunction(of: device) != nil {
      kernel.zpci?.functions[device]?.planned = []
    }
  }

  /// Runs a task until it has finished, waits, or the machine has died.
  ///
  /// - Returns: What happened, line by line.
  public mutating func run(_ task: TaskID) -> [StepEvent] {
    var events: [StepEvent] = []
    while isRunnable(task), let event = step(task) {
      events.append(event)
      if givesWay(task) { events += runWorkers() }
    }
    return events
  }

  /// Runs the same lines as ``run(_:)``, for those who want the result and not the way to it.
  ///
  /// - Returns: What the task returned; nil if it waits, or the machine has died.
  public mutating func runToEnd(_ task: TaskID) -> Value? {
    kernel.isWatched = false
    while isRunnable(task) {
      if canRunAlone {
        runOn(task)
      } else {
        step(task)
        if givesWay(task) { runWorkers() }
      }
    }
    kernel.isWatched = true
    return self.task(task)?.result
  }
}

extension Kernel {
  /// The instance that drives a device, if one does.
  public func instance(of device: DeviceID) -> VirtioFs? {
    guard devices.indices.contains(device), let handle = devices[device].driverData else { return nil }
    return filesystems.peek(handle)
  }

  /// The DAX device of a device, if it has one.
  public func daxDevice(of device: DeviceID) -> Handle<DaxDevice>? { instance(of: device)?.daxDevice }

  /// The DAX device that a mount of a device uses, which may have gone; nil without such a mount.
  func mountedDaxDevice(of device: DeviceID) -> Handle<DaxDevice>? {
    superblocks.live.first { $0.object.tag == devices[device].tag }?.object.daxDevice
  }

  /// The window of a device as the driver knows it; nil without one.
  public func window(of device: DeviceID) -> SharedMemoryRegion? {
    guard let fs = instance(of: device), fs.daxDevice != nil else { return nil }
    return SharedMemoryRegion(address: fs.windowPhysical, length: fs.windowLength)
  }
}
