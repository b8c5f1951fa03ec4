/// One entry of a function's capability list.
public struct PciCapability: Hashable, Sendable {
  /// What the entry says beyond its id.
  public enum Content: Hashable, Sendable {
    /// A virtio structure.
    case virtio(VirtioCapability)
    /// Message interrupts.
    case msix(MsixCapability)
    /// Anything else, or an entry of which not enough bytes are known.
    case other
  }

  /// Where in the configuration space it begins: a multiple of 4 from 0x40 on.
  public var offset: Int
  /// The capability id: 0x09 vendor specific, 0x11 MSI-X, 0x01 power management and so on.
  public var id: UInt8
  /// The pointer to the next entry as the device has it, low two bits included.
  public var next: UInt8
  /// What the entry says.
  public var content: Content

  /// The virtio structure, if it is one.
  public var virtio: VirtioCapability? {
    if case .virtio(let capability) = content { return capability }
    return nil
  }

  /// What the entry is, in a word or two: `shared-memory`, `MSI-X`, `capability 0x05`.
  public var name: String {
    switch content {
    case .virtio(let capability): capability.type?.name ?? "reserved type \(hex(UInt64(capability.typeByte)))"
    case .msix: "MSI-X"
    case .other: id == 0x01 ? "power-management" : "capability \(hex(UInt64(id)))"
    }
  }
}

/// Why the walk along a capability list ended.
public enum CapabilityListEnd: Hashable, Sendable {
  /// A pointer of zero: the proper end.
  case proper
  /// The status register announces no list, or the header layout has none.
  case noList
  /// A pointer that is not zero leads into the header, where no capability can be.
  case pointerIntoHeader(pointer: UInt8)
  /// An entry has the id 0xff: nobody answers there.
  case absentDevice(offset: Int)
  /// The list comes back to an entry that it has been to.
  case loop(offset: Int)
  /// The dump ends before the list does.
  case truncated(offset: Int)
}

/// The whole capability list of a function in list order: every entry once, and how the list ends.
///
/// This is the view for people and for the strict reading. What a driver sees is a matter of
/// `CapabilitySearch` and `VendorCapabilityWalk`, whose bounds are those of Linux.
public struct CapabilityList: Hashable, Sendable {
  /// The entries in list order.
  public private(set) var entries: [PciCapability] = []
  /// Why there are no more.
  public private(set) var end = CapabilityListEnd.noList

  /// Walks the list.
  ///
  /// At most 48 entries, since each place is visited once.
  public init(_ config: ConfigurationSpace) {
    let header = PciHeader(config)
    guard header.hasCapabilityList, let start = header.capabilityStart else { return }
    var pointer = config.read8(start) ?? 0
    var visited: UInt64 = 0
    while true {
      let offset = Int(pointer & ~3)
      if offset == 0 {
        end = .proper
        return
      }
      if offset < 0x40 {
        end = .pointerIntoHeader(pointer: pointer)
        return
      }
      let bit = UInt64(1) << UInt64(offset / 4)
      if visited & bit != 0 {
        end = .loop(offset: offset)
        return
      }
      visited |= bit
      guard let id = config.read8(offset), let next = config.read8(offset + 1) else {
        end = .truncated(offset: offset)
        return
      }
      if id == 0xff {
        end = .absentDevice(offset: offset)
        return
      }
      let content = Self.content(config, id: id, at: offset, isVirtio: header.vendor == 0x1af4)
      entries.append(PciCapability(offset: offset, id: id, next: next, content: content))
      pointer = next
    }
  }

  private static func content(
    _ config: ConfigurationSpace, id: UInt8, at offset: Int, isVirtio: Bool
  ) -> PciCapability.Content {
    if id == CapabilitySearch.vendorSpecific, isVirtio, let it = VirtioCapability(config, at: offset) {
      return .virtio(it)
    }
    if id == 0x11, let it = MsixCapability(config, at: offset) { return .msix(it) }
    return .other
  }
}
