import Testing

@testable import DaxModel

/// What the search finds, counts and leaves out.
@Suite struct ExplorerTests {
  /// A search of a machine with these tasks, to its end.
  static func explored(
    _ release: KernelRelease, _ kinds: [TaskRequest.Kind], edits: [LineEdit] = [], isProbed: Bool = true,
    _ change: (inout Explorer.Options) -> Void = { _ in }
  ) throws -> Explorer {
    let release = release.edited(edits)
    var machine = isProbed ? try Machine.probed(release) : try Machine.standard(release)
    for kind in kinds {
      let task = machine.start(TaskRequest(kind))
      #expect(task != nil)
    }
    var options = Explorer.Options()
    change(&options)
    var explorer = Explorer(machine, options)
    while explorer.advance(states: 1 << 16) {}
    return explorer
  }

  @Test("One task has one order: as many states as lines, and one")
  func oneTask() throws {
    let explorer = try Self.explored(.v6_12, [.probe], isProbed: false)
    var machine = try Machine.standard(.v6_12)
    let lines = machine.run(machine.startProbe(0)).count
    #expect(explorer.stateCount == lines + 1 && explorer.transitions == lines && explorer.depth == lines)
    #expect(explorer.ends == 1 && explorer.isComplete && explorer.violations.isEmpty)
  }

  @Test("Two readers of disjoint pages: every order, counted by hand")
  func twoReaders() throws {
    // Each has 15 lines and only the counter of dax_srcu between them, which the places of both determine.
    let explorer = try Self.explored(.v6_12, [.reader, .reader])
    var machine = try Machine.probed(.v6_12)
    let lines = machine.run(machine.startReader(0, at: PageOffset(0))).count
    #expect(explorer.stateCount == (lines + 1) * (lines + 1))
    #expect(explorer.transitions == 2 * lines * (lines + 1))
  }

  @Test("A machine without tasks, or a dead one, has one state")
  func nothingToDo() throws {
    var explorer = Explorer(try Machine.probed(.v6_12))
    var goesOn = explorer.advance(states: 10)
    #expect(!goesOn && explorer.stateCount == 1 && explorer.isComplete && explorer.violations.isEmpty)
    var machine = try Machine.probed(.v6_12)
    let reader = machine.startReader(0, at: PageOffset(0))
    _ = machine.remove()
    _ = machine.run(reader)
    #expect(machine.oops != nil)
    explorer = Explorer(machine)
    goesOn = explorer.advance(states: 10)
    #expect(!goesOn && explorer.stateCount == 1)
  }

  @Test("The final put of the reviewed patch: the shortest way is 31 lines, and it is a way")
  func finalPut() throws {
    let explorer = try Self.explored(.patchV2, [.remove, .pin])
    let violations = explorer.violations
    let put = try #require(violations.first { $0.site?.description(in: .patchV2) == "pin.putPage" })
    #expect(put.kind == .oops(.badAddress) && put.schedule.steps.count == 31)
    let end = put.schedule.replayed(on: explorer.root)
    #expect(end.oops?.site == put.site && end.oops?.message == put.message && end.digest == put.digest)
    // Nothing shorter dies: a search that goes less deep does not find it.
    let shallow = try Self.explored(.patchV2, [.remove, .pin]) { $0.depth = 30 }
    #expect(!shallow.violations.contains { $0.site == put.site })
    #expect(shallow.limit == .depth(30) && !shallow.isComplete)
    #expect(
      try Self.explored(.patchV2, [.remove, .pin]) { $0.depth = 31 }.violations.contains {
        $0.site == put.site
      })
  }

  @Test(
    "Violations come in the order of the number of lines to them", arguments: [KernelRelease.patchV2, .v6_12])
  func order(_ release: KernelRelease) throws {
    let lengths = try Self.explored(release, [.remove, .reader, .pin]).violations.map(\.schedule.steps.count)
    #expect(lengths == lengths.sorted() && !lengths.isEmpty)
  }

  @Test("A failure anywhere: each is tried, and none is asked for twice")
  func faults() throws {
    let none = try Self.explored(.patchV2, [.probe], isProbed: false)
    #expect(none.violations.isEmpty)
    let one = try Self.explored(.patchV2, [.probe], isProbed: false) { $0.faults = 1 }
    let hang = try #require(one.violations.first { $0.kind == .hang })
    #expect(hang.site?.description(in: .patchV2) == "virtio_fs_percpu_exit.waitForReference")
    let faults = hang.schedule.steps.filter { $0.fault != nil }
    #expect(faults.map { $0.site.description(in: .patchV2) } == ["devm_memremap_pages.checkReference"])
    #expect(faults.map(\.fault) == [.EINVAL])
    let two = try Self.explored(.patchV2, [.probe], isProbed: false) { $0.faults = 2 }
    // Nothing of an unwinding can fail, so a second failure never comes.
    #expect(two.stateCount == one.stateCount && one.stateCount > none.stateCount)
    #expect(two.violations.allSatisfy { $0.schedule.steps.filter { $0.fault != nil }.count <= 2 })
  }

  @Test("The same search is the same in every run, in small steps or at once")
  func deterministic() throws {
    let whole = try Self.explored(.patchV2, [.remove, .reader, .pin])
    var machine = try Machine.probed(.patchV2)
    for kind in [TaskRequest.Kind.remove, .reader, .pin] { machine.start(TaskRequest(kind)) }
    var pieces = Explorer(machine)
    while pieces.advance(states: 7) {}
    #expect(pieces.stateCount == whole.stateCount && pieces.transitions == whole.transitions)
    #expect(pieces.depth == whole.depth && pieces.violations == whole.violations)
  }

  @Test("It looks at as many states as it is asked to, however few wait")
  func pieces() throws {
    var machine = try Machine.probed(.v6_12)
    for _ in 0..<2 { machine.start(TaskRequest(.reader)) }
    var explorer = Explorer(machine)
    var looked = 0
    while explorer.advance(states: 10) {
      looked += 10
      #expect(explorer.stateCount - explorer.frontier == looked)
    }
    #expect(looked > 100 && explorer.isComplete)
    let goesOn = explorer.advance(states: .max)
    #expect(!goesOn)
  }

  @Test("It stops where it would need more memory than it may have")
  func memory() throws {
    var machine = try Machine.probed(.patchV2)
    machine.startRemove(0)
    for _ in 0..<5 { machine.startPin(0, at: PageOffset(0)) }
    var options = Explorer.Options()
    options.memory = ByteCount(1 << 20)
    var explorer = Explorer(machine, options)
    while explorer.advance(states: 1 << 16) {}
    #expect(explorer.limit == .memory(ByteCount(1 << 20)))
    #expect(!explorer.isComplete && explorer.frontier > 0 && explorer.stateCount < 40_000)
  }

  @Test("A present state in the middle of things is where it begins")
  func middle() throws {
    var machine = try Machine.probed(.patchV2)
    let pin = try machine.pin(at: 0)
    let remove = machine.startRemove(0)
    machine.advance(remove, to: "devm_memremap_pages_release.killReference")
    machine.step(pin)
    var explorer = Explorer(machine)
    while explorer.advance(states: 1000) {}
    #expect(explorer.violations.first?.schedule.steps.count ?? 99 < 10)
    #expect(explorer.violations.contains { $0.site?.description(in: .patchV2) == "pin.putPage" })
  }

  @Test("Lines that no order reaches are named")
  func coverage() throws {
    let explorer = try Self.explored(.v6_12, [.probe], isProbed: false)
    let gaps = explorer.coverage.gaps(in: .v6_12)
    let setup = gaps.first { $0.function == .virtioFsSetupDax }
    #expect(setup?.lines == ["cleanupNow", "killDax", "putDax", "returnError"])
    #expect(!gaps.contains { $0.function == .virtioFsRemove })
    let withFaults = try Self.explored(.v6_12, [.probe], isProbed: false) { $0.faults = 1 }
    #expect(!withFaults.coverage.gaps(in: .v6_12).contains { $0.function == .virtioFsSetupDax })
    #expect(withFaults.coverage.count > explorer.coverage.count)
  }

  // MARK: The states themselves

  @Test(
    "A state is what its schedule leads to, on the machine itself",
    arguments: [KernelRelease.patchV2, .v6_12])
  func replay(_ release: KernelRelease) throws {
    let explorer = try Self.explored(release, [.remove, .reader, .pin, .user])
    var random = SplitMix64(seed: 7)
    for _ in 0..<300 {
      let state = Int(random.next() % UInt64(explorer.stateCount))
      let schedule = explorer.schedule(to: state)
      var real = schedule.replayed(on: explorer.root)
      #expect(real.oops == nil && schedule.steps.count <= explorer.depth)
      let packed = explorer.machine(at: state)
      real.kernel.forgetPath()
      #expect(real.kernel == packed.kernel)
      #expect(
        real.tasks.filter { !$0.isFinished }.map(\.stack)
          == packed.tasks.filter { !$0.isFinished }.map(\.stack))
    }
  }

  @Test("Which of two devices comes first leaves no trace")
  func canonical() throws {
    var machine = Verification.machine(.twoDevices, .v6_12)
    let first = machine.tasks.map(\.id)
    var other = machine
    for task in first { _ = machine.run(task) }
    for task in first.reversed() { _ = other.run(task) }
    machine.kernel.forgetPath()
    other.kernel.forgetPath()
    #expect(machine.kernel.instances == other.kernel.instances.reversed())
    machine.kernel.instances = []
    other.kernel.instances = []
    #expect(machine.kernel == other.kernel)
  }

  @Test("Numbers that outgrow their bits are packed anew, and nothing is lost")
  func widening() {
    var store = StateStore(columns: 4)
    store.start([0, 1, 2, 3])
    var expected: [[UInt32]] = [[0, 1, 2, 3]]
    var random = SplitMix64(seed: 3)
    var seen: Set<[UInt32]> = [expected[0]]
    for round in 0..<3000 {
      let parent = Int(random.next() % UInt64(store.count))
      let column = 1 + Int(random.next() % 3)
      let kernel = UInt32(random.next() % (1 << UInt64(min(2 + round / 100, 31))))
      let number = UInt32(random.next() % (1 << UInt64(min(1 + round / 120, 31))))
      var row = expected[parent]
      (row[0], row[column]) = (kernel, number)
      store.insert(after: parent, task: column, number: number, kernel: kernel, choice: 0, spends: false)
      if seen.insert(row).inserted { expected.append(row) }
    }
    #expect(store.count == expected.count)
    for state in expected.indices { #expect((0..<4).map { store[state, $0] } == expected[state]) }
  }

  // MARK: What may be wrong

  @Test(
    "Each invariant can be broken, and is not in the merged code without pins", arguments: Invariant.allCases)
  func invariants(_ invariant: Invariant) throws {
    let clean = try Self.explored(.v6_12, [.remove, .user])
    #expect(clean.violations.isEmpty)
    let broken: Explorer =
      switch invariant {
      case .references:
        // Every page is put once more than it was taken.
        try Self.explored(
          .v6_12, [.remove],
          edits: [
            LineEdit(.memunmapPages, "putPages", .after("unmapRange")),
            LineEdit(.memunmapPages, "putPages", .before("dropReferences")),
          ])
      case .pages: try Self.explored(.v6_12, [.remove, .hold])
      case .access:
        try Self.explored(
          .v6_12, [.remove, .reader], edits: [LineEdit(.virtioFsCleanupDax, "killDax", .after("putDax"))])
      case .devres:
        try Self.explored(
          .v6_12, [.remove], edits: [LineEdit(.deviceUnbindCleanup, "releaseResources", .drop)])
      case .claims:
        try Self.explored(
          .v6_12, [.probe], edits: [LineEdit(.virtioFsAddInstance, "checkDuplicate", .drop)], isProbed: false)
      }
    let found = broken.violations.contains { $0.kind == .invariant(invariant) }
    // Nothing that can be moved claims a thing twice: the tree itself refuses it.
    #expect(found == (invariant != .claims), "\(broken.verdicts)")
  }

  @Test("Only the invariants that are asked for are checked")
  func chosen() throws {
    let none = try Self.explored(.v6_12, [.remove, .hold]) { $0.invariants = [.references] }
    #expect(none.violations.isEmpty)
    let pages = try Self.explored(.v6_12, [.remove, .hold]) { $0.invariants = [.pages] }
    #expect(pages.violations.map(\.kind) == [.invariant(.pages)])
  }

  @Test("A lock that is never dropped: whoever wants it hangs, and is told who has it")
  func lostLock() throws {
    let explorer = try Self.explored(
      .v6_12, [.probe, .user], edits: [LineEdit(.virtioFsAddInstance, "unlockInstances", .drop)],
      isProbed: false)
    let hang = try #require(explorer.violations.first { $0.kind == .hang })
    #expect(hang.message.contains("virtio_fs_mutex, which task 1 holds"))
    #expect(hang.message.contains("taken in virtio_fs_add_instance.lockInstances"))
    #expect(hang.message.contains("That task (probe) has finished."))
  }

  @Test("Two locks taken in two orders are a deadlock, with the ring named")
  func deadlock() throws {
    var machine = try Machine.probed(.v6_12)
    let (first, second) = (machine.startRemove(0), machine.startProbe(0))
    machine.step(first)
    machine.kernel.begin(second)
    machine.kernel.begin(at: Site(.virtioFsRemove, 0))
    let taken: Flow<VirtioFsRemove.Line> = machine.kernel.lock(.instances)
    guard case .next = taken else {
      Issue.record("the mutex was not free")
      return
    }
    _ = machine.run(first)
    machine.step(second)
    #expect(machine.deadlock.sorted() == [first, second])
    #expect(machine.hangs.map(\.task).sorted() == [first, second])
    var explorer = Explorer(machine)
    while explorer.advance(states: 100) {}
    #expect(explorer.violations.map(\.kind) == [.deadlock])
  }

  @Test("A reader in its section and one that is too late: dropped waits are found out")
  func droppedWait() throws {
    let explorer = try Self.explored(
      .v6_12, [.mount, .remove, .reader],
      edits: [LineEdit(.killDax, "waitForReaders", .drop)])
    #expect(explorer.violations.contains { $0.kind == .oops(.badAddress) || $0.kind == .invariant(.access) })
  }
}
