/// What the four shared-memory registers of a virtio-mmio device read as, once a region is selected.
public struct MmioRegionImage: Hashable, Sendable {
  /// `SHMLenLow` at 0x0b0.
  public var lengthLow: UInt32
  /// `SHMLenHigh` at 0x0b4.
  public var lengthHigh: UInt32
  /// `SHMBaseLow` at 0x0b8.
  public var baseLow: UInt32
  /// `SHMBaseHigh` at 0x0bc.
  public var baseHigh: UInt32

  public init(lengthLow: UInt32, lengthHigh: UInt32, baseLow: UInt32, baseHigh: UInt32) {
    self.lengthLow = lengthLow
    self.lengthHigh = lengthHigh
    self.baseLow = baseLow
    self.baseHigh = baseHigh
  }

  /// The image of a region that is there.
  public init(_ region: SharedMemoryRegion) {
    self.init(
      lengthLow: UInt32(truncatingIfNeeded: region.length.rawValue),
      lengthHigh: UInt32(truncatingIfNeeded: region.length.rawValue >> 32),
      baseLow: UInt32(truncatingIfNeeded: region.address.rawValue),
      baseHigh: UInt32(truncatingIfNeeded: region.address.rawValue >> 32))
  }

  /// What an id that is not present reads as: all ones everywhere.
  public static let absent = MmioRegionImage(
    lengthLow: .max, lengthHigh: .max, baseLow: .max, baseHigh: .max)

  /// The region that a driver makes of it, or `nil` if the length reads as all ones.
  ///
  /// Only the length decides: a device may read as base 0 for an id that is not there.
  public var region: SharedMemoryRegion? {
    let length = UInt64(lengthHigh) << 32 | UInt64(lengthLow)
    guard length != .max else { return nil }
    let base = UInt64(baseHigh) << 32 | UInt64(baseLow)
    return SharedMemoryRegion(address: PhysicalAddress(base), length: ByteCount(length))
  }
}

/// The registers of a virtio-mmio device that matter for shared memory (virtio 1.3, section 4.2.2).
///
/// A driver writes the id to `SHMSel`, then reads length and base in halves. There is nothing like a BAR
/// to check the answer against.
public struct MmioRegisters: Hashable, Sendable {
  /// The registers that are modelled, by offset.
  public enum Register: Int, Hashable, Sendable, CaseIterable {
    /// Reads as "virt".
    case magic = 0x000
    /// 2 for a device of today.
    case version = 0x004
    /// The virtio device id: 26 for a file system.
    case deviceID = 0x008
    /// Selects a region; write only.
    case shmSelect = 0x0ac
    /// Low half of the length.
    case shmLengthLow = 0x0b0
    /// High half of the length.
    case shmLengthHigh = 0x0b4
    /// Low half of the base.
    case shmBaseLow = 0x0b8
    /// High half of the base.
    case shmBaseHigh = 0x0bc
  }

  private struct Entry: Hashable, Sendable {
    var id: UInt32
    var image: MmioRegionImage
  }

  /// By ascending id.
  private var entries: [Entry] = []
  /// The id that was written to `SHMSel` last.
  public private(set) var selected: UInt32 = 0

  /// A device without regions.
  public init() {}

  /// A virtio-fs device whose DAX window is region 0; without one if there is no window.
  public init(window: SharedMemoryRegion?) {
    if let window { self[0] = MmioRegionImage(window) }
  }

  /// What the device answers for an id.
  ///
  /// Setting it makes a device that misbehaves at will.
  public subscript(id: UInt32) -> MmioRegionImage {
    get { entries.first { $0.id == id }?.image ?? .absent }
    set {
      entries.removeAll { $0.id == id }
      let place = entries.firstIndex { $0.id > id } ?? entries.endIndex
      entries.insert(Entry(id: id, image: newValue), at: place)
    }
  }

  /// A 32-bit read.
  ///
  /// `nil` for a register that is write-only or not modelled.
  public func read(_ offset: Int) -> UInt32? {
    guard let register = Register(rawValue: offset) else { return nil }
    let image = self[selected]
    switch register {
    case .magic: return 0x7472_6976
    case .version: return 2
    case .deviceID: return UInt32(PciHeader.virtioFileSystem)
    case .shmSelect: return nil
    case .shmLengthLow: return image.lengthLow
    case .shmLengthHigh: return image.lengthHigh
    case .shmBaseLow: return image.baseLow
    case .shmBaseHigh: return image.baseHigh
    }
  }

  /// A 32-bit write.
  ///
  /// False if the register is read-only or not modelled.
  @discardableResult
  public mutating func write(_ offset: Int, _ value: UInt32) -> Bool {
    guard offset == Register.shmSelect.rawValue else { return false }
    selected = value
    return true
  }

  /// `vm_get_shm_region()` in `drivers/virtio/virtio_mmio.c`: select, read the length, and the base unless
  /// the length is all ones.
  ///
  /// A length of zero counts as a region.
  public func linuxLookup(id: UInt8) -> ShmOutcome {
    self[UInt32(id)].region.map { .found($0) } ?? .absent
  }

  /// What a reader answers that holds the device to the specification.
  public func strictLookup(id: UInt8) -> ShmOutcome {
    guard let region = self[UInt32(id)].region else { return .absent }
    if region.length.rawValue == 0 { return .failed(.zeroLength) }
    let (_, overflow) = region.address.rawValue.addingReportingOverflow(region.length.rawValue - 1)
    return overflow ? .failed(.offsetLengthOverflow) : .found(region)
  }
}
