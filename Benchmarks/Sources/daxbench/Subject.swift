import DaxModel

/// The machine that is measured: Linux 6.12 with one virtio-fs device.
enum Subject {
  static func machine(
    window: ByteCount, base: PhysicalAddress = MachineConfiguration.windowBase,
    release: KernelRelease = .v6_12
  ) -> Machine {
    guard
      let device = try? MachineConfiguration.syntheticDevice(release: release, window: window, base: base)
    else { fail("the device cannot be laid out") }
    return Machine(MachineConfiguration(release: release, devices: [.init(device)]))
  }

  /// The same, with the driver bound.
  static func probedMachine(window: ByteCount, release: KernelRelease = .v6_12) -> Machine {
    var machine = machine(window: window, release: release)
    let task = machine.startProbe(0)
    while machine.step(task) != nil {}
    machine.reap(task)
    return machine
  }
}
