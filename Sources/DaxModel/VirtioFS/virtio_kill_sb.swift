/// `virtio_kill_sb()`: a file system is unmounted, or could not be mounted.
public struct VirtioKillSb: KernelFunction {
  public enum Line: String, KernelLine { case dropMount, destroyConnection, freeSuper, putFs }

  public static let id = FunctionID.virtioKillSb
  public var frame: Frame { .virtioKillSb(Activation(self)) }

  let superblock: Handle<Superblock>?
  var fs: Handle<VirtioFs>?

  init(superblock: Handle<Superblock>?) { self.superblock = superblock }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.dropMount, .destroyConnection, .freeSuper] + (release.has(.fsIsDeviceManaged) ? [] : [.putFs])
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let superblock else { return .done(.success) }
    switch line {
    case .dropMount:
      var object = try kernel.superblocks.read(superblock, at: kernel.here)
      object.mounts -= 1
      fs = object.fs
      try kernel.superblocks.write(superblock, object, at: kernel.here)
      guard object.mounts > 0 else { return .next }
      if let connection = object.connection {
        try kernel.changeConnection(connection) { $0.isDetached = false }
      }
      return .done(.success)
    case .destroyConnection:
      if !kernel.release.has(.fsIsDeviceManaged), kernel.mustWait(for: .instances) {
        return .wait(.lock(.instances))
      }
      guard let fs, try kernel.superblocks.read(superblock, at: kernel.here).isActive else { return .next }
      _ = try kernel.filesystems.read(fs, at: kernel.here)
      guard let connection = try kernel.superblocks.read(superblock, at: kernel.here).connection else {
        return .next
      }
      try kernel.changeDax(connection) { dax in (dax.isWorkerCancelled, dax.wantsWorkerLater) = (true, false)
      }
      if !kernel.isOver(.worker(connection)) { return .wait(.worker(connection)) }
      return .call(FuseConnDestroy(connection: connection))
    case .freeSuper:
      try kernel.superblocks.free(superblock, at: kernel.here)
      return kernel.release.has(.fsIsDeviceManaged) ? .done(.success) : .next
    case .putFs:
      if kernel.mustWait(for: .instances) { return .wait(.lock(.instances)) }
      if let fs { try kernel.putFs(fs) }
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("sb", superblock)
    visitor.field("fs", fs)
  }
}

extension VirtioKillSb.Line {
  public var note: Note {
    switch self {
    case .dropMount: Note("deactivate_super(): as long as others have it mounted, nothing else happens.")
    case .destroyConnection:
      Note(
        "Cancels the worker that frees ranges, or waits for it; ends the FUSE session and frees the devices of the queues.",
        why:
          "It reads the instance. Where that is devres memory and the device is gone, this is a use after free. "
          + "Since 5.10 draining the queues takes virtio_fs_mutex, so that it does not meet a removal.",
        calls: [.fuseConnDestroy])
    case .freeSuper: Note("Frees the superblock.")
    case .putFs:
      Note("The connection goes, and with it the mount's reference to the instance, under virtio_fs_mutex.")
    }
  }
}
