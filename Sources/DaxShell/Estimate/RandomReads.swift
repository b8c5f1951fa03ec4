import DaxModel

/// Reads of 4 KiB at random places of one file, through a window: which of them find their range there.
///
/// It goes by the rules of the kernel functions in `FuseDax`, and a test holds it to them: ranges are taken from the head
/// of the free list; the worker is kicked when fewer than a fifth are free, and takes up to ten, the oldest first; who
/// finds none takes one of the same file.
struct RandomReads {
  /// Bytes of a read.
  static let blockSize: UInt64 = 4096

  /// Reads whose range was there.
  private(set) var hits: UInt64 = 0
  /// Reads that had to set one up.
  private(set) var misses: UInt64 = 0
  /// Ranges that were given up.
  private(set) var removals: UInt64 = 0

  private let blocks: UInt64
  private let threshold: Int
  /// The range of each piece of the file, or -1.
  private var rangeOf: [Int32]
  /// The piece in each range.
  private var pieceIn: [Int32]
  private var free: Queue
  /// In the order in which they were set up.
  private var busy: Queue
  private var random: SplitMix64

  /// - Parameters:
  ///   - window: Ranges in the window; at least 1.
  ///   - data: Bytes in the file; at least one block.
  ///   - seed: Which places are read.
  init(window: Int, data: UInt64, seed: UInt64 = 1) {
    blocks = max(data / RandomReads.blockSize, 1)
    threshold = max(window * 20 / 100, 1)
    let pieces = Int((data + FuseConnDax.rangeSize - 1) / FuseConnDax.rangeSize)
    rangeOf = [Int32](repeating: -1, count: max(pieces, 1))
    pieceIn = [Int32](repeating: -1, count: window)
    free = Queue(0..<Int32(window), capacity: window)
    busy = Queue(0..<0, capacity: window)
    random = SplitMix64(state: seed)
  }

  /// The place that is read next, in blocks.
  func peekBlock() -> UInt64 {
    var random = random
    return random.next().multipliedFullWidth(by: blocks).high
  }

  private mutating func nextBlock() -> UInt64 { random.next().multipliedFullWidth(by: blocks).high }

  /// Reads so many blocks.
  mutating func run(_ count: UInt64) {
    for _ in 0..<count { read(nextBlock()) }
  }

  private mutating func read(_ block: UInt64) {
    let piece = Int(block / (FuseConnDax.rangeSize / RandomReads.blockSize))
    if rangeOf[piece] >= 0 {
      hits += 1
      return
    }
    misses += 1
    let range = allocate()
    rangeOf[piece] = range
    pieceIn[Int(range)] = Int32(piece)
    busy.append(range)
  }

  /// `alloc_dax_mapping_reclaim()`, with the worker that runs as soon as it is kicked.
  private mutating func allocate() -> Int32 {
    while true {
      let taken = free.popFirst()
      if free.count < threshold {
        for _ in 0..<FuseConnDax.reclaimChunk {
          guard let oldest = busy.popFirst() else { break }
          giveUp(oldest)
          free.append(oldest)
        }
      }
      if let taken { return taken }
      // The first piece of the file that has a range.
      if let range = busy.first(by: { pieceIn[Int($0)] }) {
        busy.remove(range)
        giveUp(range)
        return range
      }
    }
  }

  private mutating func giveUp(_ range: Int32) {
    removals += 1
    rangeOf[Int(pieceIn[Int(range)])] = -1
  }

  /// First in, first out, in a ring.
  private struct Queue {
    private var items: [Int32]
    private var head = 0
    private(set) var count: Int

    init(_ numbers: Range<Int32>, capacity: Int) {
      items = Array(numbers) + [Int32](repeating: 0, count: capacity - numbers.count)
      count = numbers.count
    }

    mutating func append(_ item: Int32) {
      var place = head + count
      if place >= items.count { place -= items.count }
      items[place] = item
      count += 1
    }

    mutating func popFirst() -> Int32? {
      guard count > 0 else { return nil }
      let item = items[head]
      head = head + 1 == items.count ? 0 : head + 1
      count -= 1
      return item
    }

    /// The item for which the number is smallest.
    func first(by number: (Int32) -> Int32) -> Int32? {
      (0..<count).map { items[(head + $0) % items.count] }.min { number($0) < number($1) }
    }

    mutating func remove(_ item: Int32) {
      let rest = (0..<count).map { items[(head + $0) % items.count] }.filter { $0 != item }
      items.replaceSubrange(0..<rest.count, with: rest)
      (head, count) = (0, rest.count)
    }
  }
}

/// A small random number generator with a seed.
struct SplitMix64: Hashable, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
