/// Pages of a file without DAX that lie in the kernel's own memory: `struct address_space`.
///
/// Pages that are alike lie in one range: what is kept grows with what was touched, not with its length.
public struct PageCache: Hashable, Sendable {
  /// The bytes by file offset.
  public internal(set) var memory = SparseMemory(background: .zeros)
  /// Which pages are there, in bytes of the file.
  public internal(set) var present = ByteRanges()
  /// Which of them do not hold all of the file's bytes, so that they must be read: those without `PG_uptodate`.
  public internal(set) var stale = ByteRanges()
  /// Which of them have been written to and not sent: `PG_dirty`.
  public internal(set) var dirty = ByteRanges()
  /// Which of them let the next window be read ahead when they are used: `PG_readahead`.
  public internal(set) var marked = ByteRanges()
  /// What sending dirty pages has failed with.
  public internal(set) var errors = WritebackErrors()
  /// Whether the file has changed on the host, so that these pages have to go.
  public internal(set) var isOutdated = false
}

/// What sending dirty pages has failed with, until somebody is told.
public struct WritebackErrors: Hashable, Sendable {
  /// `wb_err`: the last error, which each open file is told once.
  public internal(set) var last: Errno?
  /// How many there have been.
  public internal(set) var count: UInt64 = 0
  /// Whether an open file has been told of the last.
  public internal(set) var wasSeen = false
  /// `AS_EIO` and `AS_ENOSPC`: what the next that asks without an open file is told.
  public internal(set) var flag: Errno?

  /// `mapping_set_error()`.
  mutating func set(_ errno: Errno) {
    (last, wasSeen) = (errno, false)
    count += 1
    if flag != .EIO { flag = errno == .ENOSPC ? .ENOSPC : .EIO }
  }

  /// `filemap_check_errors()`.
  mutating func takeFlag() -> Errno? {
    defer { flag = nil }
    return flag
  }

  /// `errseq_sample()`: which errors a file that is opened now counts as told.
  var sample: UInt64 { wasSeen ? count : 0 }

  /// `file_check_and_advance_wb_err()`: what a file that has been told of so many errors is told now.
  mutating func advance(_ seen: inout UInt64) -> Errno? {
    if seen == count { return nil }
    (seen, wasSeen, flag) = (count, true, nil)
    return last
  }
}

extension PageCache {
  /// `filemap_get_read_batch()`: pages from the first on that are there, up to and with one that is stale or marked.
  func batch(of pages: Range<UInt64>) -> Range<UInt64> {
    let start = pages.lowerBound
    guard let run = present.run(at: start) else { return start..<start }
    var end = min(run.upperBound, pages.upperBound)
    if let stop = stale.firstPiece(in: start..<end) { end = stop.lowerBound + pageSize }
    if let stop = marked.firstPiece(in: start..<end) { end = stop.lowerBound + pageSize }
    return start..<end
  }

  /// Enters pages that have still to be read.
  mutating func add(_ pages: Range<UInt64>) {
    present.insert(pages)
    stale.insert(pages)
  }

  /// Forgets whole pages.
  mutating func drop(_ pages: Range<UInt64>) {
    present.remove(pages)
    stale.remove(pages)
    dirty.remove(pages)
    marked.remove(pages)
    memory.reset(pages)
  }

  /// `truncate_pagecache()`: what lies behind the end goes, and the rest of the last page is zeros.
  mutating func truncate(to size: UInt64) {
    let end = (size..<size).touchedPages.upperBound
    drop(end..<UInt64.max)
    if end > size, present.contains(size) { memory.clear(size, count: end - size) }
  }

  /// `truncate_pagecache_range()`: whole pages of a hole go, and what it holds of others is zeros.
  mutating func punch(_ hole: Range<UInt64>) {
    drop(hole.innerPages)
    for range in present.pieces(in: hole) { memory.clear(range.lowerBound, count: UInt64(range.count)) }
  }
}

extension Range<UInt64> {
  /// The pages that bytes lie in. Of an empty range, the page that it is the middle of, up to its end.
  var touchedPages: Range<UInt64> {
    let last = UInt64.max & ~(pageSize - 1)
    let end = upperBound >= last ? last : (upperBound + pageSize - 1) & ~(pageSize - 1)
    return Swift.min(lowerBound & ~(pageSize - 1), end)..<end
  }

  /// The pages that lie in it as a whole.
  var innerPages: Range<UInt64> {
    let start = (lowerBound + (pageSize - 1)) & ~(pageSize - 1)
    return start..<Swift.max(start, upperBound & ~(pageSize - 1))
  }
}

extension PageCache: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.part("present", present)
    visitor.part("stale", stale)
    visitor.part("dirty", dirty)
    visitor.part("marked", marked)
    visitor.field("outdated", .flag(isOutdated))
    visitor.field("wb_err", errors.last.map { .text("\($0)") } ?? .none)
    visitor.field("wb_count", .number(errors.count))
    visitor.field("wb_seen", .flag(errors.wasSeen))
    visitor.field("wb_flag", errors.flag.map { .text("\($0)") } ?? .none)
  }
}
