import Testing

@testable import DaxModel

/// Readers and pins against a remove that goes on at the same time.
@Suite struct TeardownTests {
  @Test("A reader inside its section holds kill_dax() up until it leaves", arguments: KernelRelease.all)
  func readerBlocksKill(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let reader = machine.startReader(0, at: PageOffset(3))
    machine.advance(reader, to: "reader.load")
    let remove = machine.startRemove(0)
    _ = machine.run(remove)
    #expect(machine.place(of: remove) == "kill_dax.waitForReaders")
    #expect(machine.task(remove)?.state == .blocked(.srcu(side: 0)))
    #expect(machine.hangs.isEmpty)
    // Its address is still good: kill_dax() is about new users.
    machine.advance(reader, to: "reader.unlock")
    #expect(!machine.isRunnable(remove))
    _ = machine.run(reader)
    #expect(machine.task(reader)?.result == .int(Int64(MachineConfiguration.windowBase.rawValue) + 3 * 4096))
    #expect(machine.isRunnable(remove))
    _ = machine.run(remove)
    #expect(machine.task(remove)?.result == .success)
    #expect(machine.oops == nil)
  }

  @Test(
    "A reader that comes while kill_dax() waits is turned away and does not prolong the wait",
    arguments: KernelRelease.all)
  func readerAfterKill(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let first = machine.startReader(0, at: PageOffset(0))
    let second = machine.startReader(0, at: PageOffset(0), rounds: 2)
    machine.advance(first, to: "reader.load")
    let remove = machine.startRemove(0)
    _ = machine.run(remove)
    machine.advance(second, to: "reader.unlock")
    _ = machine.run(first)
    // The second is still inside, on the other side.
    #expect(machine.kernel.srcu.readers == [0, 1])
    machine.advance(remove, to: "put_dax.dropInode")
    _ = machine.run(second)
    #expect(machine.task(second)?.result == .error(.ENXIO))
  }

  @Test(
    "A reader with a stale pointer to the DAX device dies, and is told which line freed it",
    arguments: KernelRelease.all)
  func staleReader(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let reader = machine.startReader(0, at: PageOffset(0))
    #expect(machine.remove() == .success)
    _ = machine.run(reader)
    #expect(machine.oops?.kind == .useAfterFree)
    #expect(machine.oops?.site.description(in: release) == "dax_direct_access.checkAlive")
    #expect(machine.oops?.message.contains("put_dax.dropInode") == true)
    #expect(machine.step(reader) == nil && machine.hangs.isEmpty)
  }

  @Test(
    "Up to 5.15 a pinned page delays the unmapping until it is put",
    arguments: [KernelRelease.v5_10, .v5_15])
  func pinDelays(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let pin = try machine.pin(at: 5)
    machine.advance(pin, to: "pin.putPage")
    let remove = machine.startRemove(0)
    _ = machine.run(remove)
    #expect(machine.place(of: remove) == "memunmap_pages.waitForReference")
    #expect(machine.hangs.isEmpty)
    let frame = MachineConfiguration.windowBase.advanced(by: PageOffset(5).bytes).frame
    guard case .blocked(let wait)? = machine.task(remove)?.state else { throw Missing() }
    #expect(machine.kernel.explain(wait).contains("page \(frame)"))
    #expect(machine.kernel.memory.pages.first?.pageCount(frame) == 1)
    _ = machine.run(pin)
    #expect(machine.task(pin)?.result == .success)
    _ = machine.run(remove)
    #expect(machine.task(remove)?.result == .success)
    #expect(machine.kernel.leaks.isEmpty && machine.oops == nil)
  }

  @Test(
    "From 6.1 on a pin does not delay it, and the late put_page() dies",
    arguments: KernelRelease.since(.v6_1).filter { KernelRelease.pinning.contains($0) })
  func pinDoesNotDelay(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let pin = try machine.pin(at: 5)
    machine.advance(pin, to: "pin.putPage")
    #expect(machine.remove() == .success)
    _ = machine.run(pin)
    expectLatePut(machine)
  }

  @Test("In the reviewed patch the struct pages go while one is pinned; the wait for the pin comes too late")
  func finalPutRace() throws {
    var machine = try Machine.probed(.patchV2)
    let pin = try machine.pin(at: 5)
    machine.advance(pin, to: "pin.putPage")
    let remove = machine.startRemove(0)
    _ = machine.run(remove)
    #expect(machine.place(of: remove) == "virtio_fs_percpu_exit.waitForReference")
    #expect(machine.kernel.memory.pages.isEmpty)
    #expect(machine.kernel.pagemaps.live.map(\.object.ref.count) == [1])
    #expect(machine.hangs.isEmpty)
    _ = machine.run(pin)
    expectLatePut(machine)
  }

  @Test(
    "A pin that has looked the pagemap up holds every release up until it lets go",
    arguments: KernelRelease.pinning)
  func lookupDelays(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let pin = try machine.pin(at: 0)
    machine.advance(pin, to: "pin.getPage")
    let remove = machine.startRemove(0)
    _ = machine.run(remove)
    #expect(
      machine.place(of: remove)
        == (release == .patchV2
          ? "virtio_fs_percpu_exit.waitForReference" : "memunmap_pages.waitForReference"))
    _ = machine.step(pin)
    #expect((machine.oops != nil) == (release == .patchV2))
    if release == .patchV2 { return }
    #expect(!machine.isRunnable(remove))
    machine.step(pin)
    #expect(machine.isRunnable(remove))
    _ = machine.run(pin)
    // Up to 5.15 every page has been put meanwhile, and a page with count 0 is not taken.
    #expect(machine.task(pin)?.result == ([.v5_10, .v5_15].contains(release) ? .error(.ENOMEM) : .success))
    _ = machine.run(remove)
    #expect(machine.task(remove)?.result == .success && machine.oops == nil)
  }

  @Test("After the kill a lookup finds nothing, so nobody can pin", arguments: KernelRelease.pinning)
  func pinAfterKill(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let pin = try machine.pin(at: 0)
    let remove = machine.startRemove(0)
    machine.advance(
      remove,
      to: release == .patchV2 ? "devm_memremap_pages_release.putPages" : "memunmap_pages." + putLine(release))
    _ = machine.run(pin)
    #expect(machine.task(pin)?.result == .error(.EFAULT))
  }

  /// 15.4 of the facts: the reference count and the page counts, step by step.
  @Test(
    "The reference arithmetic of 5.1, 5.10 and 5.15", arguments: [KernelRelease.patchV2, .v5_10, .v5_15],
    [false, true])
  func arithmetic(_ release: KernelRelease, _ isPinned: Bool) throws {
    let pages: Int64 = 16384
    var machine = try Machine.standard(release)
    let probe = machine.startProbe(0)
    func reference() -> Int64? { machine.kernel.pagemaps.live.first?.object.ref.count }
    func pageCount() -> Int? {
      let frame = MachineConfiguration.windowBase.advanced(by: PageOffset(7).bytes).frame
      return machine.kernel.memory.devicePages(covering: frame)?.pageCount(frame)
    }
    let afterInit =
      release == .patchV2 ? "virtio_fs_setup_dax.registerExit" : "memremap_pages.mapRange"
    machine.advance(probe, to: afterInit)
    #expect(reference() == 1)
    _ = machine.run(probe)
    #expect(reference() == 1 + pages)
    #expect(pageCount() == 1)

    let pin = try machine.pin(at: 7)
    if isPinned {
      machine.advance(pin, to: "pin.putPagemap")
      #expect(reference() == 2 + pages)
      machine.advance(pin, to: "pin.putPage")
      #expect(reference() == 1 + pages)
    }
    #expect(pageCount() == (isPinned ? 2 : 1))

    let remove = machine.startRemove(0)
    let function = release == .patchV2 ? "devm_memremap_pages_release" : "memunmap_pages"
    machine.advance(remove, to: function + ".putPages")
    #expect(reference() == pages)
    #expect(pageCount() == (isPinned ? 2 : 1))
    machine.step(remove)
    #expect(reference() == (isPinned ? 1 : 0))
    #expect(pageCount() == (isPinned ? 1 : 0))
    #expect(machine.kernel.pagemaps.live.first?.object.completion.done == (isPinned ? 0 : 1))
    if isPinned, release != .patchV2 {
      _ = machine.run(remove)
      machine.step(pin)
      #expect(reference() == 0)
      #expect(pageCount() == 0)
      #expect(machine.kernel.pagemaps.live.first?.object.completion.done == 1)
    }
    _ = machine.run(remove)
    #expect((machine.task(remove)?.result == .success) == !(isPinned && release == .patchV2))
  }

  @Test("From 6.1 on all references are dropped at once and the page counts are not looked at")
  func dropAtOnce() throws {
    var machine = try Machine.probed(.v6_12)
    let pin = try machine.pin(at: 7)
    machine.advance(pin, to: "pin.putPage")
    let remove = machine.startRemove(0)
    machine.advance(remove, to: "memunmap_pages.dropReferences")
    #expect(machine.kernel.pagemaps.live.map(\.object.ref.count) == [16384])
    machine.step(remove)
    #expect(machine.kernel.pagemaps.live.map(\.object.ref.state) == [.dead])
    let frame = MachineConfiguration.windowBase.advanced(by: PageOffset(7).bytes).frame
    #expect(machine.kernel.memory.pages.first?.pageCount(frame) == 2)
  }

  @Test("percpu_ref_exit() comes before the pages go up to 5.15, after them from 6.1 on")
  func exitOrder() {
    func lines(_ release: KernelRelease) -> [String] {
      FunctionID.memunmapPages.lines(in: release).map(\.name)
    }
    for release in [KernelRelease.v5_10, .v5_15] {
      #expect(
        lines(release)
          == ["killReference", "putPages", "waitForReference", "exitReference", "unmapRange", "checkAltmap"])
    }
    for release in KernelRelease.since(.v6_1) {
      #expect(
        lines(release)
          == [
            "killReference", "dropReferences", "waitForReference", "unmapRange", "exitReference",
            "checkAltmap",
          ])
    }
  }

  private func putLine(_ release: KernelRelease) -> String {
    [.v5_10, .v5_15].contains(release) ? "putPages" : "dropReferences"
  }

  private func expectLatePut(_ machine: Machine) {
    #expect(machine.oops?.kind == .badAddress)
    #expect(machine.oops?.site.description(in: machine.kernel.release) == "pin.putPage")
    let frame = MachineConfiguration.windowBase.advanced(by: PageOffset(5).bytes).frame
    #expect(machine.oops?.address == Architecture.x86_64.pageStruct(of: frame))
  }

  private struct Missing: Error {}
}
