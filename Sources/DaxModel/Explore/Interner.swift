/// Numbers for values: equal values have the same number, and each is kept once.
///
/// Numbers are given in the order in which the values come, so they are the same in every run.
struct Interner<Part: Hashable & Sendable>: Sendable {
  /// The values by number.
  private(set) var parts: [Part] = []
  private var hashes: [Int] = []
  /// Open addressing: a number plus one, or 0.
  private var slots = [UInt32](repeating: 0, count: 64)

  /// The number of a value.
  ///
  /// - Complexity: O(1) on average, but for hashing and comparing the value.
  mutating func number(_ part: Part) -> UInt32 {
    let hash = part.hashValue
    var slot = hash & (slots.count - 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot] - 1)
      if hashes[number] == hash, parts[number] == part { return UInt32(number) }
      slot = (slot + 1) & (slots.count - 1)
    }
    parts.append(part)
    hashes.append(hash)
    slots[slot] = UInt32(parts.count)
    if parts.count * 2 > slots.count { grow() }
    return UInt32(parts.count - 1)
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for (number, hash) in hashes.enumerated() {
      var slot = hash & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(number + 1)
    }
  }

  /// About how many bytes it holds, if a value has `extra` bytes outside of itself.
  func bytes(extra: Int) -> Int {
    parts.count * (MemoryLayout<Part>.stride + extra + MemoryLayout<Int>.size) + slots.count * 4
  }
}
