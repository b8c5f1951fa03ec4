import CTwin
import DaxModel

extension Benchmark {
  /// A page, one after the other, in a window that has been written to.
  static let readPage = copy(name: "read-4k", .toIter, length: 4096, count: 100_000)
  static let writePage = copy(name: "write-4k", .fromIter, length: 4096, count: 100_000)

  /// A range of the file system.
  static let readRange = copy(name: "read-2m", .toIter, length: 2 << 20, count: 100)
  static let writeRange = copy(name: "write-2m", .fromIter, length: 2 << 20, count: 100)

  /// PCI instructions for 2 MiB, both ways, each checked, counted and recorded.
  static let zpciRead = zpci(name: "zpci-read-2m", .toIter)
  static let zpciWrite = zpci(name: "zpci-write-2m", .fromIter)

  /// What the record of a copy costs.
  static let accessLog = Benchmark(
    name: "access-log",
    summary: "growth of the resident set for each byte of a recorded copy by PCI instructions",
    rows: [
      .figure("64 MiB in one run", unit: "bytes") { Copies.recordCost(memoryOffset: 0) },
      .figure("1 MiB, a run for each 4 bytes", unit: "bytes") { Copies.recordCost(memoryOffset: nil) },
    ])

  private static func copy(
    name: String, _ direction: CopyDirection, length: UInt64, count: Int
  ) -> Benchmark {
    Benchmark(
      name: name,
      summary:
        "copy \(length) bytes between a 64 MiB window, place by place, and memory: \(direction.rawValue)",
      rows: [
        .time("memcpy", count: count) { Copies.inC(length, isWrite: direction != .toIter) },
        .time("x86 engine", count: count) { Copies.inSwift(direction, length) },
      ])
  }

  private static func zpci(name: String, _ direction: CopyDirection) -> Benchmark {
    Benchmark(
      name: name,
      summary: "copy 2 MiB by PCI instructions, \(direction.rawValue), checked, counted, recorded",
      rows: [
        .time("C, the same checks", count: 20) { Copies.zpciInC(isWrite: direction != .toIter) },
        .time("zpci-a", count: 20) { Copies.zpciInSwift(direction) },
      ])
  }
}

private enum Copies {
  static let window: UInt64 = 64 << 20

  static func inC(_ length: UInt64, isWrite: Bool) -> (Int) -> UInt64 {
    guard let bytes = ctwin_touched(window), let memory = ctwin_touched(length) else { fail("no memory") }
    return { ctwin_copy(bytes, window, memory, length, Int64($0), isWrite ? 1 : 0) }
  }

  static func inSwift(_ direction: CopyDirection, _ length: UInt64) -> (Int) -> UInt64 {
    // Window and user memory are written to first, so that all their bytes are stored.
    var machine = Subject.probedMachine(window: ByteCount(window))
    let all = IovIter(buffers: [window], on: .x86_64)
    _ = machine.withWindow(0) { port in
      _ = port.copy(.toIter, at: 0, length, all, by: X86Copy())
      return port.copy(.fromIter, at: 0, window, all, by: X86Copy())
    }
    let address = Architecture.x86_64.userBuffer
    return { count in
      let sum = machine.withWindow(0, recordsRuns: false) { port in
        var sum: UInt64 = 0
        for number in 0..<count {
          let at = UInt64(number) % (window / length) * length
          let piece = CopyPiece(offset: at, address: address, length: length)
          let before = port.moved
          do {
            switch direction {
            case .toIter: try X86Copy().read(piece, through: &port)
            default: try X86Copy().write(piece, through: &port)
            }
          } catch { fail("the copy failed") }
          sum = sum &* 31 &+ (port.moved &- before)
        }
        return sum
      }
      return sum ?? 0
    }
  }

  static func zpciInC(isWrite: Bool) -> (Int) -> UInt64 {
    guard let bytes = ctwin_touched(2 << 20), let memory = ctwin_touched(2 << 20) else { fail("no memory") }
    return { ctwin_zpci_copy(bytes, memory, 2 << 20, Int64($0), isWrite ? 1 : 0) }
  }

  static func zpciInSwift(_ direction: CopyDirection) -> (Int) -> UInt64 {
    var port = AccessPort(ZpciFunction(handle: FunctionHandle(0x8002_0001)))
    let iter = IovIter([IovIter.Segment(address: 0, length: 2 << 20)])
    _ = port.copy(.toIter, 2 << 20, iter, by: ZpciCopy(.ruleA))
    _ = port.copy(.fromIter, 2 << 20, iter, by: ZpciCopy(.ruleA))
    return { count in
      var sum: UInt64 = 0
      for _ in 0..<count {
        let report = port.copy(direction, 2 << 20, iter, by: ZpciCopy(.ruleA))
        let counted = report.log.counts.reduce(0) { $0 + $1.count }
        sum = sum &* 31 &+ UInt64(report.log.runs.count) &+ counted
      }
      return sum
    }
  }

  /// Bytes of growth for each byte that was copied: with or without a place where the memory begins.
  static func recordCost(memoryOffset: UInt64?) -> Double {
    var port = AccessPort(ZpciFunction(handle: FunctionHandle(0x8002_0001)))
    var segments = [IovIter.Segment(address: 0, length: 64 << 20)]
    if memoryOffset == nil {
      // Each segment of 12 bytes takes a load of 8 and one of 4.
      segments = (0..<87_381).map { _ in IovIter.Segment(address: 0, length: 12) }
    }
    let length = segments.reduce(0) { $0 + $1.length }
    // The memory is there before the log is.
    _ = port.copy(.toIter, length, IovIter([segments[0]]), by: ZpciCopy(.ruleA))
    _ = port.copy(.fromIter, length, IovIter([segments[0]]), by: ZpciCopy(.ruleA))
    var report: CopyReport?
    return growth {
      report = port.copy(.toIter, length, IovIter(segments), by: ZpciCopy(.ruleA))
      return Int(report?.moved ?? 1)
    }
  }
}
