/// Something that a search has found, with the shortest way to it.
public struct Violation: Hashable, Sendable {
  /// What it is.
  public enum Kind: Hashable, Sendable {
    /// The machine dies.
    case oops(Oops.Kind)
    /// Tasks wait for what can never come.
    case hang
    /// Tasks wait for each other's locks in a ring.
    case deadlock
    /// Everything has ended and something was never given back.
    case leak
    /// An invariant is broken.
    case invariant(Invariant)

    /// One word: `oops`, `hang`, `deadlock`, `leak` or `invariant`.
    public var word: String {
      switch self {
      case .oops: "oops"
      case .hang: "hang"
      case .deadlock: "deadlock"
      case .leak: "leak"
      case .invariant: "invariant"
      }
    }
  }

  public var kind: Kind
  /// Where: the line that died or broke the invariant, or where the first task hangs. Nil at the end of everything.
  public var site: Site?
  /// What is wrong, in a sentence or two.
  public var message: String
  /// How to come there, in as few lines as possible.
  public var schedule: Schedule
  /// The digest of the whole machine there.
  public var digest: UInt64
}

extension Violation.Kind: CustomStringConvertible {
  /// `use-after-free`, `hang`, `invariant pages`.
  public var description: String {
    switch self {
    case .oops(let kind): kind.rawValue
    case .invariant(let invariant): "invariant \(invariant.rawValue)"
    case .hang, .deadlock, .leak: word
    }
  }
}
