extension PciFunction {
  /// What a reader answers that holds the device to the specification: every defect of the capability
  /// list or of the region with this id is reported, even where Linux gets away with it.
  ///
  /// The order of the checks: the header, the list as a whole, the capabilities with this id, the region
  /// in its BAR. Capabilities with a reserved BAR number do not count, as the specification says. A
  /// capability that is longer than needed is accepted, as the specification demands and Linux does not.
  public func strictLookup(id: UInt8) -> ShmOutcome {
    guard header.layout == 0 else { return .failed(.notType0Header) }
    let list = CapabilityList(config)
    if let defect = list.end.defect { return .failed(defect) }

    var region: VirtioCapability?
    for entry in list.entries where entry.id == CapabilitySearch.vendorSpecific {
      switch candidate(at: entry.offset, id: id) {
      case .success(nil): continue
      case .success(let capability):
        if region != nil { return .failed(.duplicateShmid) }
        region = capability
      case .failure(let defect): return .failed(defect)
      }
    }
    guard let region else { return .absent }
    return place(region)
  }

  /// The capability at `offset` if it describes region `id`.
  private func candidate(at offset: Int, id: UInt8) -> Result<VirtioCapability?, ShmDefect> {
    do {
      guard try config.byte(at: offset + 3) == VirtioCapabilityType.sharedMemory.rawValue else {
        return .success(nil)
      }
      guard try config.byte(at: offset + 4) <= 5 else { return .success(nil) }
      guard try config.byte(at: offset + 5) == id else { return .success(nil) }
      let length = try config.byte(at: offset + 2)
      guard length >= VirtioCapability.sharedMemoryLength else { return .failure(.capTooShort) }
      guard offset + Int(length) <= ConfigurationSpace.conventionalLength else {
        return .failure(.capPastConfigSpace)
      }
      for word in 2...5 { _ = try config.word(at: offset + 4 * word) }
      return .success(VirtioCapability(config, at: offset))
    } catch {
      return .failure(error)
    }
  }

  /// The region in its BAR.
  private func place(_ capability: VirtioCapability) -> ShmOutcome {
    let offset = capability.regionOffset.rawValue
    let length = capability.regionLength
    guard let resource = resource(Int(capability.bar)), resource.length != ByteCount(0) else {
      return .failed(.barNotImplemented)
    }
    if resource.isIO { return .failed(.barIsIO) }
    if length.rawValue == 0 { return .failed(.zeroLength) }
    let (end, overflow) = offset.addingReportingOverflow(length.rawValue)
    if overflow { return .failed(.offsetLengthOverflow) }
    guard let barLength = resource.length else { return .failed(.barSizeUnknown) }
    if end > barLength.rawValue { return .failed(.beyondBar) }
    return .found(
      SharedMemoryRegion(
        address: resource.base.advanced(by: capability.regionOffset), length: length,
        bar: resource.index, capability: capability.offset))
  }
}

extension CapabilityListEnd {
  /// What is wrong with a list that ends like this, or `nil` if nothing is.
  public var defect: ShmDefect? {
    switch self {
    case .proper, .noList: nil
    case .pointerIntoHeader: .capPointerIntoHeader
    case .absentDevice: .capIDFF
    case .loop: .capListLoop
    case .truncated: .truncatedConfig
    }
  }
}
