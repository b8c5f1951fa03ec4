import Testing

@testable import DaxModel

/// `insn length x count` for every run, CLWB as well.
private func words(_ report: CopyReport) -> [String] {
  report.log.runs.map { "\($0.instruction) \($0.length) x \($0.count) @ \($0.offset)" }
}

@Suite("Copies: the engines one by one")
struct CopyEngineTests {
  /// A port to memory whose first byte lies `low` bytes into a cache line.
  private func memoryPort(_ low: UInt64 = 0) -> AccessPort {
    var wiring = AccessPort.Wiring(
      address: KernelAddress(0xffff_8900_0000_0000 + low), backing: PhysicalAddress(0x80_0000_0000 + low))
    wiring.plainReach = 1 << 20
    return AccessPort(wiring, window: SparseMemory(), memory: SparseMemory())
  }

  private func iter(_ length: UInt64, _ offset: UInt64 = 0) -> IovIter {
    IovIter(buffers: [length], on: .x86_64, offset: offset)
  }

  @Test(
    "Flushcache: non-temporal words, and write-back of ragged ends",
    arguments: [
      (0, 64, ["MOVNTI 8 x 8 @ 0"]),
      (0, 13, ["MOVNTI 8 x 1 @ 0", "MOVNTI 4 x 1 @ 8", "MOV 1 x 1 @ 12", "CLWB 64 x 1 @ 0"]),
      (3, 13, ["MOV 5 x 1 @ 3", "CLWB 64 x 1 @ 0", "MOVNTI 8 x 1 @ 8"]),
      (5, 2, ["MOV 2 x 1 @ 5", "CLWB 64 x 1 @ 0"]),
      (
        1, 100,
        [
          "MOV 7 x 1 @ 1", "CLWB 64 x 1 @ 0", "MOVNTI 8 x 11 @ 8", "MOVNTI 4 x 1 @ 96", "MOV 1 x 1 @ 100",
          "CLWB 64 x 1 @ 64",
        ]
      ),
    ] as [(UInt64, UInt64, [String])])
  func flushcache(_ start: UInt64, _ length: UInt64, _ expected: [String]) {
    var port = memoryPort()
    let report = port.copy(.fromIter, at: start, length, iter(length), by: X86FlushcacheCopy())
    #expect(words(report) == expected)
    #expect(report.moved == length)
  }

  @Test("s390 memcpy: MVC in steps of 256 bytes and a remainder; memset is XC")
  func mvc() {
    var port = memoryPort()
    #expect(
      words(port.copy(.toIter, 600, iter(600), by: S390Memcpy())) == ["MVC 256 x 2 @ 0", "MVC 88 x 1 @ 512"])
    var other = memoryPort()
    #expect(words(other.copy(.zero, 4096, iter(4096), by: S390Memcpy())) == ["XC 256 x 16 @ 0"])
  }

  @Test("4096 bytes: 512 loads; 4096 with the memory off by one; 32 block stores")
  func page() {
    let function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
    var port = AccessPort(function)
    #expect(words(port.copy(.toIter, 4096, iter(4096), by: ZpciCopy(.ruleA))) == ["PCILG 8 x 512 @ 0"])
    port = AccessPort(function)
    #expect(words(port.copy(.toIter, 4096, iter(4096, 1), by: ZpciCopy(.ruleA))) == ["PCILG 1 x 4096 @ 0"])
    port = AccessPort(function)
    #expect(words(port.copy(.fromIter, 4096, iter(4096), by: ZpciCopy(.ruleA))) == ["PCISTB 128 x 32 @ 0"])
    port = AccessPort(function)
    let zeros = port.copy(.zero, 4096, IovIter([.init(address: 0, length: 4096)]), by: ZpciCopy(.ruleA))
    #expect(words(zeros) == ["PCISTB 128 x 32 @ 0"])
  }

  @Test(
    "Instructions for 4096 bytes by rule A and rule B",
    arguments: [
      (0, 0, 512, 512, 32, 32), (1, 1, 515, 515, 39, 515), (0, 1, 4096, 515, 4096, 515),
      (0, 4, 1024, 513, 1024, 513), (1, 0, 4096, 512, 4096, 512), (4, 4, 513, 513, 37, 513),
    ] as [(UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)])
  func counts(
    _ offset: UInt64, _ memory: UInt64, _ loadsA: UInt64, _ loadsB: UInt64, _ storesA: UInt64,
    _ storesB: UInt64
  ) {
    func count(_ direction: CopyDirection, _ chunking: ZpciChunking) -> UInt64 {
      ZpciPlan(direction, offset: offset, memory: memory, length: 4096, chunking).count
    }
    #expect(count(.toIter, .ruleA) == loadsA && count(.toIter, .ruleB) == loadsB)
    #expect(count(.fromIter, .ruleA) == storesA && count(.fromIter, .ruleB) == storesB)
  }

  @Test("A bus of two bytes that turns them around")
  func bus() throws {
    let bus = try #require(BusCopy(width: 2, alignment: 2, isReversed: true))
    var port = memoryPort()
    let report = port.copy(.toIter, at: 1, 6, iter(6), by: bus)
    #expect(words(report) == ["READ8 1 x 1 @ 1", "READ 2 x 2 @ 2", "READ8 1 x 1 @ 6"])
    let window = SparseMemory().bytes(at: 0x80_0000_0000, count: 8)
    let memory = port.memory.close().bytes(at: Architecture.x86_64.userBuffer, count: 6)
    #expect(memory == [window[1], window[3], window[2], window[5], window[4], window[6]])
  }

  @Test("A bus without byte cycles fails with -EIO where a piece is ragged; sizes out of range are no bus")
  func strictBus() throws {
    let bus = try #require(BusCopy(width: 4, alignment: 4, hasByteCycles: false))
    var port = memoryPort()
    #expect(port.copy(.toIter, 10, iter(10), by: bus).errno == .EIO)
    #expect(port.moved == 8)
    #expect(BusCopy(width: 0, alignment: 1) == nil && BusCopy(width: 4, alignment: 4097) == nil)
  }

  @Test("Where errors are lost, the caller is told that all has been copied")
  func lostErrors() {
    var function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
    function.planned = [ZpciFunction.Planned(.pcilg, .completed(.error, ZpciStatus(12)), nth: 3)]
    var port = AccessPort(function)
    let report = port.copy(.toIter, 64, iter(64), by: ZpciCopy(.ruleA, reportsErrors: false))
    #expect(report.copied == 64 && report.moved == 16 && report.errno == nil)
    #expect(report.stop == .refused(.EIO))
  }

  @Test("A slot without power: condition code 3 at the first instruction, -EIO; with power it works again")
  func power() {
    var function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
    function.isPresent = false
    var port = AccessPort(function)
    let report = port.copy(.toIter, 64, iter(64), by: ZpciCopy(.ruleB))
    #expect(report.errno == .EIO && report.moved == 0)
    #expect(report.log.runs.map { $0.outcome } == [.completed(.invalidHandle, nil)])
    function.isPresent = true
    port = AccessPort(function)
    #expect(port.copy(.toIter, 64, iter(64), by: ZpciCopy(.ruleB)).moved == 64)
  }

  @Test("MIO instructions on a machine without MIO are operation exceptions: -ENXIO")
  func noMio() {
    var port = AccessPort(ZpciFunction(handle: FunctionHandle(0x8002_0001)), hasMIO: false)
    let report = port.copy(.toIter, 64, iter(64), by: ZpciCopy(.ruleA, .mapped))
    #expect(report.errno == .ENXIO && report.log.runs.first?.outcome == .program(.operation))
  }

  @Test("A plain access to what is not memory never returns data, whatever the engine")
  func plainOnCookie() {
    let wiring = AccessPort.Wiring(
      address: KernelAddress(0x4001_0000_0000_0000), backing: PhysicalAddress(0x4001_0000_0000_0000))
    for engine in [CopyEngine.x86(X86Copy()), .x86Flushcache(X86FlushcacheCopy()), .s390Memcpy(S390Memcpy())]
    {
      for direction in CopyDirection.allCases {
        var port = AccessPort(wiring, window: SparseMemory(), memory: SparseMemory())
        let report = port.copy(direction, at: 8, 4096, iter(4096), by: engine)
        #expect(report.moved == 0 && report.stop == .plainAccess(KernelAddress(0x4001_0000_0000_0008)))
        let isUntouched = port.memory.close() == SparseMemory() && port.window.close() == SparseMemory()
        #expect(isUntouched)
      }
    }
  }
}

@Suite("Copies through a machine")
struct MachineCopyTests {
  private static func s390x(_ release: KernelRelease, _ assumption: Assumption) throws -> Machine {
    let build = release.built(for: .s390x)
    let device = try MachineConfiguration.syntheticDevice(release: build)
    var configuration = MachineConfiguration(release: build, devices: [.init(device)])
    configuration.assumption = assumption
    configuration.stackHoldsGarbage = true
    var machine = Machine(configuration)
    #expect(machine.probe() == .success)
    return machine
  }

  private func iter(_ machine: Machine, _ lengths: [UInt64], offset: UInt64 = 0, absent: UInt64? = nil)
    -> IovIter
  {
    IovIter(buffers: lengths, on: machine.kernel.architecture, offset: offset, absentByte: absent)
  }

  @Test("x86-64 copies 4096 bytes, and they are the window's", arguments: KernelRelease.all)
  func x86(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let iter = iter(machine, [4096])
    #expect(machine.finish(machine.startCopy(0, .toIter, at: 8192, iter)) == .int(4096))
    let address = MachineConfiguration.windowBase.rawValue + 8192
    let hasArrived =
      machine.kernel.memory.user.bytes(at: iter.segments[0].address, count: 4096)
      == SparseMemory().bytes(at: address, count: 4096)
    #expect(hasArrived)
  }

  @Test(
    "s390x as patched dies at the first byte, with the cookie for an address", arguments: KernelRelease.all)
  func patched(_ release: KernelRelease) throws {
    for direction in [CopyDirection.toIter, .fromIter] {
      var machine = try MachineCopyTests.s390x(release, .remap)
      _ = machine.finish(machine.startCopy(0, direction, at: 0, iter(machine, [4096])))
      let oops = try #require(machine.oops)
      let base = release.built(for: .s390x).cookieBase
      #expect(oops.address == IomapCookie(base, index: 1).address)
      let isDriver = release.has(.copyIsDriverOperation)
      let word = direction == .toIter ? "to" : "from"
      #expect(
        oops.site.description(in: release) == "\(isDriver ? "virtio_fs" : "dax")_copy_\(word)_iter.copy")
      #expect(machine.kernel.memory.user == SparseMemory())
    }
  }

  @Test(
    "s390x done right moves every byte; the window as memory needs nothing special",
    arguments: KernelRelease.all)
  func right(_ release: KernelRelease) throws {
    var machine = try MachineCopyTests.s390x(release, .remap)
    machine.choose(.zpci(ZpciCopy(.ruleA)))
    #expect(machine.finish(machine.startCopy(0, .toIter, at: 0, iter(machine, [4096]))) == .int(4096))
    var memory = try MachineCopyTests.s390x(release, .memory)
    #expect(memory.finish(memory.startCopy(0, .fromIter, at: 0, iter(memory, [4096]))) == .int(4096))
  }

  @Test(
    "A device that dies between direct_access and the copy: 0 bytes, -EFAULT", arguments: KernelRelease.all)
  func dies(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let task = machine.startCopy(0, .toIter, at: 0, iter(machine, [4096]))
    machine.advance(task, to: "copy.copy")
    let removal = machine.startRemove(0)
    _ = machine.run(removal)
    #expect(machine.task(removal)?.isFinished == false)
    #expect(machine.finish(task) == .error(.EFAULT))
    #expect(machine.finish(removal) != nil)
  }

  @Test("A page of the caller's that is not there: a short copy; the first page: -EFAULT")
  func faults() throws {
    var machine = try Machine.probed(.v6_12)
    #expect(
      machine.finish(machine.startCopy(0, .toIter, at: 0, iter(machine, [8192], absent: 5000))) == .int(4096))
    #expect(
      machine.finish(machine.startCopy(0, .toIter, at: 0, iter(machine, [8192], absent: 0)))
        == .error(.EFAULT))
  }

  @Test("A copy ends with the window; a copy of nothing is 0")
  func end() throws {
    var machine = try Machine.probed(.v6_12)
    #expect(machine.finish(machine.startCopy(0, .toIter, at: 0, iter(machine, [0]))) == .success)
    let length = MachineConfiguration.windowLength.rawValue
    #expect(
      machine.finish(machine.startCopy(0, .toIter, at: length - 100, iter(machine, [4096]))) == .int(100))
    #expect(machine.finish(machine.startCopy(0, .toIter, at: length, iter(machine, [1]))) == .error(.ERANGE))
  }

  @Test(
    "zero_page_range by the chosen engine",
    arguments: KernelRelease.all.filter { $0.has(.zeroPageRangeRequired) })
  func zero(_ release: KernelRelease) throws {
    var machine = try MachineCopyTests.s390x(release, .remap)
    machine.choose(.zpci(ZpciCopy(.ruleA)))
    #expect(machine.finish(machine.startZeroPageRange(0, at: PageOffset(1), pages: 1)) == .success)
    #expect(machine.kernel.zpci?.functions[0]?.counters.blockStores == 32)
    machine.choose(nil)
    _ = machine.finish(machine.startZeroPageRange(0, at: PageOffset(1), pages: 1))
    #expect(
      machine.oops?.address
        == IomapCookie(release.built(for: .s390x).cookieBase, index: 1, offset: 4096).address)
  }

  @Test("A BAR of memory that refuses PCI instructions, as under the emulation: -ENXIO")
  func emulation() throws {
    var machine = try MachineCopyTests.s390x(.v6_12, .remap)
    machine.kernel.zpci?.rules = .emulation
    machine.choose(.zpci(ZpciCopy(.ruleB)))
    #expect(machine.finish(machine.startCopy(0, .toIter, at: 0, iter(machine, [64]))) == .error(.ENXIO))
  }
}

@Suite("Memory that stores only what was written")
struct SparseMemoryTests {
  @Test("Untouched words hold their own address, little-endian, at any offset")
  func background() {
    let memory = SparseMemory()
    #expect(memory.bytes(at: 0x1_0000_fff8, count: 10) == [0xf8, 0xff, 0, 0, 1, 0, 0, 0, 0, 0])
    #expect(memory[0x1_0000_0001] == 0 && memory[0x1_0000_0004] == 1)
    #expect(SparseMemory(background: .zeros).bytes(at: 5, count: 3) == [0, 0, 0])
  }

  @Test("Random writes, clears and copies agree with a flat array")
  func oracle() {
    var random = SplitMix64(seed: 11)
    let base: UInt64 = 0x7_fff0
    let size = 0x3_0000
    var memory = SparseMemory()
    var flat = memory.bytes(at: base, count: size)
    for _ in 0..<300 {
      let start = random.below(size)
      let length = random.below(min(size - start, random.below(2) == 0 ? 20 : 70000))
      let at = base + UInt64(start)
      switch random.below(3) {
      case 0:
        let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        memory.write(bytes, at: at)
        flat.replaceSubrange(start..<start + length, with: bytes)
      case 1:
        memory.clear(at, count: UInt64(length))
        flat.replaceSubrange(start..<start + length, with: [UInt8](repeating: 0, count: length))
      default:
        let source = SparseMemory()
        memory.copy(UInt64(length), from: source, 0x5003, to: at)
        flat.replaceSubrange(start..<start + length, with: source.bytes(at: 0x5003, count: length))
      }
    }
    let isSame = memory.bytes(at: base, count: size) == flat
    #expect(isSame)
  }

  @Test("State is in proportion to what was written")
  func proportion() {
    var memory = SparseMemory()
    #expect(memory.storedBytes == ByteCount(0))
    memory.write([1], at: 1 << 50)
    #expect(memory.storedBytes == ByteCount(4096))
  }
}
