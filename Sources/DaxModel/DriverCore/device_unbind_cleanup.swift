/// `device_unbind_cleanup()`: what the driver core does after a failed probe and after every remove.
public struct DeviceUnbindCleanup: KernelFunction {
  public enum Line: String, KernelLine { case releaseResources, clearDriver }

  public static let id = FunctionID.deviceUnbindCleanup
  public var frame: Frame { .deviceUnbindCleanup(Activation(self)) }

  let device: DeviceID

  public static func lines(in release: KernelRelease) -> [Line] { [.releaseResources, .clearDriver] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .releaseResources: return .call(DevresReleaseAll(device: device))
    case .clearDriver: return .done(.void)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
  }
}

extension DeviceUnbindCleanup.Line {
  public var note: Note {
    switch self {
    case .releaseResources:
      Note("Releases the device's managed resources.", calls: [.devresReleaseAll])
    case .clearDriver:
      Note(
        "Forgets the driver and its data.",
        why: "Before 5.18 these steps stand in the callers; the order is the same.")
    }
  }
}
