/// `virtio_fs_probe()`: the file system driver takes a device.
public struct VirtioFsProbe: KernelFunction {
  public enum Line: String, KernelLine {
    case allocateFs, storePrivate, readTag, checkTag, setupQueues, checkQueues, mapQueues, setupDax, checkDax
    case deviceReady, addInstance, checkInstance
    case outVqs, deleteQueues, freeQueues, out, freeFs
  }

  public static let id = FunctionID.virtioFsProbe
  public var frame: Frame { .virtioFsProbe(Activation(self)) }

  let device: DeviceID
  var fs: Handle<VirtioFs>?
  var error: Errno?

  init(device: DeviceID) { self.device = device }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.allocateFs, .storePrivate, .readTag, .checkTag, .setupQueues, .checkQueues]
      + (release.has(.mapsQueuesToProcessors) ? [.mapQueues] : [])
      + [.setupDax, .checkDax, .deviceReady, .addInstance, .checkInstance, .outVqs, .deleteQueues]
      + (release.has(.fsIsDeviceManaged) || release.has(.instancesInSysfs) ? [] : [.freeQueues])
      + (release.has(.fsIsDeviceManaged) ? [.out] : [.out, .freeFs])
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    if line == .allocateFs { return allocate(in: &kernel) }
    guard let fs else { return .fail(.ENOMEM) }
    switch line {
    case .allocateFs:
      return .next
    case .storePrivate:
      kernel.devices[device].driverData = fs
      return .next
    case .readTag:
      return .call(VirtioFsReadTag(device: device, fs: fs))
    case .checkTag:
      return returned.errno.map { unwind($0, to: .out) } ?? .next
    case .setupQueues:
      return .call(VirtioFsSetupVqs(device: device, fs: fs))
    case .checkQueues:
      return returned.errno.map { unwind($0, to: .out) } ?? .next
    case .mapQueues:
      kernel.ran(.vpGetVqAffinity, on: device)
      return .next
    case .setupDax:
      return .call(VirtioFsSetupDax(device: device, fs: fs))
    case .checkDax:
      return returned.errno.map { unwind($0, to: .outVqs) } ?? .next
    case .deviceReady:
      kernel.addStatus(.driverOK, to: device)
      return .next
    case .addInstance:
      return .call(VirtioFsAddInstance(device: device, fs: fs))
    case .checkInstance:
      return returned.errno.map { unwind($0, to: .outVqs) } ?? .done(.success)
    case .outVqs:
      kernel.resetDevice(device)
      return .next
    case .deleteQueues:
      kernel.deleteQueues(device)
      return .next
    case .freeQueues:
      try kernel.freeQueueArray(of: fs)
      return .next
    case .out:
      kernel.devices[device].driverData = nil
      return kernel.release.has(.fsIsDeviceManaged) ? returnError() : .next
    case .freeFs:
      try kernel.putFs(fs)
      return returnError()
    }
  }

  private mutating func allocate(in kernel: inout Kernel) -> Flow<Line> {
    let device = device
    if kernel.release.has(.fsIsDeviceManaged) {
      let made = kernel.devmKzalloc(device) { kernel in
        let handle = kernel.filesystems.allocate(VirtioFs(device: device), for: device)
        return (handle, .fs(handle))
      }
      guard case .success(let handle) = made else { return .fail(.ENOMEM) }
      fs = handle
    } else {
      if kernel.fails(.kzalloc) != nil { return .fail(.ENOMEM) }
      fs = kernel.filesystems.allocate(VirtioFs(device: device), for: device)
    }
    return .next
  }

  private mutating func unwind(_ errno: Errno, to line: Line) -> Flow<Line> {
    error = errno
    return .jump(line)
  }

  private func returnError() -> Flow<Line> { .done(error.map { .error($0) } ?? .success) }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vdev", .number(UInt64(device)))
    visitor.field("fs", fs)
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension Kernel {
  /// Frees the array of queue structures, where it is not devres memory.
  mutating func freeQueueArray(of fs: Handle<VirtioFs>) throws(Oops) {
    var object = try filesystems.read(fs, at: here)
    if let queues = object.queues { try queueArrays.free(queues, at: here) }
    object.queues = nil
    try filesystems.write(fs, object, at: here)
  }

  /// `virtio_fs_put()`, or the kobject's in 6.12: the last reference frees the instance and its queue array.
  mutating func putFs(_ fs: Handle<VirtioFs>) throws(Oops) {
    var object = try filesystems.read(fs, at: here)
    object.references -= 1
    try filesystems.write(fs, object, at: here)
    guard object.references == 0 else { return }
    if release.has(.instancesInSysfs) { ran(.virtioFsKtypeRelease) }
    try freeQueueArray(of: fs)
    try filesystems.free(fs, at: here)
  }
}

extension VirtioFsProbe.Line {
  public var note: Note {
    switch self {
    case .allocateFs:
      Note(
        "Allocates the instance.",
        why:
          "In the reviewed patch it is devres memory and dies with the device, though a mount may still use it.",
        failsWith: [.ENOMEM])
    case .storePrivate: Note("Lets the device point to it.")
    case .readTag: Note("Reads the tag by which it will be mounted.", calls: [.virtioFsReadTag])
    case .checkTag, .checkQueues, .checkDax, .checkInstance:
      switch self {
      case .checkTag, .checkQueues: Note("On an error goes to out.")
      case .checkDax: Note("On an error goes to out_vqs: a broken window costs the whole device.")
      default: Note("On an error goes to out_vqs, else the probe has succeeded.")
      }
    case .setupQueues: Note("Creates the queues.", calls: [.virtioFsSetupVqs])
    case .mapQueues: Note("Spreads the request queues over the processors.")
    case .setupDax: Note("Finds the window and makes a DAX device of it.", calls: [.virtioFsSetupDax])
    case .deviceReady: Note("Sets DRIVER_OK: the device may be used from here on.")
    case .addInstance: Note("Makes the instance known by its tag.", calls: [.virtioFsAddInstance])
    case .outVqs: Note("out_vqs: resets the device.")
    case .deleteQueues: Note("Deletes the queues.")
    case .freeQueues: Note("Frees the array of queue structures.")
    case .out: Note("out: the device no longer points to the instance.")
    case .freeFs:
      Note(
        "Frees the instance and returns the error.",
        why: "Where it is a kobject this drops the one reference, which frees the queue array as well.")
    }
  }
}
