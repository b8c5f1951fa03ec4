import DaxModel

/// Runs the steps of a workload on a machine of the model.
struct WorkloadRunner {
  /// What came of a step.
  struct Outcome: Hashable {
    /// The results by the names of the recordings.
    var results: [Field] = []
    /// The requests of the data path that the server got.
    var requests: [WorkloadRequest] = []
    /// The inode that each of them is about.
    var inodes: [InodeNumber?] = []
    /// Why it did not come to its end, in a sentence.
    var trouble: Trouble?

    mutating func set(_ name: String, _ value: Datum) { results.append(Field(name, value)) }

    subscript(name: String) -> Datum? { results.first { $0.name == name }?.value }

    /// `ret` and `errno` as a C program sees them.
    mutating func set(_ value: Value) {
      set("ret", .int(value.errno == nil ? value.number ?? 0 : -1))
      set("errno", .int(value.errno?.rawValue ?? 0))
    }

    /// `ok`, `ret` and `errno` of steps that have others to tell of: a recording may have them everywhere.
    mutating func complete() {
      if self["errno"] == nil { set("errno", 0) }
      if self["ret"] == nil { set("ret", self["ok"] == 0 ? -1 : 0) }
      if self["ok"] == nil { set("ok", self["errno"] == 0 ? 1 : 0) }
    }
  }

  /// Why a step has no end.
  enum Trouble: Hashable {
    /// It waits for what can never come.
    case hung(String)
    case died(String)
    case unmodelled(String)
    case interrupted

    var message: String {
      switch self {
      case .hung(let text): "hangs: " + text
      case .died(let text): "the machine dies: " + text
      case .unmodelled(let text): text
      case .interrupted: "interrupted"
      }
    }
  }

  /// A mapping.
  struct Mapped {
    var id: MappingID
    /// Where in the file it begins.
    var offset: UInt64
    var length: UInt64
  }

  let workload: Workload
  var machine: Machine
  /// Open files, by name, the newest last.
  var opened: [(name: String, descriptor: FileDescriptor)] = []
  /// What is mapped, the newest last.
  var mappings: [Mapped] = []
  private var seen: UInt64 = 0

  /// A machine of a release, with the device and the files of the workload; its driver is bound.
  init(_ workload: Workload, on release: KernelRelease) throws(WorkloadFailure) {
    self.workload = workload
    let window = workload.device.window
    var device: MachineConfiguration.Device
    do throws(WindowLayoutError) {
      device = MachineConfiguration.Device(
        try MachineConfiguration.syntheticDevice(
          release: release, window: window == 0 ? nil : ByteCount(window),
          base: MachineConfiguration.place(for: ByteCount(window))),
        tag: workload.tag)
    } catch {
      throw WorkloadFailure("there is no such device: \(error.message)")
    }
    device.server = workload.device.server
    let programs = workload.programs
    for file in workload.files {
      do throws(Errno) {
        for folder in file.folders where (try? device.files.resolve(folder)) == nil {
          try device.files.hostMakeFolder(folder)
        }
        try device.files.hostCreate(
          file.name, .pattern(size: ByteCount(file.size), seed: file.seed), isDax: file.isDax,
          isExecutable: programs.contains(file.name))
      } catch {
        throw WorkloadFailure("the file `\(file.name)` cannot be made: \(error.meaning)")
      }
    }
    machine = Machine(MachineConfiguration(release: release, devices: [device]))
    let probe = machine.startProbe(0)
    _ = machine.run(probe)
  }

  /// Runs a step.
  mutating func run(_ action: WorkloadAction, _ isInterrupted: () -> Bool) -> Outcome {
    var outcome = Outcome()
    do throws(Trouble.Failure) {
      try perform(action, into: &outcome, isInterrupted)
      machine.runWorkers()
      if let oops = machine.oops { outcome.trouble = .died(oops.message) }
    } catch {
      outcome.trouble = error.trouble
    }
    let exchanges = machine.server(of: 0)?.log.exchanges(since: seen) ?? []
    seen = machine.server(of: 0)?.log.count ?? 0
    for exchange in exchanges {
      guard let request = WorkloadRequest(exchange) else { continue }
      outcome.requests.append(request)
      outcome.inodes.append(exchange.inode)
    }
    outcome.complete()
    return outcome
  }

  // MARK: System calls

  /// Runs a system call to its end.
  mutating func call(_ call: SystemCall, _ isInterrupted: () -> Bool) throws(Trouble.Failure) -> Value {
    let task = machine.start(call, on: 0)
    return try finish(task, isInterrupted)
  }

  /// Runs a task to its end, and the workers that it waits for.
  mutating func finish(_ task: TaskID, _ isInterrupted: () -> Bool) throws(Trouble.Failure) -> Value {
    var count = 0
    while true {
      while machine.isRunnable(task) {
        machine.step(task)
        // With one processor, a worker that is kicked runs before its kicker's next request.
        if machine.runnableWorker != nil, machine.givesWay(task) { machine.runWorkers() }
        count += 1
        if count & 0xfff == 0, isInterrupted() { throw Trouble.Failure(.interrupted) }
      }
      if let oops = machine.oops { throw Trouble.Failure(.died(oops.message)) }
      if let value = machine.task(task)?.result {
        machine.reap(task)
        return value
      }
      machine.runWorkers()
      if machine.isRunnable(task) { continue }
      let hang = machine.hangs.first { $0.task == task }
      throw Trouble.Failure(.hung(hang?.message ?? "the task waits, and nothing wakes it"))
    }
  }

  /// The descriptor of a file; one that is not open is none.
  func descriptor(_ name: String) -> FileDescriptor { opened.last { $0.name == name }?.descriptor ?? -1 }

  /// A buffer of the process.
  func buffer(_ length: UInt64) -> IovIter { IovIter(buffers: [length], on: machine.kernel.architecture) }

  /// A buffer with bytes in it.
  mutating func buffer(holding bytes: [UInt8]) -> IovIter {
    let iter = buffer(UInt64(bytes.count))
    if let first = iter.segments.first { machine.writeUser(bytes, at: first.address) }
    return iter
  }

  /// The bytes that a call has left in a buffer.
  func contents(_ iter: IovIter, count: UInt64) -> [UInt8] {
    guard let first = iter.segments.first else { return [] }
    return machine.readUser(first.address, count: Int(min(count, first.length)))
  }
}

extension WorkloadRunner.Trouble {
  /// Trouble on its way to the end of the step.
  struct Failure: Error {
    var trouble: WorkloadRunner.Trouble

    init(_ trouble: WorkloadRunner.Trouble) { self.trouble = trouble }
  }
}
