import Testing

@testable import DaxModel

/// Sets of byte offsets, against a set of numbers.
@Suite struct ByteRangesTests {
  @Test func randomOperations() {
    for seed in 0..<20 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      var ranges = ByteRanges()
      var oracle = Set<UInt64>()
      for _ in 0..<300 {
        let start = UInt64(random.below(200))
        let range = start..<start + UInt64(random.below(30))
        if random.below(2) == 0 {
          ranges.insert(range)
          oracle.formUnion(range)
        } else {
          ranges.remove(range)
          oracle.subtract(range)
        }
        #expect(ranges.total == UInt64(oracle.count), "seed \(seed)")
        #expect(Set(ranges.ranges.flatMap { Array($0) }) == oracle, "seed \(seed)")
        let pairs = zip(ranges.ranges, ranges.ranges.dropFirst())
        #expect(pairs.allSatisfy { $0.upperBound < $1.lowerBound }, "apart, ascending; seed \(seed)")
        let probe = UInt64(random.below(240))
        #expect(ranges.contains(probe) == oracle.contains(probe), "seed \(seed)")
        var seen: [UInt64] = []
        ranges.eachPiece(of: range) { piece, isIn in
          seen.append(contentsOf: piece)
          #expect(piece.allSatisfy { oracle.contains($0) == isIn }, "seed \(seed)")
        }
        #expect(seen == Array(range), "seed \(seed)")
      }
    }
  }
}
