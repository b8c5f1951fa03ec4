/// A memory that remembers which chunk it was in last, so that many small accesses in a row cost no look-up.
struct OpenMemory: Sendable {
  private(set) var memory: SparseMemory
  /// The chunk that was looked up last, and where it is stored; nil if nobody has written to it.
  private var number = UInt64.max
  private var place: Int?

  init(_ memory: SparseMemory) { self.memory = memory }

  /// The memory, which is gone from here: so that its bytes can be changed in place elsewhere.
  mutating func close() -> SparseMemory {
    let closed = memory
    memory = SparseMemory()
    number = UInt64.max
    return closed
  }

  /// Up to 8 bytes as one little-endian word.
  @inline(__always)
  mutating func load(_ address: UInt64, _ length: UInt64) -> UInt64 {
    let start = Int(address & SparseMemory.chunkMask)
    if length == 8, let place = find(address), let at = memory.stored(place, start, 8) {
      return memory.withChunk(place) {
        UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      }
    }
    var word: UInt64 = 0
    for index in 0..<length { word |= UInt64(memory[address &+ index]) << (8 * index) }
    return word
  }

  /// Stores the low bytes of a little-endian word.
  @inline(__always)
  mutating func store(_ word: UInt64, _ address: UInt64, _ length: UInt64) {
    let start = Int(address & SparseMemory.chunkMask)
    if length == 8, start <= Int(SparseMemory.chunkSize) - 8 {
      let (place, at) = make(address, 8)
      memory.withMutableChunk(place) {
        $0.storeBytes(of: word.littleEndian, toByteOffset: at, as: UInt64.self)
      }
      return
    }
    for index in 0..<length {
      let (place, at) = make(address &+ index, 1)
      memory.withMutableChunk(place) { $0[at] = UInt8(truncatingIfNeeded: word >> (8 * index)) }
    }
  }

  /// Clears bytes.
  mutating func clear(_ address: UInt64, count: UInt64) {
    memory.clear(address, count: count)
    number = UInt64.max
  }

  /// Copies bytes from one memory to another, at the speed of memcpy.
  static func copy(
    _ count: UInt64, from source: inout OpenMemory, _ start: UInt64, to target: inout OpenMemory,
    _ address: UInt64
  ) {
    let first = Int(start & SparseMemory.chunkMask)
    let isInChunk = count <= SparseMemory.chunkSize - address & SparseMemory.chunkMask
    guard isInChunk, let from = source.find(start), let at = source.memory.stored(from, first, Int(count))
    else {
      target.memory.copy(count, from: source.memory, start, to: address)
      target.number = UInt64.max
      return
    }
    let (place, last) = target.make(address, Int(count))
    source.memory.withChunk(from) { source in
      target.memory.withMutableChunk(place) { target in
        UnsafeMutableRawBufferPointer(rebasing: target[last..<last + Int(count)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[at..<at + Int(count)]))
      }
    }
  }

  /// Where the chunk of an address is stored; nil if nobody has written to it.
  @inline(__always)
  private mutating func find(_ address: UInt64) -> Int? {
    let wanted = address >> SparseMemory.chunkShift
    if wanted != number { (number, place) = (wanted, memory.place(of: wanted, after: place)) }
    return place
  }

  /// Where the chunk of an address is stored, and where in it the address is, after all of a range is stored.
  @inline(__always)
  private mutating func make(_ address: UInt64, _ length: Int) -> (place: Int, at: Int) {
    let start = Int(address & SparseMemory.chunkMask)
    if let place = find(address), let at = memory.stored(place, start, length) { return (place, at) }
    let made = memory.madePlace(of: address >> SparseMemory.chunkShift, covering: start..<start + length)
    place = made
    return (made, memory.stored(made, start, length) ?? 0)
  }
}
