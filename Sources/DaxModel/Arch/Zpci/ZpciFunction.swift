/// One PCI function as the zPCI instructions see it.
///
/// - Source: QEMU include/hw/s390x/s390-pci-bus.h, the state of `S390PCIBusDevice`
public struct ZpciFunction: Hashable, Sendable {
  /// Where the function stands in its life.
  ///
  ///     reserved, standby -> disabled -> enabled -(a fault)-> error -(reset block)-> blocked
  ///                                         ^------(reset error)--------+--------------+
  public enum State: String, Hashable, Sendable, CaseIterable {
    case reserved, standby, disabled, enabled
    /// DMA is still stopped; loads and stores work again.
    case blocked
    case error
    case permanentError = "permanent_error"
  }

  /// What lies behind a BAR: how its memory region takes an access.
  public enum Region: String, Hashable, Sendable, CaseIterable {
    /// Registers that take every access that the instruction lets through.
    case accepting
    /// Registers that take misaligned accesses too.
    case unalignedOK = "unaligned-ok"
    /// Registers that refuse an access that is not aligned to its length.
    case alignedOnly = "aligned-only"
    /// Registers whose largest access has 4 bytes.
    case fourBytes = "four-bytes"
    /// Nothing answers: a decode error.
    case refusing
    /// Plain memory, as the DAX window is. The emulation does not let the instructions reach it.
    case plainRam = "plain-ram"
  }

  public var handle: FunctionHandle
  public var state = State.enabled
  /// False once its slot is powered off: no handle finds it.
  public var isPresent = true
  /// What lies behind each of the BARs 0 to 5.
  public var regions = [Region](repeating: .accepting, count: 6)
  /// The longest block store of its group, in bytes.
  public var longestBlock: UInt64 = 128
  /// Instructions that succeeded: loads, stores, block stores, refreshes.
  public var counters = Counters()
  /// What the function was told by MPCIFC.
  public var controls = Controls()
  /// Outcomes that were asked for, in the order in which they were.
  public var planned: [Planned] = []

  public init(handle: FunctionHandle) { self.handle = handle }

  /// The counters of the measurement block.
  public struct Counters: Hashable, Sendable {
    public var loads: UInt64 = 0
    public var stores: UInt64 = 0
    public var blockStores: UInt64 = 0
    public var refreshes: UInt64 = 0
    public init() {}
  }

  /// DMA translation, interruptions and measurement.
  public struct Controls: Hashable, Sendable {
    /// Whether a translation anchor is registered, and for which DMA addresses.
    public var hasTranslation = false
    public var dmaStart = Controls.firstDmaAddress
    public var dmaEnd: UInt64 = 0x1_ffff_ffff
    /// What a walk through the translation tables ends with; nil if they are sound.
    public var tableFault: ZpciEvent?
    /// How many mappings there is still room for; any number but 0 is enough.
    public var dmaCredits: UInt64 = 1
    /// Whether interruptions are registered.
    public var hasInterruptions = false
    /// Where the measurement block is; 0 if there is none.
    public var measurementBlock: UInt64 = 0

    /// The first and the last DMA address of an emulated function.
    static let firstDmaAddress: UInt64 = 0x1_0000_0000
    static let lastDmaAddress: UInt64 = 0x1ff_ffff_ffff_ffff

    public init() {}
  }
}

extension ZpciFunction: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("handle", .hex(UInt64(handle.rawValue)))
    visitor.field("state", .text(state.rawValue))
    visitor.field("present", .flag(isPresent))
    for bar in regions.indices {
      visitor.enter("region", bar)
      visitor.field("kind", .text(regions[bar].rawValue))
      visitor.leave()
    }
    visitor.field("loads", .number(counters.loads))
    visitor.field("stores", .number(counters.stores))
    visitor.field("block_stores", .number(counters.blockStores))
    visitor.field("refreshes", .number(counters.refreshes))
    visitor.field("interruptions", .flag(controls.hasInterruptions))
    visitor.field("translation", .flag(controls.hasTranslation))
    visitor.field("dma_start", .hex(controls.dmaStart))
    visitor.field("dma_end", .hex(controls.dmaEnd))
    visitor.field("table_fault", controls.tableFault.map { .hex(UInt64($0.rawValue)) } ?? .none)
    visitor.field("dma_credits", .number(controls.dmaCredits))
    visitor.field("measurement_block", .hex(controls.measurementBlock))
    visitor.field("longest_block", .number(longestBlock))
    visitor.list("planned", planned)
  }
}

/// How strictly the instructions are checked.
public struct ZpciRules: Hashable, Sendable {
  /// Whether a single load or store may cross a doubleword.
  ///
  /// The emulation refuses it. The text of 80df7d6af7f6 names only the 4 KiB line for real hardware: UNCONFIRMED.
  public var refusesDoublewordCrossing = true
  /// Whether BARs of plain memory refuse the instructions, as they do under the emulation.
  public var refusesPlainRam = false

  public init(refusesDoublewordCrossing: Bool = true, refusesPlainRam: Bool = false) {
    self.refusesDoublewordCrossing = refusesDoublewordCrossing
    self.refusesPlainRam = refusesPlainRam
  }

  /// As the emulation checks, but for plain memory, which it can reach.
  public static let strict = ZpciRules()
  /// As real hardware may be.
  public static let lenient = ZpciRules(refusesDoublewordCrossing: false)
  /// As the emulation is, the refusal of plain memory included.
  public static let emulation = ZpciRules(refusesPlainRam: true)
}
