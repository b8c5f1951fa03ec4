/// What a request asks for, with its arguments.
public enum FuseOperation: Hashable, Sendable {
  /// `FUSE_INIT`: begin a session.
  case initialize(FuseInitRequest)
  /// `FUSE_DESTROY`: end it.
  case destroy
  /// `FUSE_LOOKUP`: find a name in the directory that the node is.
  case lookup(FileName)
  /// `FUSE_FORGET`: the driver gives back so many lookups of the node.
  case forget(UInt64)
  /// `FUSE_BATCH_FORGET`: the same for several nodes.
  case batchForget([FuseForget])
  /// `FUSE_GETATTR`.
  case getattr(FuseGetattr)
  /// `FUSE_SETATTR`.
  case setattr(FuseSetattr)
  /// `FUSE_OPEN`.
  case open(FuseOpen)
  /// `FUSE_CREATE`.
  case create(FuseCreate)
  /// `FUSE_READ`.
  case read(FuseRead)
  /// `FUSE_WRITE`.
  case write(FuseWrite)
  /// `FUSE_FLUSH`.
  case flush(FuseFlush)
  /// `FUSE_RELEASE`.
  case release(FuseRelease)
  /// `FUSE_FSYNC`.
  case fsync(FuseFsync)
  /// `FUSE_FALLOCATE`.
  case fallocate(FuseFallocate)
  /// `FUSE_COPY_FILE_RANGE`.
  case copyFileRange(FuseCopyFileRange)
  /// `FUSE_UNLINK`: remove a name from the directory that the node is.
  case unlink(FileName)
  /// `FUSE_GETXATTR`.
  case getxattr(FuseGetxattrBody)
  /// `FUSE_OPENDIR`.
  case opendir(FuseOpen)
  /// `FUSE_READDIR`: names of the directory, from an offset on, as many as fit into so many bytes.
  case readdir(FuseRead)
  /// `FUSE_RELEASEDIR`.
  case releasedir(FuseRelease)
  /// `FUSE_FSYNCDIR`.
  case fsyncdir(FuseFsync)
  /// `FUSE_LSEEK`: where there is data, or a hole.
  case lseek(FuseLseek)
  /// `FUSE_SETUPMAPPING`.
  case setupMapping(FuseSetupMapping)
  /// `FUSE_REMOVEMAPPING`.
  case removeMapping(FuseRemoveMapping)
  /// Anything else: its number, which is none of the above, and its body.
  case other(opcode: UInt32, body: [UInt8])

  /// The number of the opcode on the wire.
  public var number: UInt32 {
    if case .other(let number, _) = self { return number }
    return opcode?.rawValue ?? 0
  }

  /// The opcode; nil for a number that is not in the list.
  public var opcode: FuseOpcode? {
    switch self {
    case .initialize: .initialize
    case .destroy: .destroy
    case .lookup: .lookup
    case .forget: .forget
    case .batchForget: .batchForget
    case .getattr: .getattr
    case .setattr: .setattr
    case .open: .open
    case .create: .create
    case .read: .read
    case .write: .write
    case .flush: .flush
    case .release: .release
    case .fsync: .fsync
    case .fallocate: .fallocate
    case .copyFileRange: .copyFileRange
    case .unlink: .unlink
    case .getxattr: .getxattr
    case .opendir: .opendir
    case .readdir: .readdir
    case .releasedir: .releasedir
    case .fsyncdir: .fsyncdir
    case .lseek: .lseek
    case .setupMapping: .setupMapping
    case .removeMapping: .removeMapping
    case .other(let number, _): FuseOpcode(rawValue: number)
    }
  }
}

/// A request of the driver: who asks, and for what.
///
/// - Kernel: include/uapi/linux/fuse.h, protocol 7.38
public struct FuseRequest: Hashable, Sendable {
  /// The number of the request, the node and the caller.
  public var caller: FuseCaller
  /// What is asked for.
  public var operation: FuseOperation

  public init(_ operation: FuseOperation, caller: FuseCaller) {
    (self.operation, self.caller) = (operation, caller)
  }

  /// A request of the kernel itself.
  public init(_ operation: FuseOperation, unique: UInt64, node: NodeID = .none) {
    self.init(operation, caller: FuseCaller(unique: unique, node: node))
  }

  /// The bytes that the driver puts into the queue.
  public func encode(_ order: FuseByteOrder = .little) -> [UInt8] {
    var body = WireWriter(order: order)
    switch operation {
    case .initialize(let fields): fields.write(to: &body)
    case .destroy: break
    case .lookup(let name), .unlink(let name): body.name(name)
    case .forget(let lookups): body.u64(lookups)
    case .batchForget(let entries): FuseBatchForget(entries).write(to: &body)
    case .getattr(let fields): fields.write(to: &body)
    case .setattr(let fields): fields.write(to: &body)
    case .open(let fields): fields.write(to: &body)
    case .create(let fields): fields.write(to: &body)
    case .read(let fields): fields.write(to: &body)
    case .write(let fields): fields.write(to: &body)
    case .flush(let fields): fields.write(to: &body)
    case .release(let fields): fields.write(to: &body)
    case .fsync(let fields): fields.write(to: &body)
    case .fallocate(let fields): fields.write(to: &body)
    case .copyFileRange(let fields): fields.write(to: &body)
    case .getxattr(let fields): fields.write(to: &body)
    case .opendir(let fields): fields.write(to: &body)
    case .readdir(let fields): fields.write(to: &body)
    case .releasedir(let fields): fields.write(to: &body)
    case .fsyncdir(let fields): fields.write(to: &body)
    case .lseek(let fields): fields.write(to: &body)
    case .setupMapping(let fields): fields.write(to: &body)
    case .removeMapping(let fields): fields.write(to: &body)
    case .other(_, let bytes): body.data(bytes)
    }
    let length = FuseInHeader.size + body.bytes.count
    var writer = WireWriter(order: order, capacity: length)
    FuseInHeader(
      length: UInt32(truncatingIfNeeded: length), opcode: operation.number, caller: caller, extensions: 0
    ).write(to: &writer)
    writer.data(body.bytes)
    return writer.bytes
  }

  /// The request that the bytes are. Extensions at its end (`total_extlen`) are skipped.
  public init(decoding bytes: [UInt8], _ order: FuseByteOrder = .little) throws(FuseDecodeError) {
    var start = WireReader(bytes, order: order)
    let header = try FuseInHeader(from: &start)
    guard UInt64(header.length) == UInt64(bytes.count) else {
      throw .wrongLength(stated: Int(truncatingIfNeeded: header.length), got: bytes.count)
    }
    let extensions = Int(header.extensions) * 8
    guard extensions <= start.left else {
      throw .truncated(needed: FuseInHeader.size + extensions, got: bytes.count)
    }
    var reader = WireReader(bytes, from: start.position, to: bytes.count - extensions, order: order)
    caller = header.caller
    operation = try FuseRequest.operation(header.opcode, &reader)
    try reader.finish()
  }

  private static func operation(
    _ number: UInt32, _ reader: inout WireReader
  ) throws(FuseDecodeError) -> FuseOperation {
    switch FuseOpcode(rawValue: number) {
    case .initialize: .initialize(try FuseInitRequest(from: &reader))
    case .destroy: .destroy
    case .lookup: .lookup(try reader.name())
    case .unlink: .unlink(try reader.name())
    case .forget: .forget(try reader.u64())
    case .batchForget: .batchForget(try FuseBatchForget(from: &reader).entries)
    case .getattr: .getattr(try FuseGetattr(from: &reader))
    case .setattr: .setattr(try FuseSetattr(from: &reader))
    case .open: .open(try FuseOpen(from: &reader))
    case .create: .create(try FuseCreate(from: &reader))
    case .read: .read(try FuseRead(from: &reader))
    case .write: .write(try FuseWrite(from: &reader))
    case .flush: .flush(try FuseFlush(from: &reader))
    case .release: .release(try FuseRelease(from: &reader))
    case .fsync: .fsync(try FuseFsync(from: &reader))
    case .fallocate: .fallocate(try FuseFallocate(from: &reader))
    case .copyFileRange: .copyFileRange(try FuseCopyFileRange(from: &reader))
    case .getxattr: .getxattr(try FuseGetxattrBody(from: &reader))
    case .opendir: .opendir(try FuseOpen(from: &reader))
    case .readdir: .readdir(try FuseRead(from: &reader))
    case .releasedir: .releasedir(try FuseRelease(from: &reader))
    case .fsyncdir: .fsyncdir(try FuseFsync(from: &reader))
    case .lseek: .lseek(try FuseLseek(from: &reader))
    case .setupMapping: .setupMapping(try FuseSetupMapping(from: &reader))
    case .removeMapping: .removeMapping(try FuseRemoveMapping(from: &reader))
    default: .other(opcode: number, body: reader.rest())
    }
  }
}
