/// What a virtio vendor capability describes: its `cfg_type` byte (virtio 1.3, section 4.1.4).
public enum VirtioCapabilityType: UInt8, Hashable, Sendable, CaseIterable {
  /// Common configuration: features, queues, status.
  case common = 1
  /// Where queues are notified.
  case notify = 2
  /// Interrupt status.
  case isr = 3
  /// The configuration of the device type: for virtio-fs its tag and number of queues.
  case device = 4
  /// A window into the BARs through configuration space.
  case pciAccess = 5
  /// A shared-memory region: for virtio-fs with id 0 the DAX window.
  case sharedMemory = 8
  /// Data of the vendor; laid out differently after the type byte.
  case vendorData = 9

  /// One word, as tables show it.
  public var name: String {
    switch self {
    case .common: "common"
    case .notify: "notify"
    case .isr: "isr"
    case .device: "device"
    case .pciAccess: "pci-access"
    case .sharedMemory: "shared-memory"
    case .vendorData: "vendor-data"
    }
  }
}

/// A virtio vendor capability, decoded: `struct virtio_pci_cap` of 16 bytes and, for shared memory,
/// `struct virtio_pci_cap64` of 24 (`include/uapi/linux/virtio_pci.h`).
public struct VirtioCapability: Hashable, Sendable {
  /// Bytes of a shared-memory capability in the specification and in Linux from 5.10 on.
  public static let sharedMemoryLength: UInt8 = 24
  /// Bytes of the draft that the 2019 patches speak: the id stands behind the high halves, at byte 24.
  public static let draftLength: UInt8 = 28

  /// Where in the configuration space it begins.
  public var offset: Int
  /// `cap_len`: how long it says it is, from byte 0.
  public var length: UInt8
  /// `cfg_type` as the device has it; see `type` for the known ones.
  public var typeByte: UInt8
  /// The BAR that holds the structure; 6 and higher are reserved.
  public var bar: UInt8
  /// Tells several capabilities of one type apart: the shared-memory id.
  public var id: UInt8
  /// The id in the draft layout, if the capability is 28 bytes long.
  public var draftID: UInt8?
  /// Where in the BAR the structure begins, in bytes; 64 bits for shared memory.
  public var regionOffset: ByteCount
  /// How long the structure is, in bytes; 64 bits for shared memory.
  public var regionLength: ByteCount
  /// For notifications, what a queue's number is multiplied by.
  public var notifyMultiplier: UInt32?

  /// The type, or `nil` for a reserved one.
  public var type: VirtioCapabilityType? { VirtioCapabilityType(rawValue: typeByte) }

  /// Whether the BAR number is one that a driver must ignore the capability for.
  public var hasReservedBar: Bool { bar > 5 }

  /// Decodes the capability at `offset`.
  ///
  /// `nil` if its first 16 bytes are not all there. High halves that are not there count as zero.
  public init?(_ config: ConfigurationSpace, at offset: Int) {
    guard let head = config.read32(offset), let middle = config.read32(offset + 4),
      let low = config.read32(offset + 8), let lowLength = config.read32(offset + 12)
    else { return nil }
    self.offset = offset
    length = UInt8(truncatingIfNeeded: head >> 16)
    typeByte = UInt8(truncatingIfNeeded: head >> 24)
    bar = UInt8(truncatingIfNeeded: middle)
    id = UInt8(truncatingIfNeeded: middle >> 8)
    var region = UInt64(low)
    var bytes = UInt64(lowLength)
    if typeByte == VirtioCapabilityType.sharedMemory.rawValue, length >= Self.sharedMemoryLength {
      region |= UInt64(config.read32(offset + 16) ?? 0) << 32
      bytes |= UInt64(config.read32(offset + 20) ?? 0) << 32
      if length == Self.draftLength { draftID = config.read8(offset + 24) }
    }
    if typeByte == VirtioCapabilityType.notify.rawValue, length >= 20 {
      notifyMultiplier = config.read32(offset + 16)
    }
    regionOffset = ByteCount(region)
    regionLength = ByteCount(bytes)
  }
}

/// The MSI-X capability: message interrupts and where their table lies (PCI 3.0, section 6.8.2).
public struct MsixCapability: Hashable, Sendable {
  /// Interrupt vectors in the table: 1 to 2048.
  public var vectors: Int
  /// Whether the driver has switched message interrupts on.
  public var isEnabled: Bool
  /// Whether all vectors are masked.
  public var isMasked: Bool
  /// The BAR of the table.
  public var tableBar: UInt8
  /// Where in that BAR the table begins, in bytes.
  public var tableOffset: ByteCount
  /// The BAR of the pending bits.
  public var pendingBar: UInt8
  /// Where in that BAR the pending bits begin, in bytes.
  public var pendingOffset: ByteCount

  /// Decodes the capability at `offset`.
  ///
  /// `nil` if its 12 bytes are not all there.
  public init?(_ config: ConfigurationSpace, at offset: Int) {
    guard let control = config.read16(offset + 2), let table = config.read32(offset + 4),
      let pending = config.read32(offset + 8)
    else { return nil }
    vectors = Int(control & 0x7ff) + 1
    isMasked = control & 0x4000 != 0
    isEnabled = control & 0x8000 != 0
    tableBar = UInt8(table & 7)
    tableOffset = ByteCount(UInt64(table & ~7))
    pendingBar = UInt8(pending & 7)
    pendingOffset = ByteCount(UInt64(pending & ~7))
  }
}
