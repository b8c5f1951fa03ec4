/// A function handle: which PCI function an instruction means, and whether it may be used.
///
/// - Source: QEMU include/hw/s390x/s390-pci-bus.h
public struct FunctionHandle: Hashable, Sendable, CustomStringConvertible {
  public var rawValue: UInt32
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The bit of an enabled function.
  public static let enableBit: UInt32 = 0x8000_0000
  /// The bits that say which function it is; the others must match as well.
  public static let indexMask: UInt32 = 0x0000_ffff

  /// Whether the handle is one of an enabled function.
  public var isEnabled: Bool { rawValue & FunctionHandle.enableBit != 0 }
  /// Which function.
  public var index: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

  public var description: String { "0x" + hexDigits(UInt64(rawValue), width: 8) }
}

/// The request register of PCILG, PCISTG and PCISTB: handle, address space, length.
///
///     63          32          19  16       12          0
///     |   handle   |          |space|      |  length   |
///
/// - Linux: arch/s390/include/asm/pci_io.h, `ZPCI_CREATE_REQ`
public struct ZpciRequest: Hashable, Sendable {
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// - Parameters:
  ///   - handle: Which function.
  ///   - space: 0 to 5 for the BARs, 15 for configuration space.
  ///   - length: Bytes to move.
  public init(_ handle: FunctionHandle, space: UInt8, length: UInt64) {
    rawValue = UInt64(handle.rawValue) << 32 | UInt64(space) << 16 | length
  }

  public var handle: FunctionHandle { FunctionHandle(UInt32(truncatingIfNeeded: rawValue >> 32)) }
  /// The address space: four bits are looked at.
  public var space: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 16) & 0xf }
  /// The length as PCILG and PCISTG read it: four bits.
  public var length: UInt64 { rawValue & 0xf }
  /// The length as PCISTB reads it: 13 bits.
  public var blockLength: UInt64 { rawValue & 0x1fff }

  /// The DMA address space, for MPCIFC and STPCIFC: eight bits.
  public var dmaSpace: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 16) }
  /// The operation of MPCIFC; nil for a number that is none.
  public var operation: ControlOperation? {
    ControlOperation(rawValue: UInt8(truncatingIfNeeded: rawValue))
  }

  /// The request register as the instruction leaves it: the status stands in bits 31 to 24.
  public func reporting(_ status: ZpciStatus?) -> ZpciRequest {
    guard let status else { return self }
    return ZpciRequest(rawValue & ~(0xff << 24) | UInt64(status.rawValue) << 24)
  }
}
