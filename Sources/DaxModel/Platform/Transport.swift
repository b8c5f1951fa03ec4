/// How a virtio device is attached, and so how a driver asks for shared memory.
public enum Transport: String, Hashable, Sendable, CaseIterable {
  /// PCI: regions are capabilities that point into BARs.
  case pci = "pci"
  /// Memory-mapped registers: regions are read from five registers.
  case mmio = "mmio"
  /// Channel I/O of s390: there are no regions.
  case ccw = "ccw"

  /// Why a device on this transport can have no shared memory, or `nil` if it can.
  public var noRegionReason: String? {
    switch self {
    case .pci, .mmio: nil
    case .ccw:
      "virtio-ccw has no command that asks for a shared-memory region: the specification lists them "
        + "among the features that channel I/O does not support, and Linux has no operation for them"
    }
  }
}

/// A virtio device as its transport shows it: what `virtio_get_shm_region()` dispatches on.
public enum AttachedDevice: Hashable, Sendable {
  /// A function on a PCI bus.
  case pci(PciFunction)
  /// A set of memory-mapped registers.
  case mmio(MmioRegisters)
  /// A channel device.
  case ccw

  /// How it is attached.
  public var transport: Transport {
    switch self {
    case .pci: .pci
    case .mmio: .mmio
    case .ccw: .ccw
    }
  }

  /// `virtio_get_shm_region()`: what Linux answers when the driver asks for region `id`.
  ///
  /// A transport without the operation answers "no region" for every id.
  public func linuxLookup(id: UInt8, rules: ShmLookupRules = .current) -> ShmLookup {
    switch self {
    case .pci(let function): function.linuxLookup(id: id, rules: rules)
    case .mmio(let registers): ShmLookup(outcome: registers.linuxLookup(id: id))
    case .ccw: ShmLookup(outcome: .absent)
    }
  }

  /// What a reader answers that holds the device to the specification.
  public func strictLookup(id: UInt8) -> ShmOutcome {
    switch self {
    case .pci(let function): function.strictLookup(id: id)
    case .mmio(let registers): registers.strictLookup(id: id)
    case .ccw: .absent
    }
  }
}
