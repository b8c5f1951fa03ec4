import Testing

@testable import DaxModel

/// A copy with everything about it chosen at random, and a flat copy of what is in window and memory.
private struct RandomCopy {
  var offset: UInt64
  var lengths: [UInt64]
  var memoryOffset: UInt64
  var iter: IovIter
  var window = SparseMemory()
  var memory = SparseMemory()

  var length: UInt64 { lengths.reduce(0, +) }

  init(_ random: inout SplitMix64) {
    offset = UInt64(random.below(9000))
    if random.below(4) == 0 { offset &= ~7 }
    lengths = (0...random.below(3)).map { _ in
      UInt64(random.below(random.below(2) == 0 ? 40 : 5000))
    }
    memoryOffset = UInt64(random.below(3) == 0 ? 0 : random.below(4096))
    iter = IovIter(buffers: lengths, on: .s390x, offset: memoryOffset)
    window.write((0..<16384).map { _ in UInt8(truncatingIfNeeded: random.next()) }, at: RandomCopy.base)
    for segment in iter.segments {
      memory.write(
        (0..<segment.length).map { _ in UInt8(truncatingIfNeeded: random.next()) }, at: segment.address)
    }
  }

  static let base: UInt64 = 0x4000_0000

  /// A port to the window, which a plain access can reach as well.
  func port(_ function: ZpciFunction? = nil, rules: ZpciRules = .lenient) -> AccessPort {
    var wiring = AccessPort.Wiring(
      address: KernelAddress(RandomCopy.base), backing: PhysicalAddress(RandomCopy.base))
    wiring.plainReach = 1 << 20
    wiring.rules = rules
    if let function { wiring.function = function }
    return AccessPort(wiring, window: window, memory: memory)
  }

  /// The window's bytes of the copy.
  func windowBytes(_ window: SparseMemory) -> [UInt8] {
    window.bytes(at: RandomCopy.base + offset, count: Int(length))
  }

  /// The memory's bytes, all segments in a row.
  func memoryBytes(_ memory: SparseMemory) -> [UInt8] {
    iter.segments.flatMap { memory.bytes(at: $0.address, count: Int($0.length)) }
  }
}

/// Every engine in the box that may read and write.
private let engines: [CopyEngine] =
  [
    .x86(X86Copy()), .x86Flushcache(X86FlushcacheCopy()), .s390Memcpy(S390Memcpy()), .zpci(ZpciCopy(.ruleA)),
    .zpci(ZpciCopy(.ruleB)), .zpci(ZpciCopy(.ruleA, .mapped)), .zpci(ZpciCopy(.ruleB, .mapped)),
  ]
  + [
    BusCopy(width: 4, alignment: 4), BusCopy(width: 8, alignment: 2, isReversed: true),
    BusCopy(width: 3, alignment: 1),
  ].compactMap { $0.map { .bus($0) } }

extension CopyEngine {
  fileprivate var usesRuleB: Bool {
    if case .zpci(let engine) = self { engine.chunking == .ruleB } else { false }
  }
}

extension CopyEngine: CustomTestStringConvertible {
  public var testDescription: String { "\(name): \(summary)" }
}

@Suite("Copies: what holds for every copy")
struct CopyPropertyTests {
  @Test("The accesses tile the range: every byte once, in rising order", arguments: engines)
  func tiling(_ engine: CopyEngine) {
    var random = SplitMix64(seed: 1)
    for _ in 0..<60 {
      let copy = RandomCopy(&random)
      for direction in [CopyDirection.toIter, .fromIter] {
        var port = copy.port()
        let report = port.copy(direction, at: copy.offset, copy.length, copy.iter, by: engine)
        // Rule B forgets the 4096-byte line on the PCI side: there alone a copy may be refused.
        let isRefused = report.stop == .refused(.ENXIO)
        #expect(isRefused ? engine.usesRuleB : report.stop == nil && report.moved == copy.length)
        #expect(report.copied == report.moved)
        var next = copy.offset
        for run in report.log.runs where run.instruction != .clwb {
          #expect(run.offset == next)
          next += run.moved
        }
        #expect(next == copy.offset + report.moved)
      }
    }
  }

  @Test(
    "Bytes arrive, and nothing beside them changes; out and in again gives the same bytes", arguments: engines
  )
  func roundTrip(_ engine: CopyEngine) {
    var random = SplitMix64(seed: 2)
    for _ in 0..<60 {
      var copy = RandomCopy(&random)
      let isReversed = if case .bus(let bus) = engine { bus.isReversed } else { false }
      var port = copy.port()
      let read = port.copy(.toIter, at: copy.offset, copy.length, copy.iter, by: engine)
      if engine.usesRuleB, read.stop != nil { continue }
      let memory = port.memory.close()
      let hasArrived = copy.memoryBytes(memory) == copy.windowBytes(copy.window)
      #expect(hasArrived || isReversed)
      let isUntouched = port.window.close() == copy.window
      #expect(isUntouched)

      let original = copy.window
      copy.memory = memory
      copy.window.clear(RandomCopy.base + copy.offset, count: copy.length)
      var second = copy.port()
      let write = second.copy(.fromIter, at: copy.offset, copy.length, copy.iter, by: engine)
      if engine.usesRuleB, write.stop != nil { continue }
      let isOriginal =
        second.window.close().bytes(at: RandomCopy.base, count: 65536)
        == original.bytes(at: RandomCopy.base, count: 65536)
      #expect(isOriginal)
    }
  }

  @Test(
    "Rule A never raises an alignment exception, however strict the checks", arguments: [8, 64, 300, 5000])
  func ruleA(_ longest: Int) {
    var random = SplitMix64(seed: 3)
    for _ in 0..<400 {
      let (offset, memory) = (UInt64(random.below(1 << 20)), UInt64(random.below(1 << 20)))
      let length = UInt64(1 + random.below(longest))
      for direction in [CopyDirection.toIter, .fromIter] {
        let plan = ZpciPlan(direction, offset: offset, memory: memory, length: length, .ruleA, .strict)
        #expect(plan.firstRefused == nil)
        #expect(plan.runs.allSatisfy { !$0.isUnaligned })
        #expect(plan.runs.allSatisfy { $0.length & ($0.length - 1) == 0 })
      }
    }
  }

  @Test("Rule B: at most 128 bytes, and more than 8 only in multiples of 8")
  func ruleB() {
    var random = SplitMix64(seed: 4)
    for _ in 0..<1000 {
      let plan = ZpciPlan(
        .fromIter, offset: UInt64(random.below(9000)), memory: UInt64(random.below(9000)),
        length: UInt64(1 + random.below(700)), .ruleB)
      #expect(plan.runs.allSatisfy { $0.length <= 128 && ($0.length <= 8 || $0.length % 8 == 0) })
    }
  }

  @Test(
    "A page of the memory that is not there: what comes before it is copied, and nothing else",
    arguments: engines)
  func memoryFaults(_ engine: CopyEngine) {
    var random = SplitMix64(seed: 5)
    for _ in 0..<60 {
      var copy = RandomCopy(&random)
      guard copy.length > 0 else { continue }
      let absent = UInt64(random.below(Int(copy.length)))
      copy.iter = IovIter(buffers: copy.lengths, on: .s390x, offset: copy.memoryOffset, absentByte: absent)
      var port = copy.port()
      let report = port.copy(.fromIter, at: copy.offset, copy.length, copy.iter, by: engine)
      if engine.usesRuleB, report.stop == .refused(.ENXIO) { continue }
      #expect(report.moved <= absent && report.errno == nil)
      guard case .memoryFault = report.stop else {
        Issue.record("the fault has not been seen")
        continue
      }
      let isReversed = if case .bus(let bus) = engine { bus.isReversed } else { false }
      let (before, after) = (copy.windowBytes(copy.window), copy.windowBytes(port.window.close()))
      let done = Int(report.moved)
      let hasArrived = after[..<done] == copy.memoryBytes(copy.memory)[..<done]
      let isRestUntouched = after[done...] == before[done...]
      #expect((hasArrived || isReversed) && isRestUntouched)
    }
  }

  @Test(
    "A plain copy gets exactly as far as the page that is not there", arguments: [engines[0], engines[2]])
  func plainMemoryFaults(_ engine: CopyEngine) {
    for start in [0, 1, 100, 4095] as [UInt64] {
      let iter = IovIter(buffers: [10000], on: .x86_64, offset: start, absentByte: 9000)
      var random = SplitMix64(seed: 6)
      var copy = RandomCopy(&random)
      copy.iter = iter
      var port = copy.port()
      let report = port.copy(.toIter, at: 0, 10000, iter, by: engine)
      #expect(report.moved == 8192 - start + (start + 9000 >= 12288 ? 4096 : 0))
    }
  }

  @Test(
    "A failure at instruction k leaves the bytes before it moved, and none after",
    arguments: [engines[3], engines[4]])
  func failures(_ engine: CopyEngine) {
    let endings: [(ZpciOutcome, Errno)] = [
      (.completed(.error, ZpciStatus(12)), .EIO), (.completed(.invalidHandle, nil), .EIO),
      (.program(.operand), .ENXIO),
    ]
    var random = SplitMix64(seed: 7)
    for round in 0..<60 {
      let copy = RandomCopy(&random)
      var whole = copy.port()
      let all = whole.copy(.fromIter, at: copy.offset, copy.length, copy.iter, by: engine)
      let count = all.log.counts.reduce(0) { $0 + $1.count }
      guard all.stop == nil, count > 0 else { continue }
      // The nth instruction of its kind fails.
      let victim = all.log.runs[random.below(all.log.runs.count)].instruction
      let nth = 1 + random.below(Int(all.log.count(of: victim)))
      let (outcome, errno) = endings[round % endings.count]
      var function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
      guard let instruction = ZpciInstruction(rawValue: victim.name) else { continue }
      function.planned = [ZpciFunction.Planned(instruction, outcome, nth: nth)]
      var port = copy.port(function)
      let report = port.copy(.fromIter, at: copy.offset, copy.length, copy.iter, by: engine)
      #expect(report.stop == .refused(errno) && report.errno == errno)
      #expect(report.log.runs.last?.outcome == outcome && report.log.runs.last?.count == 1)
      #expect(report.log.runs.reduce(0) { $0 + $1.moved } == report.moved)
      let (before, after) = (copy.windowBytes(copy.window), copy.windowBytes(port.window.close()))
      let done = Int(report.moved)
      let isPrefix =
        after[..<done] == copy.memoryBytes(copy.memory)[..<done] && after[done...] == before[done...]
      #expect(isPrefix)
    }
  }

  @Test("Busy repeats the same instruction at the same place, as often as it lasts, and loses nothing")
  func busy() {
    var random = SplitMix64(seed: 8)
    for _ in 0..<60 {
      let copy = RandomCopy(&random)
      let engine = ZpciCopy(.ruleA)
      var calm = copy.port()
      let expected = calm.copy(.toIter, at: copy.offset, copy.length, copy.iter, by: engine)
      guard expected.log.count(of: AccessInstruction("PCILG")) > 0 else { continue }
      let nth = 1 + random.below(Int(expected.log.count(of: AccessInstruction("PCILG"))))
      let times = 1 + random.below(5)
      var function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
      function.planned = [ZpciFunction.Planned(.pcilg, .completed(.busy, nil), nth: nth, times: times)]
      var port = copy.port(function)
      let report = port.copy(.toIter, at: copy.offset, copy.length, copy.iter, by: engine)
      #expect(report.stop == nil && report.moved == copy.length)
      #expect(
        report.log.count(of: AccessInstruction("PCILG")) == expected.log.count(of: AccessInstruction("PCILG"))
          + UInt64(times))
      let busy = report.log.runs.firstIndex { $0.outcome != .done }
      let run = busy.map { report.log.runs[$0] }
      #expect(run?.count == UInt64(times))
      let again = busy.flatMap { report.log.runs.dropFirst($0 + 1).first }
      #expect(again?.offset == run?.offset && again?.length == run?.length)
      let isSame = port.memory.close() == calm.memory.close()
      #expect(isSame)
    }
  }

  @Test("With MIO, busy is an error like any other")
  func busyMio() {
    var function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
    function.planned = [ZpciFunction.Planned(.pcilgi, .completed(.busy, nil), nth: 3)]
    var port = AccessPort(function, hasMIO: true)
    let report = port.copy(
      .toIter, 64, IovIter(buffers: [64], on: .s390x), by: ZpciCopy(.ruleA, .mapped))
    #expect(report.moved == 16 && report.errno == .EIO)
  }

  @Test(
    "Runs that are judged as one are what the instructions are one by one", arguments: ZpciChunking.allCases)
  func runs(_ chunking: ZpciChunking) {
    var random = SplitMix64(seed: 9)
    for _ in 0..<150 {
      let copy = RandomCopy(&random)
      guard let segment = copy.iter.segments.first, segment.length > 0 else { continue }
      for direction in [CopyDirection.toIter, .fromIter] {
        for rules in [ZpciRules.strict, .lenient] {
          let plan = ZpciPlan(
            direction, offset: copy.offset, memory: segment.address, length: segment.length, chunking, rules)
          let singles = singleAccesses(
            direction, copy.offset, segment.address, segment.length, chunking, rules)
          let isPlanned = plan.accesses == singles
          #expect(isPlanned)
          var port = copy.port(rules: rules)
          let report = port.copy(
            direction, at: copy.offset, segment.length, copy.iter, by: ZpciCopy(chunking))
          var expected: [String] = []
          for access in singles {
            expected.append("\(access.instruction) \(access.length) \(access.offset)")
            if access.verdict.hasPrefix("PGM") { break }
          }
          let actual = report.log.runs.flatMap { run in
            (0..<run.count).map { "\(run.instruction) \(run.length) \(run.offset + $0 * run.length)" }
          }
          let isSame = actual == expected
          #expect(isSame, "\(direction) \(segment.length) at \(copy.offset), \(segment.address)")
        }
      }
    }
  }

  @Test("The log takes memory in proportion to its runs, not to the bytes")
  func logSize() {
    var port = AccessPort(ZpciFunction(handle: FunctionHandle(0x8002_0001)))
    let length: UInt64 = 1 << 20
    let report = port.copy(.toIter, length, IovIter(buffers: [length], on: .s390x), by: ZpciCopy(.ruleA))
    #expect(report.log.runs.count == 1)
    #expect(report.log.count(of: AccessInstruction("PCILG")) == length / 8)
  }
}
