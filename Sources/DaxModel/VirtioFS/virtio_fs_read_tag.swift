/// `virtio_fs_read_tag()`: copies the tag out of the device's configuration.
public struct VirtioFsReadTag: KernelFunction {
  public enum Line: String, KernelLine { case checkEmpty, allocateTag, checkNewline, announceTag }

  public static let id = FunctionID.virtioFsReadTag
  public var frame: Frame { .virtioFsReadTag(Activation(self)) }

  let device: DeviceID
  let fs: Handle<VirtioFs>

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkEmpty, .allocateTag] + (release.has(.refusesNewlineInTag) ? [.checkNewline] : [])
      + (release.has(.announcesTag) ? [.announceTag] : [])
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let text = kernel.devices[device].tag
    switch line {
    case .checkEmpty:
      return text.isEmpty || kernel.fails(.check) != nil ? .fail(.EINVAL) : .next
    case .allocateTag:
      let made = kernel.devmKzalloc(device) { kernel in
        let handle = kernel.tags.allocate(Tag(text: text), for: device)
        return (handle, .tag(handle))
      }
      guard case .success(let tag) = made else { return .fail(.ENOMEM) }
      var object = try kernel.filesystems.read(fs, at: kernel.here)
      object.tag = tag
      try kernel.filesystems.write(fs, object, at: kernel.here)
      return kernel.release.has(.refusesNewlineInTag) ? .next : .done(.success)
    case .checkNewline:
      if text.utf8.contains(UInt8(ascii: "\n")) || kernel.fails(.check) != nil {
        kernel.log(.debug, device, "refusing virtiofs tag with newline character")
        return .fail(.EINVAL)
      }
      return kernel.release.has(.announcesTag) ? .next : .done(.success)
    case .announceTag:
      kernel.log(.info, device, "discovered new tag: \(text)")
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vdev", .number(UInt64(device)))
    visitor.field("fs", fs)
  }
}

extension VirtioFsReadTag.Line {
  public var note: Note {
    switch self {
    case .checkEmpty: Note("Reads 36 bytes; an empty tag is refused.", failsWith: [.EINVAL])
    case .allocateTag:
      Note(
        "Copies it, with an end, into devres memory.",
        why:
          "It dies with the device, while the instance may live on: a message after unplug may print freed memory.",
        failsWith: [.ENOMEM])
    case .checkNewline: Note("Refuses a newline in it: sysfs shows the tag.", failsWith: [.EINVAL])
    case .announceTag:
      Note("Tells the log.", why: "Long before anybody knows whether the device can be driven.")
    }
  }
}
