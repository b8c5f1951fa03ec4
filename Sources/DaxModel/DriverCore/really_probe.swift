/// `really_probe()`: the driver core binds a driver to a device, or cleans up after it.
public struct ReallyProbe: KernelFunction {
  public enum Line: String, KernelLine {
    case checkResources, setDriver, callProbe, checkProbe, driverBound
    case unbindCleanup, logFailure, returnError
  }

  public static let id = FunctionID.reallyProbe
  public var frame: Frame { .reallyProbe(Activation(self)) }

  let device: DeviceID
  var error: Errno?

  init(device: DeviceID) { self.device = device }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkResources, .setDriver, .callProbe, .checkProbe, .driverBound, .unbindCleanup]
      + (release.has(.logsFailureLast) ? [.logFailure, .returnError] : [.returnError])
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkResources:
      if kernel.devices[device].devres.nodes.isEmpty, kernel.fails(.check) == nil { return .next }
      kernel.log(.error, device, "Resources present before probing")
      return .fail(.EBUSY)
    case .setDriver:
      return .next
    case .callProbe:
      return .call(VirtioDevProbe(device: device))
    case .checkProbe:
      guard let errno = returned.errno else { return .next }
      error = errno
      if !kernel.release.has(.logsFailureLast) { logFailure(errno, in: &kernel) }
      return .jump(.unbindCleanup)
    case .driverBound:
      kernel.devices[device].isBound = true
      return .done(.success)
    case .unbindCleanup:
      return .call(DeviceUnbindCleanup(device: device))
    case .logFailure:
      if let error { logFailure(error, in: &kernel) }
      return .next
    case .returnError:
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  /// Two errors mean "this driver is not for this device" and are told to nobody but the debug log.
  private func logFailure(_ errno: Errno, in kernel: inout Kernel) {
    let isForAnother = errno == .ENODEV || errno == .ENXIO
    let what = (isForAnother ? "rejects match " : "failed with error ") + "\(errno.returnValue)"
    if kernel.release.has(.failureNamesDriver) {
      kernel.log(isForAnother ? .debug : .error, device, "probe with driver virtiofs \(what)")
    } else {
      let name = kernel.devices[device].name
      kernel.log(isForAnother ? .debug : .warning, "virtiofs", "probe of \(name) \(what)")
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
    visitor.field("ret", error.map { .text("\($0)") } ?? .none)
  }
}

extension ReallyProbe.Line {
  public var note: Note {
    switch self {
    case .checkResources:
      Note(
        "Refuses a device that still has managed resources.",
        why: "They would be released at the wrong time: whoever left them has a bug.", failsWith: [.EBUSY])
    case .setDriver: Note("Notes the driver in the device.")
    case .callProbe: Note("Calls the bus's probe function.", calls: [.virtioDevProbe])
    case .checkProbe:
      Note(
        "On an error goes to the clean-up.",
        why:
          "Since 5.15 it is logged here, unless it is -ENODEV or -ENXIO: those say that the driver is not for this "
          + "device, which is no news.")
    case .driverBound: Note("The device now has a driver.")
    case .unbindCleanup:
      Note(
        "Gives everything back that the failed probe had registered.",
        why: "The driver's remove function is not called: it was never bound.", calls: [.deviceUnbindCleanup])
    case .logFailure:
      Note(
        "Logs the error, unless it is -ENODEV or -ENXIO.",
        why: "It comes last: where giving back hangs, the log says nothing of the failure.")
    case .returnError: Note("Returns the probe's error.")
    }
  }
}
