/// What a machine is made of.
public struct MachineConfiguration: Hashable, Sendable {
  /// One virtio-fs device.
  public struct Device: Hashable, Sendable {
    /// How it is attached, with all that the guest can read there.
    public var attachment: AttachedDevice
    /// The tag in its configuration; at most 36 bytes.
    public var tag: String
    /// The number of request queues in its configuration.
    public var requestQueues: Int
    /// The server behind it: what it answers, and how long attributes are valid. Its window's length is the device's.
    public var server = FuseServerConfiguration()
    /// The files that it serves.
    public var files = HostFileSystem()

    public init(_ attachment: AttachedDevice, tag: String = "myfs", requestQueues: Int = 1) {
      self.attachment = attachment
      self.tag = tag
      self.requestQueues = requestQueues
    }
  }

  /// Which Linux runs on it.
  public var release: KernelRelease
  /// Its devices, in the order in which they are found.
  public var devices: [Device]
  /// Its RAM: a gigabyte unless told otherwise.
  public var ram: [PhysicalRange]
  /// What-if: the driver keeps the window's struct pages inside the window.
  public var keepsMemmapInWindow = false
  /// Whether the stack holds what earlier calls left there; kernels are mostly built to zero it.
  public var stackHoldsGarbage = false
  /// What-if on s390x: what is taken to be different.
  public var assumption: Assumption?
  /// On s390x: how the instructions are checked, and whether MIO is used.
  public var zpci = Zpci()

  public init(release: KernelRelease, devices: [Device]) {
    self.release = release
    self.devices = devices
    ram = MachineConfiguration.ram(on: release.architecture)
  }

  /// zPCI as the kernel uses it: without MIO if the release does not know that. Nil on other architectures.
  var kernelZpci: Zpci? {
    guard release.architecture == .s390x else { return nil }
    return Zpci(rules: zpci.rules, hasMIO: zpci.hasMIO && release.has(.usesMio))
  }

  /// A gigabyte of RAM: on x86-64 with the customary hole below 1 MiB, on s390x in one piece.
  public static func ram(on architecture: Architecture) -> [PhysicalRange] {
    switch architecture {
    case .x86_64:
      [
        PhysicalRange(PhysicalAddress(0x1000), length: ByteCount(0x9_ec00)),
        PhysicalRange(PhysicalAddress(0x10_0000), length: ByteCount(0x3ff0_0000)),
      ]
    case .s390x: [PhysicalRange(PhysicalAddress(0), length: ByteCount(1 << 30))]
    }
  }

  /// Where the window is on x86-64 unless told otherwise.
  public static let windowBase = PhysicalAddress(0x80_0000_0000)

  /// Where the window is unless told otherwise: on s390x below the end of the linear map.
  ///
  /// There it only matters where the window is taken to be memory; else its BAR gets a cookie for an address.
  public static func windowBase(on architecture: Architecture) -> PhysicalAddress {
    switch architecture {
    case .x86_64: windowBase
    case .s390x: PhysicalAddress(0x40_0000_0000)
    }
  }

  /// How long it is unless told otherwise: 64 MiB.
  public static let windowLength = ByteCount(64 << 20)

  /// The first address from `start` on at which a window may begin: a BAR begins at a multiple of its size.
  public static func place(
    for window: ByteCount?, from start: PhysicalAddress = windowBase
  ) -> PhysicalAddress {
    var size = pageSize
    while size < (window?.rawValue ?? 0), size < 1 << 63 { size <<= 1 }
    let (end, overflow) = start.rawValue.addingReportingOverflow(size - 1)
    return overflow ? start : PhysicalAddress(end & ~(size - 1))
  }

  /// A device made from nothing, as `new` does it.
  ///
  /// - Parameters:
  ///   - transport: How it is attached.
  ///   - release: The Linux that it is for: the 2019 patches read another capability.
  ///   - window: The length of its window; nil for a device without one.
  ///   - base: Where the window begins; if nil, at the first place from `windowBase(on:)` on that suits.
  ///   - slot: Where it sits, on PCI.
  public static func syntheticDevice(
    transport: Transport = .pci, release: KernelRelease, window: ByteCount? = windowLength,
    base: PhysicalAddress? = nil, slot: PciSlot = .virtioFsDefault
  ) throws(WindowLayoutError) -> AttachedDevice {
    let base = base ?? place(for: window, from: windowBase(on: release.architecture))
    return switch transport {
    case .pci:
      .pci(
        try PciFunction.virtioFs(slot: slot, window: window, base: base, draft: release.has(.draftCapability))
      )
    case .mmio: .mmio(MmioRegisters(window: window.map { SharedMemoryRegion(address: base, length: $0) }))
    case .ccw: .ccw
    }
  }
}

extension Machine {
  /// Starts a machine: RAM and BARs are entered into the resource tree, and virtio-pci takes its functions.
  ///
  /// A function whose capability list is a ring keeps virtio-pci busy for ever: the task is still there.
  public init(_ configuration: MachineConfiguration) {
    self.init(
      kernel: Kernel(
        release: configuration.release.built(
          for: configuration.release.architecture, assuming: configuration.assumption),
        ram: configuration.ram, keepsMemmapInWindow: configuration.keepsMemmapInWindow,
        stackHoldsGarbage: configuration.stackHoldsGarbage, zpci: configuration.kernelZpci,
        deviceCount: configuration.devices.count),
      configuration: configuration)
    for (id, device) in configuration.devices.enumerated() {
      kernel.attach(device, as: id)
      if device.attachment.transport != .pci { continue }
      let task = start("boot", VpModernProbe(device: id).frame)
      while isRunnable(task) { step(task) }
      switch self.task(task)?.result {
      case .some(let value):
        if let errno = value.errno { kernel.devices[id].registration = .refused(errno) }
        reap(task)
      case .none:
        kernel.devices[id].registration = .lost
      }
    }
  }
}

extension Kernel {
  /// Enters a device and its BARs. A BAR in whose way something lies is left out, as Linux cannot claim it.
  fileprivate mutating func attach(_ device: MachineConfiguration.Device, as id: DeviceID) {
    var server = device.server
    server.windowLength =
      device.attachment.linuxLookup(id: 0, rules: release.shmLookupRules).outcome.region?.length
      ?? ByteCount(0)
    let created = VirtioDevice(
      name: "virtio\(id)", attachment: enterZpci(device.attachment, as: id), tag: device.tag,
      requestQueueCount: device.requestQueues)
    servers.append(FuseServer(server, files: device.files))
    devices.append(created)
    guard let function = created.pciFunction else { return }
    for bar in function.bars where !bar.isIO {
      guard let range = bar.range, range.start <= range.end else { continue }
      _ = iomem.insert(Resource(range, "\(function.slot)", isBusy: false))
    }
  }
}
