/// `virtio_fs_setup_vqs()`: the queues: one of high priority, and those for requests.
public struct VirtioFsSetupVqs: KernelFunction {
  public enum Line: String, KernelLine {
    case readCount, allocateArray, allocateTemporaries, findQueues, startQueues, out
  }

  public static let id = FunctionID.virtioFsSetupVqs
  public var frame: Frame { .virtioFsSetupVqs(Activation(self)) }

  let device: DeviceID
  let fs: Handle<VirtioFs>
  var error: Errno?

  init(device: DeviceID, fs: Handle<VirtioFs>) {
    self.device = device
    self.fs = fs
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.readCount, .allocateArray, .allocateTemporaries, .findQueues, .startQueues, .out]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .readCount:
      let count = kernel.devices[device].requestQueueCount
      if count == 0 || kernel.fails(.check) != nil { return .fail(.EINVAL) }
      var object = try kernel.filesystems.read(fs, at: kernel.here)
      object.queueCount = count + 1
      try kernel.filesystems.write(fs, object, at: kernel.here)
      return .next
    case .allocateArray:
      return try allocateArray(in: &kernel)
    case .allocateTemporaries:
      if let errno = kernel.fails(.kzalloc) { return unwind(errno) }
      for _ in 0..<(try kernel.filesystems.read(fs, at: kernel.here).queueCount) {
        kernel.ran(.virtioFsInitVq)
      }
      return .next
    case .findQueues:
      return try findQueues(in: &kernel)
    case .startQueues:
      for index in kernel.devices[device].queues.indices {
        kernel.devices[device].queues[index].isConnected = true
      }
      return .done(.success)
    case .out:
      if !kernel.release.has(.fsIsDeviceManaged) { try kernel.freeQueueArray(of: fs) }
      return .fail(error ?? .ENOMEM)
    }
  }

  private func allocateArray(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    var object = try kernel.filesystems.read(fs, at: kernel.here)
    let array = QueueArray(count: object.queueCount)
    let device = device
    if kernel.release.has(.fsIsDeviceManaged) {
      let made = kernel.devmKzalloc(device) { kernel in
        let handle = kernel.queueArrays.allocate(array, for: device)
        return (handle, .queues(handle))
      }
      guard case .success(let handle) = made else { return .fail(.ENOMEM) }
      object.queues = handle
    } else {
      if kernel.fails(.kzalloc) != nil { return .fail(.ENOMEM) }
      object.queues = kernel.queueArrays.allocate(array, for: device)
    }
    try kernel.filesystems.write(fs, object, at: kernel.here)
    return .next
  }

  private mutating func findQueues(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    kernel.ran(.vpModernFindVqs, on: device)
    if let errno = kernel.fails(.findVqs) { return unwind(errno) }
    let count = try kernel.filesystems.read(fs, at: kernel.here).queueCount
    for index in 0..<count {
      kernel.ran(.vpSetupVq, on: device)
      kernel.ran(.vringCreateVirtqueue)
      let name = index == 0 ? "hiprio" : "requests.\(index - 1)"
      kernel.devices[device].queues.append(Virtqueue(name: name, isConnected: false))
    }
    for _ in 0..<count { kernel.ran(.vpModernSetQueueEnable, on: device) }
    return .next
  }

  private mutating func unwind(_ errno: Errno) -> Flow<Line> {
    error = errno
    return .jump(.out)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vdev", .number(UInt64(device)))
    visitor.field("fs", fs)
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension VirtioFsSetupVqs.Line {
  public var note: Note {
    switch self {
    case .readCount:
      Note("Reads the number of request queues; none is refused.", failsWith: [.EINVAL])
    case .allocateArray: Note("Allocates the array of queue structures.", failsWith: [.ENOMEM])
    case .allocateTemporaries:
      Note("Allocates the lists of names and callbacks and fills in the queues.", failsWith: [.ENOMEM])
    case .findQueues:
      Note(
        "Asks the transport to create the queues, and their interrupts.",
        failsWith: [.ENOENT, .ENOMEM, .EBUSY, .EINVAL])
    case .startQueues: Note("Marks every queue connected: requests may be put on it.")
    case .out: Note("out: frees the array if something failed.")
    }
  }
}
