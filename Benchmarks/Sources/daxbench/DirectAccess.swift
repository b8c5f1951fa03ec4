import CTwin
import DaxModel

extension Benchmark {
  /// Page offset to kernel address and frame: the C driver's arithmetic against the model's.
  static let directAccess = Benchmark(
    name: "direct-access",
    summary: "translate a page offset of a 1 GiB window: the driver's arithmetic",
    rows: [
      .time("C, through a table of operations", count: 4_000_000) {
        Translation.inC(count: $0, isChecked: false)
      },
      .time("VirtioFs.directAccess", count: 4_000_000) { count in
        let machine = Subject.probedMachine(window: Translation.length)
        guard let fs = machine.kernel.instance(of: 0) else { fail("the device has no driver") }
        return Translation.sum(count: count) { fs.directAccess(at: $0, pages: $1) }
      },
    ])

  /// `dax_direct_access()` with its checks, and the driver behind it, as a task of ten lines.
  static let directAccessTask = Benchmark(
    name: "direct-access-task",
    summary: "dax_direct_access() and the driver behind it, run a line at a time",
    rows: [
      .time("C, one call", count: 200_000) { Translation.inC(count: $0, isChecked: true) },
      .time("Machine.step, ten lines", count: 200_000) { count in
        var machine = Subject.probedMachine(window: Translation.length)
        return Translation.sum(count: count) { Translation.call(&machine, $0, $1) }
      },
    ])
}

/// The Swift side of the comparisons, and the numbers that both sides use.
private enum Translation {
  static let seed: UInt64 = 1
  static let length = ByteCount(1 << 30)

  static func inC(count: Int, isChecked: Bool) -> UInt64 {
    let base = MachineConfiguration.windowBase
    var window = ctwin_window(
      kernel_address: Architecture.x86_64.kernelAddress(of: base).rawValue, physical_address: base.rawValue,
      length: length.rawValue, alive: 1)
    return ctwin_direct_access(&window, seed, Int64(count), isChecked ? 1 : 0)
  }

  static func call(_ machine: inout Machine, _ page: PageOffset, _ wanted: Int64) -> DirectAccess {
    let task = machine.startDirectAccess(0, at: page, pages: wanted)
    while machine.step(task) != nil {}
    defer { machine.reap(task) }
    guard case .access(let access)? = machine.task(task)?.result else { fail("direct_access gave no answer") }
    return access
  }

  /// Calls `translate` with the offsets and page counts that the C twin uses.
  static func sum(count: Int, _ translate: (PageOffset, Int64) -> DirectAccess) -> UInt64 {
    var numbers = Sequence64(state: seed)
    let mask = length.pages.rawValue - 1
    var sum: UInt64 = 0
    for _ in 0..<count {
      let number = numbers.next()
      let found = translate(PageOffset((number >> 33) & mask), Int64(number >> 60))
      sum =
        sum &* 31 &+ UInt64(bitPattern: found.pages) &+ (found.address?.rawValue ?? 0)
        &+ (found.frame?.rawValue ?? 0)
    }
    return sum
  }
}
