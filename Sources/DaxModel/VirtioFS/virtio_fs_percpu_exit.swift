/// `virtio_fs_percpu_exit()` of the reviewed patch: waits for the pagemap's references, then frees the count.
public struct VirtioFsPercpuExit: KernelFunction {
  public enum Line: String, KernelLine { case waitForReference, exitReference }

  public static let id = FunctionID.virtioFsPercpuExit
  public var frame: Frame { .virtioFsPercpuExit(Activation(self)) }

  let pagemap: Handle<DevPagemap>

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.driverOwnsReference) ? [.waitForReference, .exitReference] : []
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .waitForReference:
      return try kernel.waitForCompletion(of: pagemap) ? .next : .wait(.completion(pagemap))
    case .exitReference:
      try kernel.percpuRefExit(pagemap)
      return .next
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("mi", pagemap) }
}

extension VirtioFsPercpuExit.Line {
  public var note: Note {
    switch self {
    case .waitForReference:
      Note(
        "Sleeps until the last reference to a page is dropped.",
        why:
          "The only wait in the patch, and it runs after the struct pages are gone. If the remap failed before "
          + "it killed the count, nobody ever will, and this never returns.")
    case .exitReference: Note("Frees the reference count.")
    }
  }
}
