import Testing

@testable import DaxModel

/// What releases do differently with files.
@Suite struct FileReleaseTests {
  private static func buffer(_ length: UInt64) -> IovIter { IovIter(buffers: [length], on: .x86_64) }

  private static func requests(_ machine: Machine, since count: UInt64) -> [String] {
    machine.server(of: 0)?.log.exchanges(since: count).map { exchange in
      exchange.operation.name + (exchange.bytes.rawValue > 0 ? " \(exchange.bytes.rawValue)" : "")
    } ?? []
  }

  @Test(
    "A write over the end of the file: the reviewed series splits it, what was merged sends it whole",
    arguments: KernelRelease.all.filter { $0 != .v6_16 && $0 != .v6_17rc1 })
  func straddling(_ release: KernelRelease) throws {
    var machine = try HangTests.mounted(release, ranges: 4)
    let size: UInt64 = 8 << 20
    let bytes = (0..<300).map { UInt8($0 % 251) }
    machine.writeUser(bytes, at: Architecture.x86_64.userBuffer)
    let seen = machine.server(of: 0)?.log.count ?? 0
    let write = machine.start(.pwrite(3, offset: size - 100, Self.buffer(300)))
    #expect(machine.finish(write) == .int(300))
    let sent = Self.requests(machine, since: seen)
    #expect(
      sent == (release == .patchV2 ? ["GETXATTR", "SETUPMAPPING", "WRITE 200"] : ["GETXATTR", "WRITE 300"]))
    let files = try #require(machine.server(of: 0)?.files)
    #expect(try files.hostRead("f", at: FileOffset(size - 100), count: 400) == bytes)
  }

  @Test(
    "A read that finds no free range waits outside in the reviewed series, until the worker has freed one")
  func readsWait() throws {
    var machine = try HangTests.mounted(.patchV2, ranges: 1)
    #expect(machine.finish(machine.start(.pread(3, offset: 0, Self.buffer(10)))) == .int(10))
    let read = machine.start(.pread(3, offset: 4 << 20, Self.buffer(10)))
    while machine.isRunnable(read), machine.step(read) != nil {}
    #expect(machine.place(of: read) == "fuse_dax_read_iter.waitForRange")
    machine.runWorkers()
    #expect(machine.finish(read) == .int(10))
    #expect(
      machine.readUser(Architecture.x86_64.userBuffer, count: 10)
        == FilePattern(seed: "f").bytes(at: 4 << 20, count: 10))
  }

  @Test("A range that the worker frees in between is no reason to give up: the read begins anew")
  func readsBeginAnew() throws {
    var machine = try HangTests.mounted(.patchV2, ranges: 1)
    for offset in [0, 4 << 20, 2 << 20, 0] as [UInt64] {
      let read = machine.start(.pread(3, offset: offset, Self.buffer(10)))
      _ = machine.run(read)
      #expect(machine.task(read)?.result == .int(10))
    }
  }

  @Test("A read of the reviewed series that finds no second range is short")
  func shortRead() throws {
    var machine = try HangTests.mounted(.patchV2, ranges: 1)
    #expect(machine.finish(machine.start(.pread(3, offset: (2 << 20) - 7, Self.buffer(10)))) == .int(7))
    machine = try HangTests.mounted(.v5_10, ranges: 1)
    #expect(machine.finish(machine.start(.pread(3, offset: (2 << 20) - 7, Self.buffer(10)))) == .int(10))
  }

  @Test(
    "The reviewed series takes the host's -ENOSPC for a lack of ranges and asks again; later it is handed on",
    arguments: [KernelRelease.patchV2, .v5_10, .v6_12])
  func hostHasNoSpace(_ release: KernelRelease) throws {
    var machine = try HangTests.mounted(release, ranges: 4)
    _ = machine.changeServer(of: 0) { $0.hostFail(.setupMapping, nth: 1, with: .ENOSPC) }
    let result = machine.finish(machine.start(.pread(3, offset: 0, Self.buffer(10))))
    #expect(result == (release == .patchV2 ? .int(10) : .error(.ENOSPC)))
  }

  @Test(
    "Before a file is cut, 5.10 and 5.15 take only its first page out of the page tables",
    arguments: KernelRelease.all.filter { $0 != .v6_16 && $0 != .v6_17rc1 })
  func breakLayouts(_ release: KernelRelease) throws {
    var machine = try HangTests.mounted(release, ranges: 4)
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 8 << 20)))) == .int(1))
    for piece in 0..<2 as Range<UInt64> {
      #expect(machine.finish(machine.start(.load(1, offset: piece << 21, Self.buffer(8)))) == .int(8))
    }
    let cut = machine.start(.ftruncate(3, 8 << 20))
    machine.advance(cut, to: "fuse_do_setattr.sendSetattr")
    let entries = machine.kernel.process.mapping(1)?.entries.map { $0.offset } ?? []
    #expect(entries == ([.v5_10, .v5_15].contains(release) ? [2 << 20] : []))
  }

  @Test(
    "Who cuts a file waits for a page of it that somebody has pinned, but on 5.10 and 5.15",
    arguments: KernelRelease.pinning.filter { $0 != .v6_16 })
  func pinned(_ release: KernelRelease) throws {
    var machine = try HangTests.mounted(release, ranges: 4)
    #expect(machine.finish(machine.start(.pread(3, offset: 2 << 20, Self.buffer(8)))) == .int(8))
    let pin = try machine.pin(at: 3)
    machine.advance(pin, to: "pin.putPage")
    let cut = machine.start(.ftruncate(3, 0))
    while machine.isRunnable(cut), machine.step(cut) != nil {}
    if [.v5_10, .v5_15].contains(release) {
      #expect(machine.task(cut)?.result == .success)
      return
    }
    #expect(machine.place(of: cut) == "fuse_dax_break_layouts.waitForPage")
    #expect(machine.hangs.isEmpty)
    #expect(machine.finish(pin) == .success)
    #expect(machine.finish(cut) == .success)
  }

  @Test("A page that nobody puts keeps a file from being cut for ever, with a sentence that names it")
  func pinnedForGood() throws {
    var machine = try HangTests.mounted(.v6_12, ranges: 4)
    #expect(machine.finish(machine.start(.pread(3, offset: 0, Self.buffer(8)))) == .int(8))
    let hold = machine.startPin(0, at: PageOffset(3), isKept: true)
    #expect(machine.finish(try #require(hold)) == .success)
    let cut = machine.start(.ftruncate(3, 0))
    _ = machine.run(cut)
    let hang = try #require(machine.hangs.first { $0.task == cut })
    #expect(hang.message.contains("0x8000003"))
    #expect(machine.finish(machine.start(.pread(3, offset: 0, Self.buffer(8)))) == nil)
  }

  @Test("A read of 0 bytes is told for what it is")
  func emptyRead() throws {
    var machine = try HangTests.mounted(.v5_10, ranges: 4)
    _ = machine.run(machine.start(.pread(3, offset: 0, IovIter([]))))
    #expect(machine.hangs.first?.message.contains("Of 0 bytes none ever is") == true)
  }
}
