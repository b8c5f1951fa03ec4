/// One fact about the state, as a visitor receives it.
public enum Fact: Hashable, Sendable {
  case number(UInt64)
  case signed(Int64)
  case hex(UInt64)
  case text(String)
  case flag(Bool)
  case none
}

extension Fact: CustomStringConvertible {
  public var description: String {
    switch self {
    case .number(let value): "\(value)"
    case .signed(let value): "\(value)"
    case .hex(let value): DaxModel.hex(value)
    case .text(let value): value
    case .flag(let value): value ? "yes" : "no"
    case .none: "-"
    }
  }
}

/// Sees the whole state, field by field, in one fixed order.
///
/// There is one walk through the state and many uses of it: the digest that tells two machines apart,
/// the difference between two moments, and the `info` tables.
public protocol StateVisitor {
  /// A field and what it holds.
  mutating func field(_ name: StaticString, _ fact: Fact)
  /// A named part begins; `index` tells members of a list apart.
  mutating func enter(_ name: StaticString, _ index: Int?)
  /// The part that was entered last ends.
  mutating func leave()
}

/// Part of the state that can be walked.
public protocol Inspectable {
  func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor)
}

extension StateVisitor {
  mutating func part<Part: Inspectable>(_ name: StaticString, _ part: Part) {
    enter(name, nil)
    part.inspect(&self)
    leave()
  }

  mutating func list<Part: Inspectable>(_ name: StaticString, _ parts: [Part]) {
    for index in parts.indices {
      enter(name, index)
      parts[index].inspect(&self)
      leave()
    }
  }

  mutating func field<Object>(_ name: StaticString, _ handle: Handle<Object>?) {
    field(name, handle.map { .text("#\($0.slot)") } ?? .none)
  }

  mutating func field<Unit: Quantity>(_ name: StaticString, _ quantity: Unit?) {
    field(name, quantity.map { .hex($0.rawValue) } ?? .none)
  }
}

/// A 64-bit digest of everything that a walk shows: FNV-1a over the fields in order.
///
/// The same state gives the same digest in every run and on every machine.
public struct Digest: StateVisitor, Sendable {
  /// The digest of what was seen so far.
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  private mutating func mix(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

  private mutating func mix(_ tag: UInt8, _ word: UInt64) {
    mix(tag)
    var rest = word
    for _ in 0..<8 {
      mix(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  public mutating func field(_ name: StaticString, _ fact: Fact) {
    switch fact {
    case .number(let number), .hex(let number): mix(1, number)
    case .signed(let number): mix(2, UInt64(bitPattern: number))
    case .text(let text):
      mix(3, UInt64(text.utf8.count))
      for byte in text.utf8 { mix(byte) }
    case .flag(let flag): mix(flag ? 4 : 5)
    case .none: mix(6)
    }
  }

  public mutating func enter(_ name: StaticString, _ index: Int?) { mix(7, UInt64(index ?? 0)) }

  public mutating func leave() { mix(8) }
}

/// Every field of the state with its path, for showing and for comparing two moments.
public struct FactList: StateVisitor, Sendable {
  /// One field: where it stands and what it holds.
  public struct Entry: Hashable, Sendable {
    public var path: String
    public var fact: Fact
  }

  /// The fields in the order of the walk.
  public private(set) var entries: [Entry] = []
  private var path: [String] = []

  public init() {}

  public mutating func field(_ name: StaticString, _ fact: Fact) {
    let prefix = path.last.map { $0 + "." } ?? ""
    entries.append(Entry(path: prefix + "\(name)", fact: fact))
  }

  public mutating func enter(_ name: StaticString, _ index: Int?) {
    let prefix = path.last.map { $0 + "." } ?? ""
    path.append(prefix + "\(name)" + (index.map { "[\($0)]" } ?? ""))
  }

  public mutating func leave() { _ = path.popLast() }
}

/// A field that differs between two moments.
public struct StateChange: Hashable, Sendable {
  public var path: String
  /// What it held before; nil if it did not exist.
  public var before: Fact?
  /// What it holds after; nil if it is gone.
  public var after: Fact?
}

extension FactList {
  /// The fields that differ, in the order of the later walk, with those that are gone at the end.
  ///
  /// - Complexity: O(n) in the number of fields.
  public static func changes(from old: FactList, to new: FactList) -> [StateChange] {
    var before: [String: Fact] = [:]
    for entry in old.entries { before[entry.path] = entry.fact }
    var changes: [StateChange] = []
    for entry in new.entries {
      let past = before.removeValue(forKey: entry.path)
      if past != entry.fact { changes.append(StateChange(path: entry.path, before: past, after: entry.fact)) }
    }
    for entry in old.entries where before[entry.path] != nil {
      changes.append(StateChange(path: entry.path, before: entry.fact, after: nil))
    }
    return changes
  }
}
