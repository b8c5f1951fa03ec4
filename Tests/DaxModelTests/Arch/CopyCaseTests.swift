import Testing

@testable import DaxModel

@Suite("Copies over zPCI: the case tables")
struct CopyCaseTests {
  @Test("The tables have been read")
  func tables() {
    #expect(CopyCase.all.count >= 24)
    #expect(RecordedCopy.all.count >= 250)
  }

  @Test(
    "Each rule cuts the copy as the table says, and each instruction is judged as there",
    arguments: CopyCase.all)
  func constructed(_ row: CopyCase) {
    for (chunking, expected) in [(ZpciChunking.ruleA, row.A), (.ruleB, row.B)] {
      let plan = ZpciPlan(
        copyDirection(row.direction), offset: row.io_offset, memory: row.mem_addr_low, length: row.length,
        chunking)
      #expect(plan.accesses == expected.flatMap { $0.accesses }, "rule \(chunking.rawValue)")
    }
  }

  @Test("A real copy stops at the first instruction that the table has refused", arguments: CopyCase.all)
  func constructedAsCopies(_ row: CopyCase) {
    for (chunking, expected) in [(ZpciChunking.ruleA, row.A), (.ruleB, row.B)] {
      let accesses = expected.flatMap { $0.accesses }
      let refused = accesses.firstIndex { $0.verdict.hasPrefix("PGM") }
      let report = report(
        copyDirection(row.direction), row.io_offset, row.mem_addr_low, row.length, .unalignedOK, .strict,
        chunking)
      let moved = accesses.prefix(refused ?? accesses.count).reduce(0) { $0 + $1.length }
      #expect(report.moved == moved, "rule \(chunking.rawValue)")
      #expect(report.errno == (refused == nil ? nil : .ENXIO), "rule \(chunking.rawValue)")
    }
  }

  @Test(
    "A copy is what a real kernel did: each instruction, its end, the return value",
    arguments: RecordedCopy.all)
  func recorded(_ row: RecordedCopy) throws {
    let region = try #require(
      ["registers": ZpciFunction.Region.unalignedOK, "ram": .plainRam][row.bar], "an unknown kind of BAR")
    let report = report(
      copyDirection(row.direction), row.io_offset, row.mem_addr_low, row.length, region, .emulation, .ruleB)
    #expect((report.errno?.returnValue ?? 0) == row.return)
    let runs = report.log.runs.map { run -> String in
      let end =
        switch run.outcome {
        case .completed(let code, _): "cc \(code.rawValue)"
        case .program(let exception): exception.name
        case .accessException: "access"
        }
      return "\(run.count) x \(run.instruction) \(run.length) at \(run.offset): \(end)"
    }
    let expected = row.instructions.map { run in
      let end = run.program.map { "PGM_" + $0 } ?? "cc \(run.cc ?? 0)"
      return "\(run.count) x \(run.insn) \(run.len) at \(run.first_offset): \(end)"
    }
    #expect(runs == expected)
  }

  private func report(
    _ direction: CopyDirection, _ offset: UInt64, _ memory: UInt64, _ length: UInt64,
    _ region: ZpciFunction.Region, _ rules: ZpciRules, _ chunking: ZpciChunking
  ) -> CopyReport {
    var function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
    function.regions = [ZpciFunction.Region](repeating: region, count: 6)
    var port = AccessPort(function, rules: rules)
    let iter = IovIter([IovIter.Segment(address: 0x10_0000 + memory, length: length)])
    return port.copy(direction, at: offset, length, iter, by: ZpciCopy(chunking))
  }
}
