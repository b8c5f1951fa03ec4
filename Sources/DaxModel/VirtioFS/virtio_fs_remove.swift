/// `virtio_fs_remove()`: the file system driver gives up a device. What devres holds is released afterwards.
public struct VirtioFsRemove: KernelFunction {
  public enum Line: String, KernelLine {
    case freeQueueDevices, lockInstances, removeInstance, stopQueues, drainQueues, resetDevice, deleteQueues,
      unlinkInstance
    case clearPrivate, putFs, unlockInstances
  }

  public static let id = FunctionID.virtioFsRemove
  public var frame: Frame { .virtioFsRemove(Activation(self)) }

  let device: DeviceID
  var fs: Handle<VirtioFs>?

  init(device: DeviceID) { self.device = device }

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.drainsQueuesOnRemove)
      ? [
        .lockInstances, .removeInstance, .stopQueues, .drainQueues, .resetDevice, .deleteQueues,
        .clearPrivate,
        .putFs, .unlockInstances,
      ]
      : [.freeQueueDevices, .resetDevice, .deleteQueues, .unlinkInstance, .clearPrivate]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    if fs == nil { fs = kernel.devices[device].driverData }
    guard let fs else { return .done(.void) }
    switch line {
    case .freeQueueDevices:
      return .next
    case .lockInstances:
      return kernel.lock(.instances)
    case .removeInstance, .unlinkInstance:
      if line == .unlinkInstance, kernel.mustWait(for: .instances) { return .wait(.lock(.instances)) }
      kernel.instances.removeAll { $0 == fs }
      if kernel.release.has(.instancesInSysfs) { kernel.ran(.virtioFsUevent) }
      return .next
    case .stopQueues:
      for index in kernel.devices[device].queues.indices {
        kernel.devices[device].queues[index].isConnected = false
      }
      return .next
    case .drainQueues:
      for _ in kernel.devices[device].queues { kernel.ran(.virtioFsDrainQueue) }
      return .next
    case .resetDevice:
      kernel.resetDevice(device)
      return .next
    case .deleteQueues:
      kernel.deleteQueues(device)
      return .next
    case .clearPrivate:
      kernel.devices[device].driverData = nil
      return .next
    case .putFs:
      try kernel.putFs(fs)
      return .next
    case .unlockInstances:
      kernel.unlock(.instances)
      return .done(.void)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vdev", .number(UInt64(device)))
    visitor.field("fs", fs)
  }
}

extension VirtioFsRemove.Line {
  public var note: Note {
    switch self {
    case .freeQueueDevices: Note("Finishes the work of every queue and frees its FUSE device.")
    case .lockInstances:
      Note(
        "Takes virtio_fs_mutex.",
        why: "Until the end nobody can mount, and no mount can end: they would find half an instance.")
    case .removeInstance:
      Note("Takes the instance off the list: nobody can mount it any more, though mounts go on.")
    case .unlinkInstance:
      Note(
        "Takes the instance off the list, under virtio_fs_mutex.",
        why: "Late: until here it could still be mounted.")
    case .stopQueues: Note("Marks the queues disconnected: new requests fail with -ENOTCONN.")
    case .drainQueues: Note("Waits for the requests under way.")
    case .resetDevice: Note("Resets the device.")
    case .deleteQueues: Note("Deletes the queues.")
    case .clearPrivate: Note("The device no longer points to the instance.")
    case .putFs:
      Note(
        "Drops the device's reference; a mount may keep the instance alive.",
        why: "DAX is still up: devres is next.")
    case .unlockInstances: Note("Drops the mutex.")
    }
  }
}
