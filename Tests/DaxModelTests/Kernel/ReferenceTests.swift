import Testing

@testable import DaxModel

/// `struct percpu_ref`, `struct completion` and `dax_srcu`, each on its own.
@Suite struct ReferenceTests {
  // MARK: percpu_ref

  @Test("A reference count goes from live through draining to dead, and is exited")
  func states() {
    var ref = PercpuRef()
    #expect(ref.state == .uninitialised && ref.count == 0 && !ref.hasCounters)
    ref.initialise()
    #expect(ref.state == .live && ref.count == 1 && ref.hasCounters)
    ref.get(3)
    #expect(ref.put(2) == false)
    #expect(ref.tryGetLive() == true)
    #expect(ref.count == 3)
    #expect(ref.kill() == false)
    #expect(ref.state == .draining && ref.count == 2)
    #expect(ref.tryGetLive() == false)
    ref.get()
    #expect(ref.put(2) == false)
    #expect(ref.put() == true)
    #expect(ref.state == .dead && ref.count == 0)
    #expect(ref.tryGetLive() == false)
    ref.exit()
    #expect(ref.state == .exited && !ref.hasCounters)
    #expect(ref.tryGetLive() == false)
  }

  @Test("Nobody sees zero while it lives; killing the only reference releases at once")
  func zero() {
    var ref = PercpuRef()
    ref.initialise()
    #expect(ref.put() == false)
    #expect(ref.state == .live && ref.count == 0)
    var other = PercpuRef()
    other.initialise()
    #expect(other.kill() == true)
    #expect(other.state == .dead)
  }

  @Test("It is released once: whoever puts too often steps over zero")
  func once() {
    var ref = PercpuRef()
    ref.initialise()
    #expect(ref.kill() == true)
    #expect(ref.put() == false)
    #expect(ref.count == -1 && ref.state == .dead)
    #expect(ref.kill() == false)
    #expect(ref.state == .dead)
  }

  /// A kernel that holds one pagemap, its count not yet initialised.
  private func kernel() -> (kernel: Kernel, pagemap: Handle<DevPagemap>) {
    var kernel = Kernel(release: .v6_12, ram: [])
    let handle = kernel.pagemaps.allocate(DevPagemap(isReferenceOfDriver: false))
    return (kernel, handle)
  }

  private func warnings(_ kernel: Kernel) -> [String] {
    kernel.log.entries.map(\.text).filter { $0.hasPrefix("WARNING") }
  }

  @Test("A second kill warns, and drops a reference all the same")
  func killTwice() throws {
    var (kernel, handle) = kernel()
    var map = try kernel.pagemaps.read(handle, at: kernel.here)
    map.ref.initialise()
    map.ref.get(1)
    map.completion.initialise()
    try kernel.pagemaps.write(handle, map, at: kernel.here)
    try kernel.percpuRefKill(handle)
    #expect(warnings(kernel).isEmpty)
    try kernel.percpuRefKill(handle)
    #expect(warnings(kernel).count == 1)
    #expect(warnings(kernel)[0].contains("called more than once on dev_pagemap_percpu_release"))
    // The reference that somebody held is gone: the count says dead while it is in use.
    #expect(kernel.pagemaps.peek(handle)?.ref.state == .dead)
    #expect(kernel.pagemaps.peek(handle)?.completion.done == 1)
    try kernel.percpuRefKill(handle)
    #expect(warnings(kernel).contains { $0.contains("<= 0 after switching to atomic") })
    #expect(kernel.pagemaps.peek(handle)?.completion.done == 1)
  }

  @Test("A count without counters is an oops: before percpu_ref_init() and after percpu_ref_exit()")
  func noCounters() throws {
    var (kernel, handle) = kernel()
    #expect(throws: Oops.self) { try kernel.percpuRefKill(handle) }
    #expect(throws: Oops.self) { try kernel.percpuRefPut(handle) }
    var map = try kernel.pagemaps.read(handle, at: kernel.here)
    map.ref.initialise()
    map.ref.exit()
    try kernel.pagemaps.write(handle, map, at: kernel.here)
    #expect(throws: Oops.self) { try kernel.percpuRefPut(handle) }
  }

  // MARK: completion

  @Test("Each complete() lets one waiter pass; complete_all() lets everybody pass, until it is made anew")
  func completion() {
    var completion = Completion()
    #expect(!completion.isInitialised)
    completion.initialise()
    #expect(completion.isInitialised)
    #expect(completion.tryWait() == false)
    completion.complete()
    completion.complete()
    #expect(completion.done == 2)
    for passes in [true, true, false] { #expect(completion.tryWait() == passes) }
    completion.completeAll()
    #expect(completion.done == Completion.all)
    for passes in [true, true] { #expect(completion.tryWait() == passes) }
    completion.complete()
    #expect(completion.done == Completion.all)
    completion.initialise()
    #expect(completion.done == 0)
    #expect(completion.tryWait() == false)
  }

  @Test("A zeroed completion is no completion: to complete it or to wait for it is an oops")
  func zeroed() throws {
    var (kernel, handle) = kernel()
    var map = try kernel.pagemaps.read(handle, at: kernel.here)
    map.ref.initialise()
    try kernel.pagemaps.write(handle, map, at: kernel.here)
    let waited = #expect(throws: Oops.self) { try kernel.waitForCompletion(of: handle) }
    #expect(waited?.kind == .nullDereference && waited?.message.contains("wait_for_completion()") == true)
    let completed = #expect(throws: Oops.self) { try kernel.percpuRefKill(handle) }
    #expect(completed?.kind == .nullDereference && completed?.message.contains("complete()") == true)
  }

  @Test("Of two waits for one completion the second never ends")
  func twoWaits() throws {
    var machine = try Machine.probed(.patchV2)
    let pagemap = try #require(machine.kernel.memory.pages.first?.pagemap)
    let remove = machine.startRemove(0)
    machine.advance(remove, to: "virtio_fs_percpu_exit.waitForReference")
    let other = machine.start("wait", VirtioFsPercpuExit(pagemap: pagemap).frame)
    _ = machine.run(other)
    #expect(machine.task(other)?.isFinished == true)
    _ = machine.run(remove)
    #expect(machine.hangs.map(\.task) == [remove])
    #expect(machine.hangs.first?.message.contains("taken already") == true)
  }

  // MARK: SRCU

  @Test("Who waits turns the sides: readers that come later count on the other")
  func srcu() {
    var srcu = SleepableRCU()
    let first = srcu.lock()
    let second = srcu.lock()
    #expect(first == 0 && second == 0 && srcu.readers == [2, 0])
    let old = srcu.flip()
    #expect(old == 0 && !srcu.isEmpty(old))
    let late = srcu.lock()
    #expect(late == 1 && srcu.readers == [2, 1])
    srcu.unlock(first)
    #expect(!srcu.isEmpty(old))
    srcu.unlock(second)
    #expect(srcu.isEmpty(old) && !srcu.isEmpty(1))
    #expect(srcu.flip() == 1)
    #expect(srcu.lock() == 0)
    srcu.unlock(late)
    #expect(srcu.isEmpty(1))
  }
}
