/// A message with which a back end asks the VMM to map a piece of a file into a shared-memory region, or to unmap it:
/// `VHOST_USER_BACKEND_SHMEM_MAP` and `SHMEM_UNMAP`. 12 bytes of header and 40 of payload, in native byte order.
///
/// The file descriptor travels beside the bytes.
public struct VhostUserMap: Hashable, Sendable {
  /// What is asked for, by its request number.
  public enum Request: UInt32, Hashable, Sendable, CaseIterable {
    /// `VHOST_USER_BACKEND_SHMEM_MAP`.
    case map = 9
    /// `VHOST_USER_BACKEND_SHMEM_UNMAP`.
    case unmap = 10
  }

  /// What is asked for.
  public var request: Request
  /// Whether the back end waits for a reply: 0 or 1, without a reason.
  public var needsReply: Bool
  /// `shmid`: which region.
  public var region: UInt8
  /// Where the piece begins in the file.
  public var fileOffset: FileOffset
  /// Where it begins in the region.
  public var regionOffset: WindowOffset
  /// Bytes in it.
  public var length: ByteCount
  /// Whether stores are allowed.
  public var isWritable: Bool

  public init(
    _ request: Request, region: UInt8 = 0, fileOffset: FileOffset = FileOffset(0), regionOffset: WindowOffset,
    length: ByteCount, isWritable: Bool = false, needsReply: Bool = true
  ) {
    self.request = request
    self.region = region
    self.fileOffset = fileOffset
    self.regionOffset = regionOffset
    self.length = length
    self.isWritable = isWritable
    self.needsReply = needsReply
  }

  /// The bytes of the message.
  public func encode() -> [UInt8] {
    var writer = WireWriter(capacity: 52)
    writer.u32(request.rawValue)
    writer.u32(needsReply ? 0x9 : 0x1)
    writer.u32(40)
    writer.u64(UInt64(region))
    writer.u64(fileOffset.rawValue)
    writer.u64(regionOffset.rawValue)
    writer.u64(length.rawValue)
    writer.u64(isWritable ? 1 : 0)
    return writer.bytes
  }

  /// The message that the bytes are. What pads them is not looked at.
  public init(decoding bytes: [UInt8]) throws(FuseDecodeError) {
    var reader = WireReader(bytes)
    let number = try reader.u32()
    guard let request = Request(rawValue: number) else { throw .otherMessage(UInt64(number)) }
    let flags = try reader.u32()
    if flags & 0x3 != 1 { throw .otherMessage(UInt64(flags & 0x3)) }
    if flags & ~0x9 != 0 { throw .unknownFlags(UInt64(flags)) }
    let size = try reader.u32()
    guard size == 40 else { throw .wrongLength(stated: Int(truncatingIfNeeded: size), got: reader.left) }
    self.request = request
    needsReply = flags & 0x8 != 0
    region = UInt8(truncatingIfNeeded: try reader.u64())
    fileOffset = FileOffset(try reader.u64())
    regionOffset = WindowOffset(try reader.u64())
    length = ByteCount(try reader.u64())
    let mapFlags = try reader.u64()
    if mapFlags > 1 { throw .unknownFlags(mapFlags) }
    isWritable = mapFlags == 1
    try reader.finish()
  }

  /// Whether the rust-vmm crate lets it pass: there is a length, and no sum wraps.
  public var isValid: Bool {
    length.rawValue != 0
      && !fileOffset.rawValue.addingReportingOverflow(length.rawValue).overflow
      && !regionOffset.rawValue.addingReportingOverflow(length.rawValue).overflow
  }
}

/// What the VMM answers to a ``VhostUserMap`` that needs a reply: the same header with the bit of a reply, and a number.
public struct VhostUserReply: Hashable, Sendable {
  /// What is answered.
  public var request: VhostUserMap.Request
  /// 0 if it was done.
  public var value: UInt64

  public init(_ request: VhostUserMap.Request, _ value: UInt64) {
    (self.request, self.value) = (request, value)
  }

  /// Whether it was done.
  public var isDone: Bool { value == 0 }

  /// The 20 bytes of the message.
  public func encode(_ order: FuseByteOrder = .little) -> [UInt8] {
    var writer = WireWriter(order: order, capacity: 20)
    writer.u32(request.rawValue)
    writer.u32(0x5)
    writer.u32(8)
    writer.u64(value)
    return writer.bytes
  }

  /// The reply that the bytes are.
  public init(decoding bytes: [UInt8], _ order: FuseByteOrder = .little) throws(FuseDecodeError) {
    var reader = WireReader(bytes, order: order)
    let number = try reader.u32()
    guard let request = VhostUserMap.Request(rawValue: number) else { throw .otherMessage(UInt64(number)) }
    let flags = try reader.u32()
    // Version 1, and the bit of a reply.
    if flags & 0x7 != 0x5 { throw .otherMessage(UInt64(flags & 0x7)) }
    if flags & ~0xd != 0 { throw .unknownFlags(UInt64(flags)) }
    let size = try reader.u32()
    guard size == 8 else { throw .wrongLength(stated: Int(truncatingIfNeeded: size), got: reader.left) }
    self.request = request
    value = try reader.u64()
    try reader.finish()
  }
}

extension WindowMap {
  /// What QEMU (series v11 of 2025) does with the message: it refuses a mapping that overlaps another, and the
  /// removal of anything but one whole mapping. So a server that speaks these messages has to replace and split by
  /// itself.
  ///
  /// - Parameters:
  ///   - message: What the back end asks for.
  ///   - inode: The file of the descriptor that came with the message.
  /// - Returns: Whether it was done: 0 in the reply. Otherwise it is 1, whatever the reason.
  public mutating func apply(_ message: VhostUserMap, inode: InodeNumber) -> Bool {
    guard message.isValid, message.region == 0 else { return false }
    let (end, overflow) = message.regionOffset.rawValue.addingReportingOverflow(message.length.rawValue)
    if overflow || end > length.rawValue { return false }
    switch message.request {
    case .map:
      let range = message.regionOffset.rawValue..<end
      if mappings.contains(where: { $0.range.overlaps(range) }) { return false }
      let mapping = WindowMapping(
        windowOffset: message.regionOffset, length: message.length, inode: inode,
        fileOffset: message.fileOffset,
        isWritable: message.isWritable)
      return (try? map(mapping)) != nil
    case .unmap:
      guard let old = mapping(at: message.regionOffset), old.windowOffset == message.regionOffset,
        old.length == message.length
      else { return false }
      return (try? unmap(message.regionOffset, message.length)) != nil
    }
  }
}
