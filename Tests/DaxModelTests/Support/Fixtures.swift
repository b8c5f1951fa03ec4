import DaxModel
import Foundation

/// The files in `Tests/DaxModelTests/Fixtures`.
enum Fixtures {
  /// The bytes of a fixture, by its path in the folder.
  static func bytes(_ path: String) throws -> [UInt8] {
    let folder = Bundle.module.resourceURL ?? Bundle.module.bundleURL
    return [UInt8](try Data(contentsOf: folder.appending(path: "Fixtures/" + path)))
  }

  /// The text of a fixture.
  static func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  /// A JSON fixture.
  static func json<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(try bytes(path)))
  }

  /// The names of the files in a folder of fixtures that end with `suffix`, sorted.
  static func names(in folder: String, suffix: String = "") throws -> [String] {
    let root = Bundle.module.resourceURL ?? Bundle.module.bundleURL
    return try FileManager.default
      .contentsOfDirectory(atPath: root.appending(path: "Fixtures/" + folder).path)
      .filter { $0.hasSuffix(suffix) }.sorted()
  }
}

/// A number that stands in a fixture as a string such as `0x800000000`, or as a JSON number.
struct HexNumber: Decodable, Hashable, Sendable {
  var value: UInt64

  init(_ value: UInt64) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(UInt64.self) {
      value = number
      return
    }
    let text = try container.decode(String.self)
    let digits = text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
    guard let number = UInt64(digits, radix: 16) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number: \(text)")
    }
    value = number
  }
}

/// The bytes of a string of hexadecimal digits.
func bytes(hex text: String) -> [UInt8] {
  let digits = Array(text.utf8)
  return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
    UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
  }
}
