/// `vp_modern_probe()`: virtio-pci takes a PCI function: it finds the virtio structures and claims their BARs.
///
/// It runs when the machine starts, before any virtio driver is asked.
public struct VpModernProbe: KernelFunction {
  public enum Line: String, KernelLine {
    case checkDeviceID, findCommon, findIsrAndNotify, findDeviceConfig, requestBars, registerDevice
  }

  public static let id = FunctionID.vpModernProbe
  public var frame: Frame { .vpModernProbe(Activation(self)) }

  let device: DeviceID

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkDeviceID, .findCommon, .findIsrAndNotify, .findDeviceConfig, .requestBars, .registerDevice]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let function = kernel.devices[device].pciFunction else { return .fail(.ENODEV) }
    let who = "virtio-pci \(function.slot)"
    switch line {
    case .checkDeviceID:
      return function.isVirtioFileSystem ? .next : .fail(.ENODEV)
    case .findCommon:
      return find([.common], in: function) {
        kernel.log(.info, who, "virtio_pci: leaving for legacy driver")
        return .fail(.ENODEV)
      }
    case .findIsrAndNotify:
      return find([.isr, .notify], in: function) {
        kernel.log(.error, who, "virtio_pci: missing capabilities for interrupt status or notification")
        return .fail(.EINVAL)
      }
    case .findDeviceConfig:
      return find([.device], in: function) { .next }
    case .requestBars:
      return requestBars(of: function, in: &kernel) ? .next : .fail(.EBUSY)
    case .registerDevice:
      kernel.devices[device].registration = .registered
      return .done(.success)
    }
  }

  /// Claims all of them or none.
  private func requestBars(of function: PciFunction, in kernel: inout Kernel) -> Bool {
    var claimed: [PhysicalRange] = []
    for bar in function.modernBars {
      let range = function.resource(bar)?.range
      if let range, kernel.iomem.request(range, for: PciFunction.modernOwner) == nil {
        claimed.append(range)
        continue
      }
      for range in claimed { _ = kernel.iomem.release(range) }
      return false
    }
    return true
  }

  private func find(
    _ types: [VirtioCapabilityType], in function: PciFunction, orElse missing: () -> Flow<Line>
  ) -> Flow<Line> {
    for type in types {
      switch function.findStructure(type) {
      case .found: continue
      case .missing: return missing()
      case .failed(.capListLoop): return .wait(.endlessWalk)
      case .failed: return missing()
      }
    }
    return .next
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
  }
}

extension VpModernProbe.Line {
  public var note: Note {
    switch self {
    case .checkDeviceID:
      Note("Takes only virtio's PCI ids; 0x105a is the file system.", failsWith: [.ENODEV])
    case .findCommon:
      Note(
        "Looks for the common configuration structure; without it the device is left to the legacy driver.")
    case .findIsrAndNotify: Note("Looks for interrupt status and notification; both must be there.")
    case .findDeviceConfig: Note("Looks for the device's own configuration: tag and number of queues.")
    case .requestBars:
      Note(
        "Claims the BARs of these structures as virtio-pci-modern.",
        why: "A shared-memory region inside one of them can never be reserved afterwards: -EBUSY.")
    case .registerDevice: Note("The virtio bus now knows the device.")
    }
  }
}
