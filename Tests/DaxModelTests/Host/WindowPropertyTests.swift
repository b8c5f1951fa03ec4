import Testing

@testable import DaxModel

/// Loads and stores through a window that changes, of files that change, against flat arrays of bytes.
@Suite struct WindowPropertyTests {
  /// A file as it should be: whole pages, of which some bytes at the end are beyond its size.
  private struct File {
    var inode: InodeNumber
    var pages: [UInt8]
    var size: Int

    mutating func resize(_ newSize: Int) {
      let whole = (newSize + 4095) / 4096 * 4096
      for index in min(size, newSize)..<pages.count { pages[index] = 0 }
      if whole < pages.count {
        pages.removeLast(pages.count - whole)
      } else {
        pages.append(contentsOf: [UInt8](repeating: 0, count: whole - pages.count))
      }
      size = newSize
    }

    mutating func write(_ data: [UInt8], at offset: Int) {
      if data.isEmpty { return }
      if offset + data.count > size { resize(offset + data.count) }
      pages.replaceSubrange(offset..<offset + data.count, with: data)
    }
  }

  /// A page of the window.
  private struct Page {
    var file: Int
    var offset: Int
    var isWritable: Bool
  }

  private struct Oracle {
    var files: [File] = []
    var window = [Page?](repeating: nil, count: 32)

    /// What the access to a byte meets: where it is in a file, or why there is nothing.
    func byte(_ offset: Int, isStore: Bool) -> Result<(file: Int, offset: Int), Stop> {
      if offset >= window.count * 4096 { return .failure(Stop(kind: .beyondWindow)) }
      guard let page = window[offset / 4096] else { return .failure(Stop(kind: .unmapped)) }
      if isStore, !page.isWritable { return .failure(Stop(kind: .readOnly)) }
      let place = page.offset + offset % 4096
      if place >= files[page.file].pages.count { return .failure(Stop(kind: .beyondFile)) }
      return .success((page.file, place))
    }
  }

  private struct Stop: Error { var kind: WindowFault.Kind }

  @Test(arguments: 0..<16 as Range<UInt64>)
  func randomAccess(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var driver = try TestServer(FuseServerConfiguration(window: ByteCount(32 * 4096)), files: [])
    var oracle = Oracle()
    var nodes: [NodeID] = []
    var handles: [FileHandle] = []
    for name in ["a", "b"] {
      let size = random.below(60_000)
      let inode = try driver.server.files.hostCreate(
        name, .pattern(size: ByteCount(UInt64(size)), seed: name))
      nodes.append(try driver.node(name))
      handles.append(try driver.open(try driver.node(name)))
      var file = File(inode: inode, pages: [], size: 0)
      file.resize(size)
      file.write(FilePattern(seed: name).bytes(at: 0, count: size), at: 0)
      oracle.files.append(file)
    }
    for step in 0..<400 {
      let place: Comment = "seed \(seed) step \(step)"
      let which = random.below(2)
      let offset = random.below(70_000)
      let data = FilePattern(seed: "\(seed) \(step)").bytes(at: 0, count: random.below(9_000))
      switch random.below(10) {
      case 0, 1:
        let first = random.below(32)
        let count = 1 + random.below(min(8, 32 - first))
        let filePage = random.below(16)
        let isWritable = random.below(3) > 0
        let body = driver.map(
          nodes[which], UInt64(filePage * 4096), UInt64(count * 4096), at: UInt64(first * 4096),
          writable: isWritable)
        #expect(body == .empty, place)
        for page in 0..<count {
          oracle.window[first + page] = Page(
            file: which, offset: (filePage + page) * 4096, isWritable: isWritable)
        }
      case 2:
        let first = random.below(32)
        let count = 1 + random.below(min(3, 32 - first))
        #expect(driver.unmap((UInt64(first * 4096), UInt64(count * 4096))) == .empty, place)
        for page in first..<first + count { oracle.window[page] = nil }
      case 3:
        let fields = FuseWrite(handle: handles[which], offset: FileOffset(UInt64(offset)), data: data)
        #expect(driver.ask(.write(fields), about: nodes[which]) == .written(UInt32(data.count)), place)
        oracle.files[which].write(data, at: offset)
      case 4:
        try driver.server.files.hostWrite(which == 0 ? "a" : "b", data, at: FileOffset(UInt64(offset)))
        oracle.files[which].write(data, at: offset)
      case 5:
        let fields = FuseSetattr(size: ByteCount(UInt64(offset)))
        #expect(driver.ask(.setattr(fields), about: nodes[which]).error == nil, place)
        if offset != oracle.files[which].size { oracle.files[which].resize(offset) }
      case 6, 7: store(data, random.below(33 * 4096), &driver, &oracle, place)
      default: load(random.below(33 * 4096), random.below(20_000), &driver, oracle, place)
      }
    }
    load(0, 33 * 4096, &driver, oracle, "seed \(seed)")
    for (index, file) in oracle.files.enumerated() {
      let seen = try driver.server.files.hostRead(index == 0 ? "a" : "b", at: FileOffset(0), count: 200_000)
      #expect(seen == Array(file.pages[..<file.size]), "seed \(seed)")
    }
  }

  private func load(
    _ start: Int, _ count: Int, _ driver: inout TestServer, _ oracle: Oracle, _ place: Comment
  ) {
    var expected: [UInt8] = []
    var stop: Stop?
    while expected.count < count, stop == nil {
      switch oracle.byte(start + expected.count, isStore: false) {
      case .success(let at): expected.append(oracle.files[at.file].pages[at.offset])
      case .failure(let reason): stop = reason
      }
    }
    let (bytes, transfer) = driver.server.readWindow(WindowOffset(UInt64(start)), count: count)
    #expect(bytes == expected, place)
    check(transfer, start, expected.count, stop, driver, isStore: false, place)
  }

  private func store(
    _ data: [UInt8], _ start: Int, _ driver: inout TestServer, _ oracle: inout Oracle, _ place: Comment
  ) {
    var done = 0
    var stop: Stop?
    while done < data.count, stop == nil {
      switch oracle.byte(start + done, isStore: true) {
      case .success(let at):
        oracle.files[at.file].pages[at.offset] = data[done]
        done += 1
      case .failure(let reason): stop = reason
      }
    }
    let transfer = driver.server.writeWindow(data, at: WindowOffset(UInt64(start)))
    check(transfer, start, done, stop, driver, isStore: true, place)
  }

  private func check(
    _ transfer: WindowTransfer, _ start: Int, _ done: Int, _ stop: Stop?, _ driver: TestServer, isStore: Bool,
    _ place: Comment
  ) {
    #expect(transfer.moved.rawValue == UInt64(done), place)
    #expect(transfer.fault?.kind == stop?.kind, place)
    if let fault = transfer.fault {
      #expect(fault.offset.rawValue == UInt64(start + done), place)
      #expect(driver.server.windowFault(at: fault.offset, forWriting: isStore) == fault, place)
    }
    if done > 0 {
      let last = WindowOffset(UInt64(start + done - 1))
      #expect(driver.server.windowFault(at: last, forWriting: isStore) == nil, place)
    }
  }
}
