// zPCI functions when the machine starts: what stands in a BAR's resource in place of a physical address.

extension Kernel {
  /// Enters a device as a zPCI function, and gives its memory BARs their resources.
  ///
  /// Every memory BAR takes the next place in the table of mapped BARs, in ascending order. Its resource starts at the
  /// cookie of that place, or with MIO at the mapping. A window that is taken to be memory stays where it is.
  ///
  /// - Linux: arch/s390/pci/pci.c, `zpci_setup_bus_resources()`
  /// - Returns: The device as its drivers see it; unchanged on other architectures and transports.
  mutating func enterZpci(_ device: AttachedDevice, as id: DeviceID) -> AttachedDevice {
    guard var zpci else { return device }
    defer { self.zpci = zpci }
    guard case .pci(var function) = device else {
      zpci.functions.append(nil)
      return device
    }
    let number = zpci.functions.reduce(UInt32(1)) { $1 == nil ? $0 : $0 + 1 }
    var entry = ZpciFunction(handle: FunctionHandle(Zpci.firstHandle + number - 1))
    entry.regions = [ZpciFunction.Region](repeating: .refusing, count: 6)
    let window = device.linuxLookup(id: 0, rules: release.shmLookupRules).outcome.region?.bar
    for place in function.bars.indices {
      let bar = function.bars[place]
      guard !bar.isIO, bar.index < entry.regions.count else { continue }
      let index = UInt64(zpci.iomap.count)
      zpci.iomap.append(Zpci.IomapEntry(device: id, bar: UInt8(bar.index)))
      entry.regions[bar.index] = bar.index == window ? .plainRam : .accepting
      if bar.index == window, assumption == .memory { continue }
      let start =
        zpci.hasMIO ? MioMapping(index: index).address : IomapCookie(release.cookieBase, index: index).address
      function.bars[place].base = PhysicalAddress(start.rawValue)
    }
    zpci.functions.append(entry)
    return .pci(function)
  }
}

extension Zpci {
  /// The handle of the first function: enabled, and with the index 1.
  static let firstHandle: UInt32 = 0x8002_0001

  /// The BAR, and the byte in it, that an address of this machine means: a cookie, or with MIO a mapping.
  public func bar(at address: KernelAddress, base: IomapCookie.Base) -> (entry: IomapEntry, offset: UInt64)? {
    let (index, offset): (UInt64, UInt64)
    if hasMIO {
      guard let mapping = MioMapping(address) else { return nil }
      (index, offset) = (mapping.index, mapping.offset)
    } else {
      guard let cookie = IomapCookie(address, base: base) else { return nil }
      (index, offset) = (cookie.index, cookie.offset)
    }
    return index < UInt64(iomap.count) ? (iomap[Int(index)], offset) : nil
  }
}
