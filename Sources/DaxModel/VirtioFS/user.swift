/// A user of a mount: mounts a tag, has a request sent to the server, and unmounts.
///
/// It knows the instance only through the superblock, as a mounted file system does.
public struct MountUser: KernelFunction {
  public enum Line: String, KernelLine { case mount, checkMount, sendRequest, unmount, returnResult }

  public static let id = FunctionID.user
  public var frame: Frame { .user(Activation(self)) }

  let tag: String
  let option: DaxOption
  var superblock: Handle<Superblock>?
  var result = Value.success

  init(tag: String, option: DaxOption) {
    self.tag = tag
    self.option = option
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.mount, .checkMount, .sendRequest, .unmount, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .mount:
      return .call(mountFrame(tag: tag, option, in: kernel.release))
    case .checkMount:
      if returned.errno != nil { return .done(returned) }
      superblock = kernel.superblock(tag: tag)
      return .next
    case .sendRequest:
      guard let superblock else { return .next }
      result = try sendRequest(to: kernel.superblocks.read(superblock, at: kernel.here).fs, in: kernel)
      return .next
    case .unmount:
      return .call(VirtioKillSb(superblock: superblock))
    case .returnResult:
      return .done(result)
    }
  }

  /// `virtio_fs_send_req()`, as far as it touches the instance: a queue that is not connected refuses the request.
  private func sendRequest(to fs: Handle<VirtioFs>, in kernel: Kernel) throws(Oops) -> Value {
    let instance = try kernel.filesystems.read(fs, at: kernel.here)
    if let queues = instance.queues { _ = try kernel.queueArrays.read(queues, at: kernel.here) }
    let queue = kernel.devices[instance.device].queues.last
    return queue?.isConnected == true ? .success : .error(.ENOTCONN)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("tag", .text(tag))
    visitor.field("option", .text(option.rawValue))
    visitor.field("sb", superblock)
    visitor.field("result", .text("\(result)"))
  }
}

/// The first function of a mount: in the reviewed patch the superblock is filled in at once.
func mountFrame(tag: String, _ option: DaxOption, in release: KernelRelease) -> Frame {
  release.has(.fsIsDeviceManaged)
    ? VirtioFsFillSuper(tag: tag, option: option).frame : VirtioFsGetTree(tag: tag, option: option).frame
}

extension MountUser.Line {
  public var note: Note {
    switch self {
    case .mount: Note("Mounts the tag.", calls: [.virtioFsGetTree, .virtioFsFillSuper])
    case .checkMount: Note("Without a mount there is nothing to use: the error is returned.")
    case .sendRequest:
      Note(
        "Has a request put on a queue of the instance.",
        why:
          "After an unbind the queues are disconnected and the request fails with -ENOTCONN. Where the instance is "
          + "devres memory it has been freed by then, and this is a use after free.")
    case .unmount: Note("Unmounts.", calls: [.virtioKillSb])
    case .returnResult: Note("Returns what became of the request.")
    }
  }
}
