// MPCIFC: changes what a function does about DMA, interruptions, measurement and errors.

extension ZpciFunction {
  /// The checks of MPCIFC in their order. Those on the operation differ from one to the other.
  public static let modifyRules: [ZpciRule] = [
    .supervisorState, .blockAligned, .handleKnown, .functionConfigured, .blockMapped, .blockFormat,
    .operationKnown, .dmaSpaceZero, .sequence, .dmaRange, .measurementAligned,
  ]

  func modifyVerdict(_ operands: ZpciOperands) -> ZpciRule? {
    let block = operands.block
    if operands.isProblemState { return .supervisorState }
    if block.address & 7 != 0 { return .blockAligned }
    if operands.request.handle != handle || !isPresent { return .handleKnown }
    if !isConfigured { return .functionConfigured }
    if !block.isMapped { return .blockMapped }
    if block.format != 0 { return .blockFormat }
    guard let operation = operands.request.operation else { return .operationKnown }
    if operation.isAboutTranslation, operands.request.dmaSpace != 0 { return .dmaSpaceZero }
    if !fits(operation) { return .sequence }
    switch operation {
    case .registerTranslation, .reregisterTranslation: return block.isTranslatable ? nil : .dmaRange
    case .setMeasurement: return block.measurementBlock & 0xf == 0 ? nil : .measurementAligned
    default: return nil
    }
  }

  /// Whether the operation fits what was done before.
  private func fits(_ operation: ControlOperation) -> Bool {
    switch operation {
    case .registerInterruptions: !controls.hasInterruptions
    case .deregisterInterruptions: controls.hasInterruptions
    case .registerTranslation: !controls.hasTranslation
    case .deregisterTranslation, .reregisterTranslation: controls.hasTranslation
    case .resetError: state == .error || state == .blocked
    case .resetBlock: state == .error
    case .setMeasurement: true
    }
  }

  mutating func modify(_ operands: ZpciOperands, _ result: inout ZpciResult) {
    guard let operation = operands.request.operation else { return }
    switch (operation, result.rule) {
    case (.registerInterruptions, nil): controls.hasInterruptions = true
    case (.deregisterInterruptions, nil): controls.hasInterruptions = false
    case (.registerTranslation, nil), (.reregisterTranslation, nil):
      controls.hasTranslation = true
      controls.dmaStart = operands.block.dmaStart & ~4095
      controls.dmaEnd = operands.block.dmaEnd | 4095
    // The old translation goes before the new one is looked at.
    case (.deregisterTranslation, nil), (.reregisterTranslation, .dmaRange): forgetTranslation()
    case (.resetError, nil): state = .enabled
    case (.resetBlock, nil): state = .blocked
    case (.setMeasurement, nil):
      controls.measurementBlock = operands.block.measurementBlock
      if controls.measurementBlock == 0 { counters = Counters() }
    case (.setMeasurement, .measurementAligned):
      controls.measurementBlock = 0
      counters = Counters()
      result.event = .measurementBlock
    default: break
    }
  }

  private mutating func forgetTranslation() {
    controls.hasTranslation = false
    (controls.dmaStart, controls.dmaEnd) = (0, 0)
  }
}

extension ControlOperation {
  /// Whether it names a DMA address space.
  var isAboutTranslation: Bool {
    self == .registerTranslation || self == .deregisterTranslation || self == .reregisterTranslation
  }
}

extension FunctionInformationBlock {
  /// Whether a translation of its DMA addresses can be registered; they are widened to whole pages.
  ///
  /// - Source: QEMU hw/s390x/s390-pci-inst.c, `reg_ioat`, for an emulated function
  var isTranslatable: Bool {
    let (first, last) = (dmaStart & ~4095, dmaEnd | 4095)
    return first <= last && first >= ZpciFunction.Controls.firstDmaAddress
      && last <= ZpciFunction.Controls.lastDmaAddress
  }
}
