import Testing

@testable import DaxModel

/// Files of the host, against flat arrays of bytes.
@Suite struct HostFileTests {
  /// What a file should be: its bytes, those of its last page that are beyond its end, and its pages.
  private struct Oracle {
    var bytes: [UInt8]
    var tail: [UInt8] = []
    var pages: Set<Int>

    /// Sets the size. What lies beyond it in the last page is zero afterwards.
    mutating func resize(_ size: Int) {
      if size < bytes.count {
        bytes.removeLast(bytes.count - size)
        pages = pages.filter { $0 * 4096 < size }
      } else {
        bytes.append(contentsOf: [UInt8](repeating: 0, count: size - bytes.count))
      }
      tail = [UInt8](repeating: 0, count: (4096 - size % 4096) % 4096)
    }

    mutating func touch(_ range: Range<Int>) {
      if !range.isEmpty { pages.formUnion(range.lowerBound / 4096...(range.upperBound - 1) / 4096) }
    }

    mutating func clear(_ range: Range<Int>) {
      for index in range where index < bytes.count + tail.count {
        if index < bytes.count { bytes[index] = 0 } else { tail[index - bytes.count] = 0 }
      }
    }
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func randomOperations(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let size = random.below(300_000)
    let pattern = FilePattern(seed: "\(seed)").bytes(at: 0, count: size)
    let content: HostContent =
      switch seed % 3 {
      case 0: .zeros(ByteCount(UInt64(size)))
      case 1: .bytes(pattern)
      default: .pattern(size: ByteCount(UInt64(size)), seed: "\(seed)")
      }
    var file = try HostFile(content)
    var oracle = Oracle(bytes: [], pages: [])
    oracle.resize(size)
    if seed % 3 != 0 {
      oracle.bytes = pattern
      oracle.touch(0..<size)
    }
    for step in 0..<250 {
      let start = random.below(320_000)
      let length = random.below(random.below(3) == 0 ? 100_000 : 6_000)
      let (offset, count) = (FileOffset(UInt64(start)), ByteCount(UInt64(length)))
      let range = start..<start + length
      switch random.below(8) {
      case 0, 1:
        let data = FilePattern(seed: "\(step)").bytes(at: 0, count: length)
        try file.write(data, at: offset)
        if length > 0 {
          if range.upperBound > oracle.bytes.count { oracle.resize(range.upperBound) }
          oracle.bytes.replaceSubrange(range, with: data)
          oracle.touch(range)
        }
      case 2:
        let data = FilePattern(seed: "\(step)").bytes(at: 0, count: length)
        let moved = data.withUnsafeBytes { file.writeMapped(offset, $0) }
        let end = oracle.bytes.count + oracle.tail.count
        #expect(moved == max(0, min(length, end - start)))
        for index in 0..<moved {
          let at = start + index
          if at < oracle.bytes.count {
            oracle.bytes[at] = data[index]
          } else {
            oracle.tail[at - oracle.bytes.count] = data[index]
          }
        }
        oracle.touch(start..<start + moved)
      case 3:
        try file.truncate(to: ByteCount(UInt64(start)))
        if start != oracle.bytes.count { oracle.resize(start) }
      case 4:
        try file.punchHole(offset, count)
        oracle.clear(range)
        let isLast = range.upperBound >= oracle.bytes.count
        let end = isLast ? max(range.upperBound, oracle.bytes.count + oracle.tail.count) : range.upperBound
        oracle.pages = oracle.pages.filter { $0 * 4096 < start || ($0 + 1) * 4096 > end }
      case 5:
        let keeps = random.below(2) == 0
        try file.zeroRange(offset, count, keepsSize: keeps)
        oracle.clear(range)
        if !keeps, length > 0, range.upperBound > oracle.bytes.count { oracle.resize(range.upperBound) }
        oracle.touch(range)
      case 6:
        let keeps = random.below(2) == 0
        try file.allocate(offset, count, keepsSize: keeps)
        if !keeps, length > 0, range.upperBound > oracle.bytes.count { oracle.resize(range.upperBound) }
        oracle.touch(range)
      default:
        let expected = oracle.bytes.dropFirst(start).prefix(length)
        #expect(file.bytes(at: offset, count: length) == Array(expected), "seed \(seed) step \(step)")
      }
      #expect(file.size.rawValue == UInt64(oracle.bytes.count), "seed \(seed) step \(step)")
      #expect(file.blocks == UInt64(oracle.pages.count) * 8, "seed \(seed) step \(step)")
      if step % 10 == 0 { try compare(file, oracle, "seed \(seed) step \(step)") }
    }
    try compare(file, oracle, "seed \(seed)")
  }

  private func compare(_ file: HostFile, _ oracle: Oracle, _ place: Comment) throws {
    let whole = file.bytes(at: FileOffset(0), count: oracle.bytes.count + 10)
    #expect(whole == oracle.bytes, place)
    var mapped = [UInt8](repeating: 0xee, count: oracle.bytes.count + oracle.tail.count + 10)
    let count = mapped.withUnsafeMutableBytes { file.readMapped(FileOffset(0), into: $0) }
    #expect(count == oracle.bytes.count + oracle.tail.count, place)
    #expect(Array(mapped[..<count]) == oracle.bytes + oracle.tail, place)
  }

  @Test("A file of a tebibyte that nobody touched costs nothing")
  func hugeFile() throws {
    let tebibyte: UInt64 = 1 << 40
    var file = try HostFile(.pattern(size: ByteCount(tebibyte), seed: "huge"))
    #expect(file.storedBytes.rawValue == 0 && file.blocks == tebibyte / 512)
    let end = FileOffset(tebibyte - 8)
    #expect(file.bytes(at: end, count: 100) == FilePattern(seed: "huge").bytes(at: tebibyte - 8, count: 8))
    try file.write([1, 2, 3], at: FileOffset(tebibyte / 2))
    #expect(file.storedBytes.rawValue == 4096)
    try file.punchHole(FileOffset(4096), ByteCount(tebibyte - 8192))
    #expect(file.storedBytes.rawValue == 0 && file.blocks == 16)
    #expect(file.bytes(at: FileOffset(tebibyte / 2), count: 3) == [0, 0, 0])
    try file.truncate(to: ByteCount(0))
    try file.truncate(to: ByteCount(tebibyte))
    #expect(file.blocks == 0 && file.bytes(at: FileOffset(0), count: 9) == [UInt8](repeating: 0, count: 9))
    var facts = FactList()
    file.inspect(&facts)
    #expect(facts.entries.count < 10)
  }

  @Test("What was cut off does not come back")
  func shrinkAndGrow() throws {
    var file = try HostFile(.pattern(size: ByteCount(10_000), seed: "s10000"))
    try file.truncate(to: ByteCount(100))
    try file.truncate(to: ByteCount(10_000))
    #expect(file.bytes(at: FileOffset(100), count: 9_900).allSatisfy { $0 == 0 })
    #expect(file.bytes(at: FileOffset(0), count: 100) == FilePattern(seed: "s10000").bytes(at: 0, count: 100))
  }

  @Test("What a mapping wrote beyond the end is there until the file grows")
  func lastPage() throws {
    var file = try HostFile(.bytes([1, 2, 3]))
    let moved = [UInt8](repeating: 9, count: 5000).withUnsafeBytes { file.writeMapped(FileOffset(0), $0) }
    #expect(moved == 4096 && file.size.rawValue == 3)
    var page = [UInt8](repeating: 0, count: 4096)
    _ = page.withUnsafeMutableBytes { file.readMapped(FileOffset(0), into: $0) }
    #expect(page.allSatisfy { $0 == 9 })
    #expect(file.bytes(at: FileOffset(0), count: 10) == [9, 9, 9])
    try file.write([7], at: FileOffset(5))
    #expect(file.bytes(at: FileOffset(0), count: 10) == [9, 9, 9, 0, 0, 7])
  }

  @Test("No file is longer than 2^63 - 1 bytes")
  func tooLarge() throws {
    let largest = HostFile.maximumSize
    var file = try HostFile(.zeros(largest))
    #expect(throws: Errno.EFBIG) { try HostFile(.zeros(ByteCount(1 << 63))) }
    #expect(throws: Errno.EFBIG) { try file.truncate(to: ByteCount(.max)) }
    #expect(throws: Errno.EFBIG) { try file.write([1], at: FileOffset(largest.rawValue)) }
    #expect(throws: Errno.EFBIG) { try file.write([1, 2], at: FileOffset(.max)) }
    #expect(throws: Errno.EFBIG) { try file.punchHole(FileOffset(.max), ByteCount(2)) }
    #expect(throws: Errno.EFBIG) { try file.allocate(FileOffset(1), ByteCount(.max), keepsSize: true) }
    try file.write([5], at: FileOffset(largest.rawValue - 1))
    #expect(file.bytes(at: FileOffset(largest.rawValue - 1), count: 8) == [5])
    #expect(file.bytes(at: FileOffset(.max), count: 8) == [])
  }
}
