/// `page_cache_async_ra()`, up to 6.10 as `ondemand_readahead()`: a page with `PG_readahead` is used, so that the next
/// window is read.
public struct PageCacheAsyncRa: KernelFunction {
  public enum Line: String, KernelLine {
    case clearMark, checkExpected, findNext, alignEnd, mergeNext, readWindow
  }

  public static let id = FunctionID.pageCacheAsyncRa
  public var frame: Frame { .pageCacheAsyncRa(Activation(self)) }

  let file: ProcessFiles.OpenFile
  /// The page with the mark.
  let page: UInt64
  /// How many pages from there on the caller wants.
  let request: UInt64
  /// What is read.
  var window: Readahead

  init(file: ProcessFiles.OpenFile, page: UInt64, request: UInt64) {
    (self.file, self.page, self.request) = (file, page, request)
    window = Readahead(of: file)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.clearMark, .checkExpected, .findNext] + (release.has(.alignsReadahead) ? [.alignEnd] : [])
      + (release.has(.splitsReadahead) ? [] : [.mergeNext]) + [.readWindow]
  }

  /// The line behind the choice of the window.
  private func readit(in release: KernelRelease) -> Line {
    release.has(.alignsReadahead) ? .alignEnd : release.has(.splitsReadahead) ? .readWindow : .mergeNext
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .clearMark:
      let marked = page << pageShift..<(page + 1) << pageShift
      try kernel.changeInode(file.inode) { $0.cache.marked.remove(marked) }
      return .next
    case .checkExpected:
      window = kernel.process.readahead(of: file)
      if page == 0, !kernel.release.has(.splitsReadahead) {
        let size = Readahead.firstSize(request)
        window.set(page, size, async: size > request ? size - request : size)
      } else if window.expects(page, in: kernel.release) {
        let size = Readahead.nextSize(window.size)
        window.set(window.start + window.size, size, async: size)
      } else {
        return .next
      }
      return .jump(readit(in: kernel.release))
    case .findNext:
      let pages = (page + 1) << pageShift..<(page + 1 + Readahead.most) << pageShift
      let cache = try kernel.inodes.read(file.inode, at: kernel.here).cache
      guard let missing = cache.present.firstGap(in: pages) else { return .done(.success) }
      let start = missing.lowerBound >> pageShift
      let size = Readahead.nextSize(start - page + request)
      window.set(start, size, async: size)
      return .jump(readit(in: kernel.release))
    case .alignEnd:
      let end = (window.start + window.size) & ~3
      if end > window.start { window.set(window.start, end - window.start, async: end - window.start) }
      return .next
    case .mergeNext:
      window.merge(at: page)
      return .next
    case .readWindow:
      kernel.process.remember(window)
      return .call(FuseReadahead(file: file, window))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("index", .number(page))
    visitor.field("req_count", .number(request))
    visitor.part("ra", window)
  }
}

extension PageCacheAsyncRa.Line {
  public var note: Note {
    switch self {
    case .clearMark: Note("Takes PG_readahead away from the page.")
    case .checkExpected:
      Note("Is it the marked page of this file's window? The next window follows it, twice as large.")
    case .findNext:
      Note(
        "It is the mark of somebody else: the window begins at the first page that is missing.",
        why: "If none is for 32 pages, nothing is read.")
    case .alignEnd: Note("The window ends on a multiple of four pages.")
    case .mergeNext:
      Note("If the first page of the window is its marked one, the next window is read with it.")
    case .readWindow: Note("Reads the window, marked at its first page.", calls: [.fuseReadahead])
    }
  }
}
