import DaxModel

extension Benchmark {
  /// One line of a kernel function, over and over: probe, remove, probe, remove, …
  static let steps = Benchmark(
    name: "step",
    summary: "one step, over cycles of probe and remove",
    rows: [
      .time("Machine.step", count: 500_000) { count in
        var machine = Subject.machine(window: MachineConfiguration.windowLength)
        return Cycles.run(count) { remove in
          let task = remove ? machine.startRemove(0) : machine.startProbe(0)
          var steps = 0
          while machine.step(task) != nil { steps += 1 }
          machine.reap(task)
          return steps
        }
      },
      .time("Timeline.advance", count: 500_000) { count in
        var timeline = Timeline(Subject.machine(window: MachineConfiguration.windowLength))
        return Cycles.run(count) { remove in Cycles.run(remove: remove, in: &timeline) }
      },
    ])

  /// What one more remembered step costs, seen from outside: the growth of the process.
  static let memory = Benchmark(
    name: "remembered-step",
    summary: "growth of the resident set for each step that the timeline remembers",
    rows: [
      .figure("one reader, two million steps", unit: "bytes") {
        let window = MachineConfiguration.windowLength
        var timeline = Timeline(Subject.probedMachine(window: window))
        return growth {
          let task = timeline.change { $0.startReader(0, at: PageOffset(0), rounds: 150_000) }
          while timeline.step < 2_000_000, timeline.advance(task) != nil {}
          return timeline.step
        }
      },
      .figure("cycles of probe and remove, two million steps", unit: "bytes") {
        var timeline = Timeline(Subject.machine(window: MachineConfiguration.windowLength))
        return growth {
          _ = Cycles.run(2_000_000) { remove in Cycles.run(remove: remove, in: &timeline) }
          return timeline.step
        }
      },
    ])

  /// State in proportion to what was touched: 268 million pages cost no more than a few.
  static let terabyte = Benchmark(
    name: "terabyte",
    summary: "probe and remove of a device with a window of 1 TiB, from nothing",
    rows: [
      .time("probe and remove", count: 1) { count in
        var steps = 0
        for _ in 0..<count {
          var machine = Subject.machine(window: ByteCount(1 << 40), base: PhysicalAddress(1 << 40))
          for task in [machine.startProbe(0), machine.startRemove(0)] {
            while machine.step(task) != nil { steps += 1 }
          }
        }
        return UInt64(steps)
      }
    ])
}

private enum Cycles {
  /// Calls `body` with false, true, false, … until it has made `count` steps; returns how many it made.
  static func run(_ count: Int, _ body: (Bool) -> Int) -> UInt64 {
    var steps = 0
    var remove = false
    while steps < count {
      steps += body(remove)
      remove.toggle()
    }
    return UInt64(steps)
  }

  /// One probe or one remove, remembered.
  static func run(remove: Bool, in timeline: inout Timeline) -> Int {
    let task = timeline.change { remove ? $0.startRemove(0) : $0.startProbe(0) }
    var steps = 0
    while timeline.advance(task) != nil { steps += 1 }
    timeline.change { $0.reap(task) }
    return steps
  }
}

/// Bytes by which the largest resident set grew for each of the steps that `body` made.
func growth(_ body: () -> Int) -> Double {
  let before = peakResidentBytes()
  let steps = body()
  return Double(peakResidentBytes() - before) / Double(steps)
}
