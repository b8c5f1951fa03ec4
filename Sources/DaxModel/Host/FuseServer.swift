/// What a device offers: how its server is set up.
public struct FuseServerConfiguration: Hashable, Sendable {
  /// Which program serves it.
  public var variant = HostVariant.strict
  /// Bytes in the DAX window; 0 for none.
  public var windowLength = ByteCount(0)
  /// `map_alignment`, a base-2 logarithm; nil if the flag is not offered.
  public var mapAlignment: UInt16? = 12
  /// Whether the server says for each inode if it wants DAX.
  public var hasInodeDax = true
  /// Bytes that a `FUSE_WRITE` may carry.
  public var maxWrite: UInt32 = 0x10_0000
  /// Entries of each of the device's queues: what a request carries must fit, a page an entry.
  public var queueSize: UInt64 = 128
  /// For how many seconds attributes and names may be believed.
  public var attributeTimeout: UInt64 = 86_400
  /// The most mappings at a time; nil for no limit.
  public var mappingLimit: Int?
  /// How many requests the log keeps.
  public var logLimit = 4096

  /// A device without a window.
  public init() {}

  /// A device with a window of so many bytes.
  public init(window: ByteCount, variant: HostVariant = .strict) {
    windowLength = window
    self.variant = variant
  }
}

/// What driver and server have agreed on in `FUSE_INIT`.
public struct FuseSession: Hashable, Sendable {
  /// The smaller of both minor versions.
  public var minor: UInt32
  /// What both can do.
  public var features: FuseFeatures
  /// Bytes that a `FUSE_WRITE` may carry.
  public var maxWrite: UInt32
  /// The alignment of mappings as a base-2 logarithm; nil if nothing was agreed on.
  public var mapAlignment: UInt16?
}

/// The end of the device that is on the host: it answers the requests of the driver, and maps pieces of files into
/// the window.
///
/// - Kernel: include/uapi/linux/fuse.h; virtio 1.2, section 5.11
public struct FuseServer: Hashable, Sendable {
  /// How it is set up.
  public let configuration: FuseServerConfiguration
  /// What it does with mappings that are not in order.
  public let rules: MappingRules
  /// The files that it shares.
  public var files: HostFileSystem
  /// What is to be seen in the window.
  public internal(set) var window: WindowMap
  /// What was agreed on; nil before `FUSE_INIT` and after `FUSE_DESTROY`.
  public internal(set) var session: FuseSession?
  /// The nodes that the driver knows.
  public internal(set) var nodes = NodeTable()
  /// The files that it has open.
  public internal(set) var handles = HandleTable()
  /// The requests that shall fail.
  public var faults = HostFaultPlan()
  /// What was asked, and how much was moved.
  public internal(set) var statistics = FuseStatistics()
  /// The requests that were answered last.
  public internal(set) var log: FuseLog
  /// The byte order that the driver uses, for messages in bytes.
  public internal(set) var order = FuseByteOrder.little

  /// A server that shares these files.
  public init(_ configuration: FuseServerConfiguration, files: HostFileSystem = HostFileSystem()) {
    self.configuration = configuration
    self.files = files
    rules = MappingRules(configuration.variant)
    window = WindowMap(length: configuration.windowLength, limit: configuration.mappingLimit)
    log = FuseLog(limit: configuration.logLimit)
  }

  /// Answers a request. To those that get no reply the answer is ``FuseReplyBody/nothing``.
  public mutating func answer(_ request: FuseRequest) -> FuseReply {
    let opcode = request.operation.opcode
    let inode = nodes.inode(of: request.caller.node)
    let name = inode.flatMap { files[$0]?.name } ?? .empty
    statistics.count(opcode)
    let hasReply = opcode?.hasReply ?? true
    let body: FuseReplyBody
    if hasReply, let errno = faults.strike(opcode) {
      body = .error(errno)
    } else {
      do throws(Errno) {
        let answer = try perform(request)
        body = hasReply ? answer : .nothing
      } catch {
        body = hasReply ? .error(error) : .nothing
      }
    }
    record(request, body, inode, name)
    reap()
    return FuseReply(unique: request.caller.unique, body)
  }

  /// Answers a message in bytes, in the byte order of the driver, which `FUSE_INIT` tells.
  ///
  /// A message that is none gets `EINVAL` if it has a header, and no reply otherwise. Both are a choice: programs
  /// that read it drop such a message.
  public mutating func answer(bytes message: [UInt8]) -> [UInt8] {
    if let order = FuseByteOrder(of: message) { self.order = order }
    do throws(FuseDecodeError) {
      return answer(try FuseRequest(decoding: message, order)).encode(order)
    } catch {
      var reader = WireReader(message, order: order)
      guard let header = try? FuseInHeader(from: &reader) else { return [] }
      if let opcode = FuseOpcode(rawValue: header.opcode), !opcode.hasReply { return [] }
      return FuseReply(unique: header.caller.unique, .error(.EINVAL)).encode(order)
    }
  }

  /// The nth request of a kind from now on fails with an error; 0 takes that back.
  public mutating func hostFail(_ opcode: FuseOpcode, nth: Int, with errno: Errno) {
    faults.fail(opcode, nth: nth, with: errno)
  }

  /// The server without log and counters, so that two may be compared that came to the same state on different ways.
  public var withoutHistory: FuseServer {
    var server = self
    server.log = FuseLog(limit: configuration.logLimit)
    server.statistics = FuseStatistics()
    return server
  }

  private mutating func perform(_ request: FuseRequest) throws(Errno) -> FuseReplyBody {
    let node = request.caller.node
    if case .initialize(let fields) = request.operation { return try begin(fields) }
    // Nothing is answered outside a session.
    guard session != nil else { throw .EIO }
    switch request.operation {
    case .initialize, .destroy: return end()
    case .lookup(let name): return try lookup(name, in: node)
    case .forget(let lookups): return forget([FuseForget(node: node, lookups: lookups)])
    case .batchForget(let entries): return forget(entries)
    case .getattr: return try attributes(of: node)
    case .setattr(let fields): return try setAttributes(fields, of: node)
    case .open(let fields): return try open(node, fields.flags)
    case .create(let fields): return try create(fields, in: node)
    case .read(let fields): return try read(fields)
    case .write(let fields): return try write(fields)
    case .flush(let fields): return try flush(fields.handle)
    case .release(let fields): return try release(fields.handle)
    case .fsync(let fields): return try flush(fields.handle)
    case .fallocate(let fields): return try allocate(fields)
    case .copyFileRange(let fields): return try copyFileRange(fields)
    case .unlink(let name): return try unlink(name, in: node)
    case .setupMapping(let fields): return try setupMapping(fields, of: node)
    case .removeMapping(let fields): return try removeMapping(fields)
    case .opendir(let fields): return try openDirectory(node, fields.flags)
    case .readdir(let fields): return try readDirectory(fields)
    case .releasedir(let fields): return try release(fields.handle)
    case .fsyncdir(let fields): return try flush(fields.handle)
    case .lseek(let fields): return try seek(fields)
    case .getxattr, .other: throw .ENOSYS
    }
  }

  /// Remembers an exchange. Data is not kept.
  private mutating func record(
    _ request: FuseRequest, _ body: FuseReplyBody, _ inode: InodeNumber?, _ name: FileName
  ) {
    var operation = request.operation
    var bytes: UInt64 = 0
    if case .write(var fields) = operation {
      bytes = UInt64(fields.data.count)
      fields.data = []
      operation = .write(fields)
    }
    var reply = body
    switch body {
    case .data(let data):
      bytes = UInt64(data.count)
      reply = .data([])
    case .written(let count): bytes = UInt64(count)
    case .error: statistics.failures += 1
    default: break
    }
    log.append(
      FuseExchange(
        sequence: log.count + 1, caller: request.caller, operation: operation, inode: inode, name: name,
        bytes: ByteCount(bytes), reply: reply))
  }

  /// Removes a file on the host, as ``HostFileSystem/hostRemove(_:)`` does, and gives it up at once if nobody uses it.
  public mutating func hostRemove(_ path: String) throws(Errno) {
    try files.hostRemove(path)
    reap()
  }

  /// What a reset of the virtio device leaves: no session, no mappings. The files, the log and the faults stay.
  public mutating func resetDevice() {
    endSession()
    session = nil
    order = .little
  }

  /// Gives up files without a name that nobody uses any more: who looked them up, has them open or maps them keeps
  /// them.
  mutating func reap() {
    if files.orphans.isEmpty { return }
    let (nodes, handles, window) = (nodes, handles, window)
    files.reap { nodes.node(of: $0) != nil || handles.holds($0) || window.holds($0) }
  }
}

extension FuseServer: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("variant", .text(configuration.variant.rawValue))
    visitor.enter("session", nil)
    visitor.field("open", .flag(session != nil))
    visitor.field("minor", session.map { .number(UInt64($0.minor)) } ?? .none)
    visitor.field("features", session.map { .hex($0.features.rawValue) } ?? .none)
    visitor.field("max_write", session.map { .number(UInt64($0.maxWrite)) } ?? .none)
    visitor.field("map_alignment", session?.mapAlignment.map { .number(UInt64($0)) } ?? .none)
    visitor.leave()
    visitor.part("window", window)
    visitor.part("nodes", nodes)
    visitor.part("handles", handles)
    visitor.part("files", files)
    visitor.part("faults", faults)
    visitor.part("statistics", statistics)
    visitor.part("log", log)
  }
}
