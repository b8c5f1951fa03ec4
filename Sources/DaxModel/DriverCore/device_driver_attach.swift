/// `device_driver_attach()`: the driver core binds a driver to a device, with the device locked.
public struct DeviceDriverAttach: KernelFunction {
  public enum Line: String, KernelLine { case lockDevice, probeDevice, unlockDevice }

  public static let id = FunctionID.deviceDriverAttach
  public var frame: Frame { .deviceDriverAttach(Activation(self)) }

  let device: DeviceID
  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockDevice, .probeDevice, .unlockDevice]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lockDevice: return kernel.lock(.device(device))
    case .probeDevice: return .call(DriverProbeDevice(device: device))
    case .unlockDevice:
      kernel.unlock(.device(device))
      return .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dev", .number(UInt64(device)))
  }
}

extension DeviceDriverAttach.Line {
  public var note: Note {
    switch self {
    case .lockDevice:
      Note(
        "Takes the device's lock.",
        why: "Binding and unbinding the same device come one after the other; two devices are independent.")
    case .probeDevice: Note("Probes the device.", calls: [.driverProbeDevice])
    case .unlockDevice: Note("Drops the lock and hands the result on.")
    }
  }
}
