/// `virtio_fs_add_instance()`: the instance can be found by its tag from now on.
public struct VirtioFsAddInstance: KernelFunction {
  public enum Line: String, KernelLine { case checkDuplicate, addKobject, appendInstance, sendEvent }

  public static let id = FunctionID.virtioFsAddInstance
  public var frame: Frame { .virtioFsAddInstance(Activation(self)) }

  let device: DeviceID
  let fs: Handle<VirtioFs>

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.instancesInSysfs)
      ? [.checkDuplicate, .addKobject, .appendInstance, .sendEvent] : [.checkDuplicate, .appendInstance]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkDuplicate:
      let tag = try tagText(of: fs, in: kernel)
      for other in kernel.instances where try tagText(of: other, in: kernel) == tag { return .fail(.EEXIST) }
      return kernel.fails(.check) == nil ? .next : .fail(.EEXIST)
    case .addKobject:
      return kernel.fails(.kobjectAdd).map { .fail($0) } ?? .next
    case .appendInstance:
      kernel.instances.append(fs)
      return kernel.release.has(.instancesInSysfs) ? .next : .done(.success)
    case .sendEvent:
      kernel.ran(.virtioFsUevent)
      return .done(.success)
    }
  }

  private func tagText(of fs: Handle<VirtioFs>, in kernel: Kernel) throws(Oops) -> String {
    guard let tag = try kernel.filesystems.read(fs, at: kernel.here).tag else { return "" }
    return try kernel.tags.read(tag, at: kernel.here).text
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vdev", .number(UInt64(device)))
    visitor.field("fs", fs)
  }
}

extension VirtioFsAddInstance.Line {
  public var note: Note {
    switch self {
    case .checkDuplicate: Note("Refuses a tag that another instance has.", failsWith: [.EEXIST])
    case .addKobject: Note("Makes its folder under /sys/fs/virtiofs.", failsWith: [.ENOMEM])
    case .appendInstance: Note("Appends it to the list of instances: it can be mounted.")
    case .sendEvent: Note("Tells user space that it is there.")
    }
  }
}
