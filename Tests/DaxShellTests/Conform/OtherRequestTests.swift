import DaxModel
import Foundation
import Testing

@testable import DaxShell

/// Requests that recordings name and do not compare: looking up, opening, asking for attributes.
@Suite struct OtherRequestTests {
  private struct Recording: Decodable {
    struct Step: Decodable {
      var op: String
      var other_requests: [String]?
    }
    var steps: [Step]
  }

  @Test("The model sends them too, in that order", arguments: WorkloadTests.paths)
  func others(_ path: String) throws {
    let data = try Data(contentsOf: Repository.root.appending(path: path))
    let steps = try JSONDecoder().decode(Recording.self, from: data).steps
    let workload = try Workload(Array(data))
    var runner = try WorkloadRunner(workload, on: .v6_1)
    var seen = runner.machine.server(of: 0)?.log.count ?? 0
    for (index, step) in workload.steps.enumerated() {
      _ = runner.run(step.action) { false }
      let exchanges = runner.machine.server(of: 0)?.log.exchanges(since: seen) ?? []
      seen += UInt64(exchanges.count)
      let others = exchanges.filter { WorkloadRequest($0) == nil }.map { exchange in
        exchange.operation.name + (exchange.error.map { "=\($0.returnValue)" } ?? "")
      }
      #expect(others == steps[index].other_requests ?? [], "step \(index), \(steps[index].op)")
    }
  }
}
