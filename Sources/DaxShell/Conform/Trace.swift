import DaxModel

/// What a session has done with files, step by step: enough to write it down as a workload.
struct Trace {
  /// What was done.
  enum Action {
    /// Another machine begins here.
    case restart
    case mount(String, DaxOption)
    case umount(String)
    case call(SystemCall, Written)
    /// Reads of `step` bytes one after the other from the beginning, up to an offset or the end of the file.
    case reads(FileDescriptor, step: UInt64, to: UInt64, calls: Int)
    /// Somebody did something on the host that a workload has a step for.
    case host(WorkloadAction)
    /// Something that a workload has no step for: in a few words, and why not, in a sentence.
    case other(String, String)
  }

  /// What a call writes.
  enum Written {
    case nothing
    /// The pattern of a seed, at an offset of the file, with its checksum.
    case pattern(seed: String, crc: String)
    case text
  }

  /// What came of it.
  struct Outcome {
    var value: Value?
    /// The checksum of bytes that were read, or the bytes themselves.
    var data: Field?
    var exchanges: [FuseExchange] = []
  }

  struct Entry {
    var action: Action
    var device: DeviceID
    /// The moment from which on it is part of the history.
    var start: Int
    var task: TaskID?
    /// How many requests there were before.
    var firstRequest: UInt64
    /// The files of the host before it; only a mount keeps them.
    var files: HostFileSystem?
    /// Nil as long as it has not come to its end.
    var outcome: Outcome?
  }

  private(set) var entries: [Entry] = []
  /// The places of entries whose tasks have not come to their end.
  private(set) var open: [Int] = []
  /// Seeds with which files were made, with their names.
  var seeds: [Seed] = []
  /// Where mappings have begun.
  var mappings: [MappingPlace] = []

  /// Where a mapping begins.
  struct MappingPlace: Hashable {
    var id: MappingID
    var address: UInt64
  }

  struct Seed: Hashable {
    var name: String
    var seed: String
  }

  /// What is part of the history up to a moment, since the machine began.
  ///
  /// What was there before the first mount belongs to the files, but for failures that were planned.
  func steps(upTo step: Int) -> [Entry] {
    let seen = entries.filter { $0.start <= step }
    let start = seen.lastIndex { if case .restart = $0.action { true } else { false } }
    let steps = seen[(start.map { $0 + 1 } ?? 0)...]
    let mount = steps.firstIndex { if case .mount = $0.action { true } else { false } } ?? steps.endIndex
    let planned = steps[..<mount].filter { if case .host(.hostFail) = $0.action { true } else { false } }
    return planned + steps[mount...]
  }

  /// The entries among the first `count` that began after a moment are forgotten with what came after it.
  mutating func forget(after step: Int, among count: Int) {
    let kept = entries.prefix(count).filter { $0.start <= step }
    entries.replaceSubrange(0..<min(count, entries.count), with: kept)
    open = entries.indices.filter { entries[$0].task != nil && entries[$0].outcome == nil }
  }

  /// Adds an entry.
  mutating func append(_ entry: Entry) {
    if entry.task != nil, entry.outcome == nil { open.append(entries.count) }
    entries.append(entry)
  }

  /// Fills in the outcome of an entry.
  mutating func settle(_ place: Int, _ outcome: Outcome) {
    entries[place].outcome = outcome
    open.removeAll { $0 == place }
  }

  /// Takes back all entries but the first `count`.
  mutating func takeBack(to count: Int) {
    entries.removeLast(max(0, entries.count - count))
    open.removeAll { $0 >= count }
  }
}

extension Session {
  /// Notes what has just begun. Its result is filled in when it has come to its end.
  ///
  /// - Parameters:
  ///   - action: What it is.
  ///   - task: The task that does it, if one does.
  ///   - seen: How many requests there were before it.
  ///   - files: The files of the host before it.
  mutating func note(
    _ action: Trace.Action, task: TaskID? = nil, after seen: UInt64? = nil, files: HostFileSystem? = nil
  ) {
    settleTrace()
    trace.append(
      Trace.Entry(
        action: action, device: device, start: debugger.timeline.step, task: task,
        firstRequest: seen ?? machine.server(of: device)?.log.count ?? 0, files: files))
  }

  /// Makes one step of reads that were noted one by one from the entry `first` on.
  ///
  /// - Parameters:
  ///   - first: The number of the first entry.
  ///   - descriptor: What was read.
  ///   - step: Bytes that were asked for each time.
  ///   - isWhole: Whether the end of the file, or an error, has ended it.
  ///   - sum: What was read.
  ///   - error: The error that has ended it.
  mutating func foldReads(
    from first: Int, _ descriptor: FileDescriptor, step: UInt64, isWhole: Bool, _ sum: Crc32, error: Value?
  ) {
    guard first < trace.entries.count, let last = trace.entries.last else { return }
    let pieces = trace.entries[first...]
    guard pieces.allSatisfy({ $0.outcome?.value != nil }) else { return }
    var whole = last
    whole.action = .reads(
      descriptor, step: step, to: isWhole ? sum.count &+ step : sum.count, calls: pieces.count)
    whole.firstRequest = pieces.first?.firstRequest ?? last.firstRequest
    whole.outcome = Trace.Outcome(
      value: error ?? .int(Int64(clamping: sum.count)), data: Field("crc32", .text(sum.text)),
      exchanges: pieces.flatMap { $0.outcome?.exchanges ?? [] })
    trace.takeBack(to: first)
    trace.append(whole)
  }

  /// Fills in the result of what was noted last.
  mutating func settle(_ value: Value?, data: Field? = nil) {
    guard let last = trace.entries.indices.last else { return }
    trace.settle(last, outcome(of: trace.entries[last], value, data, until: nil))
  }

  /// Fills in results of tasks that have come to their end meanwhile. Buffers still hold what they have read.
  mutating func settleTrace() {
    for index in trace.open {
      guard let task = trace.entries[index].task, let value = machine.task(task)?.result else { continue }
      let next = trace.entries.indices.contains(index + 1) ? trace.entries[index + 1].firstRequest : nil
      trace.settle(index, outcome(of: trace.entries[index], value, nil, until: next))
    }
  }

  private func outcome(
    of entry: Trace.Entry, _ value: Value?, _ data: Field?, until end: UInt64?
  ) -> Trace.Outcome {
    let log = machine.server(of: entry.device)?.log
    let exchanges = log?.exchanges(since: entry.firstRequest).filter { $0.sequence <= end ?? .max } ?? []
    return Trace.Outcome(value: value, data: data ?? self.data(of: entry.action, value), exchanges: exchanges)
  }

  /// The checksum of what a call has read or written.
  private func data(of action: Trace.Action, _ value: Value?) -> Field? {
    guard case .call(let call, let written) = action, let value else { return nil }
    return data(of: call, written, bytesMoved(by: call, value))
  }

  /// The same, of a call whose bytes are known.
  func data(of call: SystemCall, _ written: Trace.Written, _ bytes: [UInt8]) -> Field? {
    if case .pattern(_, let crc) = written { return Field("crc32", .text(crc)) }
    switch call {
    case .pread, .load: return Field("crc32", .text(Crc32(bytes).text))
    default: return nil
    }
  }
}
