/// What a line does, remembered for each task and kernel that it has been run on.
///
/// A line sees its own task and the kernel, and no other task. So what it does is found out once, by running it, and
/// looked up ever after: many states differ only in where the other tasks stand.
struct EffectTable: Sendable {
  /// One way in which a line can end.
  struct Outcome: Sendable {
    /// The number of the kernel afterwards; nil if the machine has died.
    var kernel: UInt32?
    /// The number of the task afterwards.
    var task: UInt32
    /// 0 for the ordinary way, else which of the line's failures was injected.
    var choice: UInt8
    /// What is wrong with it: the number of an entry in the search's list, or nil.
    var trouble: UInt32?
  }

  private(set) var outcomes: [Outcome] = []
  private var keys = [UInt64](repeating: .max, count: 1 << 10)
  /// The first outcome and how many there are.
  private var values = [UInt64](repeating: 0, count: 1 << 10)
  private var used = 0

  /// The outcomes of a task's next line on a kernel, if they are known.
  @inline(__always)
  func find(_ key: UInt64) -> Range<Int>? {
    let mask = keys.count - 1
    var slot = EffectTable.hash(key) & mask
    while keys[slot] != key {
      if keys[slot] == .max { return nil }
      slot = (slot + 1) & mask
    }
    let first = Int(values[slot] >> 16)
    return first..<first + Int(values[slot] & 0xffff)
  }

  /// Remembers the outcomes of a task's next line on a kernel; none if it waits.
  mutating func remember(_ key: UInt64, _ found: [Outcome]) -> Range<Int> {
    let range = outcomes.count..<outcomes.count + found.count
    outcomes += found
    enter(key, UInt64(range.lowerBound) << 16 | UInt64(found.count))
    used += 1
    if used * 4 > keys.count * 3 {
      let old = (keys, values)
      keys = [UInt64](repeating: .max, count: old.0.count * 2)
      values = [UInt64](repeating: 0, count: old.0.count * 2)
      for (key, value) in zip(old.0, old.1) where key != .max { enter(key, value) }
    }
    return range
  }

  private mutating func enter(_ key: UInt64, _ value: UInt64) {
    let mask = keys.count - 1
    var slot = EffectTable.hash(key) & mask
    while keys[slot] != .max { slot = (slot + 1) & mask }
    keys[slot] = key
    values[slot] = value
  }

  private static func hash(_ key: UInt64) -> Int {
    let mixed = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (mixed ^ mixed >> 32) >> 1)
  }

  /// How many bytes it holds.
  var bytes: Int { outcomes.capacity * MemoryLayout<Outcome>.stride + keys.count * 16 }
}
