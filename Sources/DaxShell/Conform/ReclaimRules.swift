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
    var owner: Owner
    var offset: UInt64
  }

  /// Whose a range is: an inode where that is known, for a name may be given anew.
  private enum Owner: Hashable {
    case inode(InodeNumber)
    case name(String)
  }

  private static let rangeLength: UInt64 = 2 << 20
  /// How many the worker takes at a time.
  private static let batch = 10

  private let total: UInt64
  /// The first of those that have never been used: they are free, and come before the others.
  private var unused: UInt64 = 0
  /// Ranges that are free after use, the next one first.
  private var returned: [UInt64] = []
  /// Ranges in use, in the order in which they were set up.
  private var busy: [Busy] = []
  /// How many the worker may still take, once it has begun.
  private var granted = 0
  /// The range that was removed last.
  private var lastRemoved: UInt64?

  init(window: UInt64) { total = window / Self.rangeLength }

  private var threshold: UInt64 { max(total / 5, 1) }
  private var free: UInt64 { total - unused + UInt64(returned.count) }

  /// Takes in a request. The rule that it breaks, in a sentence.
  mutating func broken(by request: WorkloadRequest, about inode: InodeNumber? = nil) -> String? {
    let owner = inode.map { Owner.inode($0) } ?? .name(request.file)
    switch request.opcode {
    case .initialize, .destroy:
      self = ReclaimRules(window: total * Self.rangeLength)
      return nil
    case .setupMapping: return setUp(request, owner)
    case .removeMapping: return remove(request, owner)
    default: return nil
    }
  }

  private mutating func setUp(_ request: WorkloadRequest, _ owner: Owner) -> String? {
    let slot = (request["moffset"] ?? 0) / Self.rangeLength
    let offset = request["foffset"] ?? 0
    if let present = busy.first(where: { $0.slot == slot }) {
      // The same piece again, to be written to.
      if present.owner == owner, present.offset == offset { return nil }
      return "range \(slot) is set up while it holds another piece"
    }
    let next = unused < total ? unused : returned.first
    if slot >= unused, slot < total {
      if slot != unused { return isNotNext(slot, unused) }
      unused += 1
    } else {
      guard let place = returned.firstIndex(of: slot) else { return "there is no range \(slot) that is free" }
      // Who finds nothing free takes what was just removed.
      if let next, next != slot, lastRemoved != slot { return isNotNext(slot, next) }
      returned.remove(at: place)
    }
    if request.error != 0 {
      returned.append(slot)
    } else {
      busy.append(Busy(slot: slot, owner: owner, offset: offset))
    }
    return nil
  }

  private func isNotNext(_ slot: UInt64, _ next: UInt64) -> String {
    "range \(slot) is set up, but range \(next) is the first that is free"
  }

  private mutating func remove(_ request: WorkloadRequest, _ owner: Owner) -> String? {
    var problem: String?
    let isReclaim = request.entries.count == 1
    // A worker that has begun goes on while others set ranges up.
    if free <= threshold { granted = Self.batch }
    if isReclaim, granted == 0, isWanted(owner) {
      problem = "\(free) ranges are free, so none need be reclaimed"
    }
    granted = max(granted - 1, 0)
    for entry in request.entries {
      let slot = entry.offset / Self.rangeLength
      guard let place = busy.firstIndex(where: { $0.slot == slot }) else {
        return "range \(slot) is removed, but is not in use"
      }
      if isReclaim, place != 0, free > 0, isWanted(owner) {
        problem = "range \(slot) is reclaimed, but range \(busy[0].slot) was set up before it"
      }
      busy.remove(at: place)
      returned.append(slot)
      lastRemoved = slot
    }
    return problem
  }

  /// Whether a removal of one range can only be the worker's: an inode that goes takes all of its ranges with it.
  private func isWanted(_ owner: Owner) -> Bool { busy.filter { $0.owner == owner }.count > 1 }
}
