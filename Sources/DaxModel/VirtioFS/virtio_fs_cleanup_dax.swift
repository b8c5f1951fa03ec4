/// `virtio_fs_cleanup_dax()`: the managed release of the DAX device.
public struct VirtioFsCleanupDax: KernelFunction {
  public enum Line: String, KernelLine { case readPointer, killDax, putDax }

  /// What the action was registered with.
  public enum Argument: Hashable, Sendable {
    /// The DAX device itself, since 5.10.
    case daxDevice(Handle<DaxDevice>)
    /// The instance, whose pointer is read when the action runs.
    case filesystem(Handle<VirtioFs>)
  }

  public static let id = FunctionID.virtioFsCleanupDax
  public var frame: Frame { .virtioFsCleanupDax(Activation(self)) }

  let argument: Argument
  var daxDevice: Handle<DaxDevice>?

  init(_ argument: Argument) {
    self.argument = argument
    if case .daxDevice(let handle) = argument { daxDevice = handle }
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.fsIsDeviceManaged) ? [.readPointer, .killDax, .putDax] : [.killDax, .putDax]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .readPointer:
      if case .filesystem(let fs) = argument {
        daxDevice = try kernel.filesystems.read(fs, at: kernel.here).daxDevice
      }
      return .next
    case .killDax: return .call(KillDax(daxDevice: daxDevice))
    case .putDax: return .call(PutDax(daxDevice: daxDevice))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dax_dev", daxDevice)
  }
}

extension VirtioFsCleanupDax.Line {
  public var note: Note {
    switch self {
    case .readPointer:
      Note(
        "Reads fs->dax_dev now.", why: "Safe only because the instance is devres memory that is freed later.")
    case .killDax: Note("No new users, and the present ones have left.", calls: [.killDax])
    case .putDax: Note("Drops the device.", calls: [.putDax])
    }
  }
}
