/// A shared-memory region of a virtio device: `struct virtio_shm_region`.
///
/// Region 0 of virtio-fs is the DAX window.
public struct SharedMemoryRegion: Hashable, Sendable, CustomStringConvertible {
  /// Where it begins in guest-physical memory.
  ///
  /// For an I/O BAR, that Linux does not refuse, a port number.
  public var address: PhysicalAddress
  /// Bytes.
  ///
  /// Linux accepts zero here.
  public var length: ByteCount
  /// The BAR that holds it, or `nil` if it was found through MMIO registers.
  public var bar: Int?
  /// Where in the configuration space its capability begins, if it has one.
  public var capability: Int?

  public init(
    address: PhysicalAddress, length: ByteCount, bar: Int? = nil, capability: Int? = nil
  ) {
    self.address = address
    self.length = length
    self.bar = bar
    self.capability = capability
  }

  /// The addresses, both ends included.
  public var range: PhysicalRange { PhysicalRange(address, length: length) }

  /// As the driver logs it: `0x4000000 @ 0xec000000`.
  public var description: String { "\(length) @ \(address)" }
}

/// What is wrong with a device's description of a shared-memory region.
///
/// `virtio_get_shm_region()` answers only yes or no; these are the reasons behind a no, behind a driver
/// that never returns, and behind a yes that the specification would not have given.
public enum ShmDefect: String, Error, Hashable, Sendable, CaseIterable {
  /// The region names a BAR of I/O ports.
  case barIsIO = "bar-is-io"
  /// The region names a BAR that the device does not have, or the upper half of a 64-bit one.
  case barNotImplemented = "bar-not-implemented"
  /// The region does not fit into its BAR.
  case beyondBar = "beyond-bar"
  /// An entry of the capability list has the id 0xff.
  case capIDFF = "cap-id-ff"
  /// The capability list leads back to itself: Linux would walk it for ever.
  case capListLoop = "cap-list-loop"
  /// A capability reaches beyond the 256 bytes of configuration space.
  case capPastConfigSpace = "cap-past-config-space"
  /// A pointer of the capability list leads into the header.
  case capPointerIntoHeader = "cap-pointer-into-header"
  /// The capability is shorter than its fields need.
  case capTooShort = "cap-too-short"
  /// Two capabilities describe a region with the same id.
  case duplicateShmid = "duplicate-shmid"
  /// The function is a bridge, or is not there at all.
  case notType0Header = "not-type0-header"
  /// Offset plus length does not fit into 64 bits.
  case offsetLengthOverflow = "offset-length-overflow"
  /// The dump does not hold the bytes that decide. Not a fault of the device.
  case truncatedConfig = "truncated-config"
  /// The region has no bytes.
  case zeroLength = "zero-length"
  /// The size of the region's BAR has not been given. Not a fault of the device.
  case barSizeUnknown = "bar-size-unknown"

  /// A sentence, without a full stop.
  public var sentence: String {
    switch self {
    case .barIsIO: "the region lies in a BAR of I/O ports, which is not memory"
    case .barNotImplemented: "the region lies in a BAR that the device does not have"
    case .beyondBar: "the region does not fit into its BAR"
    case .capIDFF: "the capability list leads to an entry with the id 0xff, where no device answers"
    case .capListLoop: "the capability list leads back to itself, and Linux walks it for ever"
    case .capPastConfigSpace: "the capability reaches beyond the 256 bytes of configuration space"
    case .capPointerIntoHeader: "the capability list leads into the header, where no capability can be"
    case .capTooShort: "the shared-memory capability is shorter than the 24 bytes that it needs"
    case .duplicateShmid: "two capabilities describe a region with this id"
    case .notType0Header: "the function has no type-0 header: it is a bridge, or it does not answer"
    case .offsetLengthOverflow: "offset plus length of the region do not fit into 64 bits"
    case .truncatedConfig: "the dump ends before the bytes that decide; lspci -xxx prints enough of them"
    case .zeroLength: "the region has a length of zero"
    case .barSizeUnknown: "the size of the BAR is not known: a dump does not hold it"
    }
  }

  /// Whether it is the dump that lacks something, rather than the device that is wrong.
  public var isMissingInput: Bool { self == .truncatedConfig || self == .barSizeUnknown }
}

/// The answer to "where is shared-memory region N?".
public enum ShmOutcome: Hashable, Sendable {
  /// There it is.
  case found(SharedMemoryRegion)
  /// The device has no such region, and nothing is wrong with that.
  case absent
  /// There is none that could be used, for this reason. For `capListLoop`, Linux never returns; for
  /// the others, the driver is told "no region".
  case failed(ShmDefect)

  /// The region, if there is one.
  public var region: SharedMemoryRegion? {
    if case .found(let region) = self { return region }
    return nil
  }
}
