/// `struct fuse_attr`: what a server says about an inode, 88 bytes.
///
/// Times are whole units of the host's logical clock: nanoseconds are always 0 here.
///
/// - Kernel: include/uapi/linux/fuse.h
public struct FuseAttributes: Hashable, Sendable, WireStruct {
  /// The inode number of the host, which is what `stat` shows.
  public var inode: UInt64
  /// Bytes in the file.
  public var size: ByteCount
  /// Units of 512 bytes that the file takes up.
  public var blocks: UInt64
  /// When it was read.
  public var accessTime: UInt64 = 0
  /// When its content changed.
  public var modificationTime: UInt64
  /// When the content or an attribute changed.
  public var changeTime: UInt64
  /// Type and permissions, as in `stat`.
  public var mode: UInt32
  /// How many names it has.
  public var links: UInt32
  /// The owner.
  public var uid: UInt32 = 0
  /// The group.
  public var gid: UInt32 = 0
  /// The unit of transfer that the server suggests, in bytes.
  public var blockSize: UInt32 = 4096
  /// Flags of protocol 7.32 and later.
  public var flags: Flags = []

  /// What `flags` may hold.
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `FUSE_ATTR_SUBMOUNT`: the root of another mount.
    public static let submount = Flags(rawValue: 1 << 0)
    /// `FUSE_ATTR_DAX`: the file wants DAX, if it is decided for each inode.
    public static let dax = Flags(rawValue: 1 << 1)
  }

  public init(
    inode: UInt64, size: ByteCount, blocks: UInt64, modificationTime: UInt64, changeTime: UInt64,
    mode: UInt32,
    links: UInt32
  ) {
    self.inode = inode
    self.size = size
    self.blocks = blocks
    self.modificationTime = modificationTime
    self.changeTime = changeTime
    self.mode = mode
    self.links = links
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    inode = try reader.u64()
    size = ByteCount(try reader.u64())
    blocks = try reader.u64()
    accessTime = try reader.u64()
    modificationTime = try reader.u64()
    changeTime = try reader.u64()
    try reader.skip(12)
    mode = try reader.u32()
    links = try reader.u32()
    uid = try reader.u32()
    gid = try reader.u32()
    try reader.skip(4)
    blockSize = try reader.u32()
    flags = Flags(rawValue: try reader.u32())
  }

  func write(to writer: inout WireWriter) {
    writer.u64(inode)
    writer.u64(size.rawValue)
    writer.u64(blocks)
    writer.u64(accessTime)
    writer.u64(modificationTime)
    writer.u64(changeTime)
    writer.zeros(12)
    writer.u32(mode)
    writer.u32(links)
    writer.u32(uid)
    writer.u32(gid)
    writer.u32(0)
    writer.u32(blockSize)
    writer.u32(flags.rawValue)
  }
}

/// `struct fuse_attr_out`: attributes, and how long they may be believed. 104 bytes.
public struct FuseAttributesReply: Hashable, Sendable, WireStruct {
  /// For how many seconds the driver may keep them.
  public var validSeconds: UInt64
  /// The attributes.
  public var attributes: FuseAttributes

  public init(validSeconds: UInt64, attributes: FuseAttributes) {
    (self.validSeconds, self.attributes) = (validSeconds, attributes)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    validSeconds = try reader.u64()
    try reader.skip(8)
    attributes = try FuseAttributes(from: &reader)
  }

  func write(to writer: inout WireWriter) {
    writer.u64(validSeconds)
    writer.zeros(8)
    attributes.write(to: &writer)
  }
}

/// `struct fuse_entry_out`: a name was found, or made. 128 bytes. It counts as one lookup of the node.
public struct FuseEntry: Hashable, Sendable, WireStruct {
  /// The number by which the driver asks for the inode from now on.
  public var node: NodeID
  /// Tells inodes apart that had the same number.
  public var generation: UInt64 = 0
  /// For how many seconds the name may be believed.
  public var nameSeconds: UInt64
  /// For how many seconds the attributes may be believed.
  public var attributeSeconds: UInt64
  /// The attributes.
  public var attributes: FuseAttributes

  public init(node: NodeID, nameSeconds: UInt64, attributeSeconds: UInt64, attributes: FuseAttributes) {
    self.node = node
    self.nameSeconds = nameSeconds
    self.attributeSeconds = attributeSeconds
    self.attributes = attributes
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    node = NodeID(try reader.u64())
    generation = try reader.u64()
    nameSeconds = try reader.u64()
    attributeSeconds = try reader.u64()
    try reader.skip(8)
    attributes = try FuseAttributes(from: &reader)
  }

  func write(to writer: inout WireWriter) {
    writer.u64(node.rawValue)
    writer.u64(generation)
    writer.u64(nameSeconds)
    writer.u64(attributeSeconds)
    writer.zeros(8)
    attributes.write(to: &writer)
  }
}

/// `struct fuse_getattr_in`, 16 bytes.
public struct FuseGetattr: Hashable, Sendable, WireStruct {
  /// The handle to ask through, if there is one.
  public var handle: FileHandle?

  public init(handle: FileHandle? = nil) { self.handle = handle }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    let flags = try reader.u32()
    try reader.skip(4)
    let number = try reader.u64()
    handle = flags & 1 == 1 ? FileHandle(number) : nil
  }

  func write(to writer: inout WireWriter) {
    writer.u32(handle == nil ? 0 : 1)
    writer.u32(0)
    writer.u64(handle?.rawValue ?? 0)
  }
}

/// `struct fuse_setattr_in`, 88 bytes: new values for those attributes that `valid` names.
public struct FuseSetattr: Hashable, Sendable, WireStruct {
  /// Which of the fields count.
  public var valid: Valid
  /// The handle, if ``Valid/handle`` is set.
  public var handle = FileHandle(0)
  /// The new size.
  public var size = ByteCount(0)
  /// Who holds locks, if ``Valid/lockOwner`` is set.
  public var lockOwner: UInt64 = 0
  /// The new access time.
  public var accessTime: UInt64 = 0
  /// The new modification time.
  public var modificationTime: UInt64 = 0
  /// The new change time.
  public var changeTime: UInt64 = 0
  /// The new permissions.
  public var mode: UInt32 = 0
  /// The new owner.
  public var uid: UInt32 = 0
  /// The new group.
  public var gid: UInt32 = 0

  /// `FATTR_*`: which fields count.
  public struct Valid: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The permissions.
    public static let mode = Valid(rawValue: 1 << 0)
    /// The owner.
    public static let uid = Valid(rawValue: 1 << 1)
    /// The group.
    public static let gid = Valid(rawValue: 1 << 2)
    /// The size.
    public static let size = Valid(rawValue: 1 << 3)
    /// The access time.
    public static let accessTime = Valid(rawValue: 1 << 4)
    /// The modification time.
    public static let modificationTime = Valid(rawValue: 1 << 5)
    /// The handle: `FATTR_FH`.
    public static let handle = Valid(rawValue: 1 << 6)
    /// The access time becomes now.
    public static let accessNow = Valid(rawValue: 1 << 7)
    /// The modification time becomes now.
    public static let modificationNow = Valid(rawValue: 1 << 8)
    /// The lock owner. Linux sets it when a size changes.
    public static let lockOwner = Valid(rawValue: 1 << 9)
    /// The change time.
    public static let changeTime = Valid(rawValue: 1 << 10)
  }

  /// A request that changes the size.
  public init(size: ByteCount, valid: Valid = .size, handle: FileHandle = FileHandle(0)) {
    (self.valid, self.size, self.handle) = (valid, size, handle)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    valid = Valid(rawValue: try reader.u32())
    try reader.skip(4)
    handle = FileHandle(try reader.u64())
    size = ByteCount(try reader.u64())
    lockOwner = try reader.u64()
    accessTime = try reader.u64()
    modificationTime = try reader.u64()
    changeTime = try reader.u64()
    try reader.skip(12)
    mode = try reader.u32()
    try reader.skip(4)
    uid = try reader.u32()
    gid = try reader.u32()
    try reader.skip(4)
  }

  func write(to writer: inout WireWriter) {
    writer.u32(valid.rawValue)
    writer.u32(0)
    writer.u64(handle.rawValue)
    writer.u64(size.rawValue)
    writer.u64(lockOwner)
    writer.u64(accessTime)
    writer.u64(modificationTime)
    writer.u64(changeTime)
    writer.zeros(12)
    writer.u32(mode)
    writer.u32(0)
    writer.u32(uid)
    writer.u32(gid)
    writer.u32(0)
  }
}
