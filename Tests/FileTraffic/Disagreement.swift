/// Where the model and the oracle part.
public struct Disagreement: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    /// A call returned something else.
    case result
    /// Other bytes were read.
    case bytes
    /// The host's file holds other bytes.
    case host
    /// A call does not come back, and not in one of the ways in which Linux hangs too.
    case hang
    /// The machine died.
    case oops
    case invariant
    /// Without events a task ends otherwise than line by line.
    case unwatched
    /// Something is left when everything is given back.
    case leak
  }

  public var kind: Kind
  public var message: String
}

/// Why an operation was not the last word.
enum Stop: Error, Hashable, Sendable {
  case wrong(Disagreement)
  /// The call hangs as it does on Linux: this round is over.
  case knownHang(String)
  /// The operation means nothing here.
  case skipped
}

/// What was done in rounds.
public struct Tally: Hashable, Sendable {
  /// How often each operation was done.
  public private(set) var operations: [String: Int] = [:]
  /// Operations that meant nothing where they stood.
  public internal(set) var skipped = 0
  /// SETUPMAPPING requests.
  public internal(set) var mappings = 0
  /// REMOVEMAPPING requests: ranges that were taken away.
  public internal(set) var reclaims = 0
  /// Reads, writes, loads and stores of files with DAX that needed no request.
  public internal(set) var hits = 0
  /// Failures of the host that happened.
  public internal(set) var failures = 0
  /// SIGBUS and SIGSEGV.
  public internal(set) var signals = 0
  /// Tasks that were also run without events.
  public internal(set) var unwatched = 0
  /// Calls that hang as they do on Linux.
  public internal(set) var hangs = 0
  public internal(set) var rounds = 0

  public init() {}

  public var total: Int { operations.values.reduce(0, +) }

  mutating func count(_ name: String) { operations[name, default: 0] += 1 }

  public static func += (left: inout Tally, right: Tally) {
    left.operations.merge(right.operations) { $0 + $1 }
    left.skipped += right.skipped
    left.mappings += right.mappings
    left.reclaims += right.reclaims
    left.hits += right.hits
    left.failures += right.failures
    left.signals += right.signals
    left.unwatched += right.unwatched
    left.hangs += right.hangs
    left.rounds += right.rounds
  }
}

extension Tally {
  /// What was done, in one line.
  public var sentence: String {
    let counts = operations.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    return "\(total) operations in \(rounds) rounds (\(counts)); \(hits) hits, \(mappings) mappings set up, "
      + "\(reclaims) taken away, \(failures) failures of the host, \(signals) signals, \(hangs) hangs as on Linux, "
      + "\(unwatched) tasks run without events too, \(skipped) left out: no disagreements."
  }
}
