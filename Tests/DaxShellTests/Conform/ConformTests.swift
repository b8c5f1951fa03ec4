import DaxModel
import Testing

@testable import DaxShell

/// The model does what real kernels did: each recording on each release that was recorded.
@Suite struct ConformTests {
  struct Case: CustomTestStringConvertible {
    var path: String
    var release: KernelRelease
    var testDescription: String { path.split(separator: "/").last.map { "\($0) on \(release.name)" } ?? path }
  }

  static let cases = WorkloadTests.paths.flatMap { path in
    ["6.1", "6.12", "7.3"].compactMap { name in
      KernelRelease.named(name).map { Case(path: path, release: $0) }
    }
  }

  /// What does not pass yet, as `workload on release`, and why.
  static let open: [String: String] = [:]

  @Test(arguments: cases) func conforms(_ one: Case) throws {
    let workload = try WorkloadTests.workload(one.path)
    let report = Conformance.check(workload, on: one.release)
    let place = "\(workload.name) on \(one.release.name)"
    if let reason = Self.open[place] {
      #expect(!report.hasPassed, "\(place) passes now, which it did not: \(reason)")
    } else {
      #expect(report.divergence == nil, "\(place)")
    }
  }

  @Test func exactWhereTheRecordingSaysSo() throws {
    let reports = try Self.cases.map { one in
      (try WorkloadTests.workload(one.path).exactOn.contains(one.release.name), one)
    }
    #expect(reports.filter { $0.0 }.count >= 3 * 51 + 22)
  }

  /// A recording that is changed in one place differs from the model in just that place.
  @Test(arguments: [
    ("\"crc32\": \"da6fd2a0\"", "\"crc32\": \"00000000\"", 3, "crc32"),
    ("\"flags\": 2,\n     \"moffset\": 2097152", "\"flags\": 3,\n     \"moffset\": 2097152", 5, "requests.0"),
    ("\"si_off\": 1056768", "\"si_off\": 1056769", 8, "si_off"),
    ("\"ret\": 3,", "\"ret\": 4,", 1, "ret"), ("\"hangs\": false", "\"hangs\": true", 14, "end"),
  ])
  func aChangeIsFound(_ old: String, _ new: String, _ step: Int, _ field: String) throws {
    let text = try Repository.text("Tests/DaxModelTests/Fixtures/workloads/trunc_down_mapped.json")
    let range = try #require(text.firstRange(of: old))
    let changed = text.replacingCharacters(in: range, with: new)
    let workload = try Workload(Array(changed.utf8))
    let divergence = try #require(Conformance.check(workload, on: .v6_12).divergence)
    #expect(divergence.field == field)
    #expect(divergence.step == (field == "end" ? workload.steps.count - 1 : step))
  }

  @Test func whatIsNotModelledIsADifference() throws {
    let text = """
      {"name":"n","device":{"window":8388608,"map_alignment":12},"files":{"a":{"size":4096,"seed":"a"}},"exact_on":[],
      "steps":[{"op":"mount","tag":"t","opts":"dax","ret":0},{"op":"munmap","len":4096,"ret":0}]}
      """
    let report = Conformance.check(try Workload(Array(text.utf8)), on: .v6_12)
    #expect(report.divergence?.step == 1)
    #expect(report.divergence?.actual == "nothing is mapped")
  }

  @Test func itCanBeStopped() throws {
    let workload = try WorkloadTests.workload("Tests/DaxModelTests/Fixtures/workloads/w8m_seq16m.json")
    #expect(Conformance.check(workload, on: .v6_12) { true }.wasInterrupted)
  }
}
