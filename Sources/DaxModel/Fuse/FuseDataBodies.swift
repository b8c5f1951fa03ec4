/// `struct fuse_getxattr_in`, 8 bytes, and a name: an extended attribute of a file.
public struct FuseGetxattrBody: Hashable, Sendable, WireStruct {
  /// How many bytes there is room for; 0 asks for the length alone.
  public var size: UInt32
  /// The name, such as `security.capability`.
  public var name: FileName

  public init(name: FileName, size: UInt32 = 0) { (self.name, self.size) = (name, size) }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    size = try reader.u32()
    try reader.skip(4)
    name = try reader.name()
  }

  func write(to writer: inout WireWriter) {
    writer.u32(size)
    writer.u32(0)
    writer.name(name)
  }
}

/// `struct fuse_read_in`, 40 bytes.
public struct FuseRead: Hashable, Sendable, WireStruct {
  /// The handle to read through.
  public var handle: FileHandle
  /// Where in the file.
  public var offset: FileOffset
  /// How many bytes at most.
  public var size: UInt32
  /// `FUSE_READ_*`.
  public var readFlags: UInt32 = 0
  /// Who holds locks.
  public var lockOwner: UInt64 = 0
  /// The flags with which the file is open.
  public var openFlags = OpenFlags([])

  public init(handle: FileHandle, offset: FileOffset, size: UInt32) {
    (self.handle, self.offset, self.size) = (handle, offset, size)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    offset = FileOffset(try reader.u64())
    size = try reader.u32()
    readFlags = try reader.u32()
    lockOwner = try reader.u64()
    openFlags = OpenFlags(rawValue: try reader.u32())
    try reader.skip(4)
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u64(offset.rawValue)
    writer.u32(size)
    writer.u32(readFlags)
    writer.u64(lockOwner)
    writer.u32(openFlags.rawValue)
    writer.u32(0)
  }
}

/// `struct fuse_write_in`, 40 bytes, and the data.
public struct FuseWrite: Hashable, Sendable, WireStruct {
  /// The handle to write through.
  public var handle: FileHandle
  /// Where in the file.
  public var offset: FileOffset
  /// Who the write is for, and what it does besides.
  public var writeFlags: Flags = []
  /// Who holds locks.
  public var lockOwner: UInt64 = 0
  /// The flags with which the file is open.
  public var openFlags = OpenFlags([])
  /// The bytes.
  public var data: [UInt8]

  /// `FUSE_WRITE_*`.
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `FUSE_WRITE_CACHE`: written back from the page cache, by nobody in particular.
    public static let cache = Flags(rawValue: 1 << 0)
    /// `FUSE_WRITE_LOCKOWNER`: the lock owner is valid.
    public static let lockOwner = Flags(rawValue: 1 << 1)
    /// `FUSE_WRITE_KILL_SUIDGID`: setuid and setgid bits go.
    public static let killSuidGid = Flags(rawValue: 1 << 2)
  }

  public init(handle: FileHandle, offset: FileOffset, data: [UInt8], writeFlags: Flags = []) {
    (self.handle, self.offset, self.data, self.writeFlags) = (handle, offset, data, writeFlags)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    offset = FileOffset(try reader.u64())
    let size = try reader.u32()
    writeFlags = Flags(rawValue: try reader.u32())
    lockOwner = try reader.u64()
    openFlags = OpenFlags(rawValue: try reader.u32())
    try reader.skip(4)
    guard UInt64(reader.left) == UInt64(size) else {
      throw .wrongCount(stated: Int(truncatingIfNeeded: size), present: reader.left)
    }
    data = reader.rest()
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u64(offset.rawValue)
    writer.u32(UInt32(truncatingIfNeeded: data.count))
    writer.u32(writeFlags.rawValue)
    writer.u64(lockOwner)
    writer.u32(openFlags.rawValue)
    writer.u32(0)
    writer.data(data)
  }
}

/// `struct fuse_fallocate_in`, 32 bytes.
public struct FuseFallocate: Hashable, Sendable, WireStruct {
  /// The handle.
  public var handle: FileHandle
  /// Where it begins.
  public var offset: FileOffset
  /// How many bytes.
  public var length: ByteCount
  /// What is asked for.
  public var mode: Mode

  /// `FALLOC_FL_*`. Without any, space is made and the file may grow.
  public struct Mode: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The size stays.
    public static let keepSize = Mode(rawValue: 0x01)
    /// The space is given back and reads as zeros.
    public static let punchHole = Mode(rawValue: 0x02)
    /// The bytes read as zeros and keep their space.
    public static let zeroRange = Mode(rawValue: 0x10)
  }

  public init(handle: FileHandle, offset: FileOffset, length: ByteCount, mode: Mode) {
    (self.handle, self.offset, self.length, self.mode) = (handle, offset, length, mode)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    offset = FileOffset(try reader.u64())
    length = ByteCount(try reader.u64())
    mode = Mode(rawValue: try reader.u32())
    try reader.skip(4)
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u64(offset.rawValue)
    writer.u64(length.rawValue)
    writer.u32(mode.rawValue)
    writer.u32(0)
  }
}

/// `struct fuse_copy_file_range_in`, 56 bytes: the server copies from one file to another.
public struct FuseCopyFileRange: Hashable, Sendable, WireStruct {
  /// The handle to read through; its node is that of the request.
  public var handle: FileHandle
  /// Where to read.
  public var offset: FileOffset
  /// The node to write to.
  public var targetNode: NodeID
  /// The handle to write through.
  public var targetHandle: FileHandle
  /// Where to write.
  public var targetOffset: FileOffset
  /// How many bytes at most.
  public var length: ByteCount

  public init(
    from handle: FileHandle, _ offset: FileOffset, to targetNode: NodeID, _ targetHandle: FileHandle,
    _ targetOffset: FileOffset, length: ByteCount
  ) {
    (self.handle, self.offset, self.length) = (handle, offset, length)
    (self.targetNode, self.targetHandle, self.targetOffset) = (targetNode, targetHandle, targetOffset)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    offset = FileOffset(try reader.u64())
    targetNode = NodeID(try reader.u64())
    targetHandle = FileHandle(try reader.u64())
    targetOffset = FileOffset(try reader.u64())
    length = ByteCount(try reader.u64())
    try reader.skip(8)
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u64(offset.rawValue)
    writer.u64(targetNode.rawValue)
    writer.u64(targetHandle.rawValue)
    writer.u64(targetOffset.rawValue)
    writer.u64(length.rawValue)
    writer.u64(0)
  }
}
