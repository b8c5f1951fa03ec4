/// What a file of the host consists of when it is made.
public enum HostContent: Hashable, Sendable {
  /// So many bytes of the pattern of a seed, computed when they are read.
  case pattern(size: ByteCount, seed: String)
  /// So many bytes that read as zeros and take up no space.
  case zeros(ByteCount)
  /// These bytes.
  case bytes([UInt8])

  /// The bytes of a text, in UTF-8.
  public static func text(_ text: String) -> HostContent { .bytes(Array(text.utf8)) }
}

/// The content of a file of the host: its size, its bytes, and the space that it takes up.
///
/// Only bytes that somebody has written are stored, so an untouched file of a tebibyte costs nothing. Bytes beyond
/// the end of the file, in its last page, can be reached through a mapping; they are gone when the file grows.
public struct HostFile: Hashable, Sendable {
  /// `s_maxbytes` of the host: no file is longer.
  public static let maximumSize = ByteCount(UInt64(Int64.max))

  /// Bytes in the file.
  public private(set) var size: ByteCount
  /// What is stored, over a background of the pattern where that still shows.
  private var memory: SparseMemory
  /// Where the host has given it space: whole pages.
  public private(set) var allocated: ByteRanges

  /// A file of some content.
  public init(_ content: HostContent) throws(Errno) {
    allocated = ByteRanges()
    switch content {
    case .pattern(let size, let seed):
      try HostFile.check(size.rawValue)
      self.size = size
      let pattern = FilePattern(seed: seed)
      memory = SparseMemory(background: .pattern(pattern, ByteRanges(0..<size.rawValue)))
      allocated.insert(HostFile.pages(0..<size.rawValue))
    case .zeros(let size):
      try HostFile.check(size.rawValue)
      self.size = size
      memory = SparseMemory(background: .zeros)
    case .bytes(let bytes):
      size = ByteCount(0)
      memory = SparseMemory(background: .zeros)
      try write(bytes, at: FileOffset(0))
    }
  }

  /// `st_blocks`: units of 512 bytes that the file takes up.
  public var blocks: UInt64 { allocated.total / 512 }

  /// Bytes that are stored, rather than computed.
  public var storedBytes: ByteCount { memory.storedBytes }

  /// The end of the last page of the file: how far a mapping can be accessed.
  public var mappedEnd: UInt64 { HostFile.pages(0..<size.rawValue).upperBound }

  // MARK: Reading

  /// The bytes from an offset on: `count` of them, or fewer at the end of the file.
  public func bytes(at offset: FileOffset, count: Int) -> [UInt8] {
    memory.bytes(at: offset.rawValue, count: HostFile.clip(count, offset.rawValue, size.rawValue))
  }

  /// Reads through a mapping: up to the end of the last page. Returns how many bytes it read.
  func readMapped(_ offset: FileOffset, into target: UnsafeMutableRawBufferPointer) -> Int {
    let count = HostFile.clip(target.count, offset.rawValue, mappedEnd)
    memory.read(offset.rawValue, into: UnsafeMutableRawBufferPointer(rebasing: target[0..<count]))
    return count
  }

  // MARK: Lending

  /// Hands the bytes out, so that somebody may change them in place; they are gone from here until ``giveBack(_:written:)``.
  mutating func lend() -> SparseMemory {
    let lent = memory
    memory = SparseMemory()
    return lent
  }

  /// Takes the bytes back, with those of a range changed as through a mapping.
  mutating func giveBack(_ lent: SparseMemory, written: Range<UInt64>) {
    memory = lent
    if !written.isEmpty { allocated.insert(HostFile.pages(written)) }
  }

  // MARK: Writing

  /// Writes bytes, for which the file grows if it must. What lies between its old end and them reads as zeros.
  ///
  /// Fails with `EFBIG` if they would lie beyond ``maximumSize``.
  public mutating func write(_ bytes: [UInt8], at offset: FileOffset) throws(Errno) {
    if bytes.isEmpty { return }
    let range = try HostFile.range(offset, ByteCount(UInt64(bytes.count)))
    if range.upperBound > size.rawValue { grow(to: range.upperBound) }
    memory.write(bytes, at: range.lowerBound)
    allocated.insert(HostFile.pages(range))
  }

  /// Writes through a mapping: up to the end of the last page, and the file does not grow. Returns how many bytes
  /// it wrote.
  mutating func writeMapped(_ offset: FileOffset, _ source: UnsafeRawBufferPointer) -> Int {
    let count = HostFile.clip(source.count, offset.rawValue, mappedEnd)
    if count == 0 { return 0 }
    memory.write(UnsafeRawBufferPointer(rebasing: source[0..<count]), at: offset.rawValue)
    allocated.insert(HostFile.pages(offset.rawValue..<offset.rawValue + UInt64(count)))
    return count
  }

  /// `ftruncate`: cuts the file, or lets it grow by zeros that take up no space.
  public mutating func truncate(to newSize: ByteCount) throws(Errno) {
    try HostFile.check(newSize.rawValue)
    if newSize > size {
      grow(to: newSize.rawValue)
    } else if newSize < size {
      let end = newSize.rawValue
      clear(end..<HostFile.pages(0..<size.rawValue).upperBound)
      allocated.remove(HostFile.pages(0..<end).upperBound..<UInt64.max)
      size = newSize
    }
  }

  /// `FALLOC_FL_PUNCH_HOLE`: the bytes read as zeros, and whole pages among them take up no space.
  public mutating func punchHole(_ offset: FileOffset, _ length: ByteCount) throws(Errno) {
    let range = try HostFile.range(offset, length)
    clear(range)
    let first = (range.lowerBound + pageSize - 1) & ~(pageSize - 1)
    // The last page of the file counts as whole if the hole takes all of it that there is.
    let end = range.upperBound >= size.rawValue ? max(range.upperBound, mappedEnd) : range.upperBound
    let last = end & ~(pageSize - 1)
    if first < last { allocated.remove(first..<last) }
  }

  /// `FALLOC_FL_ZERO_RANGE`: the bytes read as zeros and take up space.
  public mutating func zeroRange(
    _ offset: FileOffset, _ length: ByteCount, keepsSize: Bool
  ) throws(Errno) {
    let range = try HostFile.range(offset, length)
    clear(range)
    try allocate(offset, length, keepsSize: keepsSize)
  }

  /// `fallocate` without a mode: makes space. The file grows to the end of it unless its size is kept.
  public mutating func allocate(_ offset: FileOffset, _ length: ByteCount, keepsSize: Bool) throws(Errno) {
    let range = try HostFile.range(offset, length)
    if range.isEmpty { return }
    if !keepsSize, range.upperBound > size.rawValue { grow(to: range.upperBound) }
    allocated.insert(HostFile.pages(range))
  }

  // MARK: Pieces

  /// Lets a range read as zeros.
  private mutating func clear(_ range: Range<UInt64>) {
    if case .pattern(let pattern, var shown) = memory.background {
      shown.remove(range)
      memory.background = shown.isEmpty ? .zeros : .pattern(pattern, shown)
    }
    memory.reset(range)
  }

  /// What was stored in the last page beyond the end is not to be seen in a longer file.
  private mutating func grow(to end: UInt64) {
    memory.reset(size.rawValue..<mappedEnd)
    size = ByteCount(end)
  }

  private static func check(_ size: UInt64) throws(Errno) {
    if size > maximumSize.rawValue { throw .EFBIG }
  }

  private static func range(_ offset: FileOffset, _ length: ByteCount) throws(Errno) -> Range<UInt64> {
    let (end, overflow) = offset.rawValue.addingReportingOverflow(length.rawValue)
    if overflow || end > maximumSize.rawValue { throw .EFBIG }
    return offset.rawValue..<end
  }

  /// The pages that hold a range. No size comes near the end of all numbers, so nothing wraps.
  private static func pages(_ range: Range<UInt64>) -> Range<UInt64> {
    range.lowerBound & ~(pageSize - 1)..<(range.upperBound + pageSize - 1) & ~(pageSize - 1)
  }

  private static func clip(_ count: Int, _ offset: UInt64, _ end: UInt64) -> Int {
    offset < end ? Int(min(UInt64(max(count, 0)), end - offset)) : 0
  }
}

extension HostFile: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("size", .number(size.rawValue))
    visitor.field("blocks", .number(blocks))
    if case .pattern(let pattern, let shown) = memory.background {
      visitor.field("pattern", .hex(pattern.key))
      visitor.part("shown", shown)
    }
    visitor.part("allocated", allocated)
    visitor.part("stored", memory)
  }
}
