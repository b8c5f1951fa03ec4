// PCILG and PCISTG: load and store up to 8 bytes.

extension ZpciFunction {
  /// The checks of PCILG and PCISTG in their order.
  public static func loadStoreRules(under rules: ZpciRules) -> [ZpciRule] {
    [
      .supervisorState, .evenRegisterPair, .handleEnabled, .handleKnown, .functionUsable, .spaceDefined,
      rules.refusesDoublewordCrossing ? .lengthInDoubleword : .lengthInPage, .configLengthInWord,
      .regionAccepts,
    ]
  }

  /// The first rule that a load or a store in the kernel breaks; nil if it goes through.
  ///
  /// - Parameters:
  ///   - request: The request register.
  ///   - offset: Where in the address space.
  @inline(__always)
  func loadStoreVerdict(_ request: ZpciRequest, offset: UInt64, _ rules: ZpciRules) -> ZpciRule? {
    if !request.handle.isEnabled { return .handleEnabled }
    if request.handle != handle || !isPresent { return .handleKnown }
    if state == .error || state == .permanentError { return .functionUsable }
    let (space, length) = (request.space, request.length)
    if space <= 5 {
      if rules.refusesDoublewordCrossing {
        if length == 0 || length > 8 - offset & 7 { return .lengthInDoubleword }
      } else if !ZpciFunction.fitsInPage(length, at: offset) {
        return .lengthInPage
      }
      return regions[Int(space)].accepts(rules.moved(length), at: offset, rules) ? nil : .regionAccepts
    }
    if space != 15 { return .spaceDefined }
    return length == 0 || length == 3 || length > 4 - offset & 3 ? .configLengthInWord : nil
  }

  /// Whether a load or store has 1 to 8 bytes, all on one side of a 4096-byte line.
  @inline(__always)
  static func fitsInPage(_ length: UInt64, at offset: UInt64) -> Bool {
    length != 0 && length <= 8 && offset & 4095 + length <= 4096
  }

  func loadStoreVerdict(_ operands: ZpciOperands, _ rules: ZpciRules) -> ZpciRule? {
    if operands.isProblemState { return .supervisorState }
    if operands.r2 & 1 != 0 { return .evenRegisterPair }
    return loadStoreVerdict(operands.request, offset: operands.offset, rules)
  }

  mutating func loadOrStore(
    _ kind: ZpciTransfer.Kind, _ operands: ZpciOperands, _ rules: ZpciRules, _ result: inout ZpciResult
  ) {
    guard result.rule == nil else { return }
    let request = operands.request
    count(kind == .load ? .loads : .stores, &result)
    result.transfer = ZpciTransfer(
      kind: kind, space: request.space, offset: operands.offset, length: request.length,
      moved: rules.moved(request.length))
  }
}

extension ZpciRules {
  /// How many of the bytes that are asked for the function sees.
  ///
  /// The emulation makes an access of a width out of a length by its lowest set bit: 3, 5 and 7 move a byte, 6
  /// moves two. Linux asks for 1, 2, 4 and 8 only.
  @inline(__always)
  func moved(_ length: UInt64) -> UInt64 {
    refusesDoublewordCrossing ? length & (0 &- length) : length
  }
}

extension ZpciFunction.Region {
  /// Whether the region takes an access that the instruction lets through.
  @inline(__always)
  func accepts(_ length: UInt64, at offset: UInt64, _ rules: ZpciRules) -> Bool {
    switch self {
    case .accepting, .unalignedOK: true
    case .alignedOnly: offset & (length & (0 &- length) &- 1) == 0
    case .fourBytes: length <= 4
    case .refusing: false
    case .plainRam: !rules.refusesPlainRam
    }
  }
}
