import DaxModel

extension TrafficPlan {
  /// The smallest plan found that fails in the same way.
  ///
  /// First operations go, in chunks and then one by one. Then what is left is made simpler: fewer files, smaller
  /// numbers, fewer ranges.
  ///
  /// - Parameter most: How many plans may be tried.
  public func shrunk(trying most: Int = 3000) -> TrafficPlan { shrunk(mistake: nil, trying: most) }

  func shrunk(mistake: Oracle.Mistake?, trying most: Int = 3000) -> TrafficPlan {
    guard let failure = run(mistake: mistake, writesScript: false).failure else { return self }
    var shrinker = Shrinker(smallest: self, kind: failure.what.kind, mistake: mistake, tries: most)
    var plan = self
    plan.operations = Array(operations.prefix(failure.at + 1))
    plan.pace = 0
    // An operation is then compared wherever it stands.
    if failure.what.kind == .unwatched { plan.unwatchedPeriod = 1 }
    if !shrinker.take(plan) {
      plan.pace = pace
      _ = shrinker.take(plan)
    }
    var last: TrafficPlan
    repeat {
      last = shrinker.smallest
      shrinker.dropOperations()
      shrinker.simplify()
    } while shrinker.smallest != last
    return shrinker.smallest
  }
}

/// Tries plans, and keeps those that still fail.
private struct Shrinker {
  private(set) var smallest: TrafficPlan
  let kind: Disagreement.Kind
  let mistake: Oracle.Mistake?
  private var tries: Int

  init(smallest: TrafficPlan, kind: Disagreement.Kind, mistake: Oracle.Mistake?, tries: Int) {
    (self.smallest, self.kind, self.mistake, self.tries) = (smallest, kind, mistake, tries)
  }

  /// Keeps a plan if it fails in the same way.
  mutating func take(_ plan: TrafficPlan) -> Bool {
    guard tries > 0, plan != smallest else { return false }
    tries -= 1
    guard plan.run(mistake: mistake, writesScript: false).failure?.what.kind == kind else { return false }
    smallest = plan
    return true
  }

  /// Leaves out chunks, ever smaller ones.
  mutating func dropOperations() {
    var size = max(smallest.operations.count / 2, 1)
    while true {
      var start = 0
      while start < smallest.operations.count {
        var plan = smallest
        plan.operations.removeSubrange(start..<min(start + size, plan.operations.count))
        if !take(plan) { start += size }
      }
      if size == 1 { return }
      size /= 2
    }
  }

  mutating func simplify() {
    // Files that nothing is done with any more.
    while smallest.files.count > 1 {
      var plan = smallest
      plan.files.removeLast()
      if !take(plan) { break }
    }
    for index in smallest.files.indices {
      for size in simpler(smallest.files[index].size) {
        var plan = smallest
        plan.files[index].size = size
        if take(plan) { break }
      }
    }
    for ranges in 1..<max(smallest.ranges, 1) {
      var plan = smallest
      plan.ranges = ranges
      if take(plan) { break }
    }
    for index in smallest.operations.indices {
      var goesOn = true
      while goesOn {
        goesOn = false
        for operation in smallest.operations[index].simpler {
          var plan = smallest
          plan.operations[index] = operation
          if take(plan) {
            goesOn = true
            break
          }
        }
      }
    }
  }
}

/// Numbers that are simpler than one, the simplest first: each is smaller.
private func simpler(_ number: Int) -> [Int] {
  [0, 1, 4096, 2 << 20, number & ~0x1f_ffff, number & ~0xfff, number & ~0xff, number / 2]
    .filter { $0 < number }
}

extension FileOperation {
  /// The same with one number made simpler.
  fileprivate var simpler: [FileOperation] {
    switch self {
    case .open(let slot, let file, let flags):
      [OpenFlags.create, .append, .direct, .synchronous, .truncate].filter(flags.contains)
        .map { .open(slot: slot, file: file, flags.subtracting($0)) }
        + lower(file).map { .open(slot: slot, file: $0, flags) }
    case .read(let slot, let offset, let length):
      offsets(offset).map { .read(slot: slot, offset: $0, length: length) }
        + lengths(length).map { .read(slot: slot, offset: offset, length: $0) }
    case .readInto(let slot, let offset, let length, let mapping, let at):
      offsets(offset).map { .readInto(slot: slot, offset: $0, length: length, mapping: mapping, at: at) }
        + lengths(length).map { .readInto(slot: slot, offset: offset, length: $0, mapping: mapping, at: at) }
        + offsets(at).map { .readInto(slot: slot, offset: offset, length: length, mapping: mapping, at: $0) }
    case .write(let slot, let offset, let length, let seed):
      offsets(offset).map { .write(slot: slot, offset: $0, length: length, seed: seed) }
        + lengths(length).map { .write(slot: slot, offset: offset, length: $0, seed: seed) }
        + lower(seed).map { .write(slot: slot, offset: offset, length: length, seed: $0) }
    case .writeFrom(let slot, let offset, let length, let mapping, let at):
      offsets(offset).map { .writeFrom(slot: slot, offset: $0, length: length, mapping: mapping, at: at) }
        + lengths(length).map { .writeFrom(slot: slot, offset: offset, length: $0, mapping: mapping, at: at) }
        + offsets(at).map { .writeFrom(slot: slot, offset: offset, length: length, mapping: mapping, at: $0) }
    case .map(let mapping, let slot, let offset, let length, let protection):
      offsets(offset).filter { $0 % 4096 == 0 }.map {
        .map(mapping: mapping, slot: slot, offset: $0, length: length, protection)
      } + lengths(length).map { .map(mapping: mapping, slot: slot, offset: offset, length: $0, protection) }
    case .load(let mapping, let at, let length):
      offsets(at).map { .load(mapping: mapping, at: $0, length: length) }
        + lengths(length).map { .load(mapping: mapping, at: at, length: $0) }
    case .store(let mapping, let at, let length, let seed):
      offsets(at).map { .store(mapping: mapping, at: $0, length: length, seed: seed) }
        + lengths(length).map { .store(mapping: mapping, at: at, length: $0, seed: seed) }
        + lower(seed).map { .store(mapping: mapping, at: at, length: length, seed: $0) }
    case .truncate(let slot, let size): offsets(size).map { .truncate(slot: slot, size: $0) }
    case .truncateByName(let file, let size): offsets(size).map { .truncateByName(file: file, size: $0) }
    case .allocate(let slot, let mode, let offset, let length):
      offsets(offset).map { .allocate(slot: slot, mode, offset: $0, length: length) }
        + lengths(length).map { .allocate(slot: slot, mode, offset: offset, length: $0) }
    case .dropCaches(let level): lower(level - 1).map { .dropCaches($0 + 1) }
    case .remount(let unbinds): unbinds ? [.remount(unbinds: false)] : []
    case .fail(let opcode, let nth, let errno): lower(nth - 1).map { .fail(opcode, nth: $0 + 1, errno) }
    case .close, .unmap, .sync, .msync, .status, .unlink, .list: []
    }
  }

  private func offsets(_ number: Int) -> [Int] { FileTraffic.simpler(number) }
  private func lengths(_ number: Int) -> [Int] { FileTraffic.simpler(number).filter { $0 > 0 } }
  private func lower(_ number: Int) -> [Int] { number > 0 ? [0] : [] }
}
