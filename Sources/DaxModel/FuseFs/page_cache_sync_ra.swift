/// `page_cache_sync_ra()`, up to 6.10 as `ondemand_readahead()`: a page is missing. How much is read with it?
public struct PageCacheSyncRa: KernelFunction {
  public enum Line: String, KernelLine {
    case checkExpected, checkInitial, checkHistory, mergeNext, readWindow
  }

  public static let id = FunctionID.pageCacheSyncRa
  public var frame: Frame { .pageCacheSyncRa(Activation(self)) }

  let file: ProcessFiles.OpenFile
  /// The page that is missing.
  let page: UInt64
  /// How many pages from there on the caller wants.
  let request: UInt64
  /// What is read.
  var window: Readahead
  /// Whether that leaves no trace in the open file.
  var isAlone = false

  init(file: ProcessFiles.OpenFile, page: UInt64, request: UInt64) {
    (self.file, self.page, self.request) = (file, page, request)
    window = Readahead(of: file)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.splitsReadahead)
      ? [.checkInitial, .checkHistory, .readWindow]
      : [.checkExpected, .checkInitial, .checkHistory, .mergeNext, .readWindow]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let splits = kernel.release.has(.splitsReadahead)
    switch line {
    case .checkExpected:
      window = kernel.process.readahead(of: file)
      guard page > 0, window.expects(page, in: kernel.release) else { return .next }
      let size = Readahead.nextSize(window.size)
      window.set(window.start + window.size, size, async: size)
      return .jump(.mergeNext)
    case .checkInitial:
      window = kernel.process.readahead(of: file)
      let last = UInt64(bitPattern: window.previous) >> pageShift
      guard page == 0 || request > Readahead.most || page &- last <= 1 else { return .next }
      let size = Readahead.firstSize(request)
      window.set(page, size, async: size > request ? size - request : splits ? size / 2 : size)
      return .jump(splits ? .readWindow : .mergeNext)
    case .checkHistory:
      let start = page << pageShift
      let run = try kernel.inodes.read(file.inode, at: kernel.here).cache.present.run(at: start - 1)
      let cached = min(run.map { (start - $0.lowerBound) >> pageShift } ?? 0, Readahead.most)
      isAlone = cached <= request
      if isAlone {
        window.set(page, request, async: 0)
        return .jump(.readWindow)
      }
      window.set(page, min((cached >= page ? 2 * cached : cached) + request, Readahead.most), async: 1)
      return .next
    case .mergeNext:
      window.merge(at: page)
      return .next
    case .readWindow:
      if !isAlone { kernel.process.remember(window) }
      return .call(FuseReadahead(file: file, window))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("index", .number(page))
    visitor.field("req_count", .number(request))
    visitor.part("ra", window)
    visitor.field("alone", .flag(isAlone))
  }
}

extension PageCacheSyncRa.Line {
  public var note: Note {
    switch self {
    case .checkExpected:
      Note("The marked page, or the one behind the window? Then the next window follows, twice as large.")
    case .checkInitial:
      Note(
        "The first page of the file, more than a window, or the page where the last read ended? A first window.",
        why: "That is four times as much as is wanted, or twice, and never more than 128 KiB.")
    case .checkHistory:
      Note(
        "Counts the cached pages right before it. Are they more than is wanted, somebody reads on and on.",
        why: "Else it is a read at some place: just what is wanted is read, and nothing is remembered.")
    case .mergeNext:
      Note("If the first page of the window is its marked one, the next window is read with it.")
    case .readWindow: Note("Reads the window.", calls: [.fuseReadahead])
    }
  }
}
