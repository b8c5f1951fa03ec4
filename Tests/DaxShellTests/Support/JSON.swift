import Foundation

/// A JSON value, as a program that uses the shell reads it.
enum JSON: Hashable {
  case null
  case bool(Bool)
  case number(Int64)
  case fraction(Double)
  case text(String)
  case list([JSON])
  case record([String: JSON])

  /// Reads one line of output: just one value, with a newline behind it and none in it.
  init(_ line: String) throws {
    guard line.utf8.last == 0x0a, line.utf8.dropLast().allSatisfy({ $0 >= 0x20 }) else {
      throw CocoaError(.propertyListReadCorrupt)
    }
    self = try JSONDecoder().decode(JSON.self, from: Data(line.utf8))
  }

  subscript(_ name: String) -> JSON {
    if case .record(let fields) = self { fields[name] ?? .null } else { .null }
  }

  subscript(_ index: Int) -> JSON {
    if case .list(let elements) = self, elements.indices.contains(index) { elements[index] } else { .null }
  }

  var names: Set<String> { if case .record(let fields) = self { Set(fields.keys) } else { [] } }
  var elements: [JSON] { if case .list(let elements) = self { elements } else { [] } }
  var text: String? { if case .text(let text) = self { text } else { nil } }
  var number: Int64? { if case .number(let number) = self { number } else { nil } }

  /// Whether it is an address, a page frame number or a register image: `0x…` in lower case.
  var isHex: Bool {
    guard let text, text.hasPrefix("0x"), text.count > 2 else { return false }
    return text.utf8.dropFirst(2).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  var isNumber: Bool { number != nil }
  var isText: Bool { text != nil }
}

extension JSON: Decodable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .number(value)
    } else if let value = try? container.decode(Double.self) {
      self = .fraction(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .list(value)
    } else {
      self = .record(try container.decode([String: JSON].self))
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: Int64) { self = .number(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(nilLiteral: ()) { self = .null }
  init(arrayLiteral elements: JSON...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .record(Dictionary(elements) { $1 })
  }
}
