/// `vp_get_shm_region()`: finds a shared-memory region of a PCI device.
///
/// There are no error codes on this path: the answer is yes or no, and a log line says why not.
public struct VpGetShmRegion: KernelFunction {
  public enum Line: String, KernelLine {
    case findCapability, requestBar, checkOverflow, checkLength, returnRegion
  }

  public static let id = FunctionID.vpGetShmRegion
  public var frame: Frame { .vpGetShmRegion(Activation(self)) }

  let device: DeviceID
  let shmid: UInt8
  var capability: VirtioCapability?

  init(device: DeviceID, shmid: UInt8) {
    self.device = device
    self.shmid = shmid
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.findCapability]
      + (release.has(.claimsWholeBar) ? [.requestBar] : [])
      + (release.has(.checksRegionOverflow) ? [.checkOverflow] : [])
      + [.checkLength, .returnRegion]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let function = kernel.devices[device].pciFunction else { return .done(.region(nil)) }
    if line == .findCapability { return findCapability(of: function, in: &kernel) }
    guard let capability else { return .done(.region(nil)) }
    switch line {
    case .findCapability, .requestBar:
      guard let range = function.resource(Int(capability.bar))?.range else { return .next }
      kernel.ran(.pciRequestRegion)
      let isBusy = kernel.fails(.requestRegion) != nil
      if !isBusy, kernel.iomem.request(range, for: "virtio-pci-shm") == nil { return .next }
      kernel.log(
        .error, "virtio-pci \(function.slot)", "vp_get_shm_region: failed to request BAR \(capability.bar)")
      return .done(.region(nil))
    case .checkOverflow:
      return capability.regionWraps || kernel.fails(.check) != nil
        ? refuse(.overflow, function, in: &kernel) : .next
    case .checkLength:
      let fits = function.barHolds(capability) ?? false
      return fits && kernel.fails(.check) == nil ? .next : refuse(.barTooShort, function, in: &kernel)
    case .returnRegion:
      return .done(.region(function.region(of: capability)))
    }
  }

  private mutating func findCapability(of function: PciFunction, in kernel: inout Kernel) -> Flow<Line> {
    var lines: [ShmLogEntry] = []
    defer { for line in lines { kernel.log(.error, "virtio-pci \(function.slot)", line.description) } }
    if kernel.fails(.check) != nil { return .done(.region(nil)) }
    do throws(ShmDefect) {
      capability = try function.findSharedMemory(id: shmid, rules: kernel.release.shmLookupRules, log: &lines)
    } catch {
      lines = []
      return error == .capListLoop ? .wait(.endlessWalk) : .done(.region(nil))
    }
    return capability == nil ? .done(.region(nil)) : .next
  }

  private func refuse(_ entry: ShmLogEntry, _ function: PciFunction, in kernel: inout Kernel) -> Flow<Line> {
    kernel.log(.error, "virtio-pci \(function.slot)", entry.description)
    return .done(.region(nil))
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
    visitor.field("id", .number(UInt64(shmid)))
    visitor.field("cap", capability.map { .hex(UInt64($0.offset)) } ?? .none)
  }
}

extension KernelRelease {
  /// How this release looks for a shared-memory region on PCI.
  public var shmLookupRules: ShmLookupRules {
    ShmLookupRules(
      checksBarIndex: has(.checksBarIndex), checksOverflow: has(.checksRegionOverflow),
      draftCapability: has(.draftCapability))
  }
}

extension VpGetShmRegion.Line {
  public var note: Note {
    switch self {
    case .findCapability:
      Note(
        "Walks the vendor capabilities for type 8 with the right length and id; the first in list order wins.",
        why: "Each search call gives up after 48 steps, the loop around it never: a ring is walked for ever. "
          + "A capability of another length is logged and skipped.")
    case .requestBar:
      Note(
        "Claims the whole BAR for the region.",
        why: "Nobody ever releases it: a second bind finds it taken and reports no region.")
    case .checkOverflow: Note("Refuses a region whose offset plus length wraps past 2^64.")
    case .checkLength:
      Note("Refuses a region that ends behind its BAR; ending with it is fine, and so is length zero.")
    case .returnRegion: Note("Answers with BAR start plus offset, and the length.")
    }
  }
}
