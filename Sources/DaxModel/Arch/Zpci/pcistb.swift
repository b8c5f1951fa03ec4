// PCISTB: stores a block of memory. The bytes keep their order: the first in memory is the first in the BAR.
// The emulation, where it runs on a little-endian host, reverses each doubleword; that is its own mistake.

extension ZpciFunction {
  /// The checks of PCISTB in their order. No register has to be even.
  public static let blockStoreRules: [ZpciRule] = [
    .supervisorState, .handleEnabled, .handleKnown, .functionUsable, .spaceDefined, .blockOffsetAligned,
    .blockLength, .blockInPage, .blockSourceAligned, .regionAccepts, .blockSourceMapped,
  ]

  /// The first rule that a block store in the kernel breaks; nil if it goes through.
  ///
  /// - Parameters:
  ///   - request: The request register; its length has 13 bits here.
  ///   - offset: Where in the address space.
  ///   - source: The address of the first byte in memory, which is there.
  @inline(__always)
  func blockStoreVerdict(
    _ request: ZpciRequest, offset: UInt64, source: UInt64, _ rules: ZpciRules
  ) -> ZpciRule? {
    if !request.handle.isEnabled { return .handleEnabled }
    if request.handle != handle || !isPresent { return .handleKnown }
    if state == .error || state == .permanentError { return .functionUsable }
    if request.space > 5 { return .spaceDefined }
    return blockVerdict(request.space, request.blockLength, offset: offset, source: source, rules)
  }

  /// The rules on the block itself, which do not depend on how the function was named.
  @inline(__always)
  func blockVerdict(
    _ space: UInt8, _ length: UInt64, offset: UInt64, source: UInt64, _ rules: ZpciRules
  ) -> ZpciRule? {
    if offset & 7 != 0 { return .blockOffsetAligned }
    if length <= 8 || length & 7 != 0 || length > longestBlock { return .blockLength }
    if offset & 4095 + length > 4096 { return .blockInPage }
    if source & 7 != 0 { return .blockSourceAligned }
    return regions[Int(space)].accepts(8, at: offset, rules) ? nil : .regionAccepts
  }

  func blockStoreVerdict(_ operands: ZpciOperands, _ rules: ZpciRules) -> ZpciRule? {
    if operands.isProblemState { return .supervisorState }
    let verdict = blockStoreVerdict(
      operands.request, offset: operands.offset, source: operands.source, rules)
    return verdict ?? (operands.isSourceMapped ? nil : .blockSourceMapped)
  }

  mutating func storeBlock(_ operands: ZpciOperands, _ result: inout ZpciResult) {
    guard result.rule == nil else { return }
    let request = operands.request
    count(.blockStores, &result)
    result.transfer = ZpciTransfer(
      kind: .blockStore, space: request.space, offset: operands.offset, length: request.blockLength,
      moved: request.blockLength)
  }
}
