/// `struct fuse_open_in`, 8 bytes.
public struct FuseOpen: Hashable, Sendable, WireStruct {
  /// The flags of `open`, as Linux numbers them.
  public var flags: OpenFlags

  public init(flags: OpenFlags) { self.flags = flags }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    flags = OpenFlags(rawValue: try reader.u32())
    try reader.skip(4)
  }

  func write(to writer: inout WireWriter) {
    writer.u32(flags.rawValue)
    writer.u32(0)
  }
}

/// The flags of `open` that matter to the server, in the numbers of Linux on x86-64 and s390x.
public struct OpenFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `O_WRONLY`.
  public static let writeOnly = OpenFlags(rawValue: 0o1)
  /// `O_RDWR`.
  public static let readWrite = OpenFlags(rawValue: 0o2)
  /// `O_CREAT`.
  public static let create = OpenFlags(rawValue: 0o100)
  /// `O_EXCL`.
  public static let exclusive = OpenFlags(rawValue: 0o200)
  /// `O_TRUNC`.
  public static let truncate = OpenFlags(rawValue: 0o1000)

  /// `O_DIRECTORY`, as x86-64 and s390x number it.
  public static let directory = OpenFlags(rawValue: 0o200000)

  /// Whether the file may be read through the handle: not with `O_WRONLY`.
  public var canRead: Bool { rawValue & 0o3 != 0o1 }
  /// Whether the file may be written through the handle.
  public var canWrite: Bool { rawValue & 0o3 != 0 }
}

/// `struct fuse_open_out`, 16 bytes.
public struct FuseOpened: Hashable, Sendable, WireStruct {
  /// The handle.
  public var handle: FileHandle
  /// `FOPEN_*`: what the driver may do with its caches.
  public var flags: UInt32

  public init(handle: FileHandle, flags: UInt32 = 0) { (self.handle, self.flags) = (handle, flags) }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    flags = try reader.u32()
    try reader.skip(4)
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u32(flags)
    writer.u32(0)
  }
}

/// `struct fuse_create_in`, 16 bytes and a name: make a file and open it.
public struct FuseCreate: Hashable, Sendable, WireStruct {
  /// The flags of `open`.
  public var flags: OpenFlags
  /// The permissions, before the mask.
  public var mode: UInt32
  /// Permissions that are not given.
  public var umask: UInt32
  /// The name in the directory that the node of the request is.
  public var name: FileName

  public init(name: FileName, flags: OpenFlags, mode: UInt32 = 0o100644, umask: UInt32 = 0) {
    (self.name, self.flags, self.mode, self.umask) = (name, flags, mode, umask)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    flags = OpenFlags(rawValue: try reader.u32())
    mode = try reader.u32()
    umask = try reader.u32()
    try reader.skip(4)
    name = try reader.name()
  }

  func write(to writer: inout WireWriter) {
    writer.u32(flags.rawValue)
    writer.u32(mode)
    writer.u32(umask)
    writer.u32(0)
    writer.name(name)
  }
}

/// `struct fuse_flush_in`, 24 bytes: a descriptor is closed; there may be others.
public struct FuseFlush: Hashable, Sendable, WireStruct {
  /// The handle.
  public var handle: FileHandle
  /// Whose locks go.
  public var lockOwner: UInt64

  public init(handle: FileHandle, lockOwner: UInt64 = 0) {
    (self.handle, self.lockOwner) = (handle, lockOwner)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    try reader.skip(8)
    lockOwner = try reader.u64()
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.zeros(8)
    writer.u64(lockOwner)
  }
}

/// `struct fuse_release_in`, 24 bytes: nobody has the file open through this handle any more.
public struct FuseRelease: Hashable, Sendable, WireStruct {
  /// The handle, which is gone after it.
  public var handle: FileHandle
  /// The flags with which the file was open.
  public var openFlags: OpenFlags
  /// `FUSE_RELEASE_*`.
  public var releaseFlags: UInt32
  /// Whose locks go.
  public var lockOwner: UInt64

  public init(
    handle: FileHandle, openFlags: OpenFlags = [], releaseFlags: UInt32 = 0, lockOwner: UInt64 = 0
  ) {
    self.handle = handle
    self.openFlags = openFlags
    self.releaseFlags = releaseFlags
    self.lockOwner = lockOwner
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    openFlags = OpenFlags(rawValue: try reader.u32())
    releaseFlags = try reader.u32()
    lockOwner = try reader.u64()
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u32(openFlags.rawValue)
    writer.u32(releaseFlags)
    writer.u64(lockOwner)
  }
}

/// `struct fuse_fsync_in`, 16 bytes. What was written before it is durable once it is answered.
public struct FuseFsync: Hashable, Sendable, WireStruct {
  /// The handle.
  public var handle: FileHandle
  /// Bit 0: the data is enough, as for `fdatasync`.
  public var flags: UInt32

  public init(handle: FileHandle, flags: UInt32 = 0) { (self.handle, self.flags) = (handle, flags) }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    flags = try reader.u32()
    try reader.skip(4)
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u32(flags)
    writer.u32(0)
  }
}
