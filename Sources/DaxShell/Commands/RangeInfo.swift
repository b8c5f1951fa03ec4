import DaxModel

/// A range of the window as it stands in the kernel.
struct WindowSlot: Hashable, Sendable {
  /// Where a range is between free and free again.
  enum State: String, Hashable, Sendable {
    /// On the free list.
    case free
    /// In a file's tree.
    case busy
    /// Taken from the free list, and not yet in a tree: it is being set up, or has just been given back.
    case taken
    /// Out of its file's tree, but not yet free: it is being unmapped.
    case reclaiming
  }

  /// Its place in the window, in ranges.
  var range: Int
  var state: State
  /// Where on the list that it is on, from 0.
  var place: Int?
  /// The file whose piece it holds.
  var file: String?
  var inode: Int?
  /// Which piece: the file offset in units of 2 MiB.
  var index: UInt64 = 0
  var isWritable = false
  var references = 1

  /// `a4m#0 rw`, `free`.
  var label: String {
    guard let file else { return state.rawValue }
    return (state == .busy ? "" : state.rawValue + " ") + "\(file)#\(index) \(isWritable ? "rw" : "r")"
  }

  var record: Datum {
    let size = FuseConnDax.rangeSize
    let isFree = state == .free || file == nil
    return [
      "range": .count(range), "window_offset": .hex(UInt64(range) * size), "state": .text(state.rawValue),
      "file": .optional(file), "inode": inode.map { .count($0) } ?? .null,
      "index": isFree ? .null : .count(index), "file_offset": isFree ? .null : .hex(index &* size),
      "mode": isFree ? .null : .text(isWritable ? "rw" : "r"),
      "refcount": isFree ? .null : .count(references),
      "list": .optional(place == nil ? nil : state == .free ? "free" : "busy"),
      "place": place.map { .count($0) } ?? .null,
    ]
  }
}

extension Session {
  /// Every range of the window of what is mounted, in the order of the window; nil without DAX.
  var windowSlots: [WindowSlot]? {
    guard let dax = mountedConnection?.dax else { return nil }
    var slots = dax.ranges.indices.map { WindowSlot(range: $0, state: .taken) }
    for (place, range) in dax.free.enumerated() where slots.indices.contains(range) {
      (slots[range].state, slots[range].place) = (.free, place)
    }
    for (place, range) in dax.busy.enumerated() where slots.indices.contains(range) {
      (slots[range].state, slots[range].place) = (.reclaiming, place)
    }
    for (index, range) in dax.ranges.enumerated() {
      guard let owner = range.inode, slots[index].state != .free else { continue }
      let isInTree = machine.kernel.inodes.peek(owner)?.range(of: range.index) == index
      slots[index].state = isInTree ? .busy : slots[index].place == nil ? .taken : .reclaiming
      slots[index].file = title(of: owner)
      slots[index].inode = owner.slot
      slots[index].index = range.index
      slots[index].isWritable = range.isWritable
      slots[index].references = range.references
    }
    return slots
  }

  /// `info ranges`.
  func rangesAnswer() -> Answer {
    guard let dax = mountedConnection?.dax, let slots = windowSlots else { return futureRanges() }
    let result: Datum = [
      "rows": .list(slots.map { $0.record }), "ranges": .count(slots.count),
      "range_len": .count(FuseConnDax.rangeSize), "free": .count(dax.free.count),
      "busy": .count(dax.busy.count), "reclaim_below": .count(dax.threshold),
      "worker": .text(dax.isWorkerQueued ? "queued" : dax.wantsWorkerLater ? "later" : "idle"),
    ]
    var lines = wrapped(
      "\(counted(slots.count, "range")) of 2 MiB: \(dax.free.count) free, \(dax.busy.count) busy; "
        + "the worker begins when \(dax.threshold == 1 ? "none is" : "fewer than \(dax.threshold) are") free"
        + (dax.isWorkerQueued
          ? ", and is queued" : dax.wantsWorkerLater ? ", and comes again in a moment" : ""),
      indent: 0)
    let used = slots.filter { $0.state != .free }
    if used.isEmpty {
      lines.append("  no file has a range yet: the first access to a piece of 2 MiB sets one up")
    }
    var text = lines.map { $0 + "\n" }.joined()
    if !used.isEmpty {
      text += Table(["rows": .list(used.prefix(64).map { Self.short($0) })]).rendered(options, indent: 2)
      if used.count > 64 {
        text += wrapped("and \(used.count - 64) more, which `set format json` shows", indent: 2)
          .map { $0 + "\n" }.joined()
      }
    }
    text += wrapped("free, the next one first: " + runs(of: dax.free), indent: 2).map { $0 + "\n" }.joined()
    return Answer(result, text: text)
  }

  /// The columns that fit in 80.
  private static func short(_ slot: WindowSlot) -> Datum {
    let record = slot.record
    let place = record["place"].flatMap { $0 == .null ? nil : $0.inline }
    return [
      "range": record["range"] ?? .null, "window": record["window_offset"] ?? .null,
      "state": record["state"] ?? .null, "file": record["file"] ?? .null, "index": record["index"] ?? .null,
      "file_offset": record["file_offset"] ?? .null, "mode": record["mode"] ?? .null,
      "refs": record["refcount"] ?? .null, "list": .optional(place.map { "busy " + $0 }),
    ]
  }

  /// Numbers in a row as `3-31`, of many only the first.
  private func runs(of numbers: [Int]) -> String {
    if numbers.isEmpty { return "none" }
    var runs: [(first: Int, last: Int)] = []
    for number in numbers {
      if let last = runs.indices.last, runs[last].last + 1 == number {
        runs[last].last = number
      } else {
        runs.append((number, number))
      }
      if runs.count > 16 { break }
    }
    let texts = runs.prefix(16).map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }
    return texts.joined(separator: ", ") + (runs.count > 16 ? ", and more" : "")
  }

  /// Without a mount: what it would make of the window.
  private func futureRanges() -> Answer {
    let size = FuseConnDax.rangeSize
    var result: Datum = ["rows": .list([])]
    if mountedConnection != nil {
      return Answer(
        result, lines: wrapped("what is mounted does not use DAX, so it has no ranges", indent: 0))
    }
    guard let window = machine.kernel.window(of: device) else {
      return Answer(result, lines: wrapped(nothingMounted("ranges"), indent: 0))
    }
    let count = window.length.rawValue / size
    result.set("ranges", .count(count))
    result.set("range_len", .count(size))
    result.set("unused_tail", .count(window.length.rawValue % size))
    result.set("reclaim_below", .count(max(count * 20 / 100, 1)))
    let text =
      nothingMounted("ranges") + ", and cuts the window into \(count) ranges of 2 MiB"
      + (window.length.rawValue % size == 0 ? "" : "; the rest of the window is not used")
    return Answer(result, lines: wrapped(text, indent: 0))
  }
}
