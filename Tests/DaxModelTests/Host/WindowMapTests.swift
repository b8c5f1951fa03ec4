import Testing

@testable import DaxModel

/// Mappings of the window, against an array that knows every page.
@Suite struct WindowMapTests {
  /// What is to be seen in a page: which file, which page of it, and whether stores are allowed.
  private struct Page: Hashable {
    var inode: InodeNumber
    var page: UInt64
    var isWritable: Bool
  }

  private static let pages = 64

  private static func mapping(
    _ page: Int, _ bytes: UInt64, inode: UInt64 = 2, filePage: UInt64 = 0, isWritable: Bool = false
  ) -> WindowMapping {
    WindowMapping(
      windowOffset: WindowOffset(UInt64(page) * pageSize), length: ByteCount(bytes),
      inode: InodeNumber(inode),
      fileOffset: FileOffset(filePage * pageSize), isWritable: isWritable)
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func randomOperations(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let limit = seed % 3 == 0 ? 8 : nil
    var map = WindowMap(length: ByteCount(UInt64(Self.pages) * pageSize), limit: limit)
    var oracle = [Page?](repeating: nil, count: Self.pages)
    var exhausted = 0
    for step in 0..<300 {
      let first = random.below(Self.pages)
      let most = random.below(8) == 0 ? Self.pages : 6
      let count = 1 + random.below(min(most, Self.pages - first))
      // Half of the lengths end within a page, which counts as a whole one.
      let bytes = UInt64(count) * pageSize - UInt64(random.below(2) == 0 ? 0 : random.below(4095))
      if random.below(3) == 0 {
        try map.unmap(WindowOffset(UInt64(first) * pageSize), ByteCount(bytes))
        for page in first..<first + count { oracle[page] = nil }
      } else {
        let filePage = UInt64(random.below(100))
        let wanted = Self.mapping(
          first, bytes, inode: UInt64(2 + random.below(3)), filePage: filePage,
          isWritable: random.below(2) == 0)
        let before = map
        do throws(WindowRefusal) {
          try map.map(wanted)
          for page in 0..<count {
            oracle[first + page] = Page(
              inode: wanted.inode, page: filePage + UInt64(page), isWritable: wanted.isWritable)
          }
        } catch {
          #expect(error == .exhausted && limit != nil)
          #expect(map == before, "a refused mapping changes nothing")
          exhausted += 1
        }
      }
      check(map, oracle, "seed \(seed) step \(step)")
    }
    if limit != nil { #expect(exhausted > 0) }
  }

  private func check(_ map: WindowMap, _ oracle: [Page?], _ place: Comment) {
    for page in 0..<Self.pages {
      let offset = UInt64(page) * pageSize + 123
      let seen = map.lookup(WindowOffset(offset)).map {
        Page(inode: $0.inode, page: $0.fileOffset.rawValue / pageSize, isWritable: $0.isWritable)
      }
      #expect(seen == oracle[page], place)
    }
    for (left, right) in zip(map.mappings, map.mappings.dropFirst()) {
      #expect(left.range.upperBound <= right.range.lowerBound, place)
    }
    #expect(map.mappings.allSatisfy { $0.length.rawValue > 0 && $0.length.rawValue % pageSize == 0 }, place)
  }

  @Test("A mapping within another splits it in two; the pieces go on in the file")
  func split() throws {
    var map = WindowMap(length: ByteCount(1 << 20))
    try map.map(Self.mapping(0, 16 * pageSize, isWritable: true))
    try map.map(Self.mapping(4, 2 * pageSize, inode: 3, filePage: 50))
    #expect(
      map.mappings == [
        Self.mapping(0, 4 * pageSize, isWritable: true),
        Self.mapping(4, 2 * pageSize, inode: 3, filePage: 50),
        Self.mapping(6, 10 * pageSize, filePage: 6, isWritable: true),
      ])
    try map.unmap(WindowOffset(10 * pageSize), ByteCount(pageSize))
    #expect(map.mappings.count == 4 && map.mappings[3].fileOffset.rawValue == 11 * pageSize)
    let rest = try #require(map.lookup(WindowOffset(2 * pageSize + 5)))
    #expect(rest.fileOffset.rawValue == 2 * pageSize + 5 && rest.length.rawValue == 2 * pageSize - 5)
    #expect(map.holds(InodeNumber(3)) && !map.holds(InodeNumber(4)))
    try map.map(Self.mapping(0, 1 << 20, inode: 9))
    #expect(map.mappings == [Self.mapping(0, 1 << 20, inode: 9)])
  }

  @Test("Each refusal has its condition")
  func refusals() {
    let window: UInt64 = 4 << 20
    func refusal(
      _ offset: UInt64, _ length: UInt64, file: UInt64 = 0, alignment: UInt64 = pageSize,
      window: UInt64 = 4 << 20
    ) -> WindowRefusal? {
      var map = WindowMap(length: ByteCount(window))
      do throws(WindowRefusal) {
        try map.map(
          WindowMapping(
            windowOffset: WindowOffset(offset), length: ByteCount(length), inode: InodeNumber(2),
            fileOffset: FileOffset(file), isWritable: false), alignment: alignment)
        return nil
      } catch {
        #expect(map.mappings.isEmpty && !error.message.isEmpty)
        return error
      }
    }
    #expect(refusal(0, window) == nil)
    #expect(refusal(0, 4096, window: 0) == .noWindow)
    #expect(refusal(0, window + 1) == .beyondWindow)
    #expect(refusal(window, 4096) == .beyondWindow)
    #expect(refusal(window - 4096, 4097) == .beyondWindow)
    #expect(refusal(0xffff_ffff_fff0_0000, 2 << 20) == .wraps)
    #expect(refusal(.max, .max) == .wraps)
    #expect(refusal(0, 0) == .empty)
    #expect(refusal(4097, 4096) == .unalignedWindowOffset)
    #expect(refusal(4096, 4096, alignment: 2 << 20) == .unalignedWindowOffset)
    #expect(refusal(2 << 20, 4096, alignment: 2 << 20) == nil)
    #expect(refusal(0, 4096, file: 4096, alignment: 2 << 20) == .unalignedFileOffset)
    #expect(refusal(0, 4096, file: 1) == .unalignedFileOffset)
    #expect(refusal(0, 4096, file: 1 << 63) == .beyondFiles)
    #expect(refusal(0, 4096, file: .max - 4095) == .beyondFiles)
    #expect(refusal(0, 8192, file: 1 << 63 - 8192) == nil)
    // The example that ends exactly at 4 MiB: refused in a window of 3 MiB.
    #expect(refusal(2 << 20, 2 << 20) == nil)
    #expect(refusal(2 << 20, 2 << 20, window: 3 << 20) == .beyondWindow)
  }

  @Test("A window that reaches the end of all numbers does not wrap")
  func largestWindow() throws {
    var map = WindowMap(length: ByteCount(.max))
    let last = UInt64.max & ~(pageSize - 1)
    try map.map(
      WindowMapping(
        windowOffset: WindowOffset(last), length: ByteCount(pageSize - 1), inode: InodeNumber(2),
        fileOffset: FileOffset(0), isWritable: true))
    #expect(map.lookup(WindowOffset(.max - 1)) != nil)
    #expect(map.lookup(WindowOffset(.max)) == nil)
    try map.unmap(WindowOffset(0), ByteCount(.max))
    #expect(map.mappings.isEmpty)
  }

  @Test("The messages of vhost-user refuse overlaps, and removals of anything but one whole mapping")
  func vhostUser() {
    var map = WindowMap(length: ByteCount(8 << 20))
    let inode = InodeNumber(2)
    func apply(
      _ request: VhostUserMap.Request, _ offset: UInt64, _ length: UInt64, region: UInt8 = 0
    ) -> Bool {
      let message = VhostUserMap(
        request, region: region, regionOffset: WindowOffset(offset), length: ByteCount(length))
      return map.apply(message, inode: inode)
    }
    #expect(apply(.map, 0, 2 << 20))
    #expect(apply(.map, 4 << 20, 2 << 20))
    #expect(!apply(.map, 0, 2 << 20))
    #expect(!apply(.map, 1 << 20, 2 << 20))
    #expect(!apply(.map, 2 << 20, 0))
    #expect(!apply(.map, 2 << 20, 4096, region: 1))
    #expect(!apply(.map, 7 << 20, 2 << 20))
    #expect(!apply(.map, .max - 4095, 8192))
    #expect(!apply(.unmap, 0, 1 << 20))
    #expect(!apply(.unmap, 4096, 4096))
    #expect(!apply(.unmap, 2 << 20, 2 << 20))
    #expect(map.mappings.count == 2)
    #expect(apply(.unmap, 0, 2 << 20))
    #expect(map.mappings.count == 1)
  }
}
