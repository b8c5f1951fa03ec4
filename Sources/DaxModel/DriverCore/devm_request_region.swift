/// `__devm_request_region()`: claims a range of physical addresses until the driver leaves.
public struct DevmRequestRegion: KernelFunction {
  public enum Line: String, KernelLine { case allocateNode, requestRegion, addNode }

  public static let id = FunctionID.devmRequestRegion
  public var frame: Frame { .devmRequestRegion(Activation(self)) }

  let device: DeviceID
  let range: PhysicalRange

  public static func lines(in release: KernelRelease) -> [Line] { [.allocateNode, .requestRegion, .addNode] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .allocateNode:
      return kernel.fails(.devresAlloc) == nil ? .next : .fail(.EBUSY)
    case .requestRegion:
      kernel.ran(.requestRegion)
      if kernel.fails(.requestRegion) != nil { return .fail(.EBUSY) }
      let name = kernel.devices[device].name
      return kernel.iomem.request(range, for: name) == nil ? .next : .fail(.EBUSY)
    case .addNode:
      kernel.devices[device].devres.add(.region(range), at: kernel.here)
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
    visitor.field("start", range.start)
    visitor.field("end", range.end)
  }
}

extension DevmRequestRegion.Line {
  public var note: Note {
    switch self {
    case .allocateNode:
      Note(
        "Allocates the list node first, so that nothing can fail after the claim.",
        why:
          "Linux returns NULL here as it does for a conflict; the driver cannot tell the two apart and says -EBUSY.",
        failsWith: [.EBUSY])
    case .requestRegion:
      Note(
        "Claims the range in the resource tree; refused if any of it is claimed already.",
        why:
          "A BAR that is merely there is no conflict, a claim inside it is. A range of length zero ends before "
          + "it starts and always conflicts.",
        failsWith: [.EBUSY])
    case .addNode: Note("Puts the claim on the device's list.")
    }
  }
}
