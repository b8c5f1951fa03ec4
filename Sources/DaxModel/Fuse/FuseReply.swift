/// What a server answers, without the header.
public enum FuseReplyBody: Hashable, Sendable {
  /// It failed. On the wire that is a header with the negative number, and nothing else.
  case error(Errno)
  /// It succeeded, and there is nothing more to say.
  case empty
  /// Of `FUSE_INIT`.
  case initialize(FuseInitReply)
  /// Of `FUSE_LOOKUP`.
  case entry(FuseEntry)
  /// Of `FUSE_GETATTR` and `FUSE_SETATTR`.
  case attributes(FuseAttributesReply)
  /// Of `FUSE_OPEN` and `FUSE_OPENDIR`.
  case opened(FuseOpened)
  /// Of `FUSE_CREATE`.
  case created(FuseEntry, FuseOpened)
  /// Of `FUSE_READ`: the bytes, fewer than asked for at the end of the file. Of `FUSE_READDIR`: the names.
  case data([UInt8])
  /// Of `FUSE_WRITE` and `FUSE_COPY_FILE_RANGE`: how many bytes were written.
  case written(UInt32)
  /// Of `FUSE_LSEEK`.
  case offset(FileOffset)
  /// There is no reply at all, as to `FUSE_FORGET`.
  case nothing

  /// The error, if it is one.
  public var error: Errno? { if case .error(let errno) = self { errno } else { nil } }
}

/// A reply of the server.
public struct FuseReply: Hashable, Sendable {
  /// The number of the request that is answered.
  public var unique: UInt64
  /// What is answered.
  public var body: FuseReplyBody

  public init(unique: UInt64, _ body: FuseReplyBody) { (self.unique, self.body) = (unique, body) }

  /// The error, if the request failed.
  public var error: Errno? { body.error }

  /// The bytes that the server puts into the queue; none if there is no reply.
  public func encode(_ order: FuseByteOrder = .little) -> [UInt8] {
    var writer = WireWriter(order: order)
    switch body {
    case .nothing: return []
    case .error, .empty: break
    case .initialize(let fields): fields.write(to: &writer)
    case .entry(let fields): fields.write(to: &writer)
    case .attributes(let fields): fields.write(to: &writer)
    case .opened(let fields): fields.write(to: &writer)
    case .created(let entry, let opened):
      entry.write(to: &writer)
      opened.write(to: &writer)
    case .data(let bytes): writer.data(bytes)
    case .offset(let offset): writer.u64(offset.rawValue)
    case .written(let count):
      writer.u32(count)
      writer.u32(0)
    }
    let length = FuseOutHeader.size + writer.bytes.count
    var message = WireWriter(order: order, capacity: length)
    FuseOutHeader(
      length: UInt32(truncatingIfNeeded: length),
      error: Int32(truncatingIfNeeded: error?.returnValue ?? 0), unique: unique
    ).write(to: &message)
    message.data(writer.bytes)
    return message.bytes
  }

  /// The reply that the bytes are, to a request of that kind: the bytes themselves do not say.
  ///
  /// A request whose opcode is none of ``FuseOpcode``, or whose replies are not modelled, has data.
  public init(
    decoding bytes: [UInt8], to opcode: FuseOpcode?, _ order: FuseByteOrder = .little
  ) throws(FuseDecodeError) {
    var reader = WireReader(bytes, order: order)
    let header = try FuseOutHeader(from: &reader)
    guard UInt64(header.length) == UInt64(bytes.count) else {
      throw .wrongLength(stated: Int(truncatingIfNeeded: header.length), got: bytes.count)
    }
    unique = header.unique
    if header.error != 0 {
      guard let errno = Errno(returnValue: Int64(header.error)) else { throw .badError(Int64(header.error)) }
      guard reader.left == 0 else { throw .bodyAfterError(reader.left) }
      body = .error(errno)
      return
    }
    body = try FuseReply.body(opcode, &reader)
    try reader.finish()
  }

  private static func body(
    _ opcode: FuseOpcode?, _ reader: inout WireReader
  ) throws(FuseDecodeError) -> FuseReplyBody {
    switch opcode {
    case .initialize: return .initialize(try FuseInitReply(from: &reader))
    case .lookup: return .entry(try FuseEntry(from: &reader))
    case .getattr, .setattr: return .attributes(try FuseAttributesReply(from: &reader))
    case .open, .opendir: return .opened(try FuseOpened(from: &reader))
    case .create:
      let entry = try FuseEntry(from: &reader)
      return .created(entry, try FuseOpened(from: &reader))
    case .write, .copyFileRange:
      let count = try reader.u32()
      try reader.skip(4)
      return .written(count)
    case .lseek: return .offset(FileOffset(try reader.u64()))
    case .releasedir, .fsyncdir, .destroy, .flush, .release, .fsync, .fallocate, .unlink, .setupMapping,
      .removeMapping:
      return .empty
    default: return .data(reader.rest())
    }
  }
}
