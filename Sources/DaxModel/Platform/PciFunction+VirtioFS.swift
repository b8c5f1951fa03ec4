/// Why a synthetic virtio-fs function cannot be laid out.
public enum WindowLayoutError: Error, Hashable, Sendable {
  /// No power of two of 64 bits holds the window.
  case tooLong(ByteCount)
  /// A BAR begins at a multiple of its size.
  case misaligned(base: PhysicalAddress, barLength: ByteCount)
  /// The BAR would end beyond 64 bits of address.
  case pastEndOfMemory(base: PhysicalAddress, barLength: ByteCount)
  /// The window leaves no room below 4 GiB for the other structures.
  case noRoom(PhysicalRange)

  /// What is wrong, as a sentence without a full stop.
  public var message: String {
    switch self {
    case .tooLong(let length): "no BAR can hold a window of \(length) bytes: the largest has 2^63"
    case .misaligned(let base, let barLength):
      "a BAR of \(barLength) bytes cannot begin at \(base): it begins at a multiple of its size"
    case .pastEndOfMemory(let base, let barLength):
      "a BAR of \(barLength) bytes at \(base) would end beyond 64 bits of address"
    case .noRoom(let range): "a window at \(range) leaves no room for the device's other BARs"
    }
  }

  /// What to do about it.
  public var hint: String {
    switch self {
    case .tooLong: "ask for a shorter window, such as 4G"
    case .misaligned(let base, let barLength):
      "the next lower possible base is \(hex(base.rawValue & ~(barLength.rawValue &- 1)))"
    case .pastEndOfMemory: "ask for a lower base, such as 0x8000000000"
    case .noRoom: "put the window above 4 GiB, for example at 0x8000000000"
    }
  }
}

extension PciFunction {
  /// The BAR of the window in the layout of QEMU; the structures of virtio-pci are in BAR 4, MSI-X in 1.
  public static let virtioFsWindowBar = 2

  /// A virtio-fs device made from nothing, laid out as QEMU with a DAX window would do it.
  ///
  /// BAR 1 holds MSI-X (4 KiB below 4 GiB), BAR 2 the window, BAR 4 the structures of virtio-pci
  /// (16 KiB). The capability list, head first: shared memory at 0xa4, MSI-X 0x98, PCI access 0x84,
  /// notify 0x70, device 0x60, ISR 0x50, common 0x40. The BAR of the window has the next power of two from
  /// `offset + window` on, at least a page.
  ///
  /// - Parameters:
  ///   - slot: where it sits.
  ///   - title: what a dump would call it.
  ///   - window: bytes of the window; `nil` for a device without one. Zero is possible, and is a fault.
  ///   - base: where the BAR of the window begins; a multiple of its size.
  ///   - offset: where in its BAR the window begins.
  ///   - shmid: the region id; only 0 is the window of a file system.
  ///   - draft: write the 28-byte capability of the 2019 patches instead of the 24 bytes of the
  ///     specification. Neither kernel recognises the other's.
  public static func virtioFs(
    slot: PciSlot = .virtioFsDefault, title: String = "Virtio file system", window: ByteCount?,
    base: PhysicalAddress, offset: ByteCount = ByteCount(0), shmid: UInt8 = 0, draft: Bool = false
  ) throws(WindowLayoutError) -> PciFunction {
    var bars: [BarResource] = []
    var occupied: PhysicalRange?
    if let window {
      let length = try barLength(for: window, at: offset)
      let range = PhysicalRange(base, length: length)
      guard base.rawValue & (length.rawValue - 1) == 0 else {
        throw .misaligned(base: base, barLength: length)
      }
      guard range.end >= range.start else { throw .pastEndOfMemory(base: base, barLength: length) }
      occupied = range
      bars.append(
        BarResource(index: virtioFsWindowBar, base: base, length: length, flags: prefetchable64))
    }
    let place = try structures(of: slot, apartFrom: occupied)
    bars.append(BarResource(index: 1, base: place.msix, length: ByteCount(pageSize), flags: plain32))
    bars.append(
      BarResource(index: 4, base: place.modern, length: ByteCount(0x4000), flags: prefetchable64))

    let config = ConfigurationSpace { config in
      writeHeader(&config, hasWindow: window != nil)
      for bar in bars {
        let register = 0x10 + 4 * bar.index
        config.write32(register, UInt32(truncatingIfNeeded: bar.base.rawValue | bar.flags.rawValue & 0xf))
        if bar.flags.contains(.memory64) {
          config.write32(register + 4, UInt32(truncatingIfNeeded: bar.base.rawValue >> 32))
        }
      }
      writeStructures(&config)
      if let window { writeWindow(&config, window, offset: offset, shmid: shmid, draft: draft) }
    }
    return PciFunction(slot: slot, title: title, config: config, bars: bars)
  }

  private static let plain32: ResourceFlags = [.memory, .sizeAligned]
  private static let prefetchable64: ResourceFlags = [
    .memory, .memory64, .prefetch, .sizeAligned, ResourceFlags(rawValue: 0xc),
  ]

  /// The power of two that holds the window, at least a page.
  private static func barLength(
    for window: ByteCount, at offset: ByteCount
  ) throws(WindowLayoutError) -> ByteCount {
    let (end, overflow) = offset.rawValue.addingReportingOverflow(window.rawValue)
    guard !overflow, end <= 1 << 63 else { throw .tooLong(window) }
    var length = pageSize
    while length < end { length <<= 1 }
    return ByteCount(length)
  }

  /// Where the other BARs go: the customary place, or another if the window lies there. Each slot has its own.
  private static func structures(
    of slot: PciSlot, apartFrom window: PhysicalRange?
  ) throws(WindowLayoutError) -> (msix: PhysicalAddress, modern: PhysicalAddress) {
    for area: UInt64 in [0xfe00_0000, 0xc000_0000, 0x8000_0000, 0x4000_0000] {
      let range = PhysicalRange(PhysicalAddress(area), length: ByteCount(0x100_0000))
      if let window, window.overlaps(range) { continue }
      // 700 pairs of 16 and 4 KiB fit into the area; the first is that of the default slot.
      let number = (UInt64(slot.bus) * 32 + UInt64(slot.device) + 698) % 700
      return (
        PhysicalAddress(area + 0xbd_4000 + number * 0x1000), PhysicalAddress(area + number * 0x4000)
      )
    }
    throw .noRoom(window ?? PhysicalRange(PhysicalAddress(0), length: ByteCount(0)))
  }

  private static func writeHeader(_ config: inout ConfigurationSpace, hasWindow: Bool) {
    config.write32(0x00, 0x105a_1af4)
    // Memory, I/O and bus mastering are on; a capability list is there.
    config.write32(0x04, 0x0010_0507)
    config.write32(0x08, 0x0180_0001)
    config.write32(0x2c, 0x1100_1af4)
    config.write32(0x34, hasWindow ? 0xa4 : 0x98)
    config.write32(0x3c, 0x0000_010b)
  }

  /// The capabilities of a modern virtio device, four words each, and what follows them.
  private static func writeStructures(_ config: inout ConfigurationSpace) {
    let capabilities: [(offset: Int, words: [UInt32])] = [
      (0x40, [0x0110_0009, 4, 0x0000, 0x1000]),
      (0x50, [0x0310_4009, 4, 0x1000, 0x1000]),
      (0x60, [0x0410_5009, 4, 0x2000, 0x1000]),
      (0x70, [0x0214_6009, 4, 0x3000, 0x1000, 4]),
      (0x84, [0x0514_7009, 0, 0, 0, 0]),
      (0x98, [0x8003_8411, 0x001, 0x801]),
    ]
    for (offset, words) in capabilities {
      for (index, word) in words.enumerated() { config.write32(offset + 4 * index, word) }
    }
  }

  private static func writeWindow(
    _ config: inout ConfigurationSpace, _ window: ByteCount, offset: ByteCount, shmid: UInt8, draft: Bool
  ) {
    let length = UInt32(draft ? VirtioCapability.draftLength : VirtioCapability.sharedMemoryLength)
    config.write32(0xa4, 0x0800_9809 | length << 16)
    config.write32(0xa8, UInt32(virtioFsWindowBar) | (draft ? 0 : UInt32(shmid) << 8))
    config.write32(0xac, UInt32(truncatingIfNeeded: offset.rawValue))
    config.write32(0xb0, UInt32(truncatingIfNeeded: window.rawValue))
    config.write32(0xb4, UInt32(truncatingIfNeeded: offset.rawValue >> 32))
    config.write32(0xb8, UInt32(truncatingIfNeeded: window.rawValue >> 32))
    if draft { config.write8(0xbc, shmid) }
  }
}

extension PciSlot {
  /// Where the synthetic device sits: `00:02.0`.
  public static let virtioFsDefault = PciSlot(knownBus: 0, device: 2, function: 0)

  /// A slot from numbers that are known to be in range.
  private init(knownBus bus: UInt8, device: UInt8, function: UInt8) {
    (domain, self.bus, self.device, self.function, showsDomain) = (0, bus, device, function, false)
  }
}
