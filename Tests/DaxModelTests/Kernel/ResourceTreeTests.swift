import Testing

@testable import DaxModel

/// `iomem_resource`: who may claim what.
@Suite struct ResourceTreeTests {
  private func range(_ start: UInt64, _ length: UInt64) -> PhysicalRange {
    PhysicalRange(PhysicalAddress(start), length: ByteCount(length))
  }

  /// RAM at 0x1000, a BAR at 0x10000 of 64 KiB.
  private func tree() -> ResourceTree {
    var tree = ResourceTree()
    _ = tree.insert(Resource(range(0x1000, 0x1000), "System RAM", isBusy: true))
    _ = tree.insert(Resource(range(0x1_0000, 0x1_0000), "BAR", isBusy: false))
    return tree
  }

  @Test(
    "A claim is refused by what is busy, by what it only partly covers, and by a length of zero",
    arguments: [
      (UInt64(0x1_0000), UInt64(0x1_0000), nil), (0x1_2000, 0x1000, nil), (0x1_f000, 0x1000, nil),
      (0x4_0000, 0x1000, nil), (0x1_f000, 0x2000, "BAR"), (0xf000, 0x2000, "BAR"), (0xf000, 0x4_0000, "BAR"),
      (0x1000, 0x1000, "System RAM"), (0x1800, 0x10, "System RAM"), (0, 0x1001, "System RAM"),
      (0x1_2000, 0, "a range of length zero"),
    ] as [(UInt64, UInt64, String?)])
  func request(_ start: UInt64, _ length: UInt64, _ conflict: String?) {
    var tree = tree()
    let before = tree
    #expect(tree.request(range(start, length), for: "me") == conflict)
    #expect((tree == before) == (conflict != nil))
    if conflict == nil {
      #expect(tree.request(range(start, length), for: "you") == "me")
      #expect(tree.release(range(start, length + 1)) == false)
      #expect(tree.release(range(start, length)) == true)
      #expect(tree == before)
      #expect(tree.release(range(start, length)) == false)
    }
  }

  @Test("Two claims share a BAR if they do not overlap, and stand in ascending order")
  func siblings() {
    var tree = tree()
    #expect(tree.request(range(0x1_8000, 0x1000), for: "b") == nil)
    #expect(tree.request(range(0x1_0000, 0x8000), for: "a") == nil)
    #expect(tree.request(range(0x1_7000, 0x2000), for: "c") == "a")
    #expect(
      tree.flattened.map { "\($0.depth) \($0.resource.name)" } == ["0 System RAM", "0 BAR", "1 a", "1 b"])
  }

  @Test("A BAR is never released by a claim's release, and does not overlap another")
  func bars() {
    var tree = tree()
    #expect(tree.release(range(0x1_0000, 0x1_0000)) == false)
    #expect(tree.insert(Resource(range(0x1_f000, 0x2000), "other", isBusy: false))?.name == "BAR")
    #expect(tree.insert(Resource(range(0x2_0000, 0x2000), "other", isBusy: false)) == nil)
  }
}
