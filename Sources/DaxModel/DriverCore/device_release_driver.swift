/// `__device_release_driver()`: the driver leaves the device; first its remove function, then devres.
public struct DeviceReleaseDriver: KernelFunction {
  public enum Line: String, KernelLine { case removeDevice, unbindCleanup, driverUnbound }

  public static let id = FunctionID.deviceReleaseDriver
  public var frame: Frame { .deviceReleaseDriver(Activation(self)) }

  let device: DeviceID

  public static func lines(in release: KernelRelease) -> [Line] {
    [.removeDevice, .unbindCleanup, .driverUnbound]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .removeDevice:
      guard kernel.devices[device].isBound else { return .done(.success) }
      return .call(VirtioDevRemove(device: device))
    case .unbindCleanup:
      return .call(DeviceUnbindCleanup(device: device))
    case .driverUnbound:
      kernel.devices[device].isBound = false
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
  }
}

extension DeviceReleaseDriver.Line {
  public var note: Note {
    switch self {
    case .removeDevice:
      Note("Calls the bus's remove function; does nothing without a driver.", calls: [.virtioDevRemove])
    case .unbindCleanup:
      Note(
        "Gives back what the driver had registered, newest first.",
        why: "It comes after remove: a driver may use its managed resources until then.",
        calls: [.deviceUnbindCleanup])
    case .driverUnbound: Note("The device has no driver any more and may be probed again.")
    }
  }
}
