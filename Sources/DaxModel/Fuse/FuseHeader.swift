/// `struct fuse_in_header` without what the rest of the request decides: its length and its opcode.
///
/// - Kernel: include/uapi/linux/fuse.h
public struct FuseCaller: Hashable, Sendable {
  /// The number that ties the reply to the request.
  public var unique: UInt64
  /// The inode that the request is about.
  public var node: NodeID
  /// The user who asks, as the driver says.
  public var uid: UInt32
  /// The group of that user.
  public var gid: UInt32
  /// The process that asks; 0 if the kernel itself does.
  public var pid: UInt32

  public init(unique: UInt64, node: NodeID, uid: UInt32 = 0, gid: UInt32 = 0, pid: UInt32 = 0) {
    (self.unique, self.node, self.uid, self.gid, self.pid) = (unique, node, uid, gid, pid)
  }
}

/// `struct fuse_in_header`: the 40 bytes that every request begins with.
struct FuseInHeader: Hashable, Sendable, WireStruct {
  static var size: Int { 40 }

  /// Bytes in the whole request, this header included.
  var length: UInt32
  /// The number of the opcode, known or not.
  var opcode: UInt32
  var caller: FuseCaller
  /// `total_extlen`: units of 8 bytes at the end of the request that are extensions.
  var extensions: UInt16

  init(length: UInt32, opcode: UInt32, caller: FuseCaller, extensions: UInt16) {
    (self.length, self.opcode, self.caller, self.extensions) = (length, opcode, caller, extensions)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    length = try reader.u32()
    opcode = try reader.u32()
    caller = FuseCaller(unique: try reader.u64(), node: NodeID(try reader.u64()))
    caller.uid = try reader.u32()
    caller.gid = try reader.u32()
    caller.pid = try reader.u32()
    extensions = try reader.u16()
    try reader.skip(2)
  }

  func write(to writer: inout WireWriter) {
    writer.u32(length)
    writer.u32(opcode)
    writer.u64(caller.unique)
    writer.u64(caller.node.rawValue)
    writer.u32(caller.uid)
    writer.u32(caller.gid)
    writer.u32(caller.pid)
    writer.u16(extensions)
    writer.u16(0)
  }
}

/// `struct fuse_out_header`: the 16 bytes that every reply begins with.
struct FuseOutHeader: Hashable, Sendable, WireStruct {
  static var size: Int { 16 }

  /// Bytes in the whole reply, this header included.
  var length: UInt32
  /// 0, or the negative of an error number.
  var error: Int32
  /// The number of the request that is answered.
  var unique: UInt64

  init(length: UInt32, error: Int32, unique: UInt64) {
    (self.length, self.error, self.unique) = (length, error, unique)
  }

  init(from reader: inout WireReader) throws(FuseDecodeError) {
    length = try reader.u32()
    error = Int32(bitPattern: try reader.u32())
    unique = try reader.u64()
  }

  func write(to writer: inout WireWriter) {
    writer.u32(length)
    writer.u32(UInt32(bitPattern: error))
    writer.u64(unique)
  }
}
