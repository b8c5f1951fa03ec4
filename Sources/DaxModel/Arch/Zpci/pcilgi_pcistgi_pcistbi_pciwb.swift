// The MIO forms: they take an address that the page tables map, and no handle.
//
// The architecture is not public and no emulation has them. What is checked here follows from how Linux and
// rdma-core use them; how each check ends is taken from the forms with a handle: UNCONFIRMED.

extension ZpciFunction {
  /// The checks of PCILGI and PCISTGI in their order. A program may use them.
  public static let mappedLoadStoreRules: [ZpciRule] = [
    .evenRegisterPair, .addressMapped, .functionUsable, .lengthInPage, .regionAccepts,
  ]

  /// The checks of PCISTBI in their order. A program may use it.
  public static let mappedBlockStoreRules: [ZpciRule] = [
    .addressMapped, .functionUsable, .blockOffsetAligned, .blockLength, .blockInPage, .blockSourceAligned,
    .regionAccepts, .blockSourceMapped,
  ]

  /// The rules that the fast path of a copy has to ask for: the address is mapped.
  @inline(__always)
  func mappedLoadStoreVerdict(
    _ space: UInt8, _ length: UInt64, offset: UInt64, _ rules: ZpciRules
  ) -> ZpciRule? {
    if !isPresent || space > 5 { return .addressMapped }
    if state == .error || state == .permanentError { return .functionUsable }
    if !ZpciFunction.fitsInPage(length, at: offset) { return .lengthInPage }
    return regions[Int(space)].accepts(length, at: offset, rules) ? nil : .regionAccepts
  }

  /// The same for a block.
  @inline(__always)
  func mappedBlockStoreVerdict(
    _ space: UInt8, _ length: UInt64, offset: UInt64, source: UInt64, _ rules: ZpciRules
  ) -> ZpciRule? {
    if !isPresent || space > 5 { return .addressMapped }
    if state == .error || state == .permanentError { return .functionUsable }
    return blockVerdict(space, length, offset: offset, source: source, rules)
  }

  func mappedLoadStoreVerdict(_ operands: ZpciOperands, _ rules: ZpciRules) -> ZpciRule? {
    if operands.r2 & 1 != 0 { return .evenRegisterPair }
    if !operands.isAddressMapped { return .addressMapped }
    return mappedLoadStoreVerdict(
      operands.request.space, operands.request.length, offset: operands.offset, rules)
  }

  func mappedBlockStoreVerdict(_ operands: ZpciOperands, _ rules: ZpciRules) -> ZpciRule? {
    if !operands.isAddressMapped { return .addressMapped }
    let verdict = mappedBlockStoreVerdict(
      operands.request.space, operands.request.blockLength, offset: operands.offset, source: operands.source,
      rules)
    return verdict ?? (operands.isSourceMapped ? nil : .blockSourceMapped)
  }

  mutating func loadOrStoreMapped(
    _ kind: ZpciTransfer.Kind, _ operands: ZpciOperands, _ result: inout ZpciResult
  ) {
    guard result.rule == nil else { return }
    let request = operands.request
    count(kind == .load ? .loads : .stores, &result)
    result.transfer = ZpciTransfer(
      kind: kind, space: request.space, offset: operands.offset, length: request.length,
      moved: request.length)
  }
}
