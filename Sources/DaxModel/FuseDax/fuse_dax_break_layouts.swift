/// `fuse_dax_break_layouts()`: nobody reaches a piece of a file through page tables any more.
public struct FuseDaxBreakLayouts: KernelFunction {
  public enum Line: String, KernelLine { case unmapPages, findBusyPage }

  public static let id = FunctionID.fuseDaxBreakLayouts
  public var frame: Frame { .fuseDaxBreakLayouts(Activation(self)) }

  let inode: Handle<FuseInode>
  let start: UInt64
  /// The last byte.
  let end: UInt64

  public static func lines(in release: KernelRelease) -> [Line] { [.unmapPages, .findBusyPage] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .unmapPages:
      let length = end == .max ? UInt64.max - start : end &- start &+ 1
      kernel.unmapPages(of: inode, from: start & ~(pageSize - 1), length: length)
      return .next
    case .findBusyPage:
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("dmap_start", .number(start))
    visitor.field("dmap_end", .number(end))
  }
}

extension FuseDaxBreakLayouts.Line {
  public var note: Note {
    switch self {
    case .unmapPages:
      Note(
        "Takes the pages out of every page table: whoever touches them faults, and waits for the invalidate lock."
      )
    case .findBusyPage:
      Note(
        "Waits until nobody holds a page by another way.",
        why: "Direct I/O of others does; the model's process does none.")
    }
  }
}
