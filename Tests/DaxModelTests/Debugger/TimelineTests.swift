import Testing

@testable import DaxModel

/// Going back and forth in time.
@Suite struct TimelineTests {
  /// A long session: probes, removes, readers and pins in random order, until an oops or the end.
  private func session(_ release: KernelRelease, seed: UInt64, steps: Int) throws -> (Timeline, [Machine]) {
    var random = SplitMix64(seed: seed)
    var timeline = Timeline(try Machine.standard(release))
    var moments = [timeline.machine]
    while timeline.step < steps, timeline.machine.oops == nil {
      let tasks = timeline.machine.tasks.filter { timeline.machine.isRunnable($0.id) }
      if tasks.isEmpty || random.below(40) == 0 {
        let choice = random.below(5)
        let offset = PageOffset(UInt64(random.below(20000)))
        timeline.change { machine in
          switch choice {
          case 0: machine.startProbe(0)
          case 1: machine.startRemove(0)
          case 2: machine.startReader(0, at: offset, rounds: 3)
          case 3: _ = machine.startPin(0, at: offset)
          default: for task in machine.tasks { machine.reap(task.id) }
          }
        }
      } else {
        let task = tasks[random.below(tasks.count)].id
        #expect(timeline.advance(task) != nil)
      }
      moments.append(timeline.machine)
    }
    return (timeline, moments)
  }

  @Test("Every moment is found again, from wherever one stands", arguments: KernelRelease.all, [1, 2, 3])
  func goAnywhere(_ release: KernelRelease, _ seed: UInt64) throws {
    var (timeline, moments) = try session(release, seed: seed, steps: 1500)
    #expect(timeline.last == moments.count - 1 && timeline.step == timeline.last)
    let digests = moments.map(\.digest)
    var random = SplitMix64(seed: seed &+ 100)
    for _ in 0..<120 {
      let target = random.below(moments.count)
      let found = timeline.go(to: target)
      #expect(found)
      #expect(timeline.step == target)
      #expect(timeline.machine.digest == digests[target])
      #expect(timeline.machine == moments[target])
      let other = random.below(moments.count)
      #expect(timeline.moment(other) == moments[other])
    }
    #expect(timeline.last == moments.count - 1)
    let past = timeline.go(to: moments.count)
    let before = timeline.go(to: -1)
    #expect(!past && !before)
  }

  @Test("Some of the random sessions end in an oops, and one can go back before it")
  func acrossOops() throws {
    var timeline = Timeline(try Machine.probed(.v6_12))
    let reader = timeline.change { $0.startReader(0, at: PageOffset(0)) }
    let remove = timeline.change { $0.startRemove(0) }
    while timeline.machine.isRunnable(remove) { _ = timeline.advance(remove) }
    let before = timeline.step
    while timeline.machine.oops == nil { #expect(timeline.advance(reader) != nil) }
    let dead = timeline.machine
    let death = timeline.step
    #expect(timeline.advance(reader) == nil)
    #expect(timeline.step == death && timeline.last == death)
    var isThere = timeline.go(to: before)
    #expect(isThere && timeline.machine.oops == nil)
    isThere = timeline.go(to: death)
    #expect(isThere && timeline.machine == dead)
  }

  @Test("Running on along the remembered future keeps it; another step forgets it")
  func future() throws {
    var timeline = Timeline(try Machine.standard(.v6_12))
    let probe = timeline.change { $0.startProbe(0) }
    for _ in 0..<20 { _ = timeline.advance(probe) }
    let end = timeline.machine
    var isThere = timeline.go(to: 10)
    #expect(isThere && timeline.last == 21)
    _ = timeline.advance(probe)
    #expect(timeline.step == 11 && timeline.last == 21)
    isThere = timeline.go(to: 21)
    #expect(isThere && timeline.machine == end)

    isThere = timeline.go(to: 10)
    timeline.change { $0.arm(Fault(.operation(.findVqs), .EBUSY)) }
    #expect(timeline.step == 11 && timeline.last == 11)
    isThere = timeline.go(to: 12)
    #expect(!isThere)
    while timeline.advance(probe) != nil {}
    #expect(timeline.machine.task(probe)?.result == .error(.EBUSY))
    isThere = timeline.go(to: 10)
    #expect(isThere && timeline.machine.kernel.faults.faults.isEmpty)
  }

  @Test("Another task's step at a past moment forgets the future too")
  func otherTask() throws {
    var timeline = Timeline(try Machine.probed(.v6_12))
    let first = timeline.change { $0.startReader(0, at: PageOffset(0)) }
    let second = timeline.change { $0.startReader(0, at: PageOffset(1)) }
    for _ in 0..<4 { _ = timeline.advance(first) }
    let isThere = timeline.go(to: 3)
    #expect(isThere)
    _ = timeline.advance(second)
    #expect(timeline.last == 4)
    #expect(timeline.machine.place(of: second) == "reader.directAccess")
    #expect(timeline.machine.place(of: first) == "reader.directAccess")
  }

  @Test("A bundle is one moment, whatever happens in it")
  func bundle() throws {
    var timeline = Timeline(try Machine.standard(.v6_12))
    let before = timeline.machine
    timeline.beginBundle()
    let probe = timeline.change { $0.startProbe(0) }
    while timeline.advance(probe) != nil {}
    timeline.reap(probe)
    timeline.endBundle()
    let after = timeline.machine
    #expect(after.tasks.isEmpty && after.kernel.window(of: 0) != nil)
    #expect(timeline.step == 1 && timeline.last == 1)
    var isThere = timeline.go(to: 0)
    #expect(isThere && timeline.machine == before)
    isThere = timeline.go(to: 1)
    #expect(isThere && timeline.machine == after)
    #expect(timeline.task(ofStep: 0) == nil)
  }

  @Test("That a task is forgotten is remembered, and happens again on the way through history")
  func reaped() throws {
    var timeline = Timeline(try Machine.standard(.v6_12))
    let probe = timeline.change { $0.startProbe(0) }
    while timeline.advance(probe) != nil {}
    timeline.reap(probe)
    let end = timeline.step
    let reader = timeline.change { $0.startReader(0, at: PageOffset(0)) }
    #expect(reader == probe)
    let isThere = timeline.go(to: end - 1)
    #expect(isThere && timeline.machine.task(probe)?.isFinished == true)
    #expect(timeline.task(ofStep: end - 1) == nil)
    timeline.reap(probe)
    #expect(timeline.machine.tasks.isEmpty)
    #expect(timeline.step == end && timeline.last == end + 1 && timeline.forgotten == 0)
    #expect(timeline.moment(end) == timeline.machine)
  }

  @Test("Machines that were given up are made again by running the lines")
  func givenUp() throws {
    var timeline = Timeline(try Machine.probed(.v6_12))
    let reader = timeline.change { $0.startReader(0, at: PageOffset(0), rounds: 100) }
    var digests = [timeline.machine.digest]
    for _ in 0..<600 {
      _ = timeline.advance(reader)
      digests.append(timeline.machine.digest)
    }
    timeline.giveUpMachines(after: 100)
    for target in [1, 64, 99, 100, 101, 300, 600] {
      #expect(timeline.moment(target)?.digest == digests[target - 1])
    }
    _ = timeline.advance(reader)
    #expect(timeline.step == 602)
  }

  @Test("Thousands of changes and steps: old moments are still found")
  func long() throws {
    var timeline = Timeline(try Machine.probed(.v6_12))
    let reader = timeline.change { $0.startReader(0, at: PageOffset(0), rounds: 1 << 40) }
    for _ in 0..<300_000 { _ = timeline.advance(reader) }
    for target in [0, 1, 2, 100, 4097, 99_999, 262_145, 300_000] {
      #expect(timeline.moment(target)?.digest != nil)
      let isThere = timeline.go(to: target)
      #expect(isThere)
    }
    var machine = try Machine.probed(.v6_12)
    let same = machine.startReader(0, at: PageOffset(0), rounds: 1 << 40)
    for _ in 0..<4096 { machine.step(same) }
    #expect(timeline.moment(4097) == machine)
  }

  @Test("Equal machines have equal digests, and those are the same in every run")
  func digest() throws {
    let machine = try Machine.probed(.v6_12)
    #expect(machine.digest == (try Machine.probed(.v6_12)).digest)
    var other = machine
    other.startReader(0, at: PageOffset(0))
    #expect(other.digest != machine.digest)
    #expect(hex(machine.digest) == "0x62aaf7e50283e76b")
  }
}
