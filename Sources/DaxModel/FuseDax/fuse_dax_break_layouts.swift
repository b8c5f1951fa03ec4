/// `fuse_dax_break_layouts()`: nobody reaches a piece of a file through page tables any more.
public struct FuseDaxBreakLayouts: KernelFunction {
  public enum Line: String, KernelLine { case unmapPages, findBusyPage, waitForPage, lockAgain }

  public static let id = FunctionID.fuseDaxBreakLayouts
  public var frame: Frame { .fuseDaxBreakLayouts(Activation(self)) }

  let inode: Handle<FuseInode>
  let start: UInt64
  /// The last byte.
  let end: UInt64
  var busy: PageFrameNumber?

  /// Of a whole file. Before the mistake was found, what was meant as all of it was its first page.
  static func ofWholeFile(_ inode: Handle<FuseInode>, in release: KernelRelease) -> FuseDaxBreakLayouts {
    FuseDaxBreakLayouts(inode: inode, start: 0, end: release.has(.breaksFirstPageOnly) ? 0 : .max)
  }

  /// Of a piece of 2 MiB, by its number in the file.
  static func ofPiece(_ index: UInt64, of inode: Handle<FuseInode>) -> FuseDaxBreakLayouts {
    let start = index &* FuseConnDax.rangeSize
    return FuseDaxBreakLayouts(inode: inode, start: start, end: start &+ FuseConnDax.rangeSize &- 1)
  }

  init(inode: Handle<FuseInode>, start: UInt64, end: UInt64) {
    (self.inode, self.start, self.end) = (inode, start, end)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.unmapPages, .findBusyPage, .waitForPage, .lockAgain]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .unmapPages:
      let length = end == .max ? UInt64.max - start : end &- start &+ 1
      kernel.unmapPages(of: inode, from: start & ~(pageSize - 1), length: length)
      return .next
    case .findBusyPage:
      busy = try kernel.pinnedPage(of: inode, from: start, through: end)
      if busy == nil { return .done(.success) }
      kernel.unlock(.invalidate(inode))
      return .next
    case .waitForPage:
      guard let busy, kernel.isPinned(busy) else { return .next }
      return .wait(.page(busy))
    case .lockAgain:
      let flow: Flow<Line> = kernel.lock(.invalidate(inode))
      if case .next = flow { return .jump(.unmapPages) }
      return flow
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("dmap_start", .number(start))
    visitor.field("dmap_end", .number(end))
    visitor.field("page", busy.map { .text("\($0)") } ?? .none)
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
        "Looks for a page that somebody holds in another way, as direct I/O of others does.",
        why: "The device would go on writing into a piece of the window that is another file's by then.")
    case .waitForPage:
      Note("Lets go of the invalidate lock, and sleeps until the page is put. A signal ends it.")
    case .lockAgain: Note("Takes the lock again, and begins anew.")
    }
  }
}
