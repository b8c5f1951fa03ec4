import Testing

@testable import DaxModel

/// The life of a function, its counters, its byte lanes, and outcomes that were asked for.
@Suite struct ZpciFunctionTests {
  private let handle = FunctionHandle(0x8002_0001)

  private func request(_ low: UInt64) -> ZpciRequest { ZpciRequest(UInt64(handle.rawValue) << 32 | low) }

  private func run(
    _ function: inout ZpciFunction, _ instruction: ZpciInstruction, _ low: UInt64 = 0,
    _ change: (inout ZpciOperands) -> Void = { _ in }
  ) -> ZpciResult {
    var operands = ZpciOperands(request(low))
    change(&operands)
    return function.run(instruction, operands)
  }

  @Test func fromAFaultBackToWork() {
    var function = ZpciFunction(handle: handle)
    #expect(run(&function, .pcilg, 8).outcome == .done)
    let fall = run(&function, .rpcit)
    #expect(fall.event == .invalidAddressSpace)
    #expect(fall.outcome == .completed(.error, ZpciStatus(8)))
    #expect(function.state == .error)
    #expect(run(&function, .stpcifc).functionControl == 0xe0)
    let refused = run(&function, .pcilg, 8)
    #expect(refused.outcome == .completed(.error, ZpciStatus(12)))
    #expect(refused.request.rawValue == 0x8002_0001_0c00_0008)
    #expect(run(&function, .mpcifc, 9).outcome == .done)
    #expect(function.state == .blocked)
    #expect(run(&function, .stpcifc).functionControl == 0xc0)
    #expect(run(&function, .pcilg, 8).outcome == .done)
    #expect(run(&function, .mpcifc, 9).outcome == .completed(.error, ZpciStatus(24)))
    #expect(run(&function, .mpcifc, 7).outcome == .done)
    #expect(function.state == .enabled)
    #expect(run(&function, .mpcifc, 4).outcome == .done)
    #expect(run(&function, .stpcifc).functionControl == 0x90)
    #expect(run(&function, .rpcit).outcome == .done)
    #expect(function.counters.loads == 2)
    #expect(function.counters.refreshes == 1)
  }

  @Test func aTranslationThatIsRefusedHasTakenTheOldOneAway() {
    var function = ZpciFunction(handle: handle)
    #expect(run(&function, .mpcifc, 4).outcome == .done)
    let result = run(&function, .mpcifc, 6) { $0.block.dmaStart = 0 }
    #expect(result.outcome == .program(.operand))
    #expect(!function.controls.hasTranslation)
  }

  @Test func measuringStopsWithItsCounters() {
    var function = ZpciFunction(handle: handle)
    _ = run(&function, .mpcifc, 10) { $0.block.measurementBlock = 0x2000 }
    #expect(function.controls.measurementBlock == 0x2000)
    _ = run(&function, .pcilg, 8)
    _ = run(&function, .mpcifc, 10) { $0.block.measurementBlock = 0 }
    #expect(function.counters == ZpciFunction.Counters())
  }

  @Test func aSlotWithoutPower() {
    var function = ZpciFunction(handle: handle)
    function.isPresent = false
    for instruction in ZpciInstruction.allCases where !instruction.isMIO {
      #expect(
        run(&function, instruction, 0).outcome == .completed(.invalidHandle, nil), "\(instruction.rawValue)")
    }
    function.isPresent = true
    #expect(run(&function, .pcilg, 8).outcome == .done)
  }

  @Test func enteringAStateChangesTheHandle() {
    var function = ZpciFunction(handle: handle)
    function.enter(.standby)
    #expect(function.handle.rawValue == 0x0002_0001)
    #expect(run(&function, .pcilg, 8).outcome == .completed(.invalidHandle, nil))
    function.enter(.enabled)
    #expect(function.handle == handle)
  }

  @Test func lanes() {
    #expect(ByteLanes.register([0x11, 0x22, 0x33, 0x44]) == 0x1122_3344)
    #expect(ByteLanes.bytes(of: 0x1122_3344_5566_7788, length: 4) == [0x55, 0x66, 0x77, 0x88])
    var random = SplitMix64(seed: 9)
    for length in UInt64(1)...8 {
      let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      #expect(ByteLanes.bytes(of: ByteLanes.register(bytes), length: length) == bytes)
    }
  }

  @Test func lenientlyOnlyThePageCounts() {
    let function = ZpciFunction(handle: handle)
    #expect(function.loadStoreVerdict(request(8), offset: 3, .lenient) == nil)
    #expect(function.loadStoreVerdict(request(8), offset: 3, .strict) == .lengthInDoubleword)
    #expect(function.loadStoreVerdict(request(8), offset: 0xffc, .lenient) == .lengthInPage)
    #expect(function.loadStoreVerdict(request(9), offset: 0, .lenient) == .lengthInPage)
  }

  @Test func mappedAddressesAreForPrograms() {
    var function = ZpciFunction(handle: handle)
    var operands = ZpciOperands(request(8))
    operands.isProblemState = true
    operands.offset = 3
    let mio = ZpciFacilities(hasMIO: true)
    #expect(function.run(.pcilgi, operands, with: mio).outcome == .done)
    #expect(function.run(.pcilg, operands, with: mio).outcome == .program(.privilegedOperation))
    #expect(function.run(.pciwb, operands, with: mio).outcome == .done)
    #expect(function.run(.pciwb, operands).outcome == .program(.operation))
  }

  @Test func plannedOutcomesComeInTheirTurn() {
    var function = ZpciFunction(handle: handle)
    let busy = ZpciOutcome.completed(.busy, nil)
    let error = ZpciOutcome.completed(.error, ZpciStatus(12))
    function.planned = [
      ZpciFunction.Planned(.pcilg, busy, nth: 3, times: 2),
      ZpciFunction.Planned(.pcistg, error),
      ZpciFunction.Planned(.pcilg, .program(.operand), nth: 1),
    ]
    var outcomes: [ZpciOutcome] = []
    for _ in 0..<6 { outcomes.append(run(&function, .pcilg, 8).outcome) }
    #expect(outcomes == [.program(.operand), .done, busy, busy, .done, .done])
    let store = run(&function, .pcistg, 8)
    #expect(store.outcome == error)
    #expect(store.isPlanned)
    #expect(store.request.rawValue >> 24 & 0xff == 12)
    #expect(function.planned.isEmpty)
    #expect(function.counters.loads == 3)
    #expect(function.counters.stores == 0)
  }

  @Test func whatIsPlannedIsPartOfTheDigest() {
    func digest(_ function: ZpciFunction) -> UInt64 {
      var digest = Digest()
      function.inspect(&digest)
      return digest.value
    }
    var function = ZpciFunction(handle: handle)
    let before = digest(function)
    function.planned = [ZpciFunction.Planned(.pcilg, .completed(.busy, nil))]
    #expect(digest(function) != before)
    _ = function.plannedOutcome(of: .pcilg)
    #expect(digest(function) == before)
  }
}
