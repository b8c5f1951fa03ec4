/// A set of byte offsets, as ranges: ascending, apart from each other.
///
/// What is in it costs by the number of ranges, not by their length.
public struct ByteRanges: Hashable, Sendable {
  /// The ranges, ascending. Two that touch are one.
  public private(set) var ranges: [Range<UInt64>] = []
  /// How many bytes are in the set.
  public private(set) var total: UInt64 = 0

  public init() {}

  /// The bytes of one range.
  public init(_ range: Range<UInt64>) { insert(range) }

  /// Whether nothing is in it.
  public var isEmpty: Bool { ranges.isEmpty }

  /// Whether an offset is in it.
  public func contains(_ offset: UInt64) -> Bool {
    let place = firstEnding(after: offset)
    return place < ranges.count && ranges[place].lowerBound <= offset
  }

  /// Whether all bytes of a range are in it.
  func holds(_ range: Range<UInt64>) -> Bool {
    let place = firstEnding(after: range.lowerBound)
    return place < ranges.count && ranges[place].lowerBound <= range.lowerBound
      && ranges[place].upperBound >= range.upperBound
  }

  /// Adds the bytes of a range.
  ///
  /// - Complexity: O(log n), and O(n) if ranges move.
  public mutating func insert(_ range: Range<UInt64>) {
    if range.isEmpty || holds(range) { return }
    // Ranges that touch it melt into it.
    let first = range.lowerBound == 0 ? 0 : firstEnding(after: range.lowerBound - 1)
    var union = range
    var end = first
    while end < ranges.count, ranges[end].lowerBound <= range.upperBound {
      union =
        min(union.lowerBound, ranges[end].lowerBound)..<max(union.upperBound, ranges[end].upperBound)
      total -= length(ranges[end])
      end += 1
    }
    ranges.replaceSubrange(first..<end, with: CollectionOfOne(union))
    total += length(union)
  }

  /// Takes the bytes of a range out.
  ///
  /// - Complexity: O(log n), and O(n) if ranges move.
  public mutating func remove(_ range: Range<UInt64>) {
    if range.isEmpty { return }
    let first = firstEnding(after: range.lowerBound)
    var left: [Range<UInt64>] = []
    var end = first
    while end < ranges.count, ranges[end].lowerBound < range.upperBound {
      let old = ranges[end]
      total -= length(old)
      if old.lowerBound < range.lowerBound { left.append(old.lowerBound..<range.lowerBound) }
      if old.upperBound > range.upperBound { left.append(range.upperBound..<old.upperBound) }
      end += 1
    }
    for piece in left { total += length(piece) }
    ranges.replaceSubrange(first..<end, with: left)
  }

  /// The range of the set that an offset is in.
  func run(at offset: UInt64) -> Range<UInt64>? {
    let place = firstEnding(after: offset)
    return place < ranges.count && ranges[place].lowerBound <= offset ? ranges[place] : nil
  }

  /// The first piece of a range that is in the set.
  func firstPiece(in range: Range<UInt64>) -> Range<UInt64>? {
    let place = firstEnding(after: range.lowerBound)
    guard place < ranges.count, ranges[place].lowerBound < range.upperBound else { return nil }
    return ranges[place].clamped(to: range)
  }

  /// The first piece of a range that is not in the set.
  func firstGap(in range: Range<UInt64>) -> Range<UInt64>? {
    let start = run(at: range.lowerBound)?.upperBound ?? range.lowerBound
    guard start < range.upperBound else { return nil }
    return start..<(firstPiece(in: start..<range.upperBound)?.lowerBound ?? range.upperBound)
  }

  /// The pieces of a range that are in the set.
  func pieces(in range: Range<UInt64>) -> [Range<UInt64>] {
    var found: [Range<UInt64>] = []
    if !range.isEmpty { eachPiece(of: range) { piece, isIn in if isIn { found.append(piece) } } }
    return found
  }

  /// The pieces of a range that are not in the set.
  func gaps(in range: Range<UInt64>) -> [Range<UInt64>] {
    var found: [Range<UInt64>] = []
    if !range.isEmpty { eachPiece(of: range) { piece, isIn in if !isIn { found.append(piece) } } }
    return found
  }

  /// Calls `body` for each piece of a range, in or out of the set, in ascending order.
  func eachPiece(of range: Range<UInt64>, _ body: (Range<UInt64>, Bool) -> Void) {
    var at = range.lowerBound
    var place = firstEnding(after: at)
    while at < range.upperBound {
      guard place < ranges.count, ranges[place].lowerBound < range.upperBound else {
        body(at..<range.upperBound, false)
        return
      }
      if ranges[place].lowerBound > at { body(at..<ranges[place].lowerBound, false) }
      let start = max(at, ranges[place].lowerBound)
      let end = min(range.upperBound, ranges[place].upperBound)
      body(start..<end, true)
      at = end
      place += 1
    }
  }

  /// The first range that ends after an offset.
  private func firstEnding(after offset: UInt64) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func length(_ range: Range<UInt64>) -> UInt64 { range.upperBound - range.lowerBound }
}

extension ByteRanges: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for (index, range) in ranges.enumerated() {
      visitor.enter("range", index)
      visitor.field("from", .hex(range.lowerBound))
      visitor.field("to", .hex(range.upperBound))
      visitor.leave()
    }
  }
}
