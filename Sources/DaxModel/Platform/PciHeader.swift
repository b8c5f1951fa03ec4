/// The first 64 bytes of a PCI function, decoded: who made it, what it is, where its list of
/// capabilities begins.
///
/// The field offsets are those of a type-0 header (`include/uapi/linux/pci_regs.h`). The fields up to the
/// header type are the same in every header; `subsystemVendor` and what follows is meaningful in type 0.
public struct PciHeader: Hashable, Sendable {
  /// The number of the maker: 0x1af4 for virtio devices.
  ///
  /// 0xffff means that nobody answers.
  public var vendor: UInt16
  /// The maker's number for the device: 0x1040 + 26 for virtio-fs.
  public var device: UInt16
  /// The command register: bit 0 switches I/O decoding on, bit 1 memory decoding, bit 2 bus mastering.
  public var command: UInt16
  /// The status register: bit 4 says that there is a list of capabilities.
  public var status: UInt16
  /// The revision of the device.
  public var revision: UInt8
  /// Base class, subclass and programming interface as one 24-bit number: 0x018000 is other storage.
  public var classCode: UInt32
  /// The layout of the rest, with the multi-function bit removed: 0 device, 1 bridge, 2 CardBus.
  public var layout: UInt8
  /// Bit 7 of the header type: the device has more than one function.
  public var isMultiFunction: Bool
  /// Who built the card: for virtio, what Linux takes as the virtio vendor.
  public var subsystemVendor: UInt16
  /// The card's own number: for a transitional virtio device, its virtio device id.
  public var subsystemDevice: UInt16
  /// Where the list of capabilities begins, as the register holds it, low two bits included.
  public var capabilityPointer: UInt8

  /// Decodes the header.
  ///
  /// Cannot fail: a configuration space always holds 64 bytes.
  public init(_ config: ConfigurationSpace) {
    vendor = config.read16(0x00) ?? 0xffff
    device = config.read16(0x02) ?? 0xffff
    command = config.read16(0x04) ?? 0
    status = config.read16(0x06) ?? 0
    let classWord = config.read32(0x08) ?? 0
    revision = UInt8(truncatingIfNeeded: classWord)
    classCode = classWord >> 8
    let type = config.read8(0x0e) ?? 0xff
    layout = type & 0x7f
    isMultiFunction = type & 0x80 != 0
    subsystemVendor = config.read16(0x2c) ?? 0xffff
    subsystemDevice = config.read16(0x2e) ?? 0xffff
    capabilityPointer = config.read8(0x34) ?? 0
  }

  /// Whether the status register announces a list of capabilities.
  public var hasCapabilityList: Bool { status & 0x0010 != 0 }

  /// Where Linux reads the first pointer of the list: at 0x34 for devices and bridges, at 0x14 for CardBus
  /// bridges.
  ///
  /// `nil` for layouts that it does not know (`__pci_bus_find_cap_start()`).
  public var capabilityStart: Int? {
    switch layout {
    case 0, 1: 0x34
    case 2: 0x14
    default: nil
    }
  }

  /// How many base address registers the layout has: 6 in a device, 2 in a bridge, 1 in CardBus.
  public var baseAddressRegisterCount: Int {
    switch layout {
    case 0: 6
    case 1: 2
    case 2: 1
    default: 0
    }
  }

  /// Whether the virtio-pci driver looks at the function at all: its vendor and a device number of
  /// 0x1000 to 0x107f (`vp_modern_probe()`).
  public var isVirtio: Bool { vendor == 0x1af4 && (0x1000...0x107f).contains(device) }

  /// The virtio device id that `vp_modern_probe()` arrives at, such as 26 for a file system: the PCI number
  /// less 0x1040, or the subsystem number for a transitional device.
  ///
  /// `nil` if it is not virtio.
  public var virtioDevice: UInt16? {
    guard isVirtio else { return nil }
    return device < 0x1040 ? subsystemDevice : device - 0x1040
  }

  /// The virtio device id of a file system.
  public static let virtioFileSystem: UInt16 = 26
}
