/// `f_ra` and `f_wb_err` of a `struct file`: what an open file without DAX remembers from one read to the next.
///
/// A descriptor and the mappings of its file share it. Positions and sizes are in pages, but for the last read's.
public struct Readahead: Hashable, Sendable {
  /// The open file: its inode, and the server's handle.
  public let inode: Handle<FuseInode>
  public let handle: FileHandle
  /// The first page of the window that was read last.
  public internal(set) var start: UInt64 = 0
  /// How many pages it has.
  public internal(set) var size: UInt64 = 0
  /// How many of them lie from the marked one on.
  public internal(set) var asyncSize: UInt64 = 0
  /// `prev_pos`: where the last read ended, in bytes; -1 at first.
  public internal(set) var previous: Int64 = -1
  /// `mmap_miss`: page faults of mappings that have found no page, less those that have.
  public internal(set) var mmapMiss = 0
  /// `f_wb_err`: of how many errors of writeback it has been told.
  public internal(set) var errorsSeen: UInt64 = 0

  init(of file: ProcessFiles.OpenFile) { (inode, handle) = (file.inode, file.handle) }

  /// `ra_pages`: the most pages of a window, 128 KiB.
  static var most: UInt64 { 32 }

  /// `get_init_ra_size()`: pages of a first window, for a request of so many.
  static func firstSize(_ pages: UInt64) -> UInt64 {
    var size: UInt64 = 1
    while size < pages, size < most { size <<= 1 }
    return size <= most / 32 ? size * 4 : size <= most / 4 ? size * 2 : most
  }

  /// `get_next_ra_size()`: pages of the window after one of so many.
  static func nextSize(_ size: UInt64) -> UInt64 {
    size < most / 16 ? 4 * size : size <= most / 2 ? 2 * size : most
  }

  /// Sets the window.
  mutating func set(_ start: UInt64, _ size: UInt64, async: UInt64) {
    (self.start, self.size, asyncSize) = (start, size, async)
  }

  /// Whether a page is the marked one of the window, or up to 6.10 also the one behind it.
  func expects(_ page: UInt64, in release: KernelRelease) -> Bool {
    page == start &+ size &- asyncSize || (!release.has(.splitsReadahead) && page == start + size)
  }

  /// `readit` of `ondemand_readahead()`: a window whose first page is the marked one is read with the one behind it.
  mutating func merge(at page: UInt64) {
    guard page == start, size == asyncSize else { return }
    let next = Readahead.nextSize(size)
    if size + next <= Readahead.most {
      (asyncSize, size) = (next, size + next)
    } else {
      (asyncSize, size) = (Readahead.most / 2, Readahead.most)
    }
  }
}

extension ProcessFiles {
  /// What an open file remembers.
  func readahead(of file: OpenFile) -> Readahead {
    readaheads.first { $0.inode == file.inode && $0.handle == file.handle } ?? Readahead(of: file)
  }

  /// Remembers it.
  mutating func remember(_ state: Readahead) {
    let place = readaheads.firstIndex { $0.inode == state.inode && $0.handle == state.handle }
    if let place { readaheads[place] = state } else { readaheads.append(state) }
  }

  /// The open file is no more.
  mutating func forgetReadahead(of file: OpenFile) {
    readaheads.removeAll { $0.inode == file.inode && $0.handle == file.handle }
  }
}

extension Readahead: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("fh", .number(handle.rawValue))
    visitor.field("start", .number(start))
    visitor.field("size", .number(size))
    visitor.field("async_size", .number(asyncSize))
    visitor.field("prev_pos", .signed(previous))
    visitor.field("mmap_miss", .signed(Int64(mmapMiss)))
    visitor.field("wb_err_seen", .number(errorsSeen))
  }
}
