import Testing

/// `fuse-wire-examples.json`: messages in bytes, and what they say.
struct WireRows: Decodable, Sendable {
  var examples: [WireRow]

  static func load() throws -> [WireRow] {
    try Fixtures.json("fuse-wire-examples.json", as: WireRows.self).examples
  }
}

/// One message.
struct WireRow: Decodable, Sendable, CustomTestStringConvertible {
  var name: String
  var hex: String
  var bytes: Int
  var fields: [String: Field]

  var testDescription: String { name }

  /// A number, written in one of three ways, or entries of two numbers each.
  enum Field: Decodable, Hashable, Sendable {
    case number(UInt64)
    case entries([[HexNumber]])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int64.self) {
        self = .number(UInt64(bitPattern: number))
      } else if let entries = try? container.decode([[HexNumber]].self) {
        self = .entries(entries)
      } else {
        self = .number(try container.decode(HexNumber.self).value)
      }
    }
  }
}
