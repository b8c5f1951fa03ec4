/// `virtio_fs_add_instance()`: the instance can be found by its tag from now on.
public struct VirtioFsAddInstance: KernelFunction {
  public enum Line: String, KernelLine {
    case lockInstances, checkDuplicate, addKobject, appendInstance, unlockInstances, sendEvent
  }

  public static let id = FunctionID.virtioFsAddInstance
  public var frame: Frame { .virtioFsAddInstance(Activation(self)) }

  let device: DeviceID
  let fs: Handle<VirtioFs>
  var error: Errno?

  init(device: DeviceID, fs: Handle<VirtioFs>) {
    self.device = device
    self.fs = fs
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.instancesInSysfs)
      ? [.lockInstances, .checkDuplicate, .addKobject, .appendInstance, .unlockInstances, .sendEvent]
      : [.lockInstances, .checkDuplicate, .appendInstance, .unlockInstances]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockInstances:
      return kernel.lock(.instances)
    case .checkDuplicate:
      let tag = try tagText(of: fs, in: kernel)
      for other in kernel.instances where try tagText(of: other, in: kernel) == tag { return unwind(.EEXIST) }
      return kernel.fails(.check) == nil ? .next : unwind(.EEXIST)
    case .addKobject:
      return kernel.fails(.kobjectAdd).map { unwind($0) } ?? .next
    case .appendInstance:
      kernel.instances.append(fs)
      return .next
    case .unlockInstances:
      kernel.unlock(.instances)
      if let error { return .fail(error) }
      return kernel.release.has(.instancesInSysfs) ? .next : .done(.success)
    case .sendEvent:
      kernel.ran(.virtioFsUevent)
      return .done(.success)
    }
  }

  private mutating func unwind(_ errno: Errno) -> Flow<Line> {
    error = errno
    return .jump(.unlockInstances)
  }

  private func tagText(of fs: Handle<VirtioFs>, in kernel: Kernel) throws(Oops) -> String {
    guard let tag = try kernel.filesystems.read(fs, at: kernel.here).tag else { return "" }
    return try kernel.tags.read(tag, at: kernel.here).text
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vdev", .number(UInt64(device)))
    visitor.field("fs", fs)
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension VirtioFsAddInstance.Line {
  public var note: Note {
    switch self {
    case .lockInstances: Note("Takes virtio_fs_mutex.")
    case .checkDuplicate: Note("Refuses a tag that another instance has.", failsWith: [.EEXIST])
    case .addKobject: Note("Makes its folder under /sys/fs/virtiofs.", failsWith: [.ENOMEM])
    case .appendInstance: Note("Appends it to the list of instances: it can be mounted.")
    case .unlockInstances: Note("Drops the mutex; on an error returns it.")
    case .sendEvent: Note("Tells user space that it is there.")
    }
  }
}
