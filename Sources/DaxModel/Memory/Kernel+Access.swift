// What a plain load or store on a kernel address does.

extension Kernel {
  /// The physical address behind a kernel address that is about to be touched; an oops if nothing is there.
  func translate(
    _ address: KernelAddress, for kind: PlainAccess.Kind = .load
  ) throws(Oops) -> PhysicalAddress {
    let meaning = meaning(of: address)
    if case .memory(let physical) = meaning { return physical }
    if let oops = fault(kind, at: address, meaning) { throw oops }
    return PhysicalAddress(address.rawValue)
  }

  /// Loads one 8-byte word in the byte order of the processor.
  ///
  /// Bytes stand in memory as the device wrote them. On s390x the first is the most significant, so a word that a
  /// little-endian device wrote looks reversed.
  func load(_ address: KernelAddress) throws(Oops) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<UInt64(8) {
      let physical = try translate(address.advanced(by: ByteCount(index)))
      word |= UInt64(memory.physical[physical.rawValue]) << (8 * index)
    }
    return architecture == .s390x ? word.byteSwapped : word
  }
}

extension Kernel {
  /// What a load of 8 bytes would give, without doing it: the word, or the oops that it would be.
  public func examine(_ address: KernelAddress) throws(Oops) -> UInt64 { try load(address) }
}
