import DaxModel
import Testing

@testable import DaxShell

/// What Linux's path without DAX does where nobody has recorded it: workloads whose requests were worked out from the
/// source. Each says from which function, in `exact_because`.
@Suite struct DerivedWorkloadTests {
  static let paths = Repository.files(in: "Tests/DaxModelTests/Fixtures/derived-workloads", suffix: ".json")

  static let cases: [ConformTests.Case] = paths.flatMap { path in
    ["6.1", "6.12", "7.3"].compactMap { name in
      KernelRelease.named(name).map { ConformTests.Case(path: path, release: $0) }
    }
  }

  @Test func thereAreSome() { #expect(Self.paths.count >= 90) }

  @Test(arguments: cases) func conforms(_ one: ConformTests.Case) throws {
    let workload = try WorkloadTests.workload(one.path)
    guard workload.exactOn.contains(one.release.name) else { return }
    #expect(Conformance.check(workload, on: one.release).divergence == nil)
  }

  /// A name for each, and a word about what it is derived from.
  @Test(arguments: paths) func saysWhereItIsFrom(_ path: String) throws {
    #expect(try Repository.text(path).contains("\"exact_because\": \"derived, not recorded: "))
    #expect(path.hasSuffix("/\(try WorkloadTests.workload(path).name).json"))
  }
}
