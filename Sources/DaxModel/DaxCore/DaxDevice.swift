/// `struct dax_device`: what file systems know of memory that can be reached without a page cache.
///
/// - Kernel: drivers/dax/super.c
public struct DaxDevice: Hashable, Sendable {
  /// Bit numbers as in `enum dax_device_flags`.
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Bit 0, `DAXDEV_ALIVE`: the gate of everything.
    public static let alive = Flags(rawValue: 1 << 0)
    /// Bit 1, `DAXDEV_WRITE_CACHE`: flushing really flushes.
    public static let writeCache = Flags(rawValue: 1 << 1)
    /// Bit 2, `DAXDEV_SYNC`: `MAP_SYNC` is allowed.
    public static let synchronous = Flags(rawValue: 1 << 2)
    /// Bit 3, `DAXDEV_NOCACHE`: copies to it go around the processor's cache.
    public static let noCache = Flags(rawValue: 1 << 3)
    /// Bit 4, `DAXDEV_NOMC`: copies from it survive a machine check.
    public static let noMachineCheck = Flags(rawValue: 1 << 4)

    /// The names of the bits that are set.
    public var names: [String] {
      var names: [String] = []
      if contains(.alive) { names.append("ALIVE") }
      if contains(.writeCache) { names.append("WRITE_CACHE") }
      if contains(.synchronous) { names.append("SYNC") }
      if contains(.noCache) { names.append("NOCACHE") }
      if contains(.noMachineCheck) { names.append("NOMC") }
      return names
    }
  }

  /// `private`: what `dax_get_private()` answers while the device is alive.
  public var driverData: Handle<VirtioFs>
  public var flags: Flags
  /// Whether the driver's operations include `zero_page_range`.
  public var canZeroPages: Bool
  /// Whether `kill_dax()` has waited for its readers: no address may be used any more. Linux has no such field.
  public var isQuiesced = false
}

/// What `direct_access` answers.
public struct DirectAccess: Hashable, Sendable {
  /// The flags of a `pfn_t`, in its upper bits.
  public struct FrameFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// `PFN_DEV`, bit 61: the frame belongs to a device.
    public static let device = FrameFlags(rawValue: 1 << 61)
    /// `PFN_MAP`, bit 60: it has a struct page all the same.
    public static let map = FrameFlags(rawValue: 1 << 60)

    /// `DEV`, `MAP`.
    public var names: [String] {
      (contains(.device) ? ["DEV"] : []) + (contains(.map) ? ["MAP"] : [])
    }
  }

  /// The C return value: pages that may be used from here on, or a negative errno.
  public var pages: Int64
  /// The kernel address, if it was asked for and given.
  public var address: KernelAddress?
  /// The page frame, if it was asked for and given.
  public var frame: PageFrameNumber?
  /// The flags of the `pfn_t`.
  public var flags: FrameFlags

  @inlinable
  public init(
    pages: Int64, address: KernelAddress? = nil, frame: PageFrameNumber? = nil, flags: FrameFlags = []
  ) {
    self.pages = pages
    self.address = address
    self.frame = frame
    self.flags = flags
  }
}

extension DaxDevice: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("private", driverData)
    visitor.field("flags", .hex(UInt64(flags.rawValue)))
    visitor.field("zero_page_range", .flag(canZeroPages))
    visitor.field("quiesced", .flag(isQuiesced))
  }
}

extension Kernel {
  /// `dax_alive()`: whether the device has not been killed.
  func isAlive(_ device: Handle<DaxDevice>?) throws(Oops) -> Bool {
    guard let device else { return false }
    return try daxDevices.read(device, at: here).flags.contains(.alive)
  }
}
