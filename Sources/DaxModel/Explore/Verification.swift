/// What one search of a fixed set finds in a release.
public struct Verification: Hashable, Sendable {
  /// A search of the set.
  public enum Case: String, Hashable, Sendable, CaseIterable {
    case probeFault = "probe-fault"
    case bindAgain = "bind-again"
    case twoDevices = "two-devices"
    case mountUser = "mount-user"
    case pin, hold, reader

    /// What is searched, in a sentence.
    public var sentence: String {
      switch self {
      case .probeFault: "a probe, with a failure at any one line that can fail"
      case .bindAgain: "an unbind and a bind of the same device"
      case .twoDevices: "two devices, whose windows lie side by side, are bound at the same time"
      case .mountUser: "an unbind, and somebody who mounts, sends a request and unmounts"
      case .pin: "an unbind, and somebody who pins a page of the window and puts it"
      case .hold: "an unbind, and somebody who pins a page and never puts it"
      case .reader: "an unbind under a mount with DAX, and somebody who reads through the window"
      }
    }

    /// The tasks whose lines are put into every order.
    public var tasks: [TaskRequest] {
      switch self {
      case .probeFault: [TaskRequest(.probe)]
      case .bindAgain: [TaskRequest(.remove), TaskRequest(.probe)]
      case .twoDevices: [TaskRequest(.probe), TaskRequest(.probe, device: 1)]
      case .mountUser: [TaskRequest(.remove), TaskRequest(.user)]
      case .pin: [TaskRequest(.remove), TaskRequest(.pin)]
      case .hold: [TaskRequest(.remove), TaskRequest(.hold)]
      case .reader: [TaskRequest(.remove), TaskRequest(.reader)]
      }
    }

    /// What has happened before.
    fileprivate var preparation: [TaskRequest] {
      switch self {
      case .probeFault, .twoDevices: []
      case .bindAgain, .mountUser, .pin, .hold: [TaskRequest(.probe)]
      case .reader: [TaskRequest(.probe), TaskRequest(.mount)]
      }
    }

    fileprivate var devices: Int { self == .twoDevices ? 2 : 1 }
    fileprivate var faults: Int { self == .probeFault ? 1 : 0 }
  }

  public let item: Case
  public let release: KernelRelease
  /// How many states the search has found.
  public let states: Int
  public let transitions: Int
  /// Whether it has looked at all of them.
  public let isComplete: Bool
  /// What it has found, in the order of the number of lines to it: the kind, and the line or the thing lost.
  public let verdicts: [String]

  /// Runs the search to its end.
  ///
  /// The machine has windows of 64 MiB. Its stack holds garbage, so that 6.16 finds the window.
  public init(_ item: Case, _ release: KernelRelease) {
    self.item = item
    self.release = release
    var explorer = Explorer(Verification.machine(item, release), Verification.options(item))
    while explorer.advance(states: 1 << 16) {}
    states = explorer.stateCount
    transitions = explorer.transitions
    isComplete = explorer.isComplete
    verdicts = explorer.verdicts
  }

  /// The options of a case's search.
  public static func options(_ item: Case) -> Explorer.Options {
    var options = Explorer.Options()
    options.faults = item.faults
    return options
  }

  /// The machine on which a case begins, with its tasks.
  public static func machine(_ item: Case, _ release: KernelRelease) -> Machine {
    let window = MachineConfiguration.windowLength
    let devices = (0..<item.devices).compactMap { number -> MachineConfiguration.Device? in
      let base =
        MachineConfiguration.windowBase(on: release.architecture).rawValue + UInt64(number) * window.rawValue
      guard let slot = PciSlot(bus: 0, device: UInt8(2 + number), function: 0),
        let attachment = try? MachineConfiguration.syntheticDevice(
          release: release, window: window, base: PhysicalAddress(base), slot: slot)
      else { return nil }
      return MachineConfiguration.Device(attachment, tag: number == 0 ? "myfs" : "fs\(number)")
    }
    var configuration = MachineConfiguration(release: release, devices: devices)
    configuration.stackHoldsGarbage = true
    var machine = Machine(configuration)
    for request in item.preparation {
      guard let task = machine.start(request) else { continue }
      while machine.isRunnable(task) { machine.step(task) }
      machine.reap(task)
    }
    for request in item.tasks { machine.start(request) }
    return machine
  }
}
