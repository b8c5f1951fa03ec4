import DaxModel
import Testing

@testable import FileTraffic

/// Random system calls on files, against flat arrays of bytes: fsx for the model. `./dax soak` does the same by the
/// million.
@Suite struct RandomFileTests {
  @Test(
    "What is read is what was written, whatever happened between", arguments: 1...24 as ClosedRange<UInt64>)
  func agreement(_ seed: UInt64) {
    let plan = TrafficPlan(seed: seed, operations: 100)
    let report = plan.run()
    guard let failure = report.failure else { return }
    let script = plan.shrunk(trying: 400).script(because: failure.what.message)
    Issue.record("seed \(seed), operation \(failure.at): \(failure.what.message)\n\(script)")
  }

  @Test("The same seed is the same plan and the same run")
  func determinism() {
    let plans = (0..<2).map { _ in TrafficPlan(seed: 7, operations: 60) }
    #expect(plans[0] == plans[1])
    #expect(plans[0] != TrafficPlan(seed: 8, operations: 60))
    #expect(plans[0].run().tally == plans[1].run().tally)
  }

  @Test("One operation in eight is also run without events, and where two machines differ is told")
  func unwatched() throws {
    let tally = TrafficPlan(seed: 7, operations: 80).run().tally
    #expect(tally.unwatched >= tally.total / 8)
    let machine = try World(TrafficPlan(seed: 7)).machine
    var other = machine
    #expect(difference(machine, other) == nil)
    other.start(.dropCaches(1))
    #expect(difference(machine, other)?.hasPrefix("task") == true)
  }

  @Test("Every kind of operation comes up, on every release")
  func variety() {
    let plans = (1...200).map { TrafficPlan(seed: $0, operations: 100) }
    #expect(Set(plans.map { $0.release }) == Set(KernelRelease.all))
    #expect(Set(plans.map { $0.ranges }) == [1, 2, 3, 4, 5, 8, 16, 32])
    #expect(Set(plans.map { $0.option }) == Set(DaxOption.allCases))
    #expect(Set(plans.flatMap { $0.operations.map { $0.name } }).count == 28)
  }

  @Test(
    "An oracle that lies about holes is found out, and what is left is just what shows it",
    arguments: 1...3 as ClosedRange<UInt64>)
  func shrinking(_ seed: UInt64) throws {
    var plan = TrafficPlan(seed: seed, operations: 60)
    plan.operations.insert(.allocate(slot: 0, .punch, offset: 100, length: 300), at: 20)
    plan.operations.insert(.read(slot: 0, offset: 200, length: 5000), at: 21)
    let failure = try #require(plan.run(mistake: .punchIsForgotten, writesScript: false).failure)
    let small = plan.shrunk(mistake: .punchIsForgotten)
    #expect(
      small.run(mistake: .punchIsForgotten, writesScript: false).failure?.what.kind == failure.what.kind)
    #expect(small.run().failure == nil)
    #expect(small.operations.count <= 4)
    let punches = small.operations.filter { if case .allocate(_, .punch, _, _) = $0 { true } else { false } }
    #expect(punches.count == 1)
    // Without any one of them nothing is wrong.
    for index in small.operations.indices {
      var smaller = small
      smaller.operations.remove(at: index)
      #expect(
        smaller.run(mistake: .punchIsForgotten, writesScript: false).failure?.what.kind != failure.what.kind)
    }
  }
}
