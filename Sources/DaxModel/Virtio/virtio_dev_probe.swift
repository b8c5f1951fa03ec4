/// `virtio_dev_probe()`: the virtio bus negotiates features, then calls the driver's probe function.
public struct VirtioDevProbe: KernelFunction {
  public enum Line: String, KernelLine {
    case statusDriver, getFeatures, finalizeFeatures, featuresOK, callDriver, checkDriver, driverOK,
      enableConfig
    case failed
  }

  public static let id = FunctionID.virtioDevProbe
  public var frame: Frame { .virtioDevProbe(Activation(self)) }

  let device: DeviceID
  var error: Errno?

  init(device: DeviceID) { self.device = device }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .statusDriver, .getFeatures, .finalizeFeatures, .featuresOK, .callDriver, .checkDriver, .driverOK,
      .enableConfig, .failed,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .statusDriver:
      kernel.addStatus(.driver, to: device)
      return .next
    case .getFeatures:
      kernel.ran(.vpGetFeatures, on: device)
      return .next
    case .finalizeFeatures:
      kernel.ran(.vpFinalizeFeatures, on: device)
      return kernel.fails(.finalizeFeatures).map { unwind($0) } ?? .next
    case .featuresOK:
      kernel.ran(.virtioFeaturesOk)
      kernel.addStatus(.featuresOK, to: device)
      kernel.ran(.vpGetStatus, on: device)
      guard let errno = kernel.fails(.check) else { return .next }
      kernel.log(.error, "virtio \(kernel.devices[device].name)", "device refuses features")
      return unwind(errno)
    case .callDriver:
      return .call(VirtioFsProbe(device: device))
    case .checkDriver:
      return returned.errno.map { unwind($0) } ?? .next
    case .driverOK:
      kernel.ran(.vpGetStatus, on: device)
      if !kernel.devices[device].status.contains(.driverOK) { kernel.addStatus(.driverOK, to: device) }
      return .next
    case .enableConfig:
      return .done(.success)
    case .failed:
      kernel.addStatus(.failed, to: device)
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  private mutating func unwind(_ errno: Errno) -> Flow<Line> {
    error = errno
    return .jump(.failed)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension Kernel {
  /// `virtio_add_status()`: reads the status and writes it back with one more bit.
  mutating func addStatus(_ bit: VirtioDevice.Status, to device: DeviceID) {
    ran(.vpGetStatus, on: device)
    ran(.vpSetStatus, on: device)
    devices[device].status.insert(bit)
  }

  /// `virtio_reset_device()`: the device forgets everything; its status reads 0.
  mutating func resetDevice(_ device: DeviceID) {
    ran(.virtioResetDevice)
    ran(.vpReset, on: device)
    devices[device].status = []
  }

  /// `del_vqs`: the virtqueues go away.
  mutating func deleteQueues(_ device: DeviceID) {
    ran(.vpDelVqs, on: device)
    for _ in devices[device].queues { ran(.vpDelVq, on: device) }
    devices[device].queues = []
  }
}

extension VirtioDevProbe.Line {
  public var note: Note {
    switch self {
    case .statusDriver: Note("Sets DRIVER in the device's status: somebody knows how to drive it.")
    case .getFeatures: Note("Reads what the device offers. virtio-fs knows no feature of its own.")
    case .finalizeFeatures:
      Note("Writes the features that both sides know.", failsWith: [.EINVAL])
    case .featuresOK:
      Note("Sets FEATURES_OK and reads it back: the device may refuse.", failsWith: [.ENODEV])
    case .callDriver: Note("Calls the driver's probe function.", calls: [.virtioFsProbe])
    case .checkDriver: Note("On an error goes to the failure path.")
    case .driverOK: Note("Sets DRIVER_OK unless the driver has done it itself.")
    case .enableConfig: Note("Lets notices of changed configuration through.")
    case .failed: Note("Sets FAILED in the status and returns the error.")
    }
  }
}
