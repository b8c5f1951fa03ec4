/// `struct fuse_dirent`: a name in a directory, as the answer to `FUSE_READDIR` lists it. 24 bytes and the name, padded to
/// a multiple of 8.
///
/// - Kernel: include/uapi/linux/fuse.h
public struct FuseDirent: Hashable, Sendable {
  /// The inode number that `stat` shows.
  public var inode: UInt64
  /// Where the next call goes on to find what follows.
  public var offset: UInt64
  /// `DT_REG` 8, `DT_DIR` 4.
  public var type: UInt32
  /// The name.
  public var name: FileName

  public init(inode: UInt64, offset: UInt64, type: UInt32, name: FileName) {
    (self.inode, self.offset, self.type, self.name) = (inode, offset, type, name)
  }

  /// `DT_REG`: a file.
  public static let file: UInt32 = 8
  /// `DT_DIR`: a directory.
  public static let directory: UInt32 = 4

  /// How many bytes it takes up in the answer.
  var length: Int { (24 + name.bytes.count + 7) & ~7 }

  func write(to writer: inout WireWriter) {
    writer.u64(inode)
    writer.u64(offset)
    writer.u32(UInt32(truncatingIfNeeded: name.bytes.count))
    writer.u32(type)
    writer.data(name.bytes)
    writer.zeros(length - 24 - name.bytes.count)
  }

  /// As `struct linux_dirent64`, which a process gets: 19 bytes, the name with a NUL, and padding up to `length`.
  func writeForProcess(to writer: inout WireWriter, length: Int) {
    writer.u64(inode)
    writer.u64(offset)
    writer.u16(UInt16(truncatingIfNeeded: length))
    writer.data([UInt8(truncatingIfNeeded: type)])
    writer.data(name.bytes)
    writer.zeros(length - 19 - name.bytes.count)
  }

  /// The names that the answer to `FUSE_READDIR` lists; nil if it is none.
  static func list(decoding bytes: [UInt8], _ order: FuseByteOrder = .little) -> [FuseDirent]? {
    var reader = WireReader(bytes, order: order)
    var entries: [FuseDirent] = []
    do throws(FuseDecodeError) {
      while reader.left > 0 {
        let (inode, offset) = (try reader.u64(), try reader.u64())
        let (count, type) = (Int(try reader.u32()), try reader.u32())
        guard let name = FileName(bytes: try reader.data(count)) else { return nil }
        try reader.skip(min((24 + count + 7) & ~7 - 24 - count, reader.left))
        entries.append(FuseDirent(inode: inode, offset: offset, type: type, name: name))
      }
    } catch {
      return nil
    }
    return entries
  }

  /// What `getdents64()` has put into a buffer of the process.
  ///
  /// - Parameter bytes: The bytes that it has filled.
  public static func list(ofProcess bytes: [UInt8], on architecture: Architecture) -> [FuseDirent] {
    var reader = WireReader(bytes, order: architecture.byteOrder)
    var entries: [FuseDirent] = []
    while reader.left > 19, let inode = try? reader.u64(), let offset = try? reader.u64(),
      let length = try? reader.u16(), let type = try? reader.data(1).first,
      let text = try? reader.data(Int(length) - 19), let name = FileName(bytes: text.prefix { $0 != 0 } + [])
    {
      entries.append(FuseDirent(inode: inode, offset: offset, type: UInt32(type), name: name))
    }
    return entries
  }
}

/// `struct fuse_lseek_in`, 24 bytes: where is data, or where a hole?
public struct FuseLseek: Hashable, Sendable, WireStruct {
  /// The open file.
  public var handle: FileHandle
  /// From where on.
  public var offset: FileOffset
  /// `SEEK_DATA` 3, `SEEK_HOLE` 4.
  public var whence: UInt32

  public init(handle: FileHandle, offset: FileOffset, whence: UInt32) {
    (self.handle, self.offset, self.whence) = (handle, offset, whence)
  }

  /// `SEEK_DATA`.
  public static let data: UInt32 = 3
  /// `SEEK_HOLE`.
  public static let hole: UInt32 = 4

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    handle = FileHandle(try reader.u64())
    offset = FileOffset(try reader.u64())
    whence = try reader.u32()
    try reader.skip(4)
  }

  func write(to writer: inout WireWriter) {
    writer.u64(handle.rawValue)
    writer.u64(offset.rawValue)
    writer.u32(whence)
    writer.u32(0)
  }
}
