import DaxModel

/// The CRC-32 of zlib, eight bytes at a time: recordings tell with it what was read and written.
struct Crc32: Hashable {
  private var sum: UInt32 = .max
  /// Bytes so far.
  private(set) var count: UInt64 = 0

  /// The checksum of all bytes so far; 0 if there were none.
  var value: UInt32 { ~sum }

  /// The checksum as recordings write it: eight digits.
  var text: String { hexDigits(UInt64(value), width: 8) }

  init() {}

  init(_ bytes: [UInt8]) { update(bytes) }

  mutating func update(_ bytes: [UInt8]) {
    count &+= UInt64(bytes.count)
    bytes.withUnsafeBytes { bytes in
      Self.tables.withUnsafeBufferPointer { tables in
        var (sum, index) = (sum, 0)
        while index + 8 <= bytes.count {
          let low = bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self).littleEndian ^ sum
          let high = bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self).littleEndian
          // Each byte has a table of its own, by how many bytes follow it.
          sum = tables[7 << 8 | Int(low & 0xff)] ^ tables[6 << 8 | Int(low >> 8 & 0xff)]
          sum ^= tables[5 << 8 | Int(low >> 16 & 0xff)] ^ tables[4 << 8 | Int(low >> 24)]
          sum ^= tables[3 << 8 | Int(high & 0xff)] ^ tables[2 << 8 | Int(high >> 8 & 0xff)]
          sum ^= tables[1 << 8 | Int(high >> 16 & 0xff)] ^ tables[Int(high >> 24)]
          index += 8
        }
        while index < bytes.count {
          sum = sum >> 8 ^ tables[Int((sum ^ UInt32(bytes[index])) & 0xff)]
          index += 1
        }
        self.sum = sum
      }
    }
  }

  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 << 8)
    for start in 0..<256 {
      var sum = UInt32(start)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
      tables[start] = sum
    }
    for index in 256..<8 << 8 {
      let before = tables[index - 256]
      tables[index] = before >> 8 ^ tables[Int(before & 0xff)]
    }
    return tables
  }()
}
