import Testing

@testable import DaxModel

extension KernelRelease: CustomTestStringConvertible {
  public var testDescription: String { architecture == .s390x ? name + " on s390x" : name }

  /// Every release, built for every architecture.
  static let builds = all + all.map { $0.built(for: .s390x) }

  /// Those that hand out a frame by which a page can be pinned.
  static let pinning = all.filter { $0 != .v6_17rc1 }

  /// A release and all that came after it.
  static func since(_ first: KernelRelease) -> [KernelRelease] {
    Array(all.drop { $0 != first })
  }
}

extension Machine {
  /// A machine with one device that is made from nothing.
  static func standard(
    _ release: KernelRelease, transport: Transport = .pci,
    window: ByteCount? = MachineConfiguration.windowLength,
    base: PhysicalAddress = MachineConfiguration.windowBase, ram: [PhysicalRange]? = nil, altmap: Bool = false
  ) throws -> Machine {
    let device = try MachineConfiguration.syntheticDevice(
      transport: transport, release: release, window: window, base: base)
    var configuration = MachineConfiguration(release: release, devices: [.init(device)])
    if let ram { configuration.ram = ram }
    configuration.keepsMemmapInWindow = altmap
    configuration.stackHoldsGarbage = true
    return Machine(configuration)
  }

  /// The same after a probe that must succeed.
  static func probed(_ release: KernelRelease, window: ByteCount = MachineConfiguration.windowLength) throws
    -> Machine
  {
    var machine = try standard(release, window: window)
    #expect(machine.probe() == .success)
    return machine
  }

  /// Probes a device to the end and forgets the task. Nil if it does not end.
  mutating func probe(_ device: DeviceID = 0) -> Value? { finish(startProbe(device)) }

  /// Unbinds a device to the end and forgets the task. Nil if it does not end.
  mutating func remove(_ device: DeviceID = 0) -> Value? { finish(startRemove(device)) }

  /// Unmounts a tag to the end. Nil if nothing is mounted from it, or if it does not end.
  mutating func unmount(_ tag: String) -> Value? {
    guard let task = startUnmount(tag) else { return nil }
    return finish(task)
  }

  /// Runs a task as far as it goes and forgets it if it has ended.
  mutating func finish(_ task: TaskID) -> Value? {
    _ = run(task)
    let result = self.task(task)?.result
    reap(task)
    return result
  }

  /// Where a task stands, as `function.line`.
  func place(of task: TaskID) -> String? { site(of: task)?.description(in: kernel.release) }

  /// Runs a task until it stands at `function.line`, where it must come.
  mutating func advance(
    _ task: TaskID, to place: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    while self.place(of: task) != place, isRunnable(task), step(task) != nil {}
    #expect(self.place(of: task) == place, sourceLocation: sourceLocation)
  }

  /// Starts to pin a page of the first device's window.
  mutating func pin(at offset: UInt64) throws -> TaskID {
    let task = startPin(0, at: PageOffset(offset))
    return try #require(task)
  }

  /// The log without the lines for debugging.
  var messages: [KernelLog.Entry] { kernel.log.entries.filter { $0.level != .debug } }
}

extension FunctionID {
  /// A line by name; nil where the release does not have it.
  func site(_ line: String, in release: KernelRelease) -> Site? {
    lines(in: release).firstIndex { $0.name == line }.map { Site(self, UInt8($0)) }
  }
}

/// Every line that a task ran, with the check that a call is one which the line's note lists.
func expectCallsAsNoted(_ events: [StepEvent], in release: KernelRelease) {
  for event in events {
    guard case .called(let callee) = event.outcome else { continue }
    let note = event.site.function.lines(in: release)[Int(event.site.position)].note
    #expect(
      note.calls.contains(callee),
      "\(event.site.description(in: release)) calls \(callee.name), which its note omits")
  }
}
