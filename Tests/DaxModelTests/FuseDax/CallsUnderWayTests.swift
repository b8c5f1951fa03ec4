import Testing

@testable import DaxModel

/// What a call under way holds, others cannot take away: open files, inodes, the mount and the address space.
@Suite struct CallsUnderWayTests {
  /// Files `a` and `b` of 16 MiB, mounted; nothing is open.
  static func mounted(
    _ release: KernelRelease = .v6_12, ranges: UInt64 = 4, _ option: DaxOption = .dax
  ) throws -> Machine {
    let attachment = try MachineConfiguration.syntheticDevice(
      release: release, window: ByteCount(ranges << 21))
    var device = MachineConfiguration.Device(attachment)
    for name in ["a", "b"] {
      try device.files.hostCreate(name, .pattern(size: ByteCount(16 << 20), seed: name))
    }
    var machine = Machine(MachineConfiguration(release: release, devices: [device]))
    #expect(machine.probe() == .success)
    #expect(machine.finish(machine.startMount("myfs", option)) == .success)
    return machine
  }

  /// The same with `a` open as 3.
  private static func opened(_ release: KernelRelease = .v6_12, ranges: UInt64 = 4) throws -> Machine {
    var machine = try mounted(release, ranges: ranges)
    #expect(machine.finish(machine.start(.open("a", .readWrite))) == .int(3))
    return machine
  }

  private static func buffer(_ length: UInt64 = 8) -> IovIter { IovIter(buffers: [length], on: .x86_64) }

  private static func requests(_ machine: Machine, since count: UInt64) -> [String] {
    machine.server(of: 0)?.log.exchanges(since: count).map { $0.operation.name } ?? []
  }

  /// How often each cached inode is held, but for the root.
  private static func users(_ machine: Machine) -> [Int] {
    machine.kernel.inodes.live.map(\.object).filter { $0.node != .root }.map(\.users)
  }

  /// What is wrong with a machine on which everything has ended and nothing is open.
  private static func expectIdle(_ machine: Machine, inodes: Int) {
    #expect(machine.oops == nil && machine.kernel.locks.held.isEmpty && machine.kernel.process.held.isEmpty)
    #expect(users(machine) == [Int](repeating: 0, count: inodes))
    let session = machine.kernel.connections.live.first?.object
    let root = session?.root.flatMap { machine.kernel.inodes.peek($0) }
    #expect(session?.mountUsers == 0 && root?.users == 1)
    #expect(machine.server(of: 0)?.handles.entries.isEmpty == true)
  }

  /// Every order of the lines of the tasks.
  private static func explored(_ machine: Machine) -> Explorer {
    var explorer = Explorer(machine)
    while explorer.advance(states: 1 << 14) {}
    return explorer
  }

  // MARK: Open files

  @Test(
    "A read goes on after its descriptor is closed: FLUSH comes at the close, RELEASE at the end of the read",
    arguments: KernelRelease.all.filter { $0 != .v6_16 && $0 != .v6_17rc1 }, [false, true])
  func closeInRead(_ release: KernelRelease, _ unlinks: Bool) throws {
    var machine = try Self.opened(release)
    let read = machine.start(.pread(3, offset: 0, Self.buffer()))
    machine.advance(read, to: "fuse_setup_one_mapping.sendSetup")
    var seen = machine.server(of: 0)?.log.count ?? 0
    if unlinks { #expect(machine.finish(machine.start(.unlink("a"))) == .success) }
    #expect(machine.finish(machine.start(.close(3))) == .success)
    #expect(Self.requests(machine, since: seen) == (unlinks ? ["UNLINK"] : []) + ["FLUSH"])
    #expect(machine.finish(machine.start(.pread(3, offset: 0, Self.buffer()))) == .error(.EBADF))
    seen = machine.server(of: 0)?.log.count ?? 0
    #expect(machine.finish(read) == .int(8))
    #expect(
      Self.requests(machine, since: seen)
        == ["SETUPMAPPING", "RELEASE"] + (unlinks ? ["REMOVEMAPPING", "FORGET"] : []))
    #expect(
      machine.readUser(Architecture.x86_64.userBuffer, count: 8)
        == FilePattern(seed: "a").bytes(at: 0, count: 8))
    Self.expectIdle(machine, inodes: unlinks ? 0 : 1)
  }

  private static let calls: [SystemCall] = [
    .pread(3, offset: 0, buffer(4096)), .pwrite(3, offset: 0, buffer()), .fsync(3, isDataOnly: false),
    .pwrite(3, offset: 16 << 20, buffer()), .ftruncate(3, 1 << 20), .fstat(3),
    .fallocate(3, mode: 0, offset: 0, length: 20 << 20), .lseek(3, 0, whence: 4),
    .sendfile(3, offset: 0, length: 100), .copyFileRange(3, 0, 4, 0, length: 100),
    .copyFileRange(4, 0, 3, 0, length: 100), .mmap(3, MapRequest(length: 4 << 20, protection: 3)),
    .mmap(3, MapRequest(length: 8192, flags: 0x8001)),
  ]

  @Test(
    "After any line of a call its descriptor can be closed and the name removed: it ends as if nothing were",
    arguments: calls.indices)
  func closeAnywhere(_ index: Int) throws {
    let call = Self.calls[index]
    var start = try Self.opened()
    #expect(machine(&start, .open("b", .readWrite)) == .int(4))
    var alone = start
    let right = alone.finish(alone.start(call))
    #expect(right?.errno == nil)
    for lines in 1... {
      var machine = start
      let task = machine.start(call)
      for _ in 0..<lines where machine.isRunnable(task) { machine.step(task) }
      if machine.task(task)?.isFinished == true { break }
      #expect(self.machine(&machine, .close(3)) == .success)
      #expect(self.machine(&machine, .unlink("a")) == .success)
      #expect(machine.finish(task) == right, "after line \(lines)")
      if case .mmap = call { #expect(self.machine(&machine, .munmap(1)) == .success) }
      #expect(self.machine(&machine, .close(4)) == .success)
      Self.expectIdle(machine, inodes: 1)
    }
  }

  private func machine(_ machine: inout Machine, _ call: SystemCall) -> Value? {
    machine.finish(machine.start(call))
  }

  @Test("A directory can be closed while its names are read")
  func closeInReaddir() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open(".", .directory))) == .int(3))
    let names = machine.start(.getdents(3, Self.buffer(4096)))
    machine.advance(names, to: "fuse_readdir.emit")
    #expect(machine.finish(machine.start(.close(3))) == .success)
    #expect(machine.finish(names) == .int(96))
    Self.expectIdle(machine, inodes: 0)
  }

  @Test("Two closes of one descriptor: the second is -EBADF, however far the first has come")
  func closeTwice() throws {
    var machine = try Self.opened()
    let first = machine.start(.close(3))
    machine.step(first)
    #expect(machine.finish(machine.start(.close(3))) == .error(.EBADF))
    #expect(machine.finish(first) == .success)
    Self.expectIdle(machine, inodes: 1)
  }

  @Test("Two open files of a server without OPEN are two: the inode is used until both are closed")
  func withoutHandles() throws {
    var machine = try Self.mounted()
    _ = machine.changeServer(of: 0) { $0.hostFail(.open, nth: 1, with: .ENOSYS) }
    for descriptor in [3, 4] as [Int64] {
      #expect(machine.finish(machine.start(.open("a", []))) == .int(descriptor))
    }
    #expect(Self.users(machine) == [2])
    for (descriptor, users) in [(3, 1), (4, 0)] {
      // FLUSH fails: the server does not know the handle 0. The descriptor is gone all the same.
      #expect(machine.finish(machine.start(.close(descriptor))) == .error(.EBADF))
      #expect(Self.users(machine) == [users])
    }
  }

  // MARK: Inodes

  @Test(
    "After any line of a call that goes by a path the name can be removed, or idle inodes be dropped",
    arguments: [
      SystemCall.open("a", []), .stat("a"), .truncate("a", 1 << 20), .exec("a"), .open("a", .truncate),
    ])
  func unlinkAnywhere(_ call: SystemCall) throws {
    for other in [SystemCall.unlink("a"), .dropCaches(2)] {
      var hasBegun = false
      for lines in 1... {
        var machine = try Self.mounted()
        #expect(machine.finish(machine.start(.stat("a")))?.errno == nil)
        let task = machine.start(call)
        for _ in 0..<lines where machine.isRunnable(task) { machine.step(task) }
        if machine.task(task)?.isFinished == true { break }
        #expect(machine.finish(machine.start(other)) == .success)
        let result = machine.finish(task)
        #expect(machine.oops == nil, "after line \(lines) of \(call.name), \(other.name)")
        // Once a call has found the file it does not need the name any more.
        if result == .error(.ENOENT) { #expect(!hasBegun && other == .unlink("a")) } else { hasBegun = true }
        if case .int(3) = result {
          #expect(machine.finish(machine.start(.pread(3, offset: 0, Self.buffer())))?.errno == nil)
          #expect(machine.finish(machine.start(.close(3))) == .success)
        }
        let isGone = other == .unlink("a")
        Self.expectIdle(machine, inodes: isGone ? 0 : Self.users(machine).count)
      }
      #expect(hasBegun)
    }
  }

  @Test("An inode that is going away is found by nobody: who looks its file up waits until it has gone")
  func freeing() throws {
    var machine = try Self.opened()
    #expect(machine.finish(machine.start(.pread(3, offset: 0, Self.buffer()))) == .int(8))
    #expect(machine.finish(machine.start(.close(3))) == .success)
    let drop = machine.start(.dropCaches(2))
    machine.advance(drop, to: "fuse_evict_inode.sendRemove")
    let stat = machine.start(.stat("a"))
    _ = machine.run(stat)
    #expect(machine.place(of: stat) == "fuse_lookup.enterInode")
    let going = try #require(machine.kernel.inodes.handles.last)
    #expect(machine.task(stat)?.state == .blocked(.freeing(going)) && machine.hangs.isEmpty)
    #expect(machine.finish(drop) == .success)
    #expect(machine.finish(stat)?.errno == nil)
    Self.expectIdle(machine, inodes: 1)
  }

  @Test(
    "The worker holds the inode of the range that it frees, and evicts it if all others have gone meanwhile")
  func worker() throws {
    var machine = try Self.opened(ranges: 4)
    for piece in 0..<4 as Range<UInt64> {
      let read = machine.start(.pread(3, offset: piece << 21, Self.buffer()))
      while machine.isRunnable(read), machine.step(read) != nil {}
      #expect(machine.task(read)?.result == .int(8))
    }
    let worker = try #require(machine.runnableWorker)
    machine.advance(worker, to: "lookup_and_reclaim_dmap.lockTree")
    #expect(Self.users(machine) == [2])
    for call in [SystemCall.unlink("a"), .close(3)] {
      let task = machine.start(call)
      while machine.isRunnable(task), machine.step(task) != nil {}
      #expect(machine.task(task)?.result == .success)
    }
    #expect(Self.users(machine) == [1])
    let seen = machine.server(of: 0)?.log.count ?? 0
    machine.runWorkers()
    #expect(Self.requests(machine, since: seen) == ["REMOVEMAPPING", "REMOVEMAPPING", "FORGET"])
    Self.expectIdle(machine, inodes: 0)
  }

  // MARK: The mount

  @Test(
    "An unmount waits for a worker under way; one that has not begun does not come any more",
    arguments: [0, 3])
  func umountWithWorker(_ lines: Int) throws {
    var machine = try Self.opened(ranges: 2)
    for piece in 0..<2 as Range<UInt64> {
      let read = machine.start(.pread(3, offset: piece << 21, Self.buffer()))
      while machine.isRunnable(read), machine.step(read) != nil {}
      machine.reap(read)
    }
    let worker = try #require(machine.runnableWorker)
    for _ in 0..<lines { machine.step(worker) }
    let close = machine.start(.close(3))
    while machine.isRunnable(close), machine.step(close) != nil {}
    machine.reap(close)
    let started = machine.startUnmount("myfs")
    let umount = try #require(started)
    while machine.isRunnable(umount), machine.step(umount) != nil {}
    #expect((machine.place(of: umount) == "virtio_kill_sb.destroyConnection") == (lines > 0))
    machine.runWorkers()
    #expect(machine.finish(umount) == .success)
    #expect(machine.oops == nil && machine.kernel.leaks.isEmpty)
  }

  @Test("A mount is busy as long as a call is under way on it, and no path leads to it once it is going")
  func umount() throws {
    var machine = try Self.opened()
    let read = machine.start(.pread(3, offset: 0, Self.buffer()))
    machine.advance(read, to: "fuse_setup_one_mapping.sendSetup")
    #expect(machine.finish(machine.start(.close(3))) == .success)
    #expect(machine.unmount("myfs") == .error(.EBUSY))
    #expect(machine.finish(read) == .int(8))
    let stat = machine.start(.stat("b"))
    machine.advance(stat, to: "fuse_lookup.enterInode")
    #expect(machine.unmount("myfs") == .error(.EBUSY))
    #expect(machine.finish(stat)?.errno == nil)
    let started = machine.startUnmount("myfs")
    let umount = try #require(started)
    machine.advance(umount, to: "do_umount.deactivateSuper")
    #expect(machine.finish(machine.start(.open("a", []))) == .error(.ENOENT))
    #expect(machine.finish(umount) == .success)
    #expect(machine.oops == nil && machine.kernel.leaks.isEmpty)
  }

  // MARK: The address space

  @Test("munmap() and mmap() wait for a page fault under way")
  func munmapInFault() throws {
    var machine = try Self.opened()
    let map = MapRequest(length: 4 << 20, protection: 3)
    #expect(machine.finish(machine.start(.mmap(3, map))) == .int(1))
    let load = machine.start(.load(1, offset: 0, Self.buffer()))
    machine.advance(load, to: "fuse_setup_one_mapping.sendSetup")
    let munmap = machine.start(.munmap(1))
    let mmap = machine.start(.mmap(3, map))
    let protect = machine.start(.mprotect(1, protection: 1))
    for (task, place) in [
      (munmap, "__vm_munmap.split"), (mmap, "ksys_mmap_pgoff.mapFile"), (protect, "file_call.callFile"),
    ] {
      _ = machine.run(task)
      #expect(machine.place(of: task) == place)
      #expect(machine.task(task)?.state == .blocked(.lock(.addressSpace)))
    }
    #expect(
      machine.kernel.explain(.lock(.addressSpace))
        == "It waits for the mmap_lock of the process, which task \(load) holds: taken in access.fault.")
    #expect(machine.finish(load) == .int(8))
    #expect(machine.finish(protect) == .success)
    #expect(machine.finish(munmap) == .success)
    #expect(machine.finish(mmap) == .int(2))
    #expect(machine.kernel.locks.held.isEmpty)
  }

  @Test("Page faults share the address space, also those inside a copy of the kernel")
  func faultsShare() throws {
    var machine = try Self.opened()
    #expect(machine.finish(machine.start(.open("b", []))) == .int(4))
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 4 << 20, protection: 3)))) == .int(1))
    let address = try #require(machine.kernel.address(of: 1))
    let read = machine.start(.pread(4, offset: 0, IovIter([.init(address: address, length: 8)])))
    machine.advance(read, to: "__fuse_dax_fault.checkFault")
    let munmap = machine.start(.munmap(1))
    _ = machine.run(munmap)
    #expect(machine.task(munmap)?.state == .blocked(.lock(.addressSpace)))
    let load = machine.start(.load(1, offset: 2 << 20, Self.buffer()))
    #expect(machine.finish(load) == .int(8))
    #expect(machine.finish(read) == .int(8))
    #expect(machine.finish(munmap) == .success)
    #expect(machine.oops == nil)
  }

  @Test(
    "A fault of a file without DAX holds the file and not the address space: a load after munmap() is SIGSEGV"
  )
  func munmapInReadahead() throws {
    var machine = try Self.mounted(.v6_12, .never)
    #expect(machine.finish(machine.start(.open("a", []))) == .int(3))
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 8192)))) == .int(1))
    #expect(machine.finish(machine.start(.close(3))) == .success)
    let load = machine.start(.load(1, offset: 0, Self.buffer()))
    machine.advance(load, to: "fuse_readahead.fillPages")
    #expect(machine.finish(machine.start(.munmap(1))) == .success)
    #expect(machine.finish(machine.start(.unlink("a"))) == .success)
    let seen = machine.server(of: 0)?.log.count ?? 0
    #expect(machine.finish(load) == .signal(Signal(number: 11, code: 1, offset: 0)))
    #expect(Self.requests(machine, since: seen) == ["RELEASE", "FORGET"])
    Self.expectIdle(machine, inodes: 0)
  }

  // MARK: Every order

  @Test(
    "A read, a close and an unlink: in no order does anything go wrong",
    arguments: [KernelRelease.v5_10, .v6_12, .v7_3])
  func everyOrderOfRead(_ release: KernelRelease) throws {
    var machine = try Self.opened(release)
    machine.start(.pread(3, offset: 0, Self.buffer()))
    machine.start(.close(3))
    machine.start(.unlink("a"))
    let explorer = Self.explored(machine)
    #expect(explorer.isComplete && explorer.violations.isEmpty && explorer.deaths == 0)
  }

  @Test("The worker, an unlink and a close: in no order does anything go wrong")
  func everyOrderOfWorker() throws {
    var machine = try Self.opened(ranges: 2)
    for piece in 0..<2 as Range<UInt64> {
      let read = machine.start(.pread(3, offset: piece << 21, Self.buffer()))
      while machine.isRunnable(read), machine.step(read) != nil {}
      machine.reap(read)
    }
    #expect(machine.runnableWorker != nil)
    machine.start(.unlink("a"))
    machine.start(.close(3))
    let explorer = Self.explored(machine)
    #expect(explorer.isComplete && explorer.violations.isEmpty && explorer.deaths == 0)
  }

  @Test(
    "An open, and a removal of the name or of idle inodes: in no order does anything go wrong",
    arguments: [SystemCall.unlink("a"), .dropCaches(3), .truncate("a", 0), .open("a", .truncate)])
  func everyOrderOfOpen(_ other: SystemCall) throws {
    var machine = try Self.mounted()
    machine.start(.open("a", []))
    machine.start(other)
    machine.start(.dropCaches(2))
    let explorer = Self.explored(machine)
    #expect(explorer.isComplete && explorer.violations.isEmpty && explorer.deaths == 0)
  }

  @Test(
    "A load through a mapping, munmap() and a close, or an unmount: in no order does anything go wrong")
  func everyOrderOfLoad() throws {
    var machine = try Self.opened()
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 4 << 20)))) == .int(1))
    machine.start(.load(1, offset: 0, Self.buffer()))
    machine.start(.munmap(1))
    machine.start(.close(3))
    let explorer = Self.explored(machine)
    #expect(explorer.isComplete && explorer.violations.isEmpty && explorer.deaths == 0)
    machine = try Self.mounted()
    machine.start(.stat("a"))
    machine.start(.unlink("b"))
    machine.startUnmount("myfs")
    let other = Self.explored(machine)
    #expect(other.isComplete && other.violations.isEmpty && other.deaths == 0)
  }
}
