import Testing

@testable import DaxModel

/// Memory that knows what was freed.
@Suite struct SlabTests {
  private let here = Site(.reallyProbe, 0)
  private let there = Site(.putDax, 0)

  @Test("What was freed is known with the line that freed it, though its slot is used again")
  func useAfterFree() throws {
    var slab = Slab<DaxModel.Tag>("tag", .v6_12)
    let first = slab.allocate(DaxModel.Tag(text: "first"))
    let second = slab.allocate(DaxModel.Tag(text: "second"))
    #expect(try slab.read(first, at: here).text == "first")
    try slab.free(first, at: there)
    #expect(slab.count == 1 && !slab.isLive(first) && slab.peek(first) == nil)
    #expect(slab.freedAt(first) == there)

    let third = slab.allocate(DaxModel.Tag(text: "third"))
    #expect(third.slot == first.slot && third != first)
    #expect(!slab.isLive(first) && slab.isLive(third) && slab.isLive(second))
    #expect(slab.live.map(\.object.text) == ["third", "second"])

    let read = #expect(throws: Oops.self) { try slab.read(first, at: here) }
    #expect(read?.kind == .useAfterFree && read?.site == here)
    #expect(read?.message.contains("put_dax.dropInode") == true)
    #expect(throws: Oops.self) { try slab.write(first, DaxModel.Tag(text: ""), at: here) }
    #expect(throws: Oops.self) { try slab.free(first, at: here) }
    #expect(try slab.read(third, at: here).text == "third")
  }

  @Test("The slot that was freed last is used first")
  func reuse() throws {
    var slab = Slab<DaxModel.Tag>("tag", .v6_12)
    let handles = (0..<4).map { slab.allocate(DaxModel.Tag(text: "\($0)")) }
    try slab.free(handles[1], at: here)
    try slab.free(handles[3], at: here)
    #expect(slab.allocate(DaxModel.Tag(text: "a")).slot == 3)
    #expect(slab.allocate(DaxModel.Tag(text: "b")).slot == 1)
    #expect(slab.allocate(DaxModel.Tag(text: "c")).slot == 4)
    #expect(slab.count == 5)
  }

  @Test("Writing changes the object for everybody")
  func write() throws {
    var slab = Slab<DaxModel.Tag>("tag", .v6_12)
    let handle = slab.allocate(DaxModel.Tag(text: "a"))
    try slab.write(handle, DaxModel.Tag(text: "b"), at: here)
    #expect(slab.peek(handle)?.text == "b")
  }
}
