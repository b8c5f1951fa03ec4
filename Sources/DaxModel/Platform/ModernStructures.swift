/// The answer of `virtio_pci_find_capability()`, by which virtio-pci looks for one of its structures.
public enum StructureLookup: Hashable, Sendable {
  /// Found in this BAR.
  case found(capability: VirtioCapability, bar: Int)
  /// There is none that can be used.
  case missing
  /// The search never ends (`capListLoop`), or the dump does not hold what it needs.
  case failed(ShmDefect)

  /// The BAR of the structure, if it was found.
  public var bar: Int? {
    if case .found(_, let bar) = self { return bar }
    return nil
  }
}

extension PciFunction {
  /// The name under which virtio-pci claims the BARs of its structures, as `/proc/iomem` shows it.
  public static let modernOwner = "virtio-pci-modern"

  /// `virtio_pci_find_capability()` in `drivers/virtio/virtio_pci_modern_dev.c`: the first capability of
  /// this type in list order whose BAR is one of the six and is implemented.
  public func findStructure(_ type: VirtioCapabilityType) -> StructureLookup {
    var walk = VendorCapabilityWalk(config)
    do {
      while let offset = try walk.next() {
        let found = try config.byte(at: offset + 3)
        let bar = try config.byte(at: offset + 4)
        guard bar <= 5, found == type.rawValue else { continue }
        guard let resource = resource(Int(bar)), resource.length != ByteCount(0) else { continue }
        for word in 2...3 { _ = try config.word(at: offset + 4 * word) }
        guard let capability = VirtioCapability(config, at: offset) else { return .missing }
        return .found(capability: capability, bar: Int(bar))
      }
    } catch {
      return .failed(error)
    }
    return .missing
  }

  /// The BARs that `vp_modern_probe()` claims as `virtio-pci-modern`, ascending: those of the common, ISR,
  /// notify and device structures.
  ///
  /// A window that shares a BAR with one of them cannot be reserved by the file system driver later. Empty
  /// if the probe would not get as far.
  public var modernBars: [Int] {
    var bars: [Int] = []
    for type in [VirtioCapabilityType.common, .isr, .notify] {
      guard let bar = findStructure(type).bar else { return [] }
      if !bars.contains(bar) { bars.append(bar) }
    }
    // Only devices that have a configuration of their own need the fourth.
    switch findStructure(.device) {
    case .found(_, let bar): if !bars.contains(bar) { bars.append(bar) }
    case .missing: break
    case .failed: return []
    }
    return bars.sorted()
  }
}
