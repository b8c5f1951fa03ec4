/// A piece of a file that is to be seen at a place of the DAX window.
public struct WindowMapping: Hashable, Sendable {
  /// Where it begins in the window: a multiple of 4096.
  public var windowOffset: WindowOffset
  /// Bytes in it: a multiple of 4096.
  public var length: ByteCount
  /// The file. The mapping keeps it, whatever happens to its names.
  public var inode: InodeNumber
  /// Where the piece begins in the file: a multiple of 4096.
  public var fileOffset: FileOffset
  /// Whether stores are allowed; loads always are.
  public var isWritable: Bool

  public init(
    windowOffset: WindowOffset, length: ByteCount, inode: InodeNumber, fileOffset: FileOffset,
    isWritable: Bool
  ) {
    self.windowOffset = windowOffset
    self.length = length
    self.inode = inode
    self.fileOffset = fileOffset
    self.isWritable = isWritable
  }

  /// The part of the window that it covers.
  var range: Range<UInt64> { windowOffset.rawValue..<windowOffset.rawValue + length.rawValue }

  /// The part of it that covers a range within its own.
  func part(_ range: Range<UInt64>) -> WindowMapping {
    WindowMapping(
      windowOffset: WindowOffset(range.lowerBound), length: ByteCount(range.upperBound - range.lowerBound),
      inode: inode, fileOffset: FileOffset(fileOffset.rawValue + (range.lowerBound - windowOffset.rawValue)),
      isWritable: isWritable)
  }
}

/// Why a mapping is refused.
public enum WindowRefusal: Error, Hashable, Sendable, CaseIterable {
  /// There is no window.
  case noWindow
  /// Offset and length together exceed 64 bits.
  case wraps
  /// It goes beyond the end of the window, which a device must refuse.
  case beyondWindow
  /// It has no length.
  case empty
  /// The offset in the window is not aligned as agreed.
  case unalignedWindowOffset
  /// The offset in the file is not aligned as agreed.
  case unalignedFileOffset
  /// The piece would lie beyond the largest file there can be.
  case beyondFiles
  /// The device has as many mappings as it can have.
  case exhausted

  /// One sentence.
  public var message: String {
    switch self {
    case .noWindow: "the device has no DAX window"
    case .wraps: "window offset and length together exceed 64 bits"
    case .beyondWindow: "the mapping goes beyond the end of the window"
    case .empty: "the mapping has no length"
    case .unalignedWindowOffset: "the window offset is not aligned as agreed"
    case .unalignedFileOffset: "the file offset is not aligned as agreed"
    case .beyondFiles: "the piece lies beyond the largest file there can be"
    case .exhausted: "the device has no room for another mapping"
    }
  }
}

/// Which piece of which file is to be seen where in the DAX window.
///
/// A mapping over old ones replaces what it covers of them, and splits what it covers in part; so does removing
/// (virtio 1.2, section 5.11.6.4). Pages of the host are 4096 bytes: a length is rounded up to them, as `mmap` does.
public struct WindowMap: Hashable, Sendable {
  /// Bytes in the window; 0 if there is none.
  public let length: ByteCount
  /// The most mappings that the device can have; nil if it sets no limit.
  public let limit: Int?
  /// Ascending, without overlap.
  public private(set) var mappings: [WindowMapping] = []

  /// An empty window.
  public init(length: ByteCount, limit: Int? = nil) { (self.length, self.limit) = (length, limit) }

  /// The mapping at an offset; nil if nothing is mapped there.
  ///
  /// - Complexity: O(log n).
  public func mapping(at offset: WindowOffset) -> WindowMapping? {
    let place = firstEnding(after: offset.rawValue)
    guard place < mappings.count, mappings[place].windowOffset <= offset else { return nil }
    return mappings[place]
  }

  /// What is to be seen from an offset on: the rest of the mapping there; nil if nothing is mapped there.
  public func lookup(_ offset: WindowOffset) -> WindowMapping? {
    mapping(at: offset).map { $0.part(offset.rawValue..<$0.range.upperBound) }
  }

  /// Whether some piece of a file is mapped.
  public func holds(_ inode: InodeNumber) -> Bool { mappings.contains { $0.inode == inode } }

  /// Maps a piece of a file.
  ///
  /// - Parameters:
  ///   - wanted: The piece, and where it is to be seen.
  ///   - alignment: What the offsets must be multiples of: a power of two, at least 4096.
  /// - Complexity: O(log n), and O(n) if mappings move.
  public mutating func map(_ wanted: WindowMapping, alignment: UInt64 = pageSize) throws(WindowRefusal) {
    if length.rawValue == 0 { throw .noWindow }
    let range = try check(wanted.windowOffset, wanted.length, alignment)
    let start = wanted.fileOffset.rawValue
    if start & (max(alignment, pageSize) - 1) != 0 { throw .unalignedFileOffset }
    let (end, overflow) = start.addingReportingOverflow(range.upperBound - range.lowerBound)
    if overflow || end > 1 << 63 { throw .beyondFiles }
    var new = wanted
    new.length = ByteCount(range.upperBound - range.lowerBound)
    let (places, pieces) = pieces(without: range)
    if let limit, mappings.count - places.count + pieces.count + 1 > limit { throw .exhausted }
    let split = pieces.firstIndex { $0.windowOffset.rawValue > range.lowerBound } ?? pieces.endIndex
    mappings.replaceSubrange(places, with: pieces[..<split] + [new] + pieces[split...])
  }

  /// Takes a range out of the window. Nothing need be mapped there.
  ///
  /// - Complexity: O(log n), and O(n) if mappings move.
  public mutating func unmap(
    _ offset: WindowOffset, _ length: ByteCount, alignment: UInt64 = pageSize
  ) throws(WindowRefusal) {
    if self.length.rawValue == 0 { throw .noWindow }
    let range = try check(offset, length, alignment)
    let (places, pieces) = pieces(without: range)
    mappings.replaceSubrange(places, with: pieces)
  }

  /// Takes everything out of the window.
  public mutating func unmapAll() { mappings = [] }

  // MARK: Ranges

  /// The whole pages of a range, if it may be mapped.
  private func check(
    _ offset: WindowOffset, _ length: ByteCount, _ alignment: UInt64
  ) throws(WindowRefusal) -> Range<UInt64> {
    let (end, overflow) = offset.rawValue.addingReportingOverflow(length.rawValue)
    if overflow { throw .wraps }
    if end > self.length.rawValue { throw .beyondWindow }
    if length.rawValue == 0 { throw .empty }
    if offset.rawValue & (max(alignment, pageSize) - 1) != 0 { throw .unalignedWindowOffset }
    // The window may end within a page; that page cannot be mapped beyond what 64 bits hold.
    let (up, carry) = end.addingReportingOverflow(pageSize - 1)
    return offset.rawValue..<(carry ? end : up & ~(pageSize - 1))
  }

  /// The mappings that overlap a range, and what remains of them outside it.
  private func pieces(without range: Range<UInt64>) -> (places: Range<Int>, left: [WindowMapping]) {
    let first = firstEnding(after: range.lowerBound)
    var end = first
    var left: [WindowMapping] = []
    while end < mappings.count, mappings[end].range.lowerBound < range.upperBound {
      let old = mappings[end].range
      if old.lowerBound < range.lowerBound {
        left.append(mappings[end].part(old.lowerBound..<range.lowerBound))
      }
      if old.upperBound > range.upperBound {
        left.append(mappings[end].part(range.upperBound..<old.upperBound))
      }
      end += 1
    }
    return (first..<end, left)
  }

  private func firstEnding(after offset: UInt64) -> Int {
    var (low, high) = (0, mappings.count)
    while low < high {
      let middle = (low + high) / 2
      if mappings[middle].range.upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension WindowMap: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("length", .number(length.rawValue))
    visitor.field("limit", limit.map { .number(UInt64(max($0, 0))) } ?? .none)
    for (index, mapping) in mappings.enumerated() {
      visitor.enter("mapping", index)
      visitor.field("window_offset", .hex(mapping.windowOffset.rawValue))
      visitor.field("length", .hex(mapping.length.rawValue))
      visitor.field("inode", .number(mapping.inode.rawValue))
      visitor.field("file_offset", .hex(mapping.fileOffset.rawValue))
      visitor.field("writable", .flag(mapping.isWritable))
      visitor.leave()
    }
  }
}
