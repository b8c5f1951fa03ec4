import DaxModel

/// A mounted machine, and the oracle that says what its files hold. An operation runs on both.
struct World {
  let plan: TrafficPlan
  var machine: Machine
  var oracle: Oracle
  var tally = Tally()
  /// Lines for the shell that do the same, if they are wanted.
  var script: [String]?
  /// The failure of the host that happened in the last call.
  var struck: HostFaultPlan.Fault?
  /// Whether a range was ever given up that the host has not unmapped.
  var hasStaleMappings = false
  /// Whether a file was ever closed that the host still holds open.
  var hasStaleHandles = false
  /// The operation that runs.
  private(set) var operation: FileOperation?
  private(set) var step = 0
  private var pace: Dice?

  static let tag = "myfs"
  var buffer: UInt64 { machine.kernel.architecture.userBuffer }

  init(_ plan: TrafficPlan, mistake: Oracle.Mistake? = nil, writesScript: Bool = false) throws(Stop) {
    self.plan = plan
    oracle = Oracle(plan.files, mistake: mistake)
    if plan.pace != 0 { pace = Dice(seed: plan.pace) }
    var host = HostFileSystem()
    do {
      for (index, file) in plan.files.enumerated() {
        let path = TrafficPlan.path(index)
        let folder = TrafficPlan.folder(of: index)
        if (try? host.resolve(folder)) == nil { try host.hostMakeFolder(folder) }
        let content = HostContent.pattern(size: ByteCount(UInt64(file.size)), seed: path)
        try host.hostCreate(path, content, isDax: file.wantsDax)
      }
      let attachment = try MachineConfiguration.syntheticDevice(
        release: plan.release, window: ByteCount(UInt64(plan.ranges) << 21))
      var device = MachineConfiguration.Device(attachment)
      device.files = host
      var configuration = MachineConfiguration(release: plan.release, devices: [device])
      configuration.stackHoldsGarbage = true
      machine = Machine(configuration)
    } catch {
      throw .skipped
    }
    if writesScript { script = setupLines }
    try bindAndMount()
  }

  private var setupLines: [String] {
    ["new kernel=\(plan.release.name) window=\(plan.ranges * 2)M stack=garbage"]
      + plan.files.enumerated().map { index, file in
        "host file \(TrafficPlan.path(index)) size=\(file.size)" + (file.wantsDax ? " dax=yes" : "")
      }
  }

  func isDax(_ file: Int) -> Bool {
    switch plan.mode {
    case .always: true
    case .inode, .inodeDefault: oracle.files[file].wantsDax
    case .never: false
    }
  }

  /// Writes a line for the shell.
  mutating func say(_ line: @autoclosure () -> String) { if script != nil { script?.append(line()) } }

  // MARK: Running

  /// Runs the next operation; the invariants are checked after it.
  mutating func act(_ operation: FileOperation) throws(Stop) {
    self.operation = operation
    step += 1
    let before = isDear ? machine.kernel : nil
    let (mapped, removed) = (requests(.setupMapping), requests(.removeMapping))
    do throws(Stop) {
      try perform(operation)
    } catch .skipped {
      tally.skipped += 1
      return
    }
    tally.count(operation.name)
    let new = requests(.setupMapping) - mapped
    tally.mappings += new
    tally.reclaims += requests(.removeMapping) - removed
    switch operation {
    case .read, .write, .load, .store: if new == 0 { tally.hits += 1 }
    default: break
    }
    if pace?.isOne(in: 2) != true { machine.runWorkers() }
    try checkCheaply()
    if let before { try checkDearly(from: before) }
  }

  /// Once in a while everything is checked.
  private var isDear: Bool { step % 64 == 0 }

  private func requests(_ opcode: FuseOpcode) -> Int {
    Int(machine.kernel.servers[0].statistics[opcode])
  }

  /// Makes a system call, and waits until it has come back.
  mutating func call(_ call: SystemCall, _ line: @autoclosure () -> String) throws(Stop) -> Value {
    say(line())
    let task = machine.start(call)
    return try finish(task)
  }

  /// Runs a task to its end.
  mutating func finish(_ task: TaskID) throws(Stop) -> Value {
    if step % plan.unwatchedPeriod == 0 {
      try checkUnwatched(task)
      tally.unwatched += 1
    }
    let armed = machine.kernel.servers[0].faults.faults.first
    drive(task)
    if machine.task(task)?.result == nil, machine.oops == nil {
      machine.passTime()
      drive(task)
    }
    struck = machine.kernel.servers[0].faults.faults.isEmpty ? armed : nil
    if let struck {
      tally.failures += 1
      if struck.opcode == .removeMapping { hasStaleMappings = true }
      if struck.opcode == .release { hasStaleHandles = true }
    }
    if let oops = machine.oops {
      throw wrong(.oops, "the machine dies in \(oops.site.description(in: plan.release)): \(oops.message)")
    }
    guard let result = machine.task(task)?.result else { throw hang(task) }
    machine.reap(task)
    return result
  }

  private mutating func drive(_ task: TaskID) {
    guard pace != nil else {
      while machine.isRunnable(task), machine.step(task) != nil {
        if machine.runnableWorker != nil { machine.runWorkers() }
      }
      return
    }
    while machine.oops == nil {
      if machine.isRunnable(task), pace?.isOne(in: 4) == false {
        machine.step(task)
      } else if let worker = machine.runnableWorker {
        machine.step(worker)
        machine.reap(worker)
      } else if machine.isRunnable(task) {
        machine.step(task)
      } else {
        return
      }
    }
  }

  /// Whether no kernel thread is in the midst of something.
  var isQuiet: Bool { machine.tasks.isEmpty }

  // MARK: Hangs

  /// A call that does not come back: as on Linux, or wrong.
  private mutating func hang(_ task: TaskID) -> Stop {
    guard case .blocked(let wait) = machine.task(task)?.state else {
      return wrong(.hang, "the call neither ends nor waits")
    }
    let place = machine.site(of: task).map { $0.description(in: plan.release) } ?? ""
    switch (wait, operation) {
    case (.emptyRead, .read(_, _, 0)) where plan.release.has(.zeroLengthReadLoops):
      tally.hangs += 1
      return .knownHang("a read of 0 bytes")
    case (.freeRange, .readInto), (.freeRange, .writeFrom):
      guard plan.ranges == 1, place == "__fuse_dax_fault.waitForRange" else { break }
      tally.hangs += 1
      return .knownHang("one range, and memory that is a mapping")
    default: break
    }
    return wrong(.hang, "the call hangs in \(place): \(machine.kernel.explain(wait))")
  }

  func wrong(_ kind: Disagreement.Kind, _ message: String) -> Stop {
    .wrong(Disagreement(kind: kind, message: message))
  }
}
