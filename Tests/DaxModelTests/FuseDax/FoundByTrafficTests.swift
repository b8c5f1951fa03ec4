import DaxModel
import FileTraffic
import Testing

/// What random traffic has found, each as the smallest plan that showed it.
@Suite struct FoundByTrafficTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var sizes = [8192]
    var ranges = 4
    var operations: [FileOperation]
  }

  static let cases = [
    Case(
      testDescription: "Mappings of other offsets do not lie in each other's way", sizes: [8192, 8192],
      operations: [
        .open(slot: 0, file: 0, .readWrite), .open(slot: 1, file: 1, .readWrite),
        .map(mapping: 0, slot: 0, offset: 4096, length: 1, .shared),
        .map(mapping: 1, slot: 1, offset: 0, length: 8192, .privately),
        .load(mapping: 1, at: 4096, length: 1),
      ]),
    Case(
      testDescription: "A private copy goes when its file is cut before it",
      operations: [
        .open(slot: 0, file: 0, .readWrite), .map(mapping: 0, slot: 0, offset: 0, length: 8192, .privately),
        .store(mapping: 0, at: 4096, length: 9, seed: 1), .truncate(slot: 0, size: 1),
        .load(mapping: 0, at: 4096, length: 1),
      ]),
    Case(
      testDescription: "O_APPEND writes to the end, whatever pwrite() says",
      operations: [
        .open(slot: 0, file: 0, [.readWrite, .append]), .write(slot: 0, offset: 1, length: 1, seed: 0),
        .status(slot: 0),
      ]),
    Case(
      testDescription: "close() returns what FLUSH fails with",
      operations: [.open(slot: 0, file: 0, .readWrite), .fail(.flush, nth: 1, .ENOSPC), .close(slot: 0)]),
    Case(
      testDescription: "An O_SYNC write whose FSYNC fails returns the error, and has written",
      operations: [
        .open(slot: 0, file: 0, [.readWrite, .synchronous]), .fail(.fsync, nth: 1, .EIO),
        .write(slot: 0, offset: 0, length: 9, seed: 0), .read(slot: 0, offset: 0, length: 20),
      ]),
    Case(
      testDescription: "A write that makes a file longer faults in the memory that it comes from",
      sizes: [8192, 8192],
      operations: [
        .open(slot: 0, file: 0, .readWrite), .open(slot: 1, file: 1, .readWrite),
        .map(mapping: 0, slot: 1, offset: 0, length: 8192, .shared),
        .writeFrom(slot: 0, offset: 8192, length: 5000, mapping: 0, at: 100),
        .read(slot: 0, offset: 8000, length: 6000),
      ]),
    Case(
      testDescription: "With one range a read of another file waits for it", sizes: [1, 1], ranges: 1,
      operations: [
        .open(slot: 0, file: 0, .readWrite), .open(slot: 1, file: 1, .readWrite),
        .read(slot: 0, offset: 0, length: 1), .read(slot: 1, offset: 0, length: 1),
      ]),
    Case(
      testDescription: "A write whose second range is refused is short", sizes: [5 << 20],
      operations: [
        .open(slot: 0, file: 0, .readWrite), .fail(.setupMapping, nth: 2, .EACCES),
        .write(slot: 0, offset: (2 << 20) - 4096, length: 4608, seed: 0),
        .read(slot: 0, offset: 0, length: 9),
      ]),
    Case(
      testDescription: "Memory behind the end of its file is EFAULT", sizes: [0, 0],
      operations: [
        .open(slot: 0, file: 0, .readWrite), .open(slot: 1, file: 1, .readWrite),
        .map(mapping: 0, slot: 1, offset: 0, length: 1, .privately),
        .writeFrom(slot: 0, offset: 0, length: 1, mapping: 0, at: 0),
      ]),
  ]

  /// Without DAX: the page cache. The last of the others is left out there: what lies behind the end of a file in the
  /// page cache is nobody's.
  static let pageCacheCases = [
    Case(
      testDescription: "A read into a mapping goes through its page faults", sizes: [8192, 8192],
      operations: [
        .open(slot: 0, file: 0, .readWrite), .open(slot: 1, file: 1, .readWrite),
        .map(mapping: 0, slot: 1, offset: 0, length: 8192, .shared),
        .readInto(slot: 0, offset: 10, length: 6000, mapping: 0, at: 100),
        .read(slot: 1, offset: 0, length: 8192),
      ]),
    Case(
      testDescription: "Pages that are forgotten are not mapped any more",
      operations: [
        .open(slot: 0, file: 0, .readWrite), .map(mapping: 0, slot: 0, offset: 0, length: 8192, .readOnly),
        .load(mapping: 0, at: 0, length: 1), .open(slot: 1, file: 0, .readWrite),
        .load(mapping: 0, at: 0, length: 1),
      ]),
    Case(
      testDescription: "An O_DIRECT read finds what was stored",
      operations: [
        .open(slot: 0, file: 0, [.readWrite, .direct]),
        .map(mapping: 0, slot: 0, offset: 0, length: 1, .shared),
        .store(mapping: 0, at: 0, length: 9, seed: 1), .read(slot: 0, offset: 0, length: 9),
      ]),
    Case(
      testDescription: "An O_DIRECT write loses nothing that was stored beside it",
      operations: [
        .open(slot: 0, file: 0, [.readWrite, .direct]),
        .map(mapping: 0, slot: 0, offset: 0, length: 1, .shared),
        .store(mapping: 0, at: 100, length: 9, seed: 1), .write(slot: 0, offset: 0, length: 9, seed: 2),
        .load(mapping: 0, at: 0, length: 200),
      ]),
    Case(
      testDescription: "A hole loses nothing that was stored beside it",
      operations: [
        .open(slot: 0, file: 0, .readWrite), .map(mapping: 0, slot: 0, offset: 0, length: 1, .shared),
        .store(mapping: 0, at: 100, length: 9, seed: 1), .allocate(slot: 0, .punch, offset: 0, length: 9),
        .load(mapping: 0, at: 0, length: 200),
      ]),
    Case(
      testDescription: "Dirty pages are sent through a descriptor that can write",
      operations: [
        .open(slot: 0, file: 0, .readWrite), .map(mapping: 0, slot: 0, offset: 0, length: 1, .shared),
        .open(slot: 1, file: 0, []), .store(mapping: 0, at: 0, length: 9, seed: 1),
        .sync(slot: 1, isDataOnly: false),
      ]),
  ]

  @Test("With DAX", arguments: cases, [KernelRelease.patchV2, .v6_12, .v7_3])
  func withDax(_ found: Case, _ release: KernelRelease) { check(found, .dax, release) }

  @Test("In the page cache", arguments: cases.dropLast() + pageCacheCases, [KernelRelease.v6_1, .v7_3])
  func inThePageCache(_ found: Case, _ release: KernelRelease) { check(found, .never, release) }

  @Test(
    "A read of 0 bytes hangs where it does on Linux, and is no disagreement", arguments: KernelRelease.all)
  func emptyRead(_ release: KernelRelease) {
    let report = TrafficPlan(
      release: release, ranges: 1, option: .dax, files: [TrafficPlan.File(size: 0, wantsDax: true)],
      operations: [.open(slot: 0, file: 0, .readWrite), .read(slot: 0, offset: 0, length: 0)]
    ).run()
    #expect(report.failure?.what.message == nil)
    #expect((report.hang != nil) == release.has(.zeroLengthReadLoops))
  }

  private func check(_ found: Case, _ option: DaxOption, _ release: KernelRelease) {
    var plan = TrafficPlan(
      release: release, ranges: found.ranges, option: option,
      files: found.sizes.map { TrafficPlan.File(size: $0, wantsDax: false) }, operations: found.operations)
    plan.unwatchedPeriod = 1
    let report = plan.run()
    #expect(report.failure?.what.message == nil)
    #expect(report.tally.skipped == 0 && report.tally.total == found.operations.count)
  }
}
