import Testing

@testable import DaxModel

/// The content of files, as recordings of real kernels have it.
@Suite struct FilePatternTests {
  @Test("Bytes of a pattern have the checksums that were recorded")
  func recordedChecksums() {
    #expect(crc32(FilePattern(seed: "cfr").bytes(at: 0, count: 4096)) == 0x0726_9b1b)
    #expect(crc32(FilePattern(seed: "w1").bytes(at: 0, count: 4096)) == 0xd24f_2415)
    #expect(crc32(FilePattern(seed: "hap").bytes(at: 0, count: 10_000)) == 0xa6b0_7195)
    let text = "100727cabefefc962f83f94b7574a5343a0fb2c82bea6dd2518b4448e2611670"
    #expect(FilePattern(seed: "w1").bytes(at: 0, count: 32) == bytes(hex: text))
  }

  @Test("A piece of a pattern is the same wherever it begins")
  func pieces() {
    let pattern = FilePattern(seed: "piece")
    let whole = pattern.bytes(at: 0, count: 300)
    for start in 0..<40 {
      for count in 0..<40 {
        #expect(
          pattern.bytes(at: UInt64(start), count: count) == Array(whole[start..<start + count]))
      }
    }
    #expect(pattern.bytes(at: UInt64.max - 3, count: 8).count == 8)
  }
}
