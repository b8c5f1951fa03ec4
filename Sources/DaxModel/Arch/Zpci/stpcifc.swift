// STPCIFC: stores the controls of a function into a function information block.

extension ZpciFunction {
  /// The checks of STPCIFC in their order.
  public static let storeControlsRules: [ZpciRule] = [
    .supervisorState, .dmaSpaceZero, .blockAligned, .indexKnown, .functionPlugged, .functionEnabledAsHandle,
    .functionNotLost, .blockMapped,
  ]

  func storeControlsVerdict(_ operands: ZpciOperands) -> ZpciRule? {
    if operands.isProblemState { return .supervisorState }
    if operands.request.dmaSpace != 0 { return .dmaSpaceZero }
    if operands.block.address & 7 != 0 { return .blockAligned }
    if operands.request.handle.index != handle.index || !isPresent { return .indexKnown }
    switch state {
    case .reserved, .standby: return .functionPlugged
    case .disabled: if operands.request.handle.isEnabled { return .functionEnabledAsHandle }
    case .permanentError: return .functionNotLost
    case .enabled, .blocked, .error: break
    }
    return operands.block.isMapped ? nil : .blockMapped
  }

  mutating func storeControls(_ result: inout ZpciResult) {
    guard result.rule == nil else { return }
    result.functionControl = functionControl
    // Who asks with the handle from before it was enabled gets the bit that is missing.
    if state != .disabled { result.request.rawValue |= 1 << 63 }
  }

  /// The control byte of the block: 0x80 enabled, 0x40 blocked, 0x20 in error, 0x10 translation registered.
  public var functionControl: UInt8 {
    let translation: UInt8 = controls.hasTranslation ? 0x10 : 0
    return switch state {
    case .enabled: 0x80 | translation
    case .blocked: 0xc0 | translation
    case .error: 0xe0 | translation
    case .reserved, .standby, .disabled, .permanentError: 0
    }
  }
}
