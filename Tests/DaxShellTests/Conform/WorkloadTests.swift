import DaxModel
import Foundation
import Testing

@testable import DaxShell

/// Recordings as typed steps.
@Suite struct WorkloadTests {
  static let paths = Repository.files(in: "Tests/DaxModelTests/Fixtures/workloads", suffix: ".json")

  static func workload(_ path: String) throws -> Workload {
    try Workload(Array(try Data(contentsOf: Repository.root.appending(path: path))))
  }

  @Test func thereAreSome() { #expect(Self.paths.count >= 74) }

  @Test(arguments: paths) func recording(_ path: String) throws {
    let workload = try Self.workload(path)
    #expect(path.hasSuffix("/\(workload.name).json"))
    #expect(!workload.steps.isEmpty)
    #expect(workload.exactOn.allSatisfy { KernelRelease.named($0) != nil })
  }

  @Test func steps() throws {
    let workload = try Self.workload("Tests/DaxModelTests/Fixtures/workloads/trunc_down_mapped.json")
    #expect(workload.device.window == 64 << 20)
    #expect(workload.device.mapAlignment == 12)
    #expect(workload.files == [.init(name: "tdm", size: 4 << 20, seed: "tdm")])
    #expect(workload.tag == "w64m")
    #expect(workload.steps[0].action == .mount("w64m", MountOptions("dax")))
    #expect(workload.steps[0].requests.map { $0.description } == ["INIT map_alignment=12"])
    #expect(workload.steps[1].action == .open("tdm", OpenFlags(rawValue: 0o2)))
    #expect(workload.steps[2].action == .mmap("tdm", MapRequest(length: 4 << 20, protection: 3, flags: 1)))
    #expect(workload.steps[3].action == .mread(offset: 0, length: 1))
    #expect(workload.steps[3]["crc32"] == "da6fd2a0")
    #expect(
      workload.steps[6].requests.map { $0.description } == ["SETATTR tdm size=1048676 valid=0x248"])
  }

  static let slips: [(String, String)] = [
    ("[]", "the workload is not a record"), ("{}", "the workload has no `steps`"),
    ("{\"steps\":1}", "`steps` of the workload is not a list"),
    ("{", "line 1, column 2: the name of a field should stand here"),
  ]

  @Test("What has no steps is no workload", arguments: slips) func slip(_ text: String, _ message: String) {
    #expect(throws: WorkloadFailure(message)) { try Workload(Array(text.utf8)) }
  }

  /// The rules that hold in every run hold in the recordings.
  @Test(arguments: paths) func rulesOfReclaim(_ path: String) throws {
    let workload = try Self.workload(path)
    var rules = ReclaimRules(window: workload.device.window)
    for (index, step) in workload.steps.enumerated() {
      for request in step.requests { #expect(rules.broken(by: request) == nil, "step \(index): \(request)") }
    }
  }

  @Test func brokenRules() throws {
    func request(_ text: String) throws -> WorkloadRequest {
      try #require(
        try WorkloadRequest(WorkloadRecord(try JSONReader.read(Array(text.utf8)), of: "it")))
    }
    func setup(_ slot: Int, _ piece: Int) throws -> WorkloadRequest {
      try request(
        "{\"op\":\"SETUPMAPPING\",\"file\":\"a\",\"foffset\":\(piece << 21),\"moffset\":\(slot << 21)}")
    }
    func remove(_ slot: Int) throws -> WorkloadRequest {
      try request(
        "{\"op\":\"REMOVEMAPPING\",\"file\":\"a\",\"entries\":[{\"moffset\":\(slot << 21),\"len\":2097152}]}")
    }
    var rules = ReclaimRules(window: 8 << 20)
    #expect(rules.broken(by: try setup(1, 0)) == "range 1 is set up, but range 0 is the first that is free")
    rules = ReclaimRules(window: 8 << 20)
    #expect(rules.broken(by: try setup(0, 0)) == nil)
    #expect(rules.broken(by: try setup(0, 0)) == nil, "to be written to")
    #expect(rules.broken(by: try setup(0, 1)) == "range 0 is set up while it holds another piece")
    #expect(rules.broken(by: try setup(1, 1)) == nil)
    #expect(rules.broken(by: try remove(0)) == "2 ranges are free, so none need be reclaimed")
    #expect(rules.broken(by: try remove(3)) == "range 3 is removed, but is not in use")
  }

  @Test("A window as large as can be written costs nothing, and its ranges come in order")
  func largeWindow() throws {
    var rules = ReclaimRules(window: 1 << 62)
    for slot in 0..<3 as Range<UInt64> {
      var request = try #require(
        try WorkloadRequest(WorkloadRecord(["op": "SETUPMAPPING", "file": "a"], of: "it")))
      request.numbers = [Field("foffset", 0), Field("moffset", .count(slot << 21))]
      #expect(rules.broken(by: request, about: InodeNumber(slot)) == nil)
    }
  }

  @Test func checksumIsThatOfZlib() {
    #expect(Crc32(Array("123456789".utf8)).text == "cbf43926")
    #expect(Crc32([]).text == "00000000")
    let bytes = FilePattern(seed: "a4m").bytes(at: 0, count: 8192)
    #expect(Crc32(bytes).text == "a9b27c68")
    var sum = Crc32()
    for piece in [0..<1, 1..<13, 13..<4099, 4099..<8192] { sum.update(Array(bytes[piece])) }
    #expect(sum == Crc32(bytes))
  }
}
