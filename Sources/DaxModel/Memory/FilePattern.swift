/// Bytes that are computed rather than stored: word j is (j + 1) × 0x9E3779B97F4A7C15 XOR a number that a seed gives.
///
/// Words are little-endian 64-bit numbers and j is the offset in the file, divided by 8. The number is the
/// FNV-1a hash of the seed's bytes. So a byte tells which file it is of, and from where in it.
public struct FilePattern: Hashable, Sendable {
  /// FNV-1a, 64 bits, of the seed.
  public let key: UInt64

  /// The pattern of a seed, such as `a4m`.
  public init(seed: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in seed.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    key = hash
  }

  /// What the number of a word is multiplied with: 2^64 divided by the golden ratio.
  @inline(__always) private static var factor: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  /// A word, by its number.
  @inline(__always)
  private func word(_ number: UInt64) -> UInt64 { ((number &+ 1) &* FilePattern.factor) ^ key }

  /// One byte, by its offset in the file.
  func byte(_ offset: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word(offset >> 3) >> (8 * (offset & 7))) }

  /// `count` bytes from an offset of the file on.
  public func bytes(at offset: UInt64, count: Int) -> [UInt8] {
    if count <= 0 { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      fill(UnsafeMutableRawBufferPointer(buffer), from: offset)
      initialized = count
    }
  }

  /// Fills a buffer with the bytes from an offset on, a word at a time.
  func fill(_ target: UnsafeMutableRawBufferPointer, from offset: UInt64) {
    let head = min(Int((8 - offset & 7) & 7), target.count)
    partial(target, 0..<head, from: offset)
    let words = (target.count - head) / 8
    var sum = ((offset &+ UInt64(head)) >> 3 &+ 1) &* FilePattern.factor
    for index in 0..<words {
      target.storeBytes(of: (sum ^ key).littleEndian, toByteOffset: head + index * 8, as: UInt64.self)
      sum &+= FilePattern.factor
    }
    partial(target, head + words * 8..<target.count, from: offset)
  }

  /// Fewer than eight bytes, which are within one word.
  private func partial(
    _ target: UnsafeMutableRawBufferPointer, _ range: Range<Int>, from offset: UInt64
  ) {
    for index in range { target[index] = byte(offset &+ UInt64(index)) }
  }
}
