import Testing

@testable import DaxModel

/// Loads and stores of a program.
@Suite struct AccessTests {
  private static func machine() throws -> Machine {
    var machine = try HangTests.mounted(.v6_12, ranges: 4)
    let request = MapRequest(offset: 4096, length: 4096, protection: 3, flags: 1)
    #expect(machine.finish(machine.start(.mmap(3, request))) == .int(1))
    return machine
  }

  private static func signal(_ machine: inout Machine, _ call: SystemCall) -> Signal? {
    guard case .signal(let signal) = machine.finish(machine.start(call)) else { return nil }
    return signal
  }

  @Test(
    "Behind a mapping there is nothing (SEGV_MAPERR), also at offsets that do not fit into an address",
    arguments: [4096, 1 << 40, UInt64.max])
  func behind(_ offset: UInt64) throws {
    var machine = try Self.machine()
    let iter = IovIter(buffers: [8], on: .x86_64)
    let wanted = Signal(number: 11, code: 1, offset: offset)
    #expect(Self.signal(&machine, .load(1, offset: offset, iter)) == wanted)
    #expect(Self.signal(&machine, .store(1, offset: offset, iter)) == wanted)
  }

  @Test("A mapping that may not be stored to is SEGV_ACCERR")
  func protected() throws {
    var machine = try Self.machine()
    machine.finish(machine.start(.mprotect(1, protection: 1)))
    let store = SystemCall.store(1, offset: 0, IovIter(buffers: [8], on: .x86_64))
    #expect(Self.signal(&machine, store) == Signal(number: 11, code: 2, offset: 0))
  }
}
