/// `dax_copy_from_iter()`: copies from the caller to the window.
public struct DaxCopyFromIter: KernelFunction {
  public enum Line: String, KernelLine { case checkAlive, callDriver, returnBytes, checkFlushcache, copy }

  public static let id = FunctionID.daxCopyFromIter
  public var frame: Frame { .daxCopyFromIter(Activation(self)) }

  let copy: WindowCopy

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.copyIsDriverOperation)
      ? [.checkAlive, .callDriver, .returnBytes] : [.checkAlive, .checkFlushcache, .copy]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkAlive:
      return try kernel.isAlive(copy.daxDevice) ? .next : .done(.int(0))
    case .callDriver:
      return .call(VirtioFsCopyFromIter(copy: copy))
    case .returnBytes:
      return .done(returned)
    case .checkFlushcache:
      return .next
    case .copy:
      return .done(try copy.run(in: &kernel))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { copy.inspect(&visitor) }
}

extension DaxCopyFromIter.Line {
  public var note: Note {
    switch self {
    case .checkAlive:
      Note(
        "A device that has been killed copies nothing: 0 bytes.",
        why: "It may have been killed since direct_access answered, if nobody held the read lock.")
    case .callDriver: Note("Leaves it to the driver.", calls: [.virtioFsCopyFromIter])
    case .returnBytes: Note("Returns how many bytes the driver has copied.")
    case .checkFlushcache:
      Note("Is the device flagged for stores that leave nothing in the cache (NOCACHE)? virtio-fs is not.")
    case .copy:
      Note(
        "Copies into the window with the ordinary copy_from_iter().",
        why: "It takes the address for memory. On s390x a BAR is none.")
    }
  }
}
