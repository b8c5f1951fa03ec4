import DaxModel

/// The machine that is measured: Linux 6.12 with one virtio-fs device.
enum Subject {
  static func machine(window: ByteCount, base: PhysicalAddress = MachineConfiguration.windowBase) -> Machine {
    guard
      let device = try? MachineConfiguration.syntheticDevice(release: .v6_12, window: window, base: base)
    else { fail("the device cannot be laid out") }
    return Machine(MachineConfiguration(release: .v6_12, devices: [.init(device)]))
  }

  /// The same, with the driver bound.
  static func probedMachine(window: ByteCount) -> Machine {
    var machine = machine(window: window)
    let task = machine.startProbe(0)
    while machine.step(task) != nil {}
    machine.reap(task)
    return machine
  }
}
