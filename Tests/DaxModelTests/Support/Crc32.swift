/// The CRC-32 of zlib, with which recordings tell what was read and written.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  bytes.withUnsafeBytes { bytes in
    crcTable.withUnsafeBufferPointer { table in
      var sum: UInt32 = .max
      for byte in bytes { sum = sum >> 8 ^ table[Int((sum ^ UInt32(byte)) & 0xff)] }
      return ~sum
    }
  }
}

private let crcTable: [UInt32] = (0..<256 as Range<UInt32>).map { start in
  var sum = start
  for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
  return sum
}
