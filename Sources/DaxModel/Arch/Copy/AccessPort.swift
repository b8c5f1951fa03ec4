/// The only way that a copy engine has to the window and to the memory on the other side.
///
/// An engine says which instruction moves which bytes; the port decides whether that works, moves them,
/// counts, and records.
public struct AccessPort: Sendable {
  /// The kernel address of offset 0: what direct_access handed out.
  public let address: KernelAddress
  /// How many bytes a plain access can reach from there on: 0 if the address is not memory.
  public let plainReach: UInt64
  /// Whether the processor has the MIO instructions.
  public let hasMIO: Bool
  /// How strictly PCI instructions are checked.
  public let rules: ZpciRules
  /// Bytes that have been moved so far, in order from the first one on.
  public internal(set) var moved: UInt64 = 0
  /// Every access of the copy that is being made, or was made last.
  public private(set) var log: AccessLog
  /// The PCI function behind the window.
  public private(set) var function: ZpciFunction

  /// The bytes behind the window, and where they begin.
  var window: OpenMemory
  let backing: UInt64
  /// The memory on the other side.
  var memory: OpenMemory
  var absentPage: UInt64?
  /// The request register for a length of 0: handle and BAR.
  private let request: UInt64
  /// Where offset 0 is in the BAR.
  private let barOffset: UInt64

  /// What a port is connected to.
  struct Wiring {
    var address: KernelAddress
    var backing: PhysicalAddress
    var plainReach: UInt64 = 0
    /// The function behind it. Where there is none, PCI instructions work as if there were one.
    var function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
    var bar: UInt8 = 2
    var barOffset: UInt64 = 0
    var rules = ZpciRules.strict
    var hasMIO = true
  }

  /// A port to a BAR of a PCI function alone, without a machine around it: to try an engine out.
  ///
  /// Offsets are those of the BAR. What the engine reads is the background of an untouched memory.
  public init(_ function: ZpciFunction, bar: UInt8 = 2, rules: ZpciRules = .strict, hasMIO: Bool = false) {
    var wiring = Wiring(address: KernelAddress(0), backing: PhysicalAddress(0))
    (wiring.function, wiring.bar) = (function, bar)
    (wiring.rules, wiring.hasMIO) = (rules, hasMIO)
    self.init(wiring, window: SparseMemory(), memory: SparseMemory())
  }

  init(
    _ wiring: Wiring, window: SparseMemory, memory: SparseMemory, recordsRuns: Bool = true
  ) {
    address = wiring.address
    backing = wiring.backing.rawValue
    plainReach = wiring.plainReach
    function = wiring.function
    request = ZpciRequest(wiring.function.handle, space: wiring.bar, length: 0).rawValue
    barOffset = wiring.barOffset
    rules = wiring.rules
    hasMIO = wiring.hasMIO
    self.window = OpenMemory(window)
    self.memory = OpenMemory(memory)
    log = AccessLog(recordsRuns: recordsRuns)
  }
}

extension AccessPort {
  /// Begins a copy: nothing has been seen of it.
  mutating func begin(_ iter: IovIter) {
    absentPage = iter.absentPage
    log = AccessLog(recordsRuns: log.recordsRuns)
  }
}

// MARK: Plain accesses

extension AccessPort {
  /// A load, or a string of loads, that treats the window as memory: any length, at the speed of memcpy.
  ///
  /// - Throws: `plainAccess` at the first byte that is not memory; what comes before it has been moved.
  public mutating func load(
    _ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64, to address: UInt64
  ) throws(CopyStop) {
    let (reach, stop) = plainReach(at: offset, length, memory: address)
    if reach > 0 {
      OpenMemory.copy(reach, from: &window, backing &+ offset, to: &memory, address)
      _ = finish(instruction, at: offset, reach, reach)
    }
    if let stop { throw stop }
  }

  /// A store, or a string of stores, that treats the window as memory.
  ///
  /// - Throws: `plainAccess` at the first byte that is not memory; what comes before it has been moved.
  public mutating func store(
    _ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64, from address: UInt64
  ) throws(CopyStop) {
    let (reach, stop) = plainReach(at: offset, length, memory: address)
    if reach > 0 {
      OpenMemory.copy(reach, from: &memory, address, to: &window, backing &+ offset)
      _ = finish(instruction, at: offset, reach, reach)
    }
    if let stop { throw stop }
  }

  /// A string of stores of zeros that treats the window as memory.
  public mutating func clear(
    _ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64
  ) throws(CopyStop) {
    let (reach, stop) = plainReach(at: offset, length, memory: nil)
    if reach > 0 {
      window.clear(backing &+ offset, count: reach)
      _ = finish(instruction, at: offset, reach, reach)
    }
    if let stop { throw stop }
  }

  /// Counts an instruction that moves nothing, such as the write-back of a cache line.
  public mutating func note(_ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64) {
    log.note(instruction, at: offset, length)
  }

  /// How far a plain access gets, and what stops it. The window's side is looked at first.
  private func plainReach(
    at offset: UInt64, _ length: UInt64, memory address: UInt64?
  ) -> (UInt64, CopyStop?) {
    let inWindow = offset < plainReach ? min(length, plainReach - offset) : 0
    let inMemory = address.map { reachable(from: $0, length) } ?? length
    if inWindow <= inMemory, inWindow < length {
      return (inWindow, .plainAccess(self.address.advanced(by: ByteCount(offset &+ inWindow))))
    }
    if inMemory < length, let address { return (inMemory, .memoryFault(address &+ inMemory)) }
    return (length, nil)
  }

  /// Bytes of the caller's memory that can be touched: up to the page that is not there.
  @inline(__always)
  private func reachable(from address: UInt64, _ length: UInt64) -> UInt64 {
    guard let absentPage else { return length }
    if address >= absentPage, address < absentPage &+ pageSize { return 0 }
    return address < absentPage ? min(length, absentPage - address) : length
  }
}

// MARK: PCI instructions

extension AccessPort {
  /// One of the six PCI instructions that move data, as often as wanted, each right behind the one before.
  ///
  /// Those with a handle are tried again while the function is busy. For those with a mapped address busy is an
  /// error, and without MIO they are operation exceptions, as any other instruction is here.
  ///
  /// - Parameters:
  ///   - instruction: Which.
  ///   - offset: Where in the window the first of them begins.
  ///   - length: What one of them moves.
  ///   - count: How many.
  ///   - address: Where in memory the first of them loads to or stores from.
  /// - Throws: `refused` with -EIO (condition codes 1 and 3) or -ENXIO (an exception at the instruction).
  public mutating func issue(
    _ instruction: ZpciInstruction, at offset: UInt64, _ length: UInt64, count: UInt64 = 1,
    memory address: UInt64
  ) throws(CopyStop) {
    let name = AccessInstruction(instruction)
    let isLoad = instruction == .pcilg || instruction == .pcilgi
    var rest = CopyPiece(offset: offset, address: address, length: length &* count)
    while rest.length > 0 {
      let bytes = alike(rest, length)
      if !isLoad { try checkMemory(rest.address, length) }
      while let outcome = refusal(of: instruction, rest, length) {
        log.note(name, at: rest.offset, length, outcome)
        if let errno = outcome.errno { throw .refused(errno) }
        if instruction.takesMappedAddress { throw .refused(.EIO) }
      }
      if isLoad { try checkMemory(rest.address, length) }
      move(isLoad, rest, bytes)
      let count = finish(name, at: rest.offset, length, bytes)
      switch instruction {
      case .pcilg, .pcilgi: function.counters.loads &+= count
      case .pcistg, .pcistgi: function.counters.stores &+= count
      default: function.counters.blockStores &+= count
      }
      rest.drop(bytes)
    }
  }

  /// What ends an instruction before it moves anything; nil if it goes through.
  @inline(__always)
  private mutating func refusal(
    of instruction: ZpciInstruction, _ rest: CopyPiece, _ length: UInt64
  ) -> ZpciOutcome? {
    if instruction.takesMappedAddress, !hasMIO { return .program(.operation) }
    if let planned = function.plannedOutcome(of: instruction) { return planned }
    let offset = barOffset &+ rest.offset
    let request = ZpciRequest(request | length)
    let broken: ZpciRule?
    switch instruction {
    case .pcilg, .pcistg: broken = function.loadStoreVerdict(request, offset: offset, rules)
    case .pcistb: broken = function.blockStoreVerdict(request, offset: offset, source: rest.address, rules)
    case .pcilgi, .pcistgi:
      broken = function.mappedLoadStoreVerdict(request.space, length, offset: offset, rules)
    case .pcistbi:
      broken = function.mappedBlockStoreVerdict(
        request.space, length, offset: offset, source: rest.address, rules)
    default: return .program(.operation)
    }
    return broken?.outcome
  }

  /// How many bytes of a run can be judged by its first instruction.
  ///
  /// Instructions that are aligned to their length, a power of two, cross no line that another does not cross:
  /// no rule can tell them apart. What was planned for the nth of them, or a page that is not there, can.
  @inline(__always)
  private func alike(_ rest: CopyPiece, _ length: UInt64) -> UInt64 {
    let isAligned = (length | (barOffset &+ rest.offset)) & (length &- 1) == 0
    return isAligned && function.planned.isEmpty && absentPage == nil ? rest.length : length
  }

  /// Moves bytes of the window into memory, or of memory into the window.
  @inline(__always)
  private mutating func move(_ isLoad: Bool, _ rest: CopyPiece, _ bytes: UInt64) {
    let start = backing &+ rest.offset
    switch (isLoad, bytes <= 8) {
    case (true, true): memory.store(window.load(start, bytes), rest.address, bytes)
    case (false, true): window.store(memory.load(rest.address, bytes), start, bytes)
    case (true, false): OpenMemory.copy(bytes, from: &window, start, to: &memory, rest.address)
    case (false, false): OpenMemory.copy(bytes, from: &memory, rest.address, to: &window, start)
    }
  }

  /// Whether the caller's memory is there.
  @inline(__always)
  private func checkMemory(_ address: UInt64, _ length: UInt64) throws(CopyStop) {
    guard absentPage != nil else { return }
    let reach = reachable(from: address, length)
    if reach < length { throw .memoryFault(address &+ reach) }
  }

  /// Notes accesses that have succeeded.
  ///
  /// - Returns: How many.
  @inline(__always)
  private mutating func finish(
    _ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64, _ bytes: UInt64
  ) -> UInt64 {
    let count = bytes == length ? 1 : bytes / length
    log.note(instruction, at: offset, length, count: count)
    moved &+= bytes
    return count
  }
}

// MARK: A bus of one's own

extension AccessPort {
  /// One cycle of an invented bus, from the window into memory; `reversed` turns its bytes around.
  public mutating func busRead(
    _ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64, to address: UInt64,
    reversed: Bool = false
  ) throws(CopyStop) {
    try checkMemory(address, length)
    for index in 0..<length {
      let byte = window.load(backing &+ offset &+ (reversed ? length - 1 - index : index), 1)
      memory.store(byte, address &+ index, 1)
    }
    _ = finish(instruction, at: offset, length, length)
  }

  /// One cycle of an invented bus, from memory into the window; `reversed` turns its bytes around.
  public mutating func busWrite(
    _ instruction: AccessInstruction, at offset: UInt64, _ length: UInt64, from address: UInt64,
    reversed: Bool = false
  ) throws(CopyStop) {
    try checkMemory(address, length)
    for index in 0..<length {
      let byte = memory.load(address &+ index, 1)
      window.store(byte, backing &+ offset &+ (reversed ? length - 1 - index : index), 1)
    }
    _ = finish(instruction, at: offset, length, length)
  }
}
