import CTwin
import DaxModel

extension Benchmark {
  /// One request, to the server and back: alone, in bytes, and as what a system call comes to.
  static let request = Benchmark(
    name: "fuse-request",
    summary: "GETATTR answered by the host's server, alone and asked for by fstat()",
    rows: [
      .time("FuseServer.answer, values", count: 200_000, after: { Files.requests(inBytes: false) }),
      .time("FuseServer.answer, bytes", count: 200_000, after: { Files.requests(inBytes: true) }),
      .time("fstat, attributes never valid", count: 200_000, after: { Files.stats() }),
    ])

  /// A page of a range that is mapped, by a system call of which every line could be stepped.
  static let readFilePage = Benchmark(
    name: "pread-4k",
    summary: "pread() of 4 KiB after 4 KiB of a range of 2 MiB that is mapped",
    rows: [
      .time("memcpy", count: 100_000, after: { Files.copiesInC(from: 2 << 20, length: 4096) }),
      .time("Machine, to the end", count: 100_000, after: { Files.reads(of: 2 << 20, length: 4096) }),
    ])

  /// A file that is much longer than the window: ranges are mapped and taken away all the time.
  static let readFile = Benchmark(
    name: "read-1g",
    summary: "read 1 GiB of a file in calls of 1 MiB, through a window of 64 MiB",
    rows: [
      .time("memcpy", count: 1024, after: { Files.copiesInC(from: 1 << 30, length: 1 << 20) }),
      .time("Machine, to the end", count: 1024, after: { Files.reads(of: 1 << 30, length: 1 << 20) }),
    ])

  /// The same into the file.
  static let writeFile = Benchmark(
    name: "write-1g",
    summary: "write 1 GiB of a file in calls of 1 MiB, through a window of 64 MiB",
    rows: [
      .time("memcpy", count: 1024, after: { Files.copiesInC(from: 1 << 30, length: 1 << 20, isWrite: true) }),
      .time(
        "Machine, to the end", count: 1024,
        after: { Files.reads(of: 1 << 30, length: 1 << 20, isWrite: true) }),
    ])

  /// State in proportion to what was touched.
  static let fileMemory = Benchmark(
    name: "file-memory",
    summary: "growth of the resident set by a file of the host",
    rows: [
      .figure("1 TiB, mounted, opened, 4 KiB read", unit: "bytes") { Files.untouched() },
      .figure("a byte of a file that was written", unit: "bytes") { Files.touched() },
    ])
}

private enum Files {
  /// A machine with one file, mounted with DAX and opened as descriptor 3.
  static func machine(_ size: UInt64, window: UInt64 = 64 << 20, attributeTimeout: UInt64 = 86_400) -> Machine
  {
    guard
      let attachment = try? MachineConfiguration.syntheticDevice(release: .v6_12, window: ByteCount(window))
    else { fail("the device cannot be laid out") }
    var device = MachineConfiguration.Device(attachment)
    device.server.attributeTimeout = attributeTimeout
    guard (try? device.files.hostCreate("f", .pattern(size: ByteCount(size), seed: "f"))) != nil else {
      fail("the file cannot be made")
    }
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [device]))
    finish(machine.startProbe(0), in: &machine)
    finish(machine.startMount("myfs", .dax), in: &machine)
    finish(machine.start(.open("f", .readWrite)), in: &machine)
    return machine
  }

  /// Runs a task to its end, which it must come to, and gives its result.
  @discardableResult
  static func finish(_ task: TaskID, in machine: inout Machine) -> UInt64 {
    guard let result = machine.runToEnd(task), result.errno == nil else { fail("a call failed") }
    machine.reap(task)
    return result.number.map { UInt64(bitPattern: $0) } ?? 0
  }

  static func requests(inBytes: Bool) -> (Int) -> UInt64 {
    guard var server = machine(1 << 20).server(of: 0) else { fail("no server") }
    let request = FuseRequest(.getattr(FuseGetattr()), unique: 2, node: .root)
    let message = request.encode(.little)
    return { count in
      var sum: UInt64 = 0
      for _ in 0..<count {
        if inBytes {
          sum += server.answer(bytes: message).count > 16 ? 1 : 0
        } else {
          sum += server.answer(request).body.error == nil ? 1 : 0
        }
      }
      return sum
    }
  }

  static func stats() -> (Int) -> UInt64 {
    var machine = machine(1 << 20, attributeTimeout: 0)
    return { count in
      let before = machine.server(of: 0)?.log.count ?? 0
      for _ in 0..<count { finish(machine.start(.fstat(3)), in: &machine) }
      return (machine.server(of: 0)?.log.count ?? 0) - before
    }
  }

  static func copiesInC(from whole: UInt64, length: UInt64, isWrite: Bool = false) -> (Int) -> UInt64 {
    guard let bytes = ctwin_touched(whole), let memory = ctwin_touched(length) else { fail("no memory") }
    return { ctwin_copy(bytes, whole, memory, length, Int64($0), isWrite ? 1 : 0) }
  }

  /// Reads or writes piece after piece of a file all of whose bytes are stored.
  static func reads(of whole: UInt64, length: UInt64, isWrite: Bool = false) -> (Int) -> UInt64 {
    var machine = machine(whole)
    let iter = IovIter(buffers: [length], on: .x86_64)
    let big = IovIter(buffers: [1 << 20], on: .x86_64)
    machine.writeUser([UInt8](repeating: 1, count: 1 << 20), at: big.segments[0].address)
    for at in stride(from: 0, to: whole, by: 1 << 20) {
      finish(machine.start(.pwrite(3, offset: at, big)), in: &machine)
    }
    return { count in
      var sum: UInt64 = 0
      for number in 0..<count {
        let offset = UInt64(number) % (whole / length) * length
        let call: SystemCall = isWrite ? .pwrite(3, offset: offset, iter) : .pread(3, offset: offset, iter)
        sum = sum &* 31 &+ finish(machine.start(call), in: &machine)
      }
      return sum
    }
  }

  static func untouched() -> Double {
    let before = peakResidentBytes()
    var machine = machine(1 << 40)
    finish(machine.start(.pread(3, offset: 1 << 39, IovIter(buffers: [4096], on: .x86_64))), in: &machine)
    return Double(peakResidentBytes() - before)
  }

  static func touched() -> Double {
    var machine = machine(1 << 30)
    let iter = IovIter(buffers: [1 << 20], on: .x86_64)
    return growth {
      for at in stride(from: 0, to: UInt64(1 << 30), by: 1 << 20) {
        finish(machine.start(.pwrite(3, offset: at, iter)), in: &machine)
      }
      return 1 << 30
    }
  }
}
