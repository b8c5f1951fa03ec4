import DaxModel

// The search, on the configurations of the Promela models under `Tests`, larger than the tests have them.
// `spin.sh` runs SPIN on the same.

extension Benchmark {
  /// `readers.pml` with READERS=3 ROUNDS=3.
  static let exploreReaders = exploring("explore-readers", "kill_dax() against 3 readers of 3 rounds, 6.12") {
    var machine = Subject.probedMachine(window: ByteCount(2 << 20))
    machine.start("kill", KillDax(daxDevice: machine.kernel.daxDevice(of: 0)).frame)
    for _ in 0..<3 { machine.startReader(0, at: PageOffset(0), rounds: 3) }
    return machine
  }

  /// `pins.pml` with PINS=7.
  static let explorePins = exploring("explore-pins", "memunmap_pages() against 7 pins, 5.10") {
    var machine = Subject.probedMachine(window: ByteCount(2 << 20), release: .v5_10)
    guard let pagemap = machine.kernel.pagemaps.handles.first else { fail("there is no pagemap") }
    machine.start("unmap", MemunmapPages(pagemap: pagemap).frame)
    for _ in 0..<7 { machine.startPin(0, at: PageOffset(0)) }
    return machine
  }

  /// `unbind.pml` with READERS=2 PINS=3.
  static let exploreUnbind = exploring(
    "explore-unbind", "the unbind of patch-v2 against 2 readers and 3 pins"
  ) {
    var machine = Subject.probedMachine(window: ByteCount(2 << 20), release: .patchV2)
    machine.startRemove(0)
    for _ in 0..<2 { machine.startReader(0, at: PageOffset(0)) }
    for _ in 0..<3 { machine.startPin(0, at: PageOffset(0)) }
    return machine
  }

  private static func exploring(
    _ name: String, _ summary: String, _ machine: @escaping @Sendable () -> Machine
  ) -> Benchmark {
    let states = { @Sendable in
      var explorer = Explorer(machine())
      while explorer.advance(states: 1 << 16) {}
      return explorer.stateCount
    }
    return Benchmark(
      name: name, summary: summary,
      rows: [
        .figure("found", unit: "states") { Double(states()) },
        .figure("rate", unit: "M states/s") {
          var (best, count) = (Double.infinity, 0)
          for _ in 0..<3 {
            let elapsed = ContinuousClock().measure { count = states() }
            best = min(
              best, Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
          }
          return Double(count) / best / 1e6
        },
        .figure("growth of the process for each state", unit: "bytes") { growth(states) },
      ])
  }
}
