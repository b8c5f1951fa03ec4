// What a plain load or store on a kernel address does on x86-64.

extension Kernel {
  /// The physical address behind a kernel address that is about to be touched; an oops if nothing is there.
  func translate(_ address: KernelAddress) throws(Oops) -> PhysicalAddress {
    if address.rawValue < pageSize {
      throw Oops(
        kind: .nullDereference, site: here, address: address,
        message: "A NULL pointer, or one close above it, is followed.")
    }
    guard let physical = MemoryMap.physicalAddress(of: address) else {
      throw Oops(
        kind: .badAddress, site: here, address: address,
        message: "The address lies outside the linear map of physical memory.")
    }
    guard memory.isMapped(physical) else {
      throw Oops(
        kind: .badAddress, site: here, address: address,
        message:
          "Nothing is mapped there: physical address \(physical) is neither RAM nor added device memory.")
    }
    return physical
  }

  /// Loads one 8-byte little-endian word.
  func load(_ address: KernelAddress) throws(Oops) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<UInt64(8) {
      let physical = try translate(address.advanced(by: ByteCount(index)))
      word |= UInt64(byte(at: physical)) << (8 * index)
    }
    return word
  }

  /// The byte at a physical address. RAM is not modelled byte by byte and reads as zero.
  func byte(at address: PhysicalAddress) -> UInt8 {
    memory.ram.contains { $0.contains(address) } ? 0 : memory.deviceByte(at: address)
  }

  /// `memset(address, 0, pages * PAGE_SIZE)`, page by page: what was cleared before a fault stays cleared.
  mutating func clear(_ address: KernelAddress, _ pages: PageCount) throws(Oops) {
    var index: UInt64 = 0
    while index < pages.rawValue {
      let physical = try translate(address.advanced(by: PageCount(index).bytes))
      memory.written[physical.frame.rawValue] = [UInt8](repeating: 0, count: Int(pageSize))
      index += 1
    }
  }
}

extension Kernel {
  /// What a load of 8 bytes would give, without doing it: the word, or the oops that it would be.
  public func examine(_ address: KernelAddress) throws(Oops) -> UInt64 { try load(address) }
}
