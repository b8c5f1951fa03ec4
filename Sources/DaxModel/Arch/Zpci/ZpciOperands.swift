/// What an instruction finds in its registers and in memory.
public struct ZpciOperands: Hashable, Sendable {
  /// Whether a program runs, not the kernel.
  public var isProblemState = false
  /// The numbers of the registers.
  public var r1: UInt8 = 1
  public var r2: UInt8 = 2
  public var r3: UInt8 = 3
  /// The register with the handle: R2 of PCILG and PCISTG, R1 of the others.
  public var request: ZpciRequest
  /// Where in the address space. For the MIO forms, where in the BAR behind the address.
  public var offset: UInt64 = 0
  /// What a store finds in R1.
  public var data: UInt64 = 0
  /// The first byte in memory that a block store takes.
  public var source: UInt64 = 0x1_0000
  public var isSourceMapped = true
  /// Whether a BAR is mapped at the address of a MIO form.
  public var isAddressMapped = true
  /// The DMA addresses that RPCIT refreshes.
  public var start: UInt64 = 0x1_0000_0000
  public var size: UInt64 = 0x1000
  /// The block of MPCIFC and STPCIFC.
  public var block = FunctionInformationBlock()

  public init(_ request: ZpciRequest) { self.request = request }
}

/// The function information block: what MPCIFC reads and STPCIFC writes.
public struct FunctionInformationBlock: Hashable, Sendable {
  public var address: UInt64 = 0x1_0000
  /// Whether memory is there, to be read and written.
  public var isMapped = true
  public var format: UInt8 = 0
  /// The DMA addresses that a translation is registered for.
  public var dmaStart = ZpciFunction.Controls.firstDmaAddress
  public var dmaEnd: UInt64 = 0x1_ffff_ffff
  /// Where the measurement block is to be; 0 to stop measuring.
  public var measurementBlock: UInt64 = 0

  public init() {}
}

/// The operations of MPCIFC.
public enum ControlOperation: UInt8, Hashable, Sendable, CaseIterable {
  case registerInterruptions = 2
  case deregisterInterruptions = 3
  case registerTranslation = 4
  case deregisterTranslation = 5
  case reregisterTranslation = 6
  case resetError = 7
  case resetBlock = 9
  case setMeasurement = 10

  /// What it is for.
  public var summary: String {
    switch self {
    case .registerInterruptions: "register interruptions"
    case .deregisterInterruptions: "deregister interruptions"
    case .registerTranslation: "register a translation of DMA addresses"
    case .deregisterTranslation: "deregister the translation"
    case .reregisterTranslation: "register another translation"
    case .resetError: "reset the error state"
    case .resetBlock: "reset the block of loads and stores"
    case .setMeasurement: "set the measurement block"
    }
  }
}

/// Which of the instructions a machine has.
public struct ZpciFacilities: Hashable, Sendable {
  /// PCI at all.
  public var hasZpci: Bool
  /// Instructions that take mapped addresses, since z15.
  public var hasMIO: Bool

  public init(hasZpci: Bool = true, hasMIO: Bool = false) {
    (self.hasZpci, self.hasMIO) = (hasZpci, hasMIO)
  }
}
