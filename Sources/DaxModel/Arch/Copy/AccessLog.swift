/// The name of an instruction or bus cycle that moves data: `PCILG`, `REP MOVSB`, `CLWB`.
///
/// An engine may invent its own.
public struct AccessInstruction: Hashable, Sendable, CustomStringConvertible {
  private let text: StaticString

  public init(_ text: StaticString) { self.text = text }

  /// A PCI instruction that moves data; the others have no name here.
  init(_ instruction: ZpciInstruction) {
    switch instruction {
    case .pcilg: self.init("PCILG")
    case .pcistg: self.init("PCISTG")
    case .pcistb: self.init("PCISTB")
    case .pcilgi: self.init("PCILGI")
    case .pcistgi: self.init("PCISTGI")
    case .pcistbi: self.init("PCISTBI")
    default: self.init("-")
    }
  }

  /// The name.
  public var name: String {
    text.withUTF8Buffer { bytes in String(decoding: bytes, as: UTF8.self) }
  }

  public var description: String { name }

  @inline(__always)
  public static func == (left: AccessInstruction, right: AccessInstruction) -> Bool {
    left.text.utf8Start == right.text.utf8Start || left.spells(right)
  }

  private func spells(_ other: AccessInstruction) -> Bool {
    text.withUTF8Buffer { mine in other.text.withUTF8Buffer { mine.elementsEqual($0) } }
  }

  public func hash(into hasher: inout Hasher) {
    text.withUTF8Buffer { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

/// Equal accesses in a row: `count` times `length` bytes, each right behind the one before.
public struct AccessRun: Hashable, Sendable {
  public var instruction: AccessInstruction
  /// Where in the window the first of them begins, in bytes.
  public var offset: UInt64
  /// Bytes that one of them moves.
  public var length: UInt64
  /// How many there are. Those that found the function busy are counted at one place.
  public var count: UInt64
  /// How each of them ended.
  public var outcome = ZpciOutcome.done

  /// How many bytes the run has moved; none if it failed.
  public var moved: UInt64 { outcome == .done ? count * length : 0 }
}

/// What a port has seen: how often each instruction was used and, if wanted, every access in order.
///
/// Its size is in proportion to the number of runs, not to the number of bytes.
public struct AccessLog: Hashable, Sendable {
  /// How often an instruction was used, whether it succeeded or not.
  public struct Tally: Hashable, Sendable {
    public var instruction: AccessInstruction
    public var count: UInt64
  }

  /// Whether runs are kept, or just counted.
  public let recordsRuns: Bool
  private var finished: [AccessRun] = []
  private var tallies: [Tally] = []
  /// The run that may still grow; none if its count is 0.
  private var current = AccessRun(instruction: AccessInstruction(""), offset: 0, length: 0, count: 0)
  /// Where the access would begin that continues it.
  private var next: UInt64 = 0

  public init(recordsRuns: Bool = true) { self.recordsRuns = recordsRuns }

  /// Every access in order, equal ones in a row put together; empty if they are not recorded.
  public var runs: [AccessRun] { recordsRuns ? finished + (current.count > 0 ? [current] : []) : [] }

  /// How often each instruction was used, in the order of first use.
  public var counts: [Tally] {
    var log = self
    log.closeRun()
    return log.tallies
  }

  /// How often one instruction was used.
  public func count(of instruction: AccessInstruction) -> UInt64 {
    counts.first { $0.instruction == instruction }?.count ?? 0
  }

  /// Notes accesses in a row that succeeded.
  @inline(__always)
  mutating func note(
    _ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64, count: UInt64 = 1
  ) {
    if offset == next, current.length == length, current.instruction == instruction {
      current.count &+= count
    } else {
      begin(AccessRun(instruction: instruction, offset: offset, length: length, count: count))
    }
    next = offset &+ length &* count
  }

  /// Notes an access that did not succeed.
  mutating func note(
    _ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64, _ outcome: ZpciOutcome
  ) {
    var run = AccessRun(instruction: instruction, offset: offset, length: length, count: 1, outcome: outcome)
    run.count = current.count
    if run == current {
      current.count += 1
    } else {
      run.count = 1
      begin(run)
    }
    // What follows a failure begins a run of its own, wherever it is.
    next = offset == 0 ? 1 : 0
  }

  @inline(never)
  private mutating func begin(_ run: AccessRun) {
    closeRun()
    current = run
  }

  private mutating func closeRun() {
    let run = current
    if run.count == 0 { return }
    current.count = 0
    if recordsRuns { finished.append(run) }
    if let index = tallies.firstIndex(where: { $0.instruction == run.instruction }) {
      tallies[index].count += run.count
    } else {
      tallies.append(Tally(instruction: run.instruction, count: run.count))
    }
  }
}
