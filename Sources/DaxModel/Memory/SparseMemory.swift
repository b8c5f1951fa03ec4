/// Bytes by address. Only what somebody has written to is stored, by pages of 4096 bytes.
///
/// Pages that follow each other in a chunk of 64 KiB are stored in one piece: a little data costs little, also for
/// each moment of a history that remembers it, and much data is copied at the speed of memcpy.
///
/// What nobody has written reads as a background: each aligned 8-byte word holds its own address, as a
/// little-endian device would write it, so that a byte tells where it comes from.
public struct SparseMemory: Hashable, Sendable {
  /// What unwritten memory reads as.
  public enum Background: Hashable, Sendable {
    /// Every word holds its own address.
    case ownAddress
    case zeros
    /// The bytes of a file that were never written: a pattern in these ranges, and zeros elsewhere.
    case pattern(FilePattern, ByteRanges)
  }

  /// Bytes in a chunk, as a power of two.
  @inline(__always) static var chunkShift: UInt64 { 16 }
  /// Bytes in a chunk.
  @inline(__always) static var chunkSize: UInt64 { 1 << chunkShift }
  /// The part of an address that says where in its chunk it is.
  @inline(__always) static var chunkMask: UInt64 { chunkSize - 1 }

  /// What unwritten memory reads as.
  public internal(set) var background: Background
  /// The numbers of the chunks of which something is stored, in ascending order.
  private var numbers: [UInt64] = []
  /// What is stored of them, in the same order.
  private var chunks: [Chunk] = []

  /// The stored part of a chunk.
  private struct Chunk: Hashable {
    /// Where in the chunk it begins: a multiple of the page size.
    var start: Int
    /// Whole pages.
    var bytes: [UInt8]

    var range: Range<Int> { start..<start + bytes.count }
  }

  public init(background: Background = .ownAddress) { self.background = background }

  /// The bytes that are stored.
  public var storedBytes: ByteCount { ByteCount(chunks.reduce(0) { $0 + UInt64($1.bytes.count) }) }

  /// One byte.
  public subscript(address: UInt64) -> UInt8 {
    let start = Int(address & SparseMemory.chunkMask)
    guard let place = place(of: address >> SparseMemory.chunkShift), let at = stored(place, start, 1) else {
      return background.byte(address)
    }
    return chunks[place].bytes[at]
  }

  /// `count` bytes from `address` on, which wraps past 2^64.
  public func bytes(at address: UInt64, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      read(address, into: UnsafeMutableRawBufferPointer(buffer))
      initialized = count
    }
  }

  /// Writes bytes from `address` on.
  public mutating func write(_ bytes: [UInt8], at address: UInt64) {
    bytes.withUnsafeBytes { write($0, at: address) }
  }

  /// Writes the bytes of a buffer from `address` on.
  mutating func write(_ source: UnsafeRawBufferPointer, at address: UInt64) {
    eachChunk(of: address, UInt64(source.count)) { done, target in
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[done..<done + target.count]))
    }
  }

  /// Lets a range read as the background again. What is stored of it is given up where that frees a chunk.
  mutating func reset(_ range: Range<UInt64>) {
    var place = lowerBound(range.lowerBound >> SparseMemory.chunkShift)
    var gone = place..<place
    while place < numbers.count, numbers[place] << SparseMemory.chunkShift < range.upperBound {
      let base = numbers[place] << SparseMemory.chunkShift + UInt64(chunks[place].start)
      let stored = base..<base + UInt64(chunks[place].bytes.count)
      let common = stored.clamped(to: range)
      if common == stored {
        gone = (gone.isEmpty ? place : gone.lowerBound)..<place + 1
      } else if !common.isEmpty {
        let (first, last) = (Int(common.lowerBound - base), Int(common.upperBound - base))
        let background = background
        withMutableChunk(place) {
          background.fill(
            UnsafeMutableRawBufferPointer(rebasing: $0[first..<last]), from: common.lowerBound)
        }
      }
      place += 1
    }
    numbers.removeSubrange(gone)
    chunks.removeSubrange(gone)
  }

  /// Fills `count` bytes from `address` on with zeros.
  public mutating func clear(_ address: UInt64, count: UInt64) {
    eachChunk(of: address, count) { _, target in
      _ = target.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }

  /// Copies `count` bytes out of another memory at the speed of memcpy.
  public mutating func copy(_ count: UInt64, from source: SparseMemory, _ start: UInt64, to address: UInt64) {
    eachChunk(of: address, count) { done, target in source.read(start &+ UInt64(done), into: target) }
  }

  // MARK: Chunk by chunk

  /// Lends the bytes of a range where they are, in place and in order: for copies from one chunk straight into another.
  ///
  /// - Parameter body: Gets how many bytes came before, and as many as lie in one chunk. What it changes is stored.
  mutating func lend(
    _ address: UInt64, _ count: UInt64, _ body: (UInt64, UnsafeMutableRawBufferPointer) -> Void
  ) {
    eachChunk(of: address, count) { done, target in body(UInt64(done), target) }
  }

  /// Where a chunk is stored; nil if nobody has written to it.
  ///
  /// - Parameter hint: Where the one before it may be.
  /// - Complexity: O(log n) in the number of chunks; O(1) if the hint is right.
  func place(of number: UInt64, after hint: Int? = nil) -> Int? {
    if let hint, hint + 1 < numbers.count, numbers[hint + 1] == number { return hint + 1 }
    let place = lowerBound(number)
    return place < numbers.count && numbers[place] == number ? place : nil
  }

  /// Where in the stored bytes of a chunk a range begins; nil if not all of it is stored.
  @inline(__always)
  func stored(_ place: Int, _ start: Int, _ length: Int) -> Int? {
    let at = start - chunks[place].start
    return at >= 0 && at + length <= chunks[place].bytes.count ? at : nil
  }

  /// Where a chunk is stored, after what is missing of a range in it has been stored as it reads.
  mutating func madePlace(of number: UInt64, covering range: Range<Int>) -> Int {
    let place = lowerBound(number)
    let page = Int(pageSize)
    let wanted = range.lowerBound & -page..<(range.upperBound + page - 1) & -page
    if place == numbers.count || numbers[place] != number {
      numbers.insert(number, at: place)
      chunks.insert(Chunk(start: wanted.lowerBound, bytes: unwritten(number, wanted)), at: place)
      return place
    }
    let old = chunks[place].range
    if wanted.lowerBound < old.lowerBound {
      chunks[place].bytes.insert(contentsOf: unwritten(number, wanted.lowerBound..<old.lowerBound), at: 0)
      chunks[place].start = wanted.lowerBound
    }
    if wanted.upperBound > old.upperBound {
      chunks[place].bytes.append(contentsOf: unwritten(number, old.upperBound..<wanted.upperBound))
    }
    return place
  }

  private func unwritten(_ number: UInt64, _ range: Range<Int>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
      background.fill(
        UnsafeMutableRawBufferPointer(buffer),
        from: number << SparseMemory.chunkShift &+ UInt64(range.lowerBound))
      initialized = range.count
    }
  }

  /// The stored bytes of a chunk.
  @inline(__always)
  func withChunk<Result>(_ place: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    chunks[place].bytes.withUnsafeBytes(body)
  }

  /// The stored bytes of a chunk, to be changed.
  @inline(__always)
  mutating func withMutableChunk<Result>(
    _ place: Int, _ body: (UnsafeMutableRawBufferPointer) -> Result
  ) -> Result {
    chunks[place].bytes.withUnsafeMutableBytes(body)
  }

  @inline(__always)
  private func lowerBound(_ number: UInt64) -> Int {
    if let last = numbers.last, last < number { return numbers.count }
    var (low, high) = (0, numbers.count)
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Calls `body` for each chunk of a range, with the bytes done before and those of the chunk.
  private mutating func eachChunk(
    of address: UInt64, _ count: UInt64, _ body: (Int, UnsafeMutableRawBufferPointer) -> Void
  ) {
    var done: UInt64 = 0
    while done < count {
      let at = address &+ done
      let start = Int(at & SparseMemory.chunkMask)
      let length = Int(min(count - done, SparseMemory.chunkSize - at & SparseMemory.chunkMask))
      let place = madePlace(of: at >> SparseMemory.chunkShift, covering: start..<start + length)
      let first = start - chunks[place].start
      withMutableChunk(place) { chunk in
        body(Int(done), UnsafeMutableRawBufferPointer(rebasing: chunk[first..<first + length]))
      }
      done += UInt64(length)
    }
  }

  func read(_ address: UInt64, into target: UnsafeMutableRawBufferPointer) {
    var done = 0
    while done < target.count {
      let at = address &+ UInt64(done)
      let start = Int(at & SparseMemory.chunkMask)
      let length = min(target.count - done, Int(SparseMemory.chunkSize) - start)
      let part = UnsafeMutableRawBufferPointer(rebasing: target[done..<done + length])
      let place = place(of: at >> SparseMemory.chunkShift)
      if let place, let first = stored(place, start, length) {
        withChunk(place) {
          part.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[first..<first + length]))
        }
      } else {
        background.fill(part, from: at)
        if let place { overlay(place, start, part) }
      }
      done += length
    }
  }

  /// Copies what is stored of a range that is not stored as a whole.
  private func overlay(_ place: Int, _ start: Int, _ target: UnsafeMutableRawBufferPointer) {
    let common = chunks[place].range.clamped(to: start..<start + target.count)
    if common.isEmpty { return }
    let first = common.lowerBound - chunks[place].start
    withChunk(place) {
      UnsafeMutableRawBufferPointer(rebasing: target[common.lowerBound - start..<common.upperBound - start])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[first..<first + common.count]))
    }
  }
}

extension SparseMemory.Background {
  /// Fills a buffer with what stands from `address` on: whole words where it can.
  func fill(_ target: UnsafeMutableRawBufferPointer, from address: UInt64) {
    switch self {
    case .ownAddress: break
    case .zeros:
      _ = target.initializeMemory(as: UInt8.self, repeating: 0)
      return
    case .pattern(let pattern, let ranges):
      // No file reaches the end of all addresses, where the sum would wrap.
      ranges.eachPiece(of: address..<max(address, address &+ UInt64(target.count))) { piece, isPattern in
        let (first, last) = (Int(piece.lowerBound - address), Int(piece.upperBound - address))
        let part = UnsafeMutableRawBufferPointer(rebasing: target[first..<last])
        if isPattern {
          pattern.fill(part, from: piece.lowerBound)
        } else {
          _ = part.initializeMemory(as: UInt8.self, repeating: 0)
        }
      }
      return
    }
    var index = 0
    while index < target.count {
      let at = address &+ UInt64(index)
      if at & 7 == 0, index + 8 <= target.count {
        target.storeBytes(of: at.littleEndian, toByteOffset: index, as: UInt64.self)
        index += 8
      } else {
        target[index] = byte(at)
        index += 1
      }
    }
  }

  /// One byte of it.
  func byte(_ address: UInt64) -> UInt8 {
    switch self {
    case .ownAddress: UInt8(truncatingIfNeeded: (address & ~7) >> (8 * (address & 7)))
    case .zeros: 0
    case .pattern(let pattern, let ranges): ranges.contains(address) ? pattern.byte(address) : 0
    }
  }
}

extension SparseMemory: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for (number, chunk) in zip(numbers, chunks) {
      visitor.enter("chunk", Int(truncatingIfNeeded: number))
      visitor.field("start", .number(UInt64(chunk.start)))
      visitor.field("digest", .hex(chunk.bytes.fingerprint))
      visitor.leave()
    }
  }
}

extension [UInt8] {
  /// 64 bits of the bytes, eight at a time: equal arrays have equal fingerprints, in every run.
  fileprivate var fingerprint: UInt64 {
    withUnsafeBytes { bytes in
      var sum: UInt64 = 0xcbf2_9ce4_8422_2325
      for index in stride(from: 0, to: bytes.count & ~7, by: 8) {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        sum = (sum ^ word) &* 0x9e37_79b9_7f4a_7c15
        sum ^= sum >> 29
      }
      return sum
    }
  }
}
