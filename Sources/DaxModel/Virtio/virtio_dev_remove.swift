/// `virtio_dev_remove()`: the virtio bus calls the driver's remove function.
public struct VirtioDevRemove: KernelFunction {
  public enum Line: String, KernelLine { case callDriver, checkReset, acknowledge }

  public static let id = FunctionID.virtioDevRemove
  public var frame: Frame { .virtioDevRemove(Activation(self)) }

  let device: DeviceID

  public static func lines(in release: KernelRelease) -> [Line] { [.callDriver, .checkReset, .acknowledge] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .callDriver:
      return .call(VirtioFsRemove(device: device))
    case .checkReset:
      kernel.ran(.vpGetStatus, on: device)
      if !kernel.devices[device].status.isEmpty { kernel.warn("the driver should have reset the device") }
      return .next
    case .acknowledge:
      kernel.addStatus(.acknowledge, to: device)
      return .done(.void)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
  }
}

extension VirtioDevRemove.Line {
  public var note: Note {
    switch self {
    case .callDriver: Note("Calls the driver's remove function.", calls: [.virtioFsRemove])
    case .checkReset: Note("Warns if the driver has left the device running.")
    case .acknowledge: Note("Sets ACKNOWLEDGE: the bus still knows the device.")
    }
  }
}
