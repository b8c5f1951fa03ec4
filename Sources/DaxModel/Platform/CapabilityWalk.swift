/// The search for capabilities as `drivers/pci/pci.c` does it, one `pci_find_capability()` or
/// `pci_find_next_capability()` call at a time.
///
/// Linux bounds each *call* at 48 steps (`PCI_FIND_CAP_TTL`), enough for every place that a list can
/// visit. A caller that asks for the next capability again and again gets a fresh budget each time.
public struct CapabilitySearch: Hashable, Sendable {
  /// Steps in one call: `(256 - 64) / 4`.
  public static let budget = 48
  /// The id of vendor-specific capabilities, which all virtio structures are.
  public static let vendorSpecific: UInt8 = 0x09

  /// The configuration space that is searched.
  public var config: ConfigurationSpace

  public init(_ config: ConfigurationSpace) { self.config = config }

  /// `pci_find_capability()`: the offset of the first capability with this id, or `nil`.
  /// - Throws: `truncatedConfig` if the dump ends before the search does.
  public func first(_ id: UInt8) throws(ShmDefect) -> Int? {
    let header = PciHeader(config)
    guard header.hasCapabilityList, let start = header.capabilityStart else { return nil }
    return try search(pointerAt: start, for: id)
  }

  /// `pci_find_next_capability()`: the first capability with this id behind the one at `offset`.
  /// - Throws: `truncatedConfig` if the dump ends before the search does.
  public func next(_ id: UInt8, after offset: Int) throws(ShmDefect) -> Int? {
    try search(pointerAt: offset + 1, for: id)
  }

  /// `__pci_find_next_cap_ttl()`.
  private func search(pointerAt place: Int, for id: UInt8) throws(ShmDefect) -> Int? {
    var pointer = try config.byte(at: place)
    for _ in 0..<Self.budget {
      guard pointer >= 0x40 else { return nil }
      let offset = Int(pointer & ~3)
      let found = try config.byte(at: offset)
      if found == 0xff { return nil }
      if found == id { return offset }
      pointer = try config.byte(at: offset + 1)
    }
    return nil
  }
}

/// The loop of the virtio code over the vendor-specific capabilities: the first, then the next of each.
///
/// In Linux this loop has no bound, since every call has its own. A list that comes back to a vendor
/// capability is walked for ever, unless the caller finds what it wants and leaves. The position is all
/// the state that the loop has, so meeting one twice proves that it does not end.
public struct VendorCapabilityWalk: Hashable, Sendable {
  private let search: CapabilitySearch
  private var current: Int?
  /// A bit for each place visited: offset divided by 4.
  private var visited: UInt64 = 0

  public init(_ config: ConfigurationSpace) { search = CapabilitySearch(config) }

  /// The offset of the next vendor-specific capability, or `nil` at the end of the list.
  /// - Throws: `capListLoop` where Linux would never return; `truncatedConfig` if the dump is too short.
  public mutating func next() throws(ShmDefect) -> Int? {
    let found =
      if let current {
        try search.next(CapabilitySearch.vendorSpecific, after: current)
      } else {
        try search.first(CapabilitySearch.vendorSpecific)
      }
    guard let found else { return nil }
    let bit = UInt64(1) << UInt64(found / 4)
    guard visited & bit == 0 else { throw .capListLoop }
    visited |= bit
    current = found
    return found
  }
}

extension ConfigurationSpace {
  /// The byte at `offset`, or the defect that its absence amounts to: less than the 256 bytes that a
  /// function always has is a short dump; a capability that reaches beyond them is a broken device.
  func byte(at offset: Int) throws(ShmDefect) -> UInt8 {
    guard let value = read8(offset) else { throw missing(offset) }
    return value
  }

  /// 32 bits at `offset`, or the defect that their absence amounts to.
  func word(at offset: Int) throws(ShmDefect) -> UInt32 {
    guard let value = read32(offset) else { throw missing(offset + 3) }
    return value
  }

  private func missing(_ offset: Int) -> ShmDefect {
    offset < Self.conventionalLength ? .truncatedConfig : .capPastConfigSpace
  }
}
