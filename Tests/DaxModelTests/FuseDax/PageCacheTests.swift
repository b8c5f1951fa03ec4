import Testing

@testable import DaxModel

/// The page cache of a file without DAX, and what open files remember of their reads.
@Suite struct PageCacheTests {
  private static func buffer(_ length: UInt64) -> IovIter { IovIter(buffers: [length], on: .x86_64) }

  private static func mounted(_ release: KernelRelease = .v6_12) throws -> Machine {
    let attachment = try MachineConfiguration.syntheticDevice(release: release, window: ByteCount(8 << 20))
    var device = MachineConfiguration.Device(attachment)
    try device.files.hostCreate("f", .pattern(size: ByteCount(16 << 20), seed: "f"))
    var machine = Machine(MachineConfiguration(release: release, devices: [device]))
    #expect(machine.probe() == .success)
    #expect(machine.finish(machine.startMount("myfs", .never)) == .success)
    #expect(machine.finish(machine.start(.open("f", .readWrite))) == .int(3))
    return machine
  }

  private static func cache(_ machine: Machine) throws -> PageCache {
    let file = try #require(machine.kernel.process.file(3))
    return try #require(machine.kernel.inodes.peek(file.inode)).cache
  }

  @Test("Pages that are alike are one range, however many were read and mapped")
  func stateIsSmall() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.pread(3, offset: 0, Self.buffer(16 << 20)))) == .int(16 << 20))
    #expect(try Self.cache(machine).present.ranges == [0..<16 << 20])
    #expect(try Self.cache(machine).stale.isEmpty)
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 16 << 20, protection: 3)))) == .int(1))
    #expect(machine.finish(machine.start(.load(1, offset: 0, Self.buffer(16 << 20)))) == .int(16 << 20))
    #expect(machine.kernel.process.mapping(1)?.entries.count == 1)
    #expect(machine.finish(machine.start(.store(1, offset: 4096, Self.buffer(8192)))) == .int(8192))
    #expect(try Self.cache(machine).dirty.ranges == [4096..<12288])
    #expect(machine.kernel.process.mapping(1)?.entries.map(\.isWritable) == [false, true, false])
    #expect(machine.finish(machine.start(.fsync(3, isDataOnly: false))) == .int(0))
    #expect(machine.kernel.process.mapping(1)?.entries.count == 1, "the next store is a fault again")
    #expect(machine.kernel.process.readaheads.count == 1)
    #expect(machine.finish(machine.start(.munmap(1))) == .int(0))
    #expect(machine.finish(machine.start(.close(3))) == .int(0))
    #expect(machine.kernel.process.readaheads.isEmpty)
  }

  @Test("The first read marks the page behind what was wanted; its use moves the window")
  func marks() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.pread(3, offset: 0, Self.buffer(4096)))) == .int(4096))
    #expect(try Self.cache(machine).present.ranges == [0..<16384])
    #expect(try Self.cache(machine).marked.ranges == [4096..<8192])
    var window = try #require(machine.kernel.process.readaheads.first)
    #expect([window.start, window.size, window.asyncSize] == [0, 4, 3])
    #expect(window.previous == 4096)
    #expect(machine.finish(machine.start(.pread(3, offset: 4096, Self.buffer(4096)))) == .int(4096))
    #expect(try Self.cache(machine).present.ranges == [0..<49152])
    #expect(try Self.cache(machine).marked.ranges == [16384..<20480])
    window = try #require(machine.kernel.process.readaheads.first)
    #expect([window.start, window.size, window.asyncSize] == [4, 8, 8])
  }

  @Test(
    "Up to 6.10 both kinds of read-ahead are one function, and only since 6.17 a window ends on a boundary")
  func releases() {
    #expect(PageCacheSyncRa.lines(in: .v6_1).contains(.checkExpected))
    #expect(PageCacheSyncRa.lines(in: .v6_1).contains(.mergeNext))
    #expect(!PageCacheSyncRa.lines(in: .v6_12).contains(.checkExpected))
    #expect(!PageCacheSyncRa.lines(in: .v6_12).contains(.mergeNext))
    #expect(KernelRelease.all.filter { $0.has(.splitsReadahead) }.first == .v6_12)
    #expect(KernelRelease.all.filter { $0.has(.alignsReadahead) } == [.v6_17rc1, .v6_17, .v7_3])
    #expect(PageCacheAsyncRa.lines(in: .v6_17).contains(.alignEnd))
    #expect(!PageCacheAsyncRa.lines(in: .v6_16).contains(.alignEnd))
  }

  @Test(
    "An error of writeback is told to each open file once, and to one that is opened later only if nobody knows"
  )
  func errors() {
    var errors = WritebackErrors()
    var (first, second) = (errors.sample, errors.sample)
    #expect(errors.advance(&first) == nil)
    errors.set(.ENOSPC)
    var third = errors.sample
    #expect(errors.advance(&first) == .ENOSPC && errors.advance(&first) == nil)
    #expect(errors.advance(&second) == .ENOSPC && errors.advance(&third) == .ENOSPC)
    #expect(errors.takeFlag() == nil, "fsync() has taken the flag as well")
    var fourth = errors.sample
    #expect(errors.advance(&fourth) == nil)
    errors.set(.ENOSPC)
    #expect(errors.takeFlag() == .ENOSPC && errors.takeFlag() == nil)
    #expect(errors.advance(&fourth) == .ENOSPC)
    errors.set(.EACCES)
    #expect(errors.takeFlag() == .EIO)
  }

  @Test(
    "A WRITE goes up to a page that is written in part and is not up to date, else as far as a request can")
  func writable() {
    var cache = PageCache()
    func count(_ bytes: Range<UInt64>) -> UInt64 { cache.writable(bytes, pages: 4, bytes: 1 << 20) }
    #expect(count(100..<8292) == 3996)
    #expect(count(4096..<8292) == 4196)
    #expect(count(0..<1 << 20) == 16384)
    #expect(count(50..<60) == 10)
    cache.present.insert(0..<4096)
    #expect(count(100..<8292) == 8192)
    #expect(count(100..<1 << 20) == 16284)
    cache.stale.insert(0..<4096)
    #expect(count(100..<8292) == 3996)
  }

  @Test("A hole drops whole pages, and makes zeros of the rest where pages are cached")
  func holes() {
    var cache = PageCache()
    cache.present.insert(0..<16384)
    cache.memory.write([UInt8](repeating: 7, count: 16384), at: 0)
    cache.punch(100..<8292)
    #expect(cache.present.ranges == [0..<4096, 8192..<16384])
    #expect(cache.memory.bytes(at: 99, count: 2) == [7, 0])
    #expect(cache.memory.bytes(at: 8291, count: 2) == [0, 7])
    cache.truncate(to: 8200)
    #expect(cache.present.ranges == [0..<4096, 8192..<12288])
    #expect(cache.memory.bytes(at: 8299, count: 1) == [0])
  }

  @Test("What is in a range of bytes and what is missing")
  func ranges() {
    var set = ByteRanges(10..<20)
    set.insert(30..<40)
    #expect(set.run(at: 19) == 10..<20 && set.run(at: 20) == nil)
    #expect(set.firstPiece(in: 0..<12) == 10..<12 && set.firstPiece(in: 20..<30) == nil)
    #expect(set.firstGap(in: 10..<20) == nil && set.firstGap(in: 15..<25) == 20..<25)
    #expect(set.firstGap(in: 0..<50) == 0..<10 && set.firstGap(in: 10..<50) == 20..<30)
    #expect(set.pieces(in: 15..<35) == [15..<20, 30..<35])
    #expect(set.gaps(in: 15..<45) == [20..<30, 40..<45])
  }
}
