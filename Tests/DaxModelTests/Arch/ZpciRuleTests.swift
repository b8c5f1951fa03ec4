import Testing

@testable import DaxModel

/// The first rule of an instruction's list that is broken decides, whatever else is wrong.
@Suite struct ZpciRuleTests {
  @Test(arguments: ZpciInstruction.allCases)
  func theFirstBrokenRuleDecides(_ instruction: ZpciInstruction) {
    var random = SplitMix64(seed: 0x5a50_4349)
    var seen: Set<ZpciRule> = []
    var succeeded = 0
    for _ in 0..<10_000 {
      var function = Self.function(&random)
      let operands = Self.operands(&random, instruction, function)
      let rules = [ZpciRules.strict, .lenient, .emulation][random.below(3)]
      let facilities = ZpciFacilities(hasZpci: random.below(20) != 0, hasMIO: random.below(4) != 0)
      let expected = instruction.rules(under: rules).first {
        Self.isBroken($0, instruction, operands, function, rules, facilities)
      }
      let before = function
      let result = function.run(instruction, operands, under: rules, with: facilities)
      #expect(result.rule == expected, "\(operands) on \(before)")
      #expect(result.outcome == expected?.outcome ?? .done)
      if let rule = result.rule { seen.insert(rule) } else { succeeded += 1 }
      // What is refused leaves no trace but where an event says so.
      if result.rule != nil, result.event == nil, result.rule != .dmaCredits, result.rule != .dmaRange {
        #expect(function == before)
      }
      if result.rule != nil, result.outcome.status == nil { #expect(result.request == operands.request) }
    }
    #expect(succeeded > 0)
    for rules in [ZpciRules.strict, .lenient] {
      for rule in instruction.rules(under: rules) { #expect(seen.contains(rule), "\(rule) was broken") }
    }
  }

  @Test func everyRuleBelongsToAnInstructionAndHasANote() {
    let used = Set(
      ZpciInstruction.allCases.flatMap { $0.rules(under: .strict) + $0.rules(under: .lenient) })
    #expect(used == Set(ZpciRule.allCases))
    for rule in ZpciRule.allCases {
      #expect(rule.note.what.hasSuffix("."), "\(rule)")
      #expect(rule.note.why.isEmpty || rule.note.why.hasSuffix("."), "\(rule)")
    }
  }

  @Test func everyStatusOfARuleHasAMeaning() {
    for instruction in ZpciInstruction.allCases {
      for rule in instruction.rules(under: .strict) {
        if let status = rule.outcome.status {
          #expect(instruction.meaning(of: status) != nil, "\(instruction.rawValue) \(rule)")
        }
      }
    }
  }

  /// Each rule by itself, written from its sentence.
  private static func isBroken(
    _ rule: ZpciRule, _ instruction: ZpciInstruction, _ operands: ZpciOperands, _ function: ZpciFunction,
    _ rules: ZpciRules, _ facilities: ZpciFacilities
  ) -> Bool {
    let request = operands.request.rawValue
    let handle = UInt32(request >> 32)
    let space = Int(request >> 16 & 15)
    let isBlock = instruction == .pcistb || instruction == .pcistbi
    let length = isBlock ? request & 0x1fff : request & 15
    let (first, last) = (operands.offset, operands.offset &+ length &- 1)
    let isStrict = rules.refusesDoublewordCrossing && !instruction.isMIO
    let block = operands.block
    let operation = UInt8(request & 0xff)
    switch rule {
    case .zpciInstalled: return !facilities.hasZpci
    case .mioInstalled: return !facilities.hasMIO
    case .supervisorState: return operands.isProblemState
    case .evenRegisterPair: return operands.r2 % 2 == 1
    case .handleEnabled: return handle < 0x8000_0000
    case .handleKnown: return !function.isPresent || handle != function.handle.rawValue
    case .indexKnown:
      return !function.isPresent || handle & 0xffff != function.handle.rawValue & 0xffff
    case .functionUsable: return [.error, .permanentError].contains(function.state)
    case .functionConfigured: return ![.enabled, .blocked, .error].contains(function.state)
    case .functionPlugged: return [.reserved, .standby].contains(function.state)
    case .functionEnabledAsHandle: return function.state == .disabled && handle >= 0x8000_0000
    case .functionNotInRecovery: return function.state == .error
    case .functionNotLost: return function.state == .permanentError
    case .spaceDefined: return isBlock ? space > 5 : space > 5 && space < 15
    case .lengthInDoubleword: return space <= 5 && (length == 0 || length > 8 || first / 8 != last / 8)
    case .lengthInPage: return space <= 5 && (length == 0 || length > 8 || first / 4096 != last / 4096)
    case .configLengthInWord: return space == 15 && (![1, 2, 4].contains(length) || first / 4 != last / 4)
    case .addressMapped: return !operands.isAddressMapped || !function.isPresent || space > 5
    case .regionAccepts:
      guard space <= 5 else { return false }
      let narrow: [UInt64: UInt64] = [3: 1, 5: 1, 6: 2, 7: 1]
      let narrowed = isStrict ? narrow[length] ?? length : length
      let width: UInt64 = isBlock ? 8 : narrowed
      switch function.regions[space] {
      case .accepting, .unalignedOK: return false
      case .refusing: return true
      case .plainRam: return rules.refusesPlainRam
      case .fourBytes: return width > 4
      case .alignedOnly:
        let units: [UInt64] = [8, 4, 2, 1]
        let unit = units.first { width % $0 == 0 } ?? 1
        return operands.offset % unit != 0
      }
    case .blockOffsetAligned: return operands.offset % 8 != 0
    case .blockLength: return length <= 8 || length % 8 != 0 || length > function.longestBlock
    case .blockInPage: return first / 4096 != last / 4096
    case .blockSourceAligned: return operands.source % 8 != 0
    case .blockSourceMapped: return !operands.isSourceMapped
    case .translationRegistered: return !function.controls.hasTranslation
    case .rangeTranslated:
      return operands.start &+ operands.size < function.controls.dmaStart
        || operands.start > function.controls.dmaEnd
    case .tablesValid: return function.controls.tableFault != nil && operands.size > 0
    case .dmaCredits: return function.controls.dmaCredits == 0
    case .blockAligned: return block.address % 8 != 0
    case .blockMapped: return !block.isMapped
    case .blockFormat: return block.format > 0
    case .operationKnown: return ![2, 3, 4, 5, 6, 7, 9, 10].contains(operation)
    case .dmaSpaceZero:
      return (instruction == .stpcifc || [4, 5, 6].contains(operation)) && request >> 16 & 0xff != 0
    case .sequence:
      switch operation {
      case 2: return function.controls.hasInterruptions
      case 3: return !function.controls.hasInterruptions
      case 4: return function.controls.hasTranslation
      case 5, 6: return !function.controls.hasTranslation
      case 7: return ![.error, .blocked].contains(function.state)
      case 9: return function.state != .error
      default: return false
      }
    case .dmaRange:
      return [4, 6].contains(operation)
        && (block.dmaStart >> 12 > block.dmaEnd >> 12 || block.dmaStart >> 12 < 0x10_0000
          || block.dmaEnd >> 12 > 0x1ff_ffff_ffff)
    case .measurementAligned: return operation == 10 && block.measurementBlock % 16 != 0
    }
  }

  private static func function(_ random: inout SplitMix64) -> ZpciFunction {
    var function = ZpciFunction(handle: FunctionHandle(random.below(6) == 0 ? 0x0002_0001 : 0x8002_0001))
    if random.below(2) == 0 {
      function.state = ZpciFunction.State.allCases[random.below(ZpciFunction.State.allCases.count)]
    }
    function.isPresent = random.below(16) != 0
    for bar in function.regions.indices where random.below(2) == 0 {
      function.regions[bar] = ZpciFunction.Region.allCases[random.below(ZpciFunction.Region.allCases.count)]
    }
    function.longestBlock = [128, 128, 64, 256][random.below(4)]
    function.controls.hasTranslation = random.below(2) == 0
    function.controls.hasInterruptions = random.below(2) == 0
    function.controls.tableFault = random.below(6) == 0 ? ZpciEvent(UInt16(3 + random.below(7))) : nil
    function.controls.dmaCredits = UInt64(random.below(4))
    return function
  }

  private static func operands(
    _ random: inout SplitMix64, _ instruction: ZpciInstruction, _ function: ZpciFunction
  ) -> ZpciOperands {
    let handles = [function.handle.rawValue, 0x8002_0001, 0x0002_0001, 0x8102_0001, 0x8002_0009]
    let handle = UInt64(random.below(3) != 0 ? handles[0] : handles[random.below(5)])
    let low: UInt64 =
      switch instruction {
      case .pcistb, .pcistbi:
        UInt64(random.below(7)) << 16 | UInt64([16, 64, 128, 24, 8, 12, 0, 136, 72][random.below(9)])
      case .mpcifc, .stpcifc: UInt64(random.below(4) == 0 ? 1 : 0) << 16 | UInt64(random.below(12))
      default:
        UInt64([0, 1, 2, 3, 4, 5, 6, 14, 15, 15][random.below(10)]) << 16 | UInt64(random.below(16))
      }
    var operands = ZpciOperands(ZpciRequest(handle << 32 | low))
    operands.isProblemState = random.below(10) == 0
    operands.r2 = random.below(10) == 0 ? 3 : 2
    let near = UInt64(random.below(4)) * 0x400
    operands.offset = near + UInt64(random.below(2) == 0 ? random.below(16) : 8 * random.below(128))
    operands.source = 0x1_0000 + UInt64(random.below(8) == 0 ? random.below(8) : 0)
    operands.isSourceMapped = random.below(6) != 0
    operands.isAddressMapped = random.below(6) != 0
    operands.start = [0x1_0000_0000, 0x1_2345_6000, 0, 0x2_0000_0000][random.below(4)]
    operands.size = UInt64(random.below(4)) * 0x1000
    operands.block.address = 0x1_0000 + UInt64(random.below(8) == 0 ? 4 : 0)
    operands.block.isMapped = random.below(8) != 0
    operands.block.format = random.below(8) == 0 ? 1 : 0
    operands.block.measurementBlock = UInt64(random.below(3)) * 0x1000 + UInt64(random.below(3) == 0 ? 1 : 0)
    if random.below(3) == 0 { operands.block.dmaStart = [0, 0xffff_ffff, 0x3_0000_0000][random.below(3)] }
    if random.below(6) == 0 { operands.block.dmaEnd = 0x200_0000_0000_0000 }
    return operands
  }
}
