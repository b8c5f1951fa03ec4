/// `vm_get_shm_region()`: finds a shared-memory region through virtio-mmio registers.
public struct VmGetShmRegion: KernelFunction {
  public enum Line: String, KernelLine { case select, readLength, readBase }

  public static let id = FunctionID.vmGetShmRegion
  public var frame: Frame { .vmGetShmRegion(Activation(self)) }

  let device: DeviceID
  let shmid: UInt8

  public static func lines(in release: KernelRelease) -> [Line] { [.select, .readLength, .readBase] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard case .mmio(let registers) = kernel.devices[device].attachment else { return .done(.region(nil)) }
    switch line {
    case .select:
      return .next
    case .readLength:
      return registers[UInt32(shmid)].region == nil || kernel.fails(.check) != nil
        ? .done(.region(nil)) : .next
    case .readBase:
      return .done(.region(registers[UInt32(shmid)].region))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
    visitor.field("id", .number(UInt64(shmid)))
  }
}

extension VmGetShmRegion.Line {
  public var note: Note {
    switch self {
    case .select: Note("Writes the region's id to SHMSel.")
    case .readLength:
      Note(
        "Reads the length, low half first; all ones in 64 bits means that there is no such region.",
        why: "Zero counts as a length: a device must answer all ones for ids that it does not have.")
    case .readBase: Note("Reads the base address, low half first. Nothing is checked against any bound.")
    }
  }
}
