import Testing

@testable import DaxModel

/// Open files, their content, and the window onto it.
@Suite struct FuseFileTests {
  @Test("READ returns what the file holds, fewer bytes at its end")
  func read() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    let handle = try driver.open(node, [])
    func read(_ offset: UInt64, _ size: UInt32) -> FuseReplyBody {
      driver.ask(.read(FuseRead(handle: handle, offset: FileOffset(offset), size: size)), about: node)
    }
    #expect(read(5, 16) == .data(FilePattern(seed: "a").bytes(at: 5, count: 16)))
    #expect(read(4 << 20 - 4, 16) == .data(FilePattern(seed: "a").bytes(at: 4 << 20 - 4, count: 4)))
    #expect(read(4 << 20, 16) == .data([]))
    #expect(read(.max, 16) == .data([]))
    #expect(read(0, .max).error == .EINVAL)
    #expect(driver.server.statistics.bytesRead.rawValue == 20)
    let writeOnly = try driver.open(node, .writeOnly)
    #expect(
      driver.ask(.read(FuseRead(handle: writeOnly, offset: FileOffset(0), size: 1)), about: node).error
        == .EBADF)
  }

  @Test("WRITE makes the file grow; the time of its content moves on")
  func write() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    let before = try driver.attributes(node)
    let handle = try driver.open(node)
    func write(_ offset: UInt64, _ data: [UInt8]) -> FuseReplyBody {
      driver.ask(.write(FuseWrite(handle: handle, offset: FileOffset(offset), data: data)), about: node)
    }
    #expect(write(4 << 20 + 10, [1, 2, 3]) == .written(3))
    let after = try driver.attributes(node)
    #expect(after.size.rawValue == 4 << 20 + 13 && after.modificationTime > before.modificationTime)
    #expect(after.blocks == before.blocks + 8)
    let end = FileOffset(4 << 20)
    #expect(
      try driver.server.files.hostRead("a", at: end, count: 20) == [UInt8](repeating: 0, count: 10) + [
        1, 2, 3,
      ])
    #expect(write(.max, [1]).error == .EFBIG)
    #expect(write(0, [UInt8](repeating: 0, count: 2 << 20)).error == .EINVAL)
    let reader = try driver.open(node, [])
    let fields = FuseWrite(handle: reader, offset: FileOffset(0), data: [1])
    #expect(driver.ask(.write(fields), about: node).error == .EBADF)
    #expect(driver.server.statistics.bytesWritten.rawValue == 3)
  }

  @Test("A handle is good until RELEASE")
  func handles() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    let handle = try driver.open(node)
    #expect(driver.ask(.flush(FuseFlush(handle: handle)), about: node) == .empty)
    #expect(driver.ask(.fsync(FuseFsync(handle: handle, flags: 1)), about: node) == .empty)
    #expect(driver.ask(.release(FuseRelease(handle: handle)), about: node) == .empty)
    #expect(driver.ask(.release(FuseRelease(handle: handle)), about: node).error == .EBADF)
    #expect(driver.ask(.flush(FuseFlush(handle: handle)), about: node).error == .EBADF)
    try driver.server.files.hostSetWritable("a", false)
    #expect(driver.ask(.open(FuseOpen(flags: .readWrite)), about: node).error == .EACCES)
    #expect(driver.ask(.open(FuseOpen(flags: .truncate)), about: node).error == .EACCES)
    #expect(driver.ask(.open(FuseOpen(flags: .readWrite)), about: .root).error == .EISDIR)
    #expect(try driver.open(node, []) > handle)
    #expect(driver.ask(.open(FuseOpen(flags: [])), about: NodeID(50)).error == .EBADF)
  }

  @Test("O_TRUNC in OPEN empties the file")
  func openTruncates() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    _ = try driver.open(node, [.readWrite, .truncate])
    let attributes = try driver.attributes(node)
    #expect(attributes.size.rawValue == 0 && attributes.blocks == 0)
  }

  @Test("CREATE makes a file, or opens the one that is there")
  func create() throws {
    var driver = try TestServer()
    driver.server.files.newFilesWantDax = true
    let new = FuseCreate(
      name: try #require(FileName("newf")), flags: [.readWrite, .create, .exclusive], mode: 0o100666,
      umask: 0o022)
    guard case .created(let entry, let opened) = driver.ask(.create(new), about: .root) else {
      Issue.record("not created")
      return
    }
    #expect(entry.attributes.mode == 0o100644 && entry.attributes.flags == .dax)
    #expect(driver.server.nodes.lookups(of: entry.node) == 1)
    let data = FuseWrite(handle: opened.handle, offset: FileOffset(0), data: [1, 2])
    #expect(driver.ask(.write(data), about: entry.node) == .written(2))
    #expect(driver.ask(.create(new), about: .root).error == .EEXIST)
    var again = new
    again.flags = [.readWrite, .create]
    guard case .created(let old, _) = driver.ask(.create(again), about: .root) else { return }
    #expect(old.node == entry.node && old.attributes.size.rawValue == 2)
    #expect(driver.server.nodes.lookups(of: entry.node) == 2)
  }

  @Test("SETATTR: the size by handle or by name, and the other attributes")
  func setAttributes() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    let handle = try driver.open(node)
    func set(_ fields: FuseSetattr) -> FuseReplyBody { driver.ask(.setattr(fields), about: node) }
    // As recorded: valid 0x248 from ftruncate, 0x208 from truncate.
    let byHandle = FuseSetattr(
      size: ByteCount(1_048_676), valid: FuseSetattr.Valid(rawValue: 0x248), handle: handle)
    #expect(byHandle.valid == [.size, .handle, .lockOwner])
    guard case .attributes(let reply) = set(byHandle) else {
      Issue.record("no attributes")
      return
    }
    #expect(reply.attributes.size.rawValue == 1_048_676)
    #expect(set(FuseSetattr(size: ByteCount(0), valid: FuseSetattr.Valid(rawValue: 0x208))).error == nil)
    #expect(try driver.attributes(node).size.rawValue == 0)
    let reader = try driver.open(node, [])
    #expect(set(FuseSetattr(size: ByteCount(1), valid: [.size, .handle], handle: reader)).error == .EINVAL)
    #expect(
      set(FuseSetattr(size: ByteCount(1), valid: [.size, .handle], handle: FileHandle(99))).error == .EBADF)
    #expect(set(FuseSetattr(size: ByteCount(.max))).error == .EFBIG)
    var others = FuseSetattr(size: ByteCount(0), valid: [.mode, .uid, .gid, .modificationTime])
    (others.mode, others.uid, others.gid, others.modificationTime) = (0o100600, 7, 8, 1234)
    guard case .attributes(let changed) = set(others) else { return }
    #expect(changed.attributes.mode == 0o100600 && changed.attributes.uid == 7 && changed.attributes.gid == 8)
    #expect(changed.attributes.modificationTime == 1234)
    try driver.server.files.hostSetWritable("a", false)
    #expect(set(FuseSetattr(size: ByteCount(1))).error == .EACCES)
    #expect(driver.ask(.setattr(FuseSetattr(size: ByteCount(1))), about: .root).error == .EISDIR)
  }

  @Test("FALLOCATE as it was recorded: sizes, blocks and checksums")
  func fallocate() throws {
    var driver = try TestServer(files: ["fal"])
    let node = try driver.node("fal")
    let handle = try driver.open(node)
    func allocate(_ mode: UInt32, _ offset: UInt64, _ length: UInt64) -> Errno? {
      let fields = FuseFallocate(
        handle: handle, offset: FileOffset(offset), length: ByteCount(length),
        mode: FuseFallocate.Mode(rawValue: mode))
      return driver.ask(.fallocate(fields), about: node).error
    }
    func checksum(_ offset: UInt64, _ count: Int) throws -> UInt32 {
      crc32(try driver.server.files.hostRead("fal", at: FileOffset(offset), count: count))
    }
    #expect(allocate(0, 4_194_304, 1_048_576) == nil)
    #expect(try driver.attributes(node).size.rawValue == 5_242_880)
    #expect(try driver.attributes(node).blocks == 10_240)
    #expect(try checksum(4_194_304, 4096) == 0xc71c_0011)
    #expect(allocate(1, 6_291_456, 1_048_576) == nil)
    #expect(try driver.attributes(node).size.rawValue == 5_242_880)
    #expect(try driver.attributes(node).blocks == 12_288)
    #expect(allocate(3, 1_048_576, 8192) == nil)
    #expect(try checksum(1_044_480, 16_384) == 0x75df_9c6a)
    #expect(allocate(16, 2_097_152, 4096) == nil)
    #expect(try checksum(2_097_152, 8192) == 0x4712_d729)
    #expect(allocate(8, 0, 4096) == .EOPNOTSUPP)
    #expect(allocate(2, 0, 4096) == .EOPNOTSUPP, "a hole keeps the size")
    #expect(allocate(0, 0, 0) == .EINVAL)
    #expect(allocate(0, .max, 2) == .EFBIG)
  }

  @Test("COPY_FILE_RANGE copies up to the end of the source")
  func copyFileRange() throws {
    var driver = try TestServer()
    let (a, b) = (try driver.node("a"), try driver.node("b"))
    let (from, to) = (try driver.open(a), try driver.open(b))
    func copy(_ start: UInt64, _ target: FileHandle, _ end: UInt64, _ length: UInt64) -> FuseReplyBody {
      driver.ask(
        .copyFileRange(
          FuseCopyFileRange(
            from: from, FileOffset(start), to: b, target, FileOffset(end), length: ByteCount(length))),
        about: a)
    }
    #expect(copy(1000, to, 7, 3 << 20) == .written(3 << 20))
    #expect(
      try driver.server.files.hostRead("b", at: FileOffset(7), count: 3 << 20)
        == FilePattern(seed: "a").bytes(at: 1000, count: 3 << 20))
    #expect(copy(4 << 20 - 10, to, 0, 100) == .written(10))
    #expect(copy(5 << 20, to, 0, 100) == .written(0))
    #expect(copy(0, from, 50, 100).error == .EINVAL, "ranges of one file that overlap")
    #expect(copy(0, from, 100, 100) == .written(100))
    #expect(copy(0, to, .max, 100).error == .EFBIG)
  }

  @Test("What is stored through the window is in the file at once, and the other way round")
  func coherence() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    driver.map(node, 2 << 20, 2 << 20, at: 4 << 20, writable: true)
    let place = WindowOffset(4 << 20 + 100)
    #expect(
      driver.server.readWindow(place, count: 50).bytes
        == FilePattern(seed: "a").bytes(at: 2 << 20 + 100, count: 50))
    #expect(driver.server.writeWindow([7, 8, 9], at: place).moved.rawValue == 3)
    #expect(try driver.server.files.hostRead("a", at: FileOffset(2 << 20 + 100), count: 3) == [7, 8, 9])
    try driver.server.files.hostWrite("a", [1], at: FileOffset(2 << 20 + 101))
    #expect(driver.server.readWindow(place, count: 3).bytes == [7, 1, 9])
    #expect(driver.server.statistics.windowBytesRead.rawValue == 53)
    #expect(driver.server.statistics.windowBytesWritten.rawValue == 3)
  }

  @Test("An access goes on over the border of two mappings, and ends where nothing is mapped")
  func pieces() throws {
    var driver = try TestServer()
    let (a, b) = (try driver.node("a"), try driver.node("b"))
    driver.map(a, 4096, 4096, at: 0, writable: true)
    driver.map(b, 0, 4096, at: 4096, writable: true)
    driver.map(b, 8192, 4096, at: 8192)
    let (bytes, whole) = driver.server.readWindow(WindowOffset(4000), count: 200)
    #expect(whole.fault == nil && whole.moved.rawValue == 200)
    #expect(
      bytes == FilePattern(seed: "a").bytes(at: 8096, count: 96)
        + FilePattern(seed: "b").bytes(at: 0, count: 104))
    let store = driver.server.writeWindow([UInt8](repeating: 5, count: 10_000), at: WindowOffset(0))
    #expect(store.moved.rawValue == 8192)
    #expect(store.fault == WindowFault(kind: .readOnly, offset: WindowOffset(8192), inode: InodeNumber(3)))
    let load = driver.server.readWindow(WindowOffset(8192), count: 5000)
    #expect(load.bytes.count == 4096 && load.transfer.fault?.kind == .unmapped)
    #expect(load.transfer.fault?.offset.rawValue == 12_288)
    #expect(driver.server.readWindow(WindowOffset(.max), count: 1).transfer.fault?.kind == .beyondWindow)
    #expect(driver.server.readWindow(WindowOffset(0), count: 0).transfer == WindowTransfer(moved: 0))
  }

  @Test("A mapping beyond the end of the file is legal; only its pages beyond the end cannot be accessed")
  func beyondEnd() throws {
    var driver = try TestServer(files: [])
    try driver.server.files.hostCreate("s", .pattern(size: ByteCount(10_000), seed: "s10000"))
    let node = try driver.node("s")
    #expect(driver.map(node, 0, 2 << 20, at: 0, writable: true) == .empty)
    let (bytes, transfer) = driver.server.readWindow(WindowOffset(0), count: 20_000)
    #expect(
      bytes == FilePattern(seed: "s10000").bytes(at: 0, count: 10_000) + [UInt8](repeating: 0, count: 2288))
    #expect(transfer.fault?.kind == .beyondFile && transfer.fault?.offset.rawValue == 12_288)
    #expect(driver.server.windowFault(at: WindowOffset(12_287), forWriting: true) == nil)
    #expect(driver.server.windowFault(at: WindowOffset(12_288), forWriting: true)?.kind == .beyondFile)
    for kind in WindowFault.Kind.allCases {
      #expect(!WindowFault(kind: kind, offset: WindowOffset(0)).message.isEmpty)
    }
    // The host lets it grow, and the same mapping reaches further.
    try driver.server.files.hostAppendZeros("s", ByteCount(10_000))
    #expect(driver.server.windowFault(at: WindowOffset(12_288), forWriting: true) == nil)
    // The host cuts it under the mapping.
    try driver.server.files.hostTruncate("s", to: ByteCount(0))
    #expect(driver.server.readWindow(WindowOffset(0), count: 1).transfer.fault?.kind == .beyondFile)
  }

  @Test("A mapping keeps its file, whatever happens to the name, the handle and the lookups")
  func mappingPinsTheFile() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    let handle = try driver.open(node)
    driver.map(node, 0, 2 << 20, at: 0)
    #expect(driver.ask(.unlink(try #require(FileName("a"))), about: .root) == .empty)
    #expect(try driver.attributes(node).links == 0)
    #expect(driver.ask(.lookup(try #require(FileName("a"))), about: .root).error == .ENOENT)
    driver.ask(.release(FuseRelease(handle: handle)), about: node)
    driver.ask(.forget(1), about: node)
    #expect(
      driver.server.readWindow(WindowOffset(0), count: 8).bytes
        == FilePattern(seed: "a").bytes(at: 0, count: 8))
    #expect(driver.server.files.orphans.count == 1)
    driver.unmap((0, 2 << 20))
    #expect(driver.server.files.orphans.isEmpty && driver.server.files.files.count == 1)
    // The name can be used again, for another inode.
    try driver.server.files.hostCreate("a", .bytes([1]))
    #expect(try driver.entry("a").attributes.inode > 3)
  }

  @Test("A host that removes a file takes it from nobody who uses it")
  func hostRemove() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    let handle = try driver.open(node)
    try driver.server.files.hostRemove("a")
    #expect(
      driver.ask(.read(FuseRead(handle: handle, offset: FileOffset(0), size: 2)), about: node).error == nil)
    driver.ask(.forget(1), about: node)
    #expect(driver.server.files.orphans.count == 1, "it is still open")
    driver.ask(.release(FuseRelease(handle: handle)), about: node)
    #expect(driver.server.files.orphans.isEmpty)
    try driver.server.hostRemove("b")
    #expect(driver.server.files.orphans.isEmpty && driver.server.files.files.isEmpty)
    try driver.server.files.hostCreate("b", .text("b"))
    #expect(throws: Errno.ENOENT) { try driver.server.files.hostRemove("a") }
    #expect(throws: Errno.EINVAL) { try driver.server.files.hostRemove("") }
    #expect(throws: Errno.EEXIST) { try driver.server.files.hostCreate("b", .bytes([])) }
    #expect(throws: Errno.ENOTDIR) { try driver.server.files.hostCreate("b/c", .bytes([])) }
    #expect(throws: Errno.EISDIR) { try driver.server.files.hostWrite("", [1], at: FileOffset(0)) }
  }

  @Test("A file that a mapping was to replace is given up when nobody uses it any more")
  func replacedMapping() throws {
    var driver = try TestServer()
    let (a, b) = (try driver.node("a"), try driver.node("b"))
    driver.map(a, 0, 2 << 20, at: 0)
    try driver.server.files.hostRemove("a")
    driver.ask(.forget(1), about: a)
    #expect(driver.server.files.orphans.count == 1)
    driver.map(b, 0, 2 << 20, at: 0)
    #expect(driver.server.files.orphans.isEmpty)
  }

  @Test("A window of a tebibyte onto a file of a tebibyte costs what is touched")
  func hugeWindow() throws {
    let tebibyte: UInt64 = 1 << 40
    var driver = try TestServer(FuseServerConfiguration(window: ByteCount(tebibyte)), files: [])
    try driver.server.files.hostCreate("huge", .pattern(size: ByteCount(tebibyte), seed: "huge"))
    let node = try driver.node("huge")
    #expect(driver.map(node, 0, tebibyte, at: 0, writable: true) == .empty)
    driver.server.writeWindow([1, 2, 3], at: WindowOffset(tebibyte - 3))
    let place = WindowOffset(tebibyte - 11)
    let expected = FilePattern(seed: "huge").bytes(at: tebibyte - 11, count: 8) + [1, 2, 3]
    #expect(driver.server.readWindow(place, count: 11).bytes == expected)
    var facts = FactList()
    driver.server.inspect(&facts)
    #expect(facts.entries.count < 200)
  }
}
