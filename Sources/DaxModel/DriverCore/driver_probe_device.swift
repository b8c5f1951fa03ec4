/// `__driver_probe_device()`: may this device be probed at all?
public struct DriverProbeDevice: KernelFunction {
  public enum Line: String, KernelLine {
    case checkRegistered, checkUnbound, callReallyProbe, returnResult
  }

  public static let id = FunctionID.driverProbeDevice
  public var frame: Frame { .driverProbeDevice(Activation(self)) }

  let device: DeviceID

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkRegistered, .checkUnbound, .callReallyProbe, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkRegistered:
      return kernel.devices[device].registration == .registered ? .next : .fail(.ENODEV)
    case .checkUnbound:
      return kernel.devices[device].isBound ? .fail(.EBUSY) : .next
    case .callReallyProbe:
      return .call(ReallyProbe(device: device))
    case .returnResult:
      return .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
  }
}

extension DriverProbeDevice.Line {
  public var note: Note {
    switch self {
    case .checkRegistered:
      Note(
        "Refuses a device that is not on the bus.",
        why:
          "The transport's driver must have taken it first; a PCI function without the virtio structures is not."
      )
    case .checkUnbound: Note("Refuses a device that has a driver already.")
    case .callReallyProbe: Note("Probes it.", calls: [.reallyProbe])
    case .returnResult: Note("Hands the result on.")
    }
  }
}
