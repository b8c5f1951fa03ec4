/// What driver and server can do, as both say in `FUSE_INIT`: `flags` and, from bit 32 on, `flags2`.
///
/// - Kernel: include/uapi/linux/fuse.h
public struct FuseFeatures: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Several reads of a file may be under way.
  public static let asyncRead = FuseFeatures(rawValue: 1 << 0)
  /// The server truncates on `O_TRUNC` in `FUSE_OPEN`.
  public static let atomicTruncate = FuseFeatures(rawValue: 1 << 3)
  /// Writes of more than one page.
  public static let bigWrites = FuseFeatures(rawValue: 1 << 5)
  /// `max_pages` of the reply is valid.
  public static let maxPages = FuseFeatures(rawValue: 1 << 22)
  /// `map_alignment` of the reply is valid. Linux asks for it only if there is a DAX device.
  public static let mapAlignment = FuseFeatures(rawValue: 1 << 26)
  /// `flags2` is valid, in both directions.
  public static let initExtension = FuseFeatures(rawValue: 1 << 30)
  /// The server says for each file whether it uses DAX. Linux asks for it in the `dax=inode` modes only.
  public static let inodeDax = FuseFeatures(rawValue: 1 << 33)

  /// Bits 0 to 31: the first word on the wire.
  var low: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
  /// Bits 32 to 63: the second word on the wire.
  var high: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
}

/// `struct fuse_init_in`: the first request of a session. 64 bytes since protocol 7.36, 16 before.
public struct FuseInitRequest: Hashable, Sendable, WireStruct {
  /// Major version that the driver speaks: 7.
  public var major: UInt32
  /// Minor version that the driver speaks.
  public var minor: UInt32
  /// Bytes that the driver would read ahead.
  public var maxReadahead: UInt32
  /// What the driver can do. Without the extended form bits 32 and up do not travel.
  public var features: FuseFeatures
  /// Whether the body has 64 bytes, with `flags2`, rather than 16.
  public var isExtended: Bool

  public init(
    major: UInt32 = 7, minor: UInt32 = 38, maxReadahead: UInt32 = 0x20000, features: FuseFeatures,
    isExtended: Bool = true
  ) {
    self.major = major
    self.minor = minor
    self.maxReadahead = maxReadahead
    self.features = isExtended ? features : FuseFeatures(rawValue: features.rawValue & 0xffff_ffff)
    self.isExtended = isExtended
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    major = try reader.u32()
    minor = try reader.u32()
    maxReadahead = try reader.u32()
    let low = UInt64(try reader.u32())
    isExtended = reader.left > 0
    features = FuseFeatures(rawValue: low)
    if isExtended {
      features = FuseFeatures(rawValue: UInt64(try reader.u32()) << 32 | low)
      try reader.skip(44)
    }
  }

  func write(to writer: inout WireWriter) {
    writer.u32(major)
    writer.u32(minor)
    writer.u32(maxReadahead)
    writer.u32(features.low)
    if isExtended {
      writer.u32(features.high)
      writer.zeros(44)
    }
  }
}

/// `struct fuse_init_out`: what the server makes of the first request. 64 bytes, or 24 for a driver that
/// speaks a protocol before 7.23, or 8 before 7.5.
public struct FuseInitReply: Hashable, Sendable, WireStruct {
  /// Major version that the server speaks.
  public var major: UInt32 = 7
  /// Minor version that the server speaks; the smaller of both counts.
  public var minor: UInt32
  /// Bytes that the driver may read ahead.
  public var maxReadahead: UInt32
  /// What both sides can do.
  public var features: FuseFeatures
  /// Requests that may be under way in the background.
  public var maxBackground: UInt16
  /// From how many of them on the driver holds back.
  public var congestionThreshold: UInt16
  /// Bytes that a `FUSE_WRITE` may carry.
  public var maxWrite: UInt32
  /// Granularity of time stamps in nanoseconds.
  public var timeGranularity: UInt32 = 1
  /// Pages that a request may carry; valid with ``FuseFeatures/maxPages``.
  public var maxPages: UInt16
  /// The alignment of `foffset` and `moffset` in mappings, as a base-2 logarithm; valid with
  /// ``FuseFeatures/mapAlignment``.
  public var mapAlignment: UInt16
  /// Whether the body has 64 bytes rather than 24.
  public var isLong = true
  /// Whether it has 8 bytes: nothing but the versions.
  public var isShortest = false

  public init(
    minor: UInt32 = 38, maxReadahead: UInt32 = 0x20000, features: FuseFeatures,
    maxBackground: UInt16 = 0xffff,
    congestionThreshold: UInt16 = 49149, maxWrite: UInt32 = 0x10_0000, maxPages: UInt16 = 256,
    mapAlignment: UInt16 = 0
  ) {
    self.minor = minor
    self.maxReadahead = maxReadahead
    self.features =
      features.contains(.initExtension) ? features : FuseFeatures(rawValue: features.rawValue & 0xffff_ffff)
    self.maxBackground = maxBackground
    self.congestionThreshold = congestionThreshold
    self.maxWrite = maxWrite
    self.maxPages = maxPages
    self.mapAlignment = mapAlignment
  }

  /// The reply as a driver of a protocol before 7.23 gets it: without the fields that came later.
  public var shortened: FuseInitReply {
    var reply = self
    reply.isLong = false
    reply.features = FuseFeatures(rawValue: features.rawValue & 0xffff_ffff)
    (reply.timeGranularity, reply.maxPages, reply.mapAlignment) = (0, 0, 0)
    return reply
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    major = try reader.u32()
    minor = try reader.u32()
    isShortest = reader.left == 0 && minor < 5
    if isShortest {
      (maxReadahead, features, maxBackground, congestionThreshold, maxWrite) = (
        0, FuseFeatures(), 0, 0, 0
      )
      (timeGranularity, maxPages, mapAlignment, isLong) = (0, 0, 0, false)
      return
    }
    maxReadahead = try reader.u32()
    let low = UInt64(try reader.u32())
    maxBackground = try reader.u16()
    congestionThreshold = try reader.u16()
    maxWrite = try reader.u32()
    isLong = reader.left > 0
    (timeGranularity, maxPages, mapAlignment) = (0, 0, 0)
    features = FuseFeatures(rawValue: low)
    if isLong {
      timeGranularity = try reader.u32()
      maxPages = try reader.u16()
      mapAlignment = try reader.u16()
      // The second word counts only if the first says so.
      let high = UInt64(try reader.u32())
      if features.contains(.initExtension) { features = FuseFeatures(rawValue: high << 32 | low) }
      try reader.skip(28)
    }
  }

  func write(to writer: inout WireWriter) {
    writer.u32(major)
    writer.u32(minor)
    if isShortest { return }
    writer.u32(maxReadahead)
    writer.u32(features.low)
    writer.u16(maxBackground)
    writer.u16(congestionThreshold)
    writer.u32(maxWrite)
    if isLong {
      writer.u32(timeGranularity)
      writer.u16(maxPages)
      writer.u16(mapAlignment)
      writer.u32(features.high)
      writer.zeros(28)
    }
  }
}
