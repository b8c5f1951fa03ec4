/// A rule that a zPCI instruction can break. The first that is broken, in the order of the checks, decides.
///
/// - Source: QEMU hw/s390x/s390-pci-inst.c; QEMU's order is what the case tables hold.
public enum ZpciRule: String, Hashable, Sendable, CaseIterable {
  // Any instruction.
  case zpciInstalled, mioInstalled, supervisorState, evenRegisterPair
  // Which function.
  case handleEnabled, handleKnown, indexKnown, functionUsable, functionConfigured, functionPlugged
  case functionEnabledAsHandle, functionNotInRecovery, functionNotLost
  // Loads and stores.
  case spaceDefined, lengthInDoubleword, lengthInPage, configLengthInWord, regionAccepts, addressMapped
  // Block stores.
  case blockOffsetAligned, blockLength, blockInPage, blockSourceAligned, blockSourceMapped
  // RPCIT.
  case translationRegistered, rangeTranslated, tablesValid, dmaCredits
  // MPCIFC and STPCIFC.
  case blockAligned, blockMapped, blockFormat, operationKnown, dmaSpaceZero, sequence, dmaRange
  case measurementAligned

  /// What breaking it means.
  public var outcome: ZpciOutcome {
    switch self {
    case .zpciInstalled, .mioInstalled: .program(.operation)
    case .supervisorState: .program(.privilegedOperation)
    case .evenRegisterPair, .blockOffsetAligned, .blockLength, .blockInPage, .blockSourceAligned,
      .blockAligned:
      .program(.specification)
    case .handleEnabled, .handleKnown, .indexKnown, .functionConfigured, .functionPlugged,
      .functionEnabledAsHandle:
      .completed(.invalidHandle, nil)
    case .functionUsable: .completed(.error, ZpciStatus(12))
    case .functionNotInRecovery: .completed(.error, ZpciStatus(40))
    case .functionNotLost, .translationRegistered, .rangeTranslated, .tablesValid:
      .completed(.error, ZpciStatus(8))
    case .spaceDefined: .completed(.error, ZpciStatus(20))
    case .dmaCredits: .completed(.error, ZpciStatus(16))
    case .dmaSpaceZero: .completed(.error, ZpciStatus(28))
    case .sequence: .completed(.error, ZpciStatus(24))
    case .measurementAligned: .completed(.error, nil)
    case .lengthInDoubleword, .lengthInPage, .configLengthInWord, .regionAccepts, .blockFormat,
      .operationKnown, .dmaRange:
      .program(.operand)
    case .addressMapped, .blockSourceMapped, .blockMapped: .accessException
    }
  }
}
