@testable import DaxModel

extension Machine {
  /// A machine with a device whose window lies in a BAR: behind a cookie on s390x.
  static func with(_ release: KernelRelease, on architecture: Architecture) throws -> Machine {
    let built = release.built(for: architecture)
    let device = try MachineConfiguration.syntheticDevice(release: built)
    var configuration = MachineConfiguration(release: built, devices: [MachineConfiguration.Device(device)])
    configuration.stackHoldsGarbage = true
    return Machine(configuration)
  }

  /// The cookie of an entry of the table of mapped BARs.
  func cookie(_ index: UInt64, _ offset: UInt64 = 0) -> KernelAddress {
    IomapCookie(kernel.release.cookieBase, index: index, offset: offset).address
  }
}
