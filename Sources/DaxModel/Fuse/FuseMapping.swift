/// `struct fuse_setupmapping_in`, 40 bytes: show a piece of a file in the DAX window, at a place that the
/// driver chose.
///
/// - Kernel: include/uapi/linux/fuse.h; fs/fuse/dax.c, `fuse_setup_one_mapping()`
public struct FuseSetupMapping: Hashable, Sendable, WireStruct {
  /// The handle of the file; Linux sends ``FileHandle/none``, and the node says which file it is.
  public var handle: FileHandle
  /// Where the piece begins in the file.
  public var fileOffset: FileOffset
  /// Bytes in the piece. It may go beyond the end of the file.
  public var length: ByteCount
  /// What the driver may do with it.
  public var flags: Flags
  /// Where it is to be seen in the window.
  public var windowOffset: WindowOffset

  /// `FUSE_SETUPMAPPING_FLAG_*`.
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Stores are allowed.
    public static let write = Flags(rawValue: 1 << 0)
    /// Loads are allowed.
    public static let read = Flags(rawValue: 1 << 1)
  }

  public init(
    handle: FileHandle = .none, fileOffset: FileOffset, length: ByteCount, flags: Flags,
    windowOffset: WindowOffset
  ) {
    self.handle = handle
    self.fileOffset = fileOffset
    self.length = length
    self.flags = flags
    self.windowOffset = windowOffset
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    fileOffset = FileOffset(try reader.u64())
    length = ByteCount(try reader.u64())
    flags = Flags(rawValue: try reader.u64())
    windowOffset = WindowOffset(try reader.u64())
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u64(fileOffset.rawValue)
    writer.u64(length.rawValue)
    writer.u64(flags.rawValue)
    writer.u64(windowOffset.rawValue)
  }
}

/// `struct fuse_removemapping_in` and its entries: these pieces of the window are not needed any more.
///
/// The entries follow a count of four bytes: they begin at byte 44 of the request and are not aligned.
public struct FuseRemoveMapping: Hashable, Sendable, WireStruct {
  /// The pieces, in the order in which they are removed. Each counts by its place alone: whose file it is does
  /// not matter.
  public var entries: [Entry]

  /// `struct fuse_removemapping_one`, 16 bytes.
  public struct Entry: Hashable, Sendable {
    /// Where the piece begins in the window.
    public var windowOffset: WindowOffset
    /// Bytes in the piece; all ones for the whole window, which some servers understand.
    public var length: ByteCount

    public init(windowOffset: WindowOffset, length: ByteCount) {
      (self.windowOffset, self.length) = (windowOffset, length)
    }
  }

  /// `FUSE_REMOVEMAPPING_MAX_ENTRY`: as many entries as fit into a page. Linux sends more in several requests.
  public static let maximumEntries = 256

  public init(_ entries: [Entry]) { self.entries = entries }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    let count = try reader.u32()
    guard UInt64(reader.left) == UInt64(count) * 16 else {
      throw .wrongCount(stated: Int(truncatingIfNeeded: count), present: reader.left / 16)
    }
    entries = []
    entries.reserveCapacity(reader.left / 16)
    for _ in 0..<count {
      let offset = WindowOffset(try reader.u64())
      entries.append(Entry(windowOffset: offset, length: ByteCount(try reader.u64())))
    }
  }

  func write(to writer: inout WireWriter) {
    writer.u32(UInt32(truncatingIfNeeded: entries.count))
    for entry in entries {
      writer.u64(entry.windowOffset.rawValue)
      writer.u64(entry.length.rawValue)
    }
  }
}

/// An entry of `FUSE_BATCH_FORGET`, and what `FUSE_FORGET` says of its node.
public struct FuseForget: Hashable, Sendable {
  /// The node.
  public var node: NodeID
  /// How many lookups are forgotten.
  public var lookups: UInt64

  public init(node: NodeID, lookups: UInt64) { (self.node, self.lookups) = (node, lookups) }
}

/// `struct fuse_batch_forget_in`, 8 bytes, and 16 bytes for each entry.
struct FuseBatchForget: Hashable, Sendable, WireStruct {
  var entries: [FuseForget]

  init(_ entries: [FuseForget]) { self.entries = entries }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    let count = try reader.u32()
    try reader.skip(4)
    guard UInt64(reader.left) == UInt64(count) * 16 else {
      throw .wrongCount(stated: Int(truncatingIfNeeded: count), present: reader.left / 16)
    }
    entries = []
    for _ in 0..<count {
      let node = NodeID(try reader.u64())
      entries.append(FuseForget(node: node, lookups: try reader.u64()))
    }
  }

  func write(to writer: inout WireWriter) {
    writer.u32(UInt32(truncatingIfNeeded: entries.count))
    writer.u32(0)
    for entry in entries {
      writer.u64(entry.node.rawValue)
      writer.u64(entry.lookups)
    }
  }
}
