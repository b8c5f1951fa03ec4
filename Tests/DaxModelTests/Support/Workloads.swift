import DaxModel
import Testing

/// A recording in `Fixtures/workloads`: system calls on a real kernel, their results, and the requests they caused.
struct Workload: Decodable, Sendable {
  var name: String
  var device: Device
  var files: [String: File]
  var hangs: Bool
  var steps: [Step]

  struct Device: Decodable, Sendable {
    var window: UInt64
    var mapAlignment: UInt16?
    var hasInodeDax: Bool
    var maxWrite: UInt32
    var attrTimeout: UInt64

    enum CodingKeys: String, CodingKey {
      case window
      case mapAlignment = "map_alignment"
      case hasInodeDax = "has_inode_dax"
      case maxWrite = "max_write"
      case attrTimeout = "attr_timeout"
    }

    /// The server of the device.
    var configuration: FuseServerConfiguration {
      var configuration = FuseServerConfiguration(window: ByteCount(window))
      configuration.mapAlignment = mapAlignment
      configuration.hasInodeDax = hasInodeDax
      configuration.maxWrite = maxWrite
      configuration.attributeTimeout = attrTimeout
      return configuration
    }
  }

  struct File: Decodable, Sendable {
    var size: UInt64
    var seed: String
  }

  struct Step: Decodable, Sendable {
    var op: String
    var file: String?
    var off: UInt64?
    var len: UInt64?
    var from: UInt64?
    var seed: String?
    var flags: HexNumber.OrText?
    var ret: Int64?
    var sig: Int?
    var siOffset: UInt64?
    var size: UInt64?
    var blocks: UInt64?
    var crc32: String?
    var hex: String?
    var request: String?
    var nth: Int?
    var errno: Int64?
    var requests: [Request]
    var otherRequests: [String]?

    enum CodingKeys: String, CodingKey {
      case op, file, off, len, from, seed, flags, ret, sig, size, blocks, crc32, hex, request, nth, errno,
        requests
      case siOffset = "si_off"
      case otherRequests = "other_requests"
    }

    /// The checksum of what was read or written.
    var checksum: UInt32? { crc32.flatMap { UInt32($0, radix: 16) } }
  }

  struct Request: Decodable, Sendable {
    var op: String
    var file: String?
    var foffset: UInt64?
    var moffset: UInt64?
    var len: UInt64?
    var offset: UInt64?
    var length: UInt64?
    var size: UInt64?
    var flags: UInt64?
    var mode: UInt32?
    var valid: HexNumber?
    var entries: [Entry]?
    var error: Int64?
    var mapAlignment: UInt16?

    enum CodingKeys: String, CodingKey {
      case op, file, foffset, moffset, len, offset, length, size, flags, mode, valid, entries, error
      case mapAlignment = "map_alignment"
    }
  }

  struct Entry: Decodable, Sendable {
    var moffset: UInt64
    var len: UInt64
  }

  static func load(_ name: String) throws -> Workload { try Fixtures.json("workloads/" + name) }

  static func names() throws -> [String] { try Fixtures.names(in: "workloads", suffix: ".json") }
}

extension HexNumber {
  /// Flags: octal digits for `open`, hexadecimal for `mmap`, a number for `msync`.
  enum OrText: Decodable, Sendable {
    case number(UInt64)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(UInt64.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
  }
}
