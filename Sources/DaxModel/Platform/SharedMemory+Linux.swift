/// What differs between kernels in how they look for a shared-memory region.
public struct ShmLookupRules: Hashable, Sendable {
  /// Capabilities with a BAR number of 6 or more are skipped (since 2022).
  ///
  /// Without it, the number is used as it is and the kernel reads `pci_dev.resource[]` behind the standard
  /// BARs.
  public var checksBarIndex: Bool
  /// An offset plus length that wraps is refused.
  ///
  /// Without it, the wrapped sum is compared with the BAR.
  public var checksOverflow: Bool
  /// The capability is the 28-byte draft with the id at byte 24, not the 24 bytes of the specification.
  public var draftCapability: Bool

  public init(checksBarIndex: Bool = true, checksOverflow: Bool = true, draftCapability: Bool = false) {
    self.checksBarIndex = checksBarIndex
    self.checksOverflow = checksOverflow
    self.draftCapability = draftCapability
  }

  /// Linux today.
  public static let current = ShmLookupRules()
  /// Linux 5.10, before the BAR number was checked.
  public static let withoutBarCheck = ShmLookupRules(checksBarIndex: false)
  /// The patches of 2019.
  public static let draft = ShmLookupRules(
    checksBarIndex: false, checksOverflow: false, draftCapability: true)

  /// The `cap_len` that is accepted; every other one is logged and skipped.
  public var capabilityLength: UInt8 {
    draftCapability ? VirtioCapability.draftLength : VirtioCapability.sharedMemoryLength
  }
}

/// What Linux prints while it looks for a region, in the words of the kernel log.
public enum ShmLogEntry: Hashable, Sendable, CustomStringConvertible {
  /// A shared-memory capability has a length that the kernel does not know; it is skipped.
  case badCapabilityLength(offset: Int, length: UInt8)
  /// Offset plus length wraps.
  case overflow
  /// The region does not fit into its BAR.
  case barTooShort

  /// The line of the log, without device name and level.
  public var description: String {
    switch self {
    case .badCapabilityLength(let offset, let length):
      "virtio_pci_find_shm_cap: shm cap with bad size offset: \(offset) size: \(length)"
    case .overflow: "vp_get_shm_region: cap offset+len overflow detected"
    case .barTooShort: "vp_get_shm_region: bar shorter than cap offset+len"
    }
  }
}

/// What `vp_get_shm_region()` did: its answer and what led to it.
public struct ShmLookup: Hashable, Sendable {
  /// The answer.
  public var outcome: ShmOutcome
  /// The lines that went to the kernel log, in order.
  ///
  /// Of a walk that never ends, those of one round.
  public var log: [ShmLogEntry] = []
  /// The capability that was chosen, also when its region was refused afterwards.
  ///
  /// The patches of 2019 claim its whole BAR before they check anything.
  public var chosen: VirtioCapability?
  /// The chosen BAR number if it is 6 or more: the kernel then reads a resource that is no BAR.
  ///
  /// 6 is the expansion ROM; 7 and up are empty in a plain device. Numbers from 17 on lie behind the array,
  /// and what the kernel would find there is anything: the model takes it as an empty resource.
  public var reservedBar: UInt8? { chosen.flatMap { $0.hasReservedBar ? $0.bar : nil } }

  public init(outcome: ShmOutcome) { self.outcome = outcome }
}

extension PciFunction {
  /// `virtio_pci_find_shm_cap()` and `vp_get_shm_region()` in `drivers/virtio/virtio_pci_modern.c`: what
  /// Linux answers when a driver asks for region `id`.
  ///
  /// Linux takes the first capability that suits and checks only then; it accepts a length of zero and
  /// an I/O BAR, and does not notice a second region with the same id.
  public func linuxLookup(id: UInt8, rules: ShmLookupRules = .current) -> ShmLookup {
    var lookup = ShmLookup(outcome: .absent)
    do {
      lookup.chosen = try findSharedMemory(id: id, rules: rules, log: &lookup.log)
      if let chosen = lookup.chosen {
        lookup.outcome = check(chosen, rules: rules, log: &lookup.log)
      }
    } catch {
      lookup.outcome = .failed(error)
    }
    return lookup
  }

  /// `virtio_pci_find_shm_cap()`: the first shared-memory capability of the right length with this id.
  func findSharedMemory(
    id: UInt8, rules: ShmLookupRules, log: inout [ShmLogEntry]
  ) throws(ShmDefect) -> VirtioCapability? {
    var walk = VendorCapabilityWalk(config)
    while let offset = try walk.next() {
      guard try config.byte(at: offset + 3) == VirtioCapabilityType.sharedMemory.rawValue else { continue }
      let length = try config.byte(at: offset + 2)
      if length != rules.capabilityLength {
        log.append(.badCapabilityLength(offset: offset, length: length))
        continue
      }
      guard try config.byte(at: offset + (rules.draftCapability ? 24 : 5)) == id else { continue }
      let bar = try config.byte(at: offset + 4)
      if rules.checksBarIndex, bar > 5 { continue }
      // The four words that the kernel reads must be there: what it would read instead is not known.
      for word in 2...5 { _ = try config.word(at: offset + 4 * word) }
      return VirtioCapability(config, at: offset)
    }
    return nil
  }

  /// The checks of `vp_get_shm_region()`.
  private func check(
    _ capability: VirtioCapability, rules: ShmLookupRules, log: inout [ShmLogEntry]
  ) -> ShmOutcome {
    if rules.checksOverflow, capability.regionWraps {
      log.append(.overflow)
      return .failed(.offsetLengthOverflow)
    }
    guard let fits = barHolds(capability) else { return .failed(.barSizeUnknown) }
    if !fits {
      log.append(.barTooShort)
      return .failed(.beyondBar)
    }
    return .found(region(of: capability))
  }

  /// Whether the capability's region ends inside its BAR; nil if the size of the BAR is not known. The sum
  /// of offset and length wraps as it does in Linux. An empty resource has start 0 and length 0.
  func barHolds(_ capability: VirtioCapability) -> Bool? {
    let end = capability.regionOffset.rawValue &+ capability.regionLength.rawValue
    if end == 0 { return true }
    guard let resource = resource(Int(capability.bar)) else { return false }
    return resource.length.map { end <= $0.rawValue }
  }

  /// The region that a capability describes.
  func region(of capability: VirtioCapability) -> SharedMemoryRegion {
    let base = resource(Int(capability.bar))?.base ?? PhysicalAddress(0)
    return SharedMemoryRegion(
      address: base.advanced(by: capability.regionOffset), length: capability.regionLength,
      bar: Int(capability.bar), capability: capability.offset)
  }
}

extension VirtioCapability {
  /// Whether offset plus length of the region wraps past 2^64.
  var regionWraps: Bool { regionOffset.rawValue &+ regionLength.rawValue < regionOffset.rawValue }
}
