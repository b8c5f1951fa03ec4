/// Every state that a search has seen, each once, in the order in which they were found.
///
/// A state is a row of numbers, packed as its layout says: the kernel's, each task's, and how many failures may still be
/// injected. Equal machines have equal rows. With each row stands how it was reached first.
struct StateStore: Sendable {
  /// How a state was reached first.
  struct Origin {
    /// The state before.
    var parent: Int
    /// The column of the task that ran.
    var task: Int
    /// Which outcome of its line it was: 0 for the ordinary one, else a failure that was injected.
    var choice: Int
  }

  private var layout: RowLayout
  private var words: [UInt64] = []
  private var parents: [UInt32] = []
  private var steps: [UInt16] = []
  /// Open addressing: the number of a state plus one, or 0.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)

  init(columns: Int) { layout = RowLayout(columns: columns) }

  /// How many states there are.
  var count: Int { parents.count }

  /// A number of a row.
  @inline(__always)
  subscript(state: Int, column: Int) -> UInt32 {
    let word = words[state &* layout.width &+ layout.word(column)]
    return UInt32(truncatingIfNeeded: word >> layout.shift(column) & layout.limit(column))
  }

  /// How a state was reached; nil for the first one.
  func origin(of state: Int) -> Origin? {
    state == 0
      ? nil
      : Origin(parent: Int(parents[state]), task: Int(steps[state] >> 8), choice: Int(steps[state] & 0xff))
  }

  /// Enters the first state.
  mutating func start(_ row: [UInt32]) {
    for (column, number) in row.enumerated() { layout.widen(column, for: number) }
    words = [UInt64](repeating: 0, count: layout.width)
    for (column, number) in row.enumerated() {
      words[layout.word(column)] |= UInt64(number) << layout.shift(column)
    }
    parents = [0]
    steps = [0]
    rehash(into: slots.count)
  }

  /// Enters the state that follows from another when the numbers of one task and of the kernel change, unless it is
  /// there already.
  ///
  /// - Complexity: O(1) on average.
  @inline(__always)
  mutating func insert(
    after parent: Int, task: Int, number: UInt32, kernel: UInt32, choice: Int, spends: Bool
  ) {
    if UInt64(kernel) > layout.limit(0) { widen(0, for: kernel) }
    if UInt64(number) > layout.limit(task) { widen(task, for: number) }
    var change = Change(
      kernel: UInt64(self[parent, 0] ^ kernel) << layout.shift(0), word: layout.word(task),
      task: UInt64(self[parent, task] ^ number) << layout.shift(task))
    if spends {
      let left = self[parent, layout.columns - 1]
      change.last = layout.word(layout.columns - 1)
      change.budget = UInt64(left ^ (left &- 1)) << layout.shift(layout.columns - 1)
    }
    let width = layout.width
    let start = parent &* width
    let slot = find(start, change)
    if slots[slot] != 0 { return }
    for index in 0..<width { words.append(words[start &+ index] ^ change[index]) }
    parents.append(UInt32(truncatingIfNeeded: parent))
    steps.append(UInt16(truncatingIfNeeded: task << 8 | choice))
    slots[slot] = UInt32(truncatingIfNeeded: parents.count)
    if parents.count * 4 > slots.count * 3 { rehash(into: slots.count * 2) }
  }

  /// In which bits a row differs from its parent's.
  private struct Change {
    var kernel: UInt64
    var word: Int
    var task: UInt64
    var last = 0
    var budget: UInt64 = 0

    @inline(__always)
    subscript(index: Int) -> UInt64 {
      (index == 0 ? kernel : 0) ^ (index == word ? task : 0) ^ (index == last ? budget : 0)
    }
  }

  /// The slot of a row that differs from the one at `start` by `change`: its own, or an empty one.
  @inline(__always)
  private func find(_ start: Int, _ change: Change) -> Int {
    let width = layout.width
    return words.withUnsafeBufferPointer { words in
      slots.withUnsafeBufferPointer { slots in
        let mask = slots.count - 1
        var hash: UInt64 = 0
        for index in 0..<width { StateStore.mix(&hash, words[start &+ index] ^ change[index]) }
        var slot = Int(truncatingIfNeeded: hash >> 20) & mask
        while slots[slot] != 0 {
          let other = Int(slots[slot] &- 1) &* width
          var index = 0
          while index < width, words[other &+ index] == words[start &+ index] ^ change[index] { index &+= 1 }
          if index == width { return slot }
          slot = (slot &+ 1) & mask
        }
        return slot
      }
    }
  }

  @inline(__always)
  private static func mix(_ hash: inout UInt64, _ word: UInt64) {
    hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 32
  }

  private mutating func rehash(into count: Int) {
    let width = layout.width
    slots = [UInt32](repeating: 0, count: count)
    for state in 0..<self.count {
      var hash: UInt64 = 0
      for index in 0..<width { StateStore.mix(&hash, words[state &* width &+ index]) }
      var slot = Int(truncatingIfNeeded: hash >> 20) & (count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (count - 1) }
      slots[slot] = UInt32(state + 1)
    }
  }

  /// Packs every row anew, with room for a larger number.
  private mutating func widen(_ column: Int, for number: UInt32) {
    let old = self
    layout.widen(column, for: number)
    words = [UInt64](repeating: 0, count: count * layout.width)
    for state in 0..<count {
      for column in 0..<layout.columns {
        words[state * layout.width + layout.word(column)] |=
          UInt64(old[state, column]) << layout.shift(column)
      }
    }
    rehash(into: slots.count)
  }

  /// How many bytes it holds.
  var bytes: Int { words.capacity * 8 + parents.capacity * 4 + steps.capacity * 2 + slots.count * 4 }
}
