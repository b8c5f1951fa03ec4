// RPCIT: tells the function to look at its translation tables again.

extension ZpciFunction {
  /// The checks of RPCIT in their order.
  public static let refreshRules: [ZpciRule] = [
    .supervisorState, .evenRegisterPair, .handleKnown, .functionConfigured, .functionNotInRecovery,
    .translationRegistered, .rangeTranslated, .tablesValid, .dmaCredits,
  ]

  func refreshVerdict(_ operands: ZpciOperands) -> ZpciRule? {
    if operands.isProblemState { return .supervisorState }
    if operands.r2 & 1 != 0 { return .evenRegisterPair }
    if operands.request.handle != handle || !isPresent { return .handleKnown }
    if !isConfigured { return .functionConfigured }
    if state == .error { return .functionNotInRecovery }
    if !controls.hasTranslation { return .translationRegistered }
    let end = operands.start &+ operands.size
    if end < controls.dmaStart || operands.start > controls.dmaEnd { return .rangeTranslated }
    if controls.tableFault != nil, operands.start < end { return .tablesValid }
    return controls.dmaCredits == 0 ? .dmaCredits : nil
  }

  mutating func refresh(_ result: inout ZpciResult) {
    switch result.rule {
    case nil, .dmaCredits: count(.refreshes, &result)
    case .translationRegistered: fall(.invalidAddressSpace, &result)
    case .rangeTranslated: fall(.outOfRange, &result)
    case .tablesValid: fall(controls.tableFault ?? .invalidTableType, &result)
    default: break
    }
  }

  /// A fault of DMA: the function stops and says why.
  private mutating func fall(_ event: ZpciEvent, _ result: inout ZpciResult) {
    state = .error
    result.event = event
  }

  /// Whether the function is enabled, if not without trouble.
  var isConfigured: Bool { state == .enabled || state == .blocked || state == .error }
}
