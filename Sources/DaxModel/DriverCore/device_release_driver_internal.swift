/// `device_release_driver_internal()`: the driver core unbinds a device, with the device locked.
public struct DeviceReleaseDriverInternal: KernelFunction {
  public enum Line: String, KernelLine { case lockDevice, releaseDriver, unlockDevice }

  public static let id = FunctionID.deviceReleaseDriverInternal
  public var frame: Frame { .deviceReleaseDriverInternal(Activation(self)) }

  let device: DeviceID

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockDevice, .releaseDriver, .unlockDevice]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockDevice: return kernel.lock(.device(device))
    case .releaseDriver: return .call(DeviceReleaseDriver(device: device))
    case .unlockDevice:
      kernel.unlock(.device(device))
      return .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dev", .number(UInt64(device)))
  }
}

extension DeviceReleaseDriverInternal.Line {
  public var note: Note {
    switch self {
    case .lockDevice:
      Note(
        "Takes the device's lock.",
        why: "As long as it is held nobody can bind the device again: a release that hangs keeps it for ever."
      )
    case .releaseDriver: Note("Lets the driver go.", calls: [.deviceReleaseDriver])
    case .unlockDevice: Note("Drops the lock.")
    }
  }
}
