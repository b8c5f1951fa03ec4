/// What a number means to the kernel when it is taken for an address.
public enum AddressMeaning: Hashable, Sendable {
  /// The first page: NULL and what lies close above it. On s390x the lowcore, which can be read.
  case nullPage
  /// Memory that the linear map shows: RAM, or device memory that was added.
  case memory(PhysicalAddress)
  /// A place of the linear map with nothing behind it.
  case unmappedLinear(PhysicalAddress)
  /// The half of the addresses that belongs to programs, on x86-64.
  case userHalf
  /// A number that x86-64 takes for no address: its upper 16 bits do not repeat bit 47.
  case nonCanonical
  /// A cookie of classic zPCI, and the BAR that it stands for, if there is one.
  case cookie(IomapCookie, Zpci.IomapEntry?)
  /// A BAR that is mapped for the MIO instructions.
  case mio(Zpci.IomapEntry, offset: UInt64)
  /// A kernel address where the model knows of nothing.
  case nothing
}

extension Kernel {
  /// What the kernel takes the address for.
  ///
  /// - Complexity: O(ranges of memory).
  public func meaning(of address: KernelAddress) -> AddressMeaning {
    if address.rawValue < pageSize { return .nullPage }
    if let meaning = iomemMeaning(of: address) { return meaning }
    if let physical = architecture.physicalAddress(of: address) {
      return memory.isMapped(physical) ? .memory(physical) : .unmappedLinear(physical)
    }
    if architecture == .s390x { return .nothing }
    let upper = address.rawValue >> 47
    return upper == 0 ? .userHalf : upper == 0x1_ffff ? .nothing : .nonCanonical
  }

  /// What an iomem pointer of zPCI is; nil if the address is none.
  private func iomemMeaning(of address: KernelAddress) -> AddressMeaning? {
    guard let zpci else { return nil }
    let place = zpci.bar(at: address, base: release.cookieBase)
    if zpci.hasMIO { return place.map { .mio($0.entry, offset: $0.offset) } }
    return IomapCookie(address, base: release.cookieBase).map { .cookie($0, place?.entry) }
  }

  /// `memremap()` with write-back: on s390x what is no RAM is handed back as it is, since `ioremap()` does so
  /// without MIO. Nil where a new mapping would be made, which the model does not have.
  ///
  /// - Linux: kernel/iomem.c, arch/s390/pci/pci.c
  public func memremapWriteBack(_ address: PhysicalAddress) -> KernelAddress? {
    if memory.ram.contains(where: { $0.contains(address) }) { return architecture.kernelAddress(of: address) }
    guard let zpci, !zpci.hasMIO else { return nil }
    return KernelAddress(address.rawValue)
  }

  /// `pfn_valid()`: whether the frame has a struct page.
  public func isValid(_ frame: PageFrameNumber) -> Bool {
    memory.ram.contains { $0.contains(frame.address) } || memory.devicePages(covering: frame) != nil
  }
}

extension AddressMeaning {
  /// The BAR behind the address, if zPCI says so.
  public var bar: Zpci.IomapEntry? {
    switch self {
    case .cookie(_, let entry): entry
    case .mio(let entry, _): entry
    default: nil
    }
  }

  /// In a few words, without the address itself.
  public func sentence(on architecture: Architecture) -> String {
    switch self {
    case .nullPage: architecture == .s390x ? "the lowcore, at NULL" : "NULL, or close above it"
    case .memory(let physical): "memory, physical address \(physical)"
    case .unmappedLinear(let physical): "a hole in the linear map: no memory at physical address \(physical)"
    case .userHalf: "an address of the half that belongs to programs"
    case .nonCanonical: "no canonical address"
    case .cookie(let cookie, let entry):
      "an iomem cookie: entry \(cookie.index), offset \(hex(cookie.offset)); "
        + (entry.map { "BAR \($0.bar) of device \($0.device)" } ?? "no BAR has this entry")
    case .mio(let entry, let offset):
      "a MIO mapping: BAR \(entry.bar) of device \(entry.device), offset \(hex(offset))"
    case .nothing: "a kernel address where nothing is"
    }
  }
}
