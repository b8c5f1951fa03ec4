/// What became of one instruction.
public struct ZpciResult: Hashable, Sendable {
  public var outcome = ZpciOutcome.done
  /// The rule that was broken; nil if the instruction went through, or was made to fail.
  public var rule: ZpciRule?
  /// Whether it ended so because somebody asked for it.
  public var isPlanned = false
  /// The request register as it is left: only condition code 1 rewrites its status.
  public var request: ZpciRequest
  /// The state of the function, before and after.
  public var stateBefore: ZpciFunction.State
  public var stateAfter: ZpciFunction.State
  /// The event that the function reports.
  public var event: ZpciEvent?
  /// What was counted in the measurement block.
  public var counted: ZpciCounter?
  /// What was moved between processor and function.
  public var transfer: ZpciTransfer?
  /// The control byte that STPCIFC stored.
  public var functionControl: UInt8?

  init(_ request: ZpciRequest, _ state: ZpciFunction.State) {
    self.request = request
    (stateBefore, stateAfter) = (state, state)
  }
}

/// A counter of the measurement block, as the case tables name it.
public enum ZpciCounter: String, Hashable, Sendable, CaseIterable {
  case loads = "LD"
  case stores = "ST"
  case blockStores = "STB"
  case refreshes = "RPCIT"
}

/// What an instruction moved.
public struct ZpciTransfer: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Into R1, to its right, with zeros to the left.
    case load
    /// The rightmost bytes of R1.
    case store
    /// Doublewords of memory in ascending order.
    case blockStore
  }

  public var kind: Kind
  public var space: UInt8
  public var offset: UInt64
  /// How many bytes were asked for.
  public var length: UInt64
  /// How many bytes the function sees: fewer where the emulation narrows lengths of 3, 5, 6 and 7.
  public var moved: UInt64
}

/// An event that a function reports about itself.
///
/// - Source: QEMU include/hw/s390x/s390-pci-bus.h
public struct ZpciEvent: Hashable, Sendable {
  public var rawValue: UInt16
  public init(_ rawValue: UInt16) { self.rawValue = rawValue }

  public static let invalidAddressSpace = ZpciEvent(0x0001)
  public static let outOfRange = ZpciEvent(0x0002)
  public static let invalidTableType = ZpciEvent(0x0003)
  public static let measurementBlock = ZpciEvent(0x002c)

  /// The codes of a walk through the translation tables that failed.
  public static let walkCodes: ClosedRange<UInt16> = 0x0003...0x0009

  /// Four digits: `0x0001`.
  public var digits: String { "0x" + hexDigits(UInt64(rawValue), width: 4) }

  /// What it says.
  public var meaning: String {
    switch rawValue {
    case 0x0001: "no translation is registered"
    case 0x0002: "the DMA address is out of range"
    case ZpciEvent.walkCodes: "the walk through the translation tables failed"
    case 0x002c: "the address of the measurement block is not valid"
    default: "an event of the function"
    }
  }
}

/// The byte lanes of a register: the byte at the lowest PCI address is the leftmost of those that are moved.
///
/// PCI memory with the bytes 11 22 33 44 is loaded as 0x11223344. Nothing is swapped.
public enum ByteLanes {
  /// What a load of these bytes leaves in the register.
  public static func register(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// What a store of `length` bytes of a register leaves in PCI memory.
  public static func bytes(of register: UInt64, length: UInt64) -> [UInt8] {
    (0..<min(length, 8)).reversed().map { UInt8(truncatingIfNeeded: register >> (8 * $0)) }
  }
}
