/// What a command answers: data first, from which every form of output is made.
///
///     let answer: Datum = ["return": -6, "errno": "ENXIO", "devices": []]
///     answer.lookup("devices.count")   // .int(0)
///     answer.json                      // {"return":-6,"errno":"ENXIO","devices":[]}
///
/// Fields of a record keep the order in which they were given, so that the same answer is always the
/// same bytes.
public indirect enum Datum: Hashable, Sendable {
  /// Nothing: a field that does not apply.
  case null
  case bool(Bool)
  case int(Int64)
  case text(String)
  /// An address, a page frame number or a register image: written `0x…` in lower case.
  case hex(UInt64)
  case list([Datum])
  case record([Field])

  /// A record from names and values in order.
  public static func record(_ fields: (String, Datum)...) -> Datum {
    .record(fields.map { Field($0.0, $0.1) })
  }

  /// A list of texts.
  public static func texts(_ texts: [String]) -> Datum { .list(texts.map { .text($0) }) }

  /// A count or a length in bytes: a plain number, or hexadecimal if it is past 2^63, as a length that
  /// has wrapped around below zero is.
  public static func count(_ value: UInt64) -> Datum {
    value <= UInt64(Int64.max) ? .int(Int64(value)) : .hex(value)
  }

  /// A count of things.
  public static func count(_ value: Int) -> Datum { .int(Int64(value)) }

  /// The text, or null if there is none.
  public static func optional(_ text: String?) -> Datum {
    if let text { .text(text) } else { .null }
  }

  /// The fields of a record; none for anything else.
  public var fields: [Field] {
    if case .record(let fields) = self { fields } else { [] }
  }

  /// The elements of a list; none for anything else.
  public var elements: [Datum] {
    if case .list(let elements) = self { elements } else { [] }
  }

  /// The value of a record's field, if this is a record that has one of that name.
  public subscript(name: String) -> Datum? {
    for field in fields where field.name == name { return field.value }
    return nil
  }

  /// Adds a field at the end of a record, or replaces the one of that name where it stands.
  ///
  /// Anything but a record becomes a record of this one field.
  public mutating func set(_ name: String, _ value: Datum) {
    var fields = self.fields
    if let index = fields.firstIndex(where: { $0.name == name }) {
      fields[index].value = value
    } else {
      fields.append(Field(name, value))
    }
    self = .record(fields)
  }
}

/// A named value in a record.
public struct Field: Hashable, Sendable {
  public var name: String
  public var value: Datum

  public init(_ name: String, _ value: Datum) {
    self.name = name
    self.value = value
  }
}

extension Datum: ExpressibleByNilLiteral {
  public init(nilLiteral: ()) { self = .null }
}

extension Datum: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Datum: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self = .int(value) }
}

extension Datum: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) { self = .text(value) }
}

extension Datum: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Datum...) { self = .list(elements) }
}

extension Datum: ExpressibleByDictionaryLiteral {
  /// A record, in the order written.
  public init(dictionaryLiteral elements: (String, Datum)...) {
    self = .record(elements.map { Field($0.0, $0.1) })
  }
}
