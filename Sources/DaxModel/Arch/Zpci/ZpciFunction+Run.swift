extension ZpciFunction {
  /// Runs one instruction on the function, completely.
  ///
  /// - Parameters:
  ///   - instruction: Which.
  ///   - operands: What it finds in its registers and in memory.
  ///   - rules: How strictly it is checked.
  ///   - facilities: Whether the machine has it.
  /// - Returns: How it ended, which rule decided, and what it left behind.
  public mutating func run(
    _ instruction: ZpciInstruction, _ operands: ZpciOperands, under rules: ZpciRules = .strict,
    with facilities: ZpciFacilities = ZpciFacilities()
  ) -> ZpciResult {
    var result = ZpciResult(operands.request, state)
    if !facilities.hasZpci {
      result.rule = .zpciInstalled
    } else if instruction.isMIO, !facilities.hasMIO {
      result.rule = .mioInstalled
    } else if let outcome = plannedOutcome(of: instruction) {
      result.isPlanned = true
      result.outcome = outcome
      result.request = operands.request.reporting(outcome.status)
      return result
    } else {
      result.rule = verdict(on: instruction, operands, rules)
      perform(instruction, operands, rules, &result)
    }
    result.outcome = result.rule?.outcome ?? .done
    result.request = result.request.reporting(result.outcome.status)
    result.stateAfter = state
    return result
  }

  /// The first rule that the instruction breaks; nil if it goes through.
  private func verdict(
    on instruction: ZpciInstruction, _ operands: ZpciOperands, _ rules: ZpciRules
  ) -> ZpciRule? {
    switch instruction {
    case .pcilg, .pcistg: loadStoreVerdict(operands, rules)
    case .pcistb: blockStoreVerdict(operands, rules)
    case .rpcit: refreshVerdict(operands)
    case .mpcifc: modifyVerdict(operands)
    case .stpcifc: storeControlsVerdict(operands)
    case .pcilgi, .pcistgi: mappedLoadStoreVerdict(operands, rules)
    case .pcistbi: mappedBlockStoreVerdict(operands, rules)
    case .pciwb: nil
    }
  }

  /// What the instruction does, if it went through, or what a rule that was broken does.
  private mutating func perform(
    _ instruction: ZpciInstruction, _ operands: ZpciOperands, _ rules: ZpciRules, _ result: inout ZpciResult
  ) {
    switch instruction {
    case .pcilg: loadOrStore(.load, operands, rules, &result)
    case .pcistg: loadOrStore(.store, operands, rules, &result)
    case .pcistb, .pcistbi: storeBlock(operands, &result)
    case .rpcit: refresh(&result)
    case .mpcifc: modify(operands, &result)
    case .stpcifc: storeControls(&result)
    case .pcilgi: loadOrStoreMapped(.load, operands, &result)
    case .pcistgi: loadOrStoreMapped(.store, operands, &result)
    case .pciwb: break
    }
  }

  /// Counts an instruction that was done.
  mutating func count(_ counter: ZpciCounter, _ result: inout ZpciResult) {
    switch counter {
    case .loads: counters.loads += 1
    case .stores: counters.stores += 1
    case .blockStores: counters.blockStores += 1
    case .refreshes: counters.refreshes += 1
    }
    result.counted = counter
  }

  /// Puts the function into a state from outside. Its handle says whether it is enabled.
  public mutating func enter(_ state: State) {
    self.state = state
    switch state {
    case .reserved, .standby, .disabled: handle.rawValue &= ~FunctionHandle.enableBit
    case .enabled, .blocked, .error, .permanentError: handle.rawValue |= FunctionHandle.enableBit
    }
  }
}
