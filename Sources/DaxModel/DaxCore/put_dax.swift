/// `put_dax()`: drops the reference to the DAX device; the last one frees it.
public struct PutDax: KernelFunction {
  public enum Line: String, KernelLine { case dropInode }

  public static let id = FunctionID.putDax
  public var frame: Frame { .putDax(Activation(self)) }

  let daxDevice: Handle<DaxDevice>?

  public static func lines(in release: KernelRelease) -> [Line] { [.dropInode] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let daxDevice else { return .done(.void) }
    let device = try kernel.daxDevices.read(daxDevice, at: kernel.here)
    kernel.ran(.daxDestroyInode)
    if device.flags.contains(.alive) { kernel.warn("kill_dax() must be called before the final iput()") }
    kernel.ran(.daxFreeInode)
    try kernel.daxDevices.free(daxDevice, at: kernel.here)
    return .done(.void)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dax_dev", daxDevice)
  }
}

extension PutDax.Line {
  public var note: Note {
    Note(
      "Drops the inode; nobody else holds it, so the device is freed. Does nothing for NULL.",
      why: "A mount keeps the pointer without a reference of its own: after an unbind it dangles.")
  }
}
