/// Every state that a search has seen, each once, in the order in which they were found.
///
/// A state is a row of 32-bit words: the number of its kernel, the number of each of its tasks, and how many failures
/// may still be injected. Equal machines have equal rows. With each row stands how it was reached first.
struct StateStore: Sendable {
  /// How a state was reached first.
  struct Origin {
    /// The state before.
    var parent: Int
    /// The place of the task that ran, in the row.
    var task: Int
    /// Which outcome of its line it was: 0 for the ordinary one, else a failure that was injected.
    var choice: Int
  }

  /// Words in a row.
  let width: Int
  private var words: [UInt32] = []
  private var parents: [UInt32] = []
  private var steps: [UInt16] = []
  /// Open addressing: the number of a state plus one, or 0.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)

  init(width: Int) { self.width = width }

  /// How many states there are.
  var count: Int { parents.count }

  /// A word of a row.
  @inline(__always)
  subscript(state: Int, place: Int) -> UInt32 { words[state * width + place] }

  /// How a state was reached; nil for the first one.
  func origin(of state: Int) -> Origin? {
    state == 0
      ? nil
      : Origin(parent: Int(parents[state]), task: Int(steps[state] >> 8), choice: Int(steps[state] & 0xff))
  }

  /// Enters the first state.
  mutating func start(_ row: [UInt32]) {
    words = row
    enter(parent: 0, step: 0)
  }

  /// Enters the state that follows from another when the word of one task and that of the kernel change, unless it
  /// is there already.
  @inline(__always)
  mutating func insert(
    after parent: Int, task: Int, word: UInt32, kernel: UInt32, choice: Int, spends: UInt32
  ) {
    let start = words.count
    let from = parent * width
    for place in 0..<width { words.append(words[from + place]) }
    words[start] = kernel
    words[start + task] = word
    words[start + width - 1] &-= spends
    enter(parent: UInt32(parent), step: UInt16(task << 8 | choice))
  }

  /// Keeps the row at the end of `words` if it is new, else drops it.
  private mutating func enter(parent: UInt32, step: UInt16) {
    let start = words.count - width
    let mask = slots.count - 1
    var slot = hash(start) & mask
    while slots[slot] != 0 {
      let other = Int(slots[slot] - 1) * width
      var place = 0
      while place < width, words[other + place] == words[start + place] { place += 1 }
      if place == width {
        words.removeLast(width)
        return
      }
      slot = (slot + 1) & mask
    }
    parents.append(parent)
    steps.append(step)
    slots[slot] = UInt32(parents.count)
    if parents.count * 4 > slots.count * 3 { grow() }
  }

  private func hash(_ start: Int) -> Int {
    var hash: UInt64 = 0
    for place in 0..<width {
      hash = (hash ^ UInt64(words[start + place])) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
    }
    return Int(truncatingIfNeeded: hash >> 1)
  }

  private mutating func grow() {
    let mask = slots.count * 2 - 1
    slots = [UInt32](repeating: 0, count: mask + 1)
    for state in 0..<count {
      var slot = hash(state * width) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(state + 1)
    }
  }

  /// How many bytes it holds.
  var bytes: Int { words.capacity * 4 + parents.capacity * 4 + steps.capacity * 2 + slots.count * 4 }
}
