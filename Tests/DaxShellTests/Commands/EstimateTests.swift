import DaxModel
import Testing

@testable import DaxShell

/// Estimates from counts: the curve that was published, and that reads miss as the kernel's functions say.
@Suite("Estimates")
struct EstimateTests {
  /// Reads of 4 KiB at random places of 4 GiB by one thread, in units of 1000 KiB a second, for each window.
  ///
  /// Measured by Vivek Goyal in December 2020: fio, randread-psync, cache=auto.
  static let published: [(window: String, rate: Double)] = [
    ("1G", 18.7), ("2G", 25.2), ("4G", 59.9), ("8G", 693.7), ("16G", 646), ("32G", 635.4), ("64G", 663.4),
  ]

  @Test("The curve of window sizes comes out within a quarter at each point", arguments: published)
  func curve(window: String, rate: Double) throws {
    var shell = TestShell()
    let answer = try shell.result("estimate window=\(window) data=4G")
    let estimated = Double(try #require(answer["reads_per_second"].number))
    let measured = rate * 1000 / 4
    #expect(abs(estimated / measured - 1) < 0.25, "\(window): \(estimated) rather than \(measured)")
    #expect(answer["reads"] == 1_048_576)
    // What fits misses once for each range; what does not, for ever.
    let misses = try #require(answer["misses"].number)
    #expect(["1G", "2G", "4G"].contains(window) ? misses > 100_000 : misses == 2048, "\(misses)")
  }

  @Test(
    "Reads hit and miss as those of the model do, read by read",
    arguments: [
      (1, 8), (2, 8), (3, 8), (4, 2), (4, 8), (5, 24), (12, 64), (32, 40), (60, 64), (64, 64),
    ])
  func exact(window: Int, data: Int) throws {
    let device = try MachineConfiguration.syntheticDevice(
      release: .v6_12, window: ByteCount(UInt64(window) << 21),
      base: MachineConfiguration.place(for: ByteCount(UInt64(window) << 21)))
    var setup = MachineConfiguration.Device(device)
    setup.server = FuseServerConfiguration(window: ByteCount(UInt64(window) << 21))
    try setup.files.hostCreate("f", .pattern(size: ByteCount(UInt64(data) << 21), seed: "f"))
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [setup]))
    func finish(_ task: TaskID) -> Value? {
      while machine.isRunnable(task) {
        machine.step(task)
        if machine.runnableWorker != nil { machine.runWorkers() }
      }
      let value = machine.task(task)?.result
      machine.reap(task)
      return value
    }
    _ = finish(machine.startProbe(0))
    _ = finish(machine.startMount("myfs", .dax))
    #expect(finish(machine.start(.open("f", [])))?.number == 3)
    var reads = RandomReads(window: window, data: UInt64(data) << 21, seed: 7)
    for round in 0..<400 {
      let before = reads
      let block = reads.peekBlock()
      reads.run(1)
      let seen = try #require(machine.server(of: 0)?.statistics)
      let iter = IovIter(buffers: [4096], on: .x86_64)
      #expect(finish(machine.start(.pread(3, offset: block << 12, iter)))?.number == 4096)
      let now = try #require(machine.server(of: 0)?.statistics)
      let (setups, removals) = (
        now[.setupMapping] - seen[.setupMapping], now[.removeMapping] - seen[.removeMapping]
      )
      guard setups == reads.misses - before.misses, removals == reads.removals - before.removals else {
        Issue.record("read \(round) of block \(block): \(setups) and \(removals) in the model")
        return
      }
    }
    #expect(reads.hits + reads.misses == 400)
  }

  @Test("The costs can be set, and say where they come from")
  func costs() throws {
    var shell = TestShell()
    let text = shell.run("estimate window=1G data=4G reads=1000")
    #expect(text.contains("5.8 µs"))
    #expect(text.contains("280.0 µs"))
    #expect(text.contains("measured in December 2020"))
    #expect(text.contains("randread-psync without DAX"))
    let answer = try shell.result("estimate window=64M data=64M reads=1000 hit=1 miss=0.5 read=100.25")
    let (hits, misses) = (answer["hits"].number ?? 0, answer["misses"].number ?? 0)
    #expect(hits + misses == 1000)
    #expect(answer["total_ns"] == .number(hits * 1000 + misses * 500))
    #expect(answer["reads_per_second_without_dax"] == 9975)
    #expect(answer["rows"][1]["cost_ns"] == 500)
    #expect(shell.run("estimate window=1G data=4G miss=1").contains("as given"))
    let first = shell.run("estimate window=64M data=1G reads=5000")
    #expect(shell.run("estimate window=64M data=1G reads=5000") == first, "the same reads each time")
    #expect(shell.run("estimate window=64M data=1G reads=5000 seed=2") != first)
  }

  @Test(
    "What makes no sense is refused",
    arguments: [
      ("estimate window=0", "how much data is read is missing"),
      ("estimate window=0 data=1G", "a window has 2 MiB to 1 TiB"),
      ("estimate data=4G", "the window is missing"),
      ("estimate window=1G data=0", "there are 4 KiB to 1 TiB of data"),
      ("estimate window=1G data=9999T", "there are 4 KiB to 1 TiB of data"),
      ("estimate window=1G data=4G reads=0", "no reads, no estimate"),
      ("estimate window=1G data=4G reads=99999999999", "is at most 100000000"),
      ("estimate window=1G data=4G hit=x", "is no number of microseconds"),
      ("estimate hit=-1", "is no number of microseconds"),
      ("estimate hit=1.", "is no number of microseconds"),
      ("estimate reads=5", "belongs to a workload of random reads"), ("estimate 5", "`5` is too much here"),
      ("estimate hit=99999999999999999999", "is no number of microseconds"),
    ])
  func refused(line: String, sentence: String) {
    var shell = TestShell()
    let complaint = shell.complaint(line)
    #expect(complaint.contains(sentence), "\(complaint)")
  }

  @Test("Ctrl-C stops it")
  func interrupted() {
    var shell = TestShell()
    shell.session.host.patience = 3
    #expect(shell.complaint("estimate window=1G data=1T").contains("interrupted after"))
    #expect(shell.session.exitCode == 130)
  }

  @Test("A window of one range and a file of a terabyte are soon done")
  func smallWindow() throws {
    var reads = RandomReads(window: 1, data: 1 << 40)
    reads.run(100_000)
    #expect(reads.misses > 99_000)
  }

  @Test("What costs more than 64 bits hold costs as much as they hold")
  func saturates() throws {
    let hit = CostTable.Cost(name: "hit", nanoseconds: 999_999_999_999, source: "")
    #expect(hit.times(100_000_000) == .max)
    #expect(hit.times(2) == 1_999_999_999_998)
  }
}
