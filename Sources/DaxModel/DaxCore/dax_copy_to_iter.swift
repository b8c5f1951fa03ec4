/// `dax_copy_to_iter()`: copies from the window to the caller.
public struct DaxCopyToIter: KernelFunction {
  public enum Line: String, KernelLine {
    case checkAlive, callDriver, returnBytes, checkMachineCheckSafe, copy
  }

  public static let id = FunctionID.daxCopyToIter
  public var frame: Frame { .daxCopyToIter(Activation(self)) }

  let copy: WindowCopy

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.copyIsDriverOperation)
      ? [.checkAlive, .callDriver, .returnBytes] : [.checkAlive, .checkMachineCheckSafe, .copy]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkAlive:
      return try kernel.isAlive(copy.daxDevice) ? .next : .done(.int(0))
    case .callDriver:
      return .call(VirtioFsCopyToIter(copy: copy))
    case .returnBytes:
      return .done(returned)
    case .checkMachineCheckSafe:
      return .next
    case .copy:
      return .done(try copy.run(in: &kernel))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { copy.inspect(&visitor) }
}

extension DaxCopyToIter.Line {
  public var note: Note {
    switch self {
    case .checkAlive:
      Note(
        "A device that has been killed copies nothing: 0 bytes.",
        why: "It may have been killed since direct_access answered, if nobody held the read lock.")
    case .callDriver: Note("Leaves it to the driver.", calls: [.virtioFsCopyToIter])
    case .returnBytes: Note("Returns how many bytes the driver has copied.")
    case .checkMachineCheckSafe:
      Note("Is the device flagged for copies that survive a machine check (NOMC)? virtio-fs is not.")
    case .copy:
      Note(
        "Copies out of the window with the ordinary copy_to_iter().",
        why: "It takes the address for memory. On s390x a BAR is none.")
    }
  }
}
