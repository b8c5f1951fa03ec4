/// `virtio_fs_copy_to_iter()`: the driver's own copy, until the DAX core took it over.
public struct VirtioFsCopyToIter: KernelFunction {
  public enum Line: String, KernelLine { case copy }

  public static let id = FunctionID.virtioFsCopyToIter
  public var frame: Frame { .virtioFsCopyToIter(Activation(self)) }

  let copy: WindowCopy

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.copyIsDriverOperation) ? [.copy] : []
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    .done(try copy.run(in: &kernel))
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { copy.inspect(&visitor) }
}

extension VirtioFsCopyToIter.Line {
  public var note: Note {
    Note(
      "copy_to_iter(): the reviewer's remark (3).",
      why: "The function in lib/iov_iter.c knows nothing of PCI instructions. On s390x this is where it ends."
    )
  }
}
