import DaxModel

/// What every run of Linux keeps to when it uses the window, whatever the order of the requests.
///
/// Ranges come from the head of a first-in first-out list of free ones, and go back to its tail: also one whose
/// `SETUPMAPPING` failed. The worker begins when less than a fifth of them is free, takes the oldest first, and at
/// most ten of them.
struct ReclaimRules {
  /// A range that is in use.
  private struct Busy {
    var slot: UInt64
    var file: String
    var offset: UInt64
  }

  private static let rangeLength: UInt64 = 2 << 20
  /// How many the worker takes at a time.
  private static let batch = 10

  private let total: UInt64
  /// Ranges that are free, the next one first.
  private var free: [UInt64] = []
  /// Ranges in use, in the order in which they were set up.
  private var busy: [Busy] = []
  /// How many the worker may still take, once it has begun.
  private var granted = 0
  /// The range that was removed last.
  private var lastRemoved: UInt64?

  init(window: UInt64) {
    total = window / Self.rangeLength
    free = (0..<total).map { $0 }
  }

  private var threshold: Int { Int(max(total * 20 / 100, 1)) }

  /// Takes in a request. The rule that it breaks, in a sentence.
  mutating func broken(by request: WorkloadRequest) -> String? {
    switch request.opcode {
    case .initialize, .destroy:
      self = ReclaimRules(window: total * Self.rangeLength)
      return nil
    case .setupMapping: return setUp(request)
    case .removeMapping: return remove(request)
    default: return nil
    }
  }

  private mutating func setUp(_ request: WorkloadRequest) -> String? {
    let slot = (request["moffset"] ?? 0) / Self.rangeLength
    let offset = request["foffset"] ?? 0
    if let present = busy.first(where: { $0.slot == slot }) {
      // The same piece again, to be written to.
      if present.file == request.file, present.offset == offset { return nil }
      return "range \(slot) is set up while it holds another piece"
    }
    guard let place = free.firstIndex(of: slot) else { return "there is no range \(slot) that is free" }
    // Who finds nothing free takes what was just removed.
    if place != 0, lastRemoved != slot {
      return "range \(slot) is set up, but range \(free[0]) is the first that is free"
    }
    free.remove(at: place)
    if request.error != 0 {
      free.append(slot)
    } else {
      busy.append(Busy(slot: slot, file: request.file, offset: offset))
    }
    return nil
  }

  private mutating func remove(_ request: WorkloadRequest) -> String? {
    var problem: String?
    let isReclaim = request.entries.count == 1
    // A worker that has begun goes on while others set ranges up.
    if free.count <= threshold { granted = Self.batch }
    if isReclaim, granted == 0, isWanted(request) {
      problem = "\(free.count) ranges are free, so none need be reclaimed"
    }
    granted = max(granted - 1, 0)
    for entry in request.entries {
      let slot = entry.offset / Self.rangeLength
      guard let place = busy.firstIndex(where: { $0.slot == slot }) else {
        return "range \(slot) is removed, but is not in use"
      }
      if isReclaim, place != 0, !free.isEmpty, isWanted(request) {
        problem = "range \(slot) is reclaimed, but range \(busy[0].slot) was set up before it"
      }
      busy.remove(at: place)
      free.append(slot)
      lastRemoved = slot
    }
    return problem
  }

  /// Whether a removal of one range can only be the worker's: an inode that goes takes all of its ranges with it.
  private func isWanted(_ request: WorkloadRequest) -> Bool {
    busy.filter { $0.file == request.file }.count > 1
  }
}
