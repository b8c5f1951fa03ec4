extension KernelRelease {
  /// How this kernel's s390 build cuts a copy into instructions.
  public var zpciChunking: ZpciChunking {
    built(for: .s390x).has(.copiesByRuleB) ? .ruleB : .ruleA
  }
}

/// How s390 cuts a copy into instructions.
///
/// - Linux: arch/s390/include/asm/pci_io.h `zpci_get_max_io_size()`, formerly `zpci_get_max_write_size()`
public enum ZpciChunking: String, Hashable, Sendable, CaseIterable {
  /// Before 80df7d6af7f6: the largest power of two that divides both addresses.
  case ruleA = "A"
  /// Since 80df7d6af7f6 (6.8, and stable releases before): all that is left if everything is a multiple of 8,
  /// otherwise 8, otherwise the next lower power of two.
  case ruleB = "B"

  /// The longest load, and the longest store that is not a block.
  public static let longestSingle: UInt64 = 8
  /// The longest block store that Linux uses.
  public static let longestBlock: UInt64 = 128

  /// The length of the next instruction.
  ///
  /// - Parameters:
  ///   - offset: The address on the PCI side.
  ///   - memory: The address on the memory side. Rule B looks for the 4 KiB line on this side alone.
  ///   - remaining: Bytes that are left, at least 1.
  ///   - longest: 8 for loads, 128 for stores.
  @inline(__always)
  public func length(_ offset: UInt64, _ memory: UInt64, _ remaining: UInt64, longest: UInt64) -> UInt64 {
    switch self {
    case .ruleA:
      let size = powerOfTwo(notAbove: min(remaining, longest))
      // The lowest bit that is set in one of them: the largest power of two that divides all three.
      let common = offset | memory | size
      return common & (~common &+ 1)
    case .ruleB:
      let size = min(remaining, 4096 - memory & 4095, longest)
      if (offset | memory | size) & 7 == 0 { return size }
      return size >= 8 ? 8 : powerOfTwo(notAbove: size)
    }
  }

  /// The length of the next instruction, and how many like it follow each other, at least.
  ///
  /// Under rule A a length stays if it is the longest, or all that the difference of the addresses allows; any
  /// other changes at once. Under rule B it stays up to the 4 KiB line on the memory side.
  @inline(__always)
  public func next(_ rest: CopyPiece, longest: UInt64) -> (length: UInt64, count: UInt64) {
    let length = length(rest.offset, rest.address, rest.length, longest: longest)
    switch self {
    case .ruleA:
      let difference = (rest.offset &- rest.address) | longest
      return (length, length == difference & (0 &- difference) ? rest.length / length : 1)
    case .ruleB:
      guard length == longest || length == ZpciChunking.longestSingle else { return (length, 1) }
      return (length, min(rest.length, 4096 - rest.address & 4095) / length)
    }
  }

  @inline(__always)
  private func powerOfTwo(notAbove size: UInt64) -> UInt64 {
    1 << (63 - UInt64(size.leadingZeroBitCount))
  }
}
