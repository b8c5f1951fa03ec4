/// A request that the server has answered, with its arguments and its error, but without the data.
public struct FuseExchange: Hashable, Sendable {
  /// Which one it was, counted from 1.
  public var sequence: UInt64
  /// Who asked, and about which node.
  public var caller: FuseCaller
  /// What was asked for. The data of a `FUSE_WRITE` is left out: see ``bytes``.
  public var operation: FuseOperation
  /// The inode that it was about; nil if it was about none, or about one that the server does not know.
  public var inode: InodeNumber?
  /// The name with which that inode was made; empty for the root, and where there is no inode.
  public var name: FileName
  /// Bytes of data that were read or written.
  public var bytes: ByteCount
  /// What was answered. The data of a `FUSE_READ` is left out, too.
  public var reply: FuseReplyBody

  /// The error of the reply, if it failed.
  public var error: Errno? { reply.error }
}

extension FuseExchange: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("sequence", .number(sequence))
    visitor.field("opcode", .text(operation.name))
    visitor.field("unique", .number(caller.unique))
    visitor.field("node", .number(caller.node.rawValue))
    visitor.field("file", .text(name.description))
    operation.inspect(&visitor)
    if case .initialize(let fields) = reply {
      visitor.field("map_alignment", .number(UInt64(fields.mapAlignment)))
    }
    visitor.field("bytes", .number(bytes.rawValue))
    visitor.field("error", error.map { .text($0.name) } ?? .none)
  }
}

extension FuseOperation: Inspectable {
  /// The kernel's name of what is asked for, such as `SETUPMAPPING`; a number that has none stands for itself.
  public var name: String { opcode?.name ?? String(number) }

  /// The arguments by their names in the protocol. Data is not shown.
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    switch self {
    case .initialize(let fields):
      visitor.field("major", .number(UInt64(fields.major)))
      visitor.field("minor", .number(UInt64(fields.minor)))
      visitor.field("flags", .hex(fields.features.rawValue))
    case .destroy: break
    case .lookup(let name), .unlink(let name): visitor.field("name", .text(name.description))
    case .forget(let lookups): visitor.field("nlookup", .number(lookups))
    case .batchForget(let entries):
      for (index, entry) in entries.enumerated() {
        visitor.enter("entry", index)
        visitor.field("nodeid", .number(entry.node.rawValue))
        visitor.field("nlookup", .number(entry.lookups))
        visitor.leave()
      }
    case .getattr(let fields): visitor.field("fh", fields.handle.map { .number($0.rawValue) } ?? .none)
    case .setattr(let fields):
      visitor.field("valid", .hex(UInt64(fields.valid.rawValue)))
      if fields.valid.contains(.size) { visitor.field("size", .number(fields.size.rawValue)) }
    case .open(let fields), .opendir(let fields):
      visitor.field("flags", .hex(UInt64(fields.flags.rawValue)))
    case .create(let fields):
      visitor.field("name", .text(fields.name.description))
      visitor.field("flags", .hex(UInt64(fields.flags.rawValue)))
    case .read(let fields), .readdir(let fields):
      visitor.field("offset", .number(fields.offset.rawValue))
      visitor.field("size", .number(UInt64(fields.size)))
      visitor.field("read_flags", .number(UInt64(fields.readFlags)))
    case .write(let fields):
      visitor.field("offset", .number(fields.offset.rawValue))
      visitor.field("write_flags", .number(UInt64(fields.writeFlags.rawValue)))
    case .flush(let fields): visitor.field("fh", .number(fields.handle.rawValue))
    case .release(let fields), .releasedir(let fields): visitor.field("fh", .number(fields.handle.rawValue))
    case .fsync(let fields), .fsyncdir(let fields):
      visitor.field("fsync_flags", .number(UInt64(fields.flags)))
    case .getxattr(let fields): visitor.field("name", .text(fields.name.description))
    case .lseek(let fields):
      visitor.field("offset", .number(fields.offset.rawValue))
      visitor.field("whence", .number(UInt64(fields.whence)))
    case .fallocate(let fields):
      visitor.field("mode", .number(UInt64(fields.mode.rawValue)))
      visitor.field("offset", .number(fields.offset.rawValue))
      visitor.field("length", .number(fields.length.rawValue))
    case .copyFileRange(let fields):
      visitor.field("off_in", .number(fields.offset.rawValue))
      visitor.field("nodeid_out", .number(fields.targetNode.rawValue))
      visitor.field("off_out", .number(fields.targetOffset.rawValue))
      visitor.field("len", .number(fields.length.rawValue))
    case .setupMapping(let fields):
      visitor.field("fh", fields.handle == .none ? .none : .number(fields.handle.rawValue))
      visitor.field("foffset", .number(fields.fileOffset.rawValue))
      visitor.field("len", .number(fields.length.rawValue))
      visitor.field("flags", .number(fields.flags.rawValue))
      visitor.field("moffset", .number(fields.windowOffset.rawValue))
    case .removeMapping(let fields):
      for (index, entry) in fields.entries.enumerated() {
        visitor.enter("entry", index)
        visitor.field("moffset", .number(entry.windowOffset.rawValue))
        visitor.field("len", .number(entry.length.rawValue))
        visitor.leave()
      }
    case .other(_, let body): visitor.field("body", .number(UInt64(body.count)))
    }
  }
}

/// The requests that were answered last, so that somebody can draw who said what to whom.
///
/// They are kept in pieces that do not change once they are full, so that the moments of a history share them.
public struct FuseLog: Hashable, Sendable {
  /// How many are kept.
  public let limit: Int
  /// Each but the last is full.
  private var pieces: [[FuseExchange]] = []
  /// A digest of all that were ever appended, so that a digest of the machine need not walk over them.
  private var digest: UInt64 = 0
  /// How many there were in all.
  public private(set) var count: UInt64 = 0

  /// Exchanges in a piece.
  private static var pieceSize: Int { 16 }

  /// An empty log. With a limit of 0 it only counts.
  public init(limit: Int = 4096) { self.limit = max(limit, 0) }

  /// The last ones, oldest first, up to the limit.
  public var exchanges: [FuseExchange] { last(limit) }

  /// Those after the first `count` of all, as far as they are kept: what was said since a moment.
  public func exchanges(since count: UInt64) -> [FuseExchange] {
    let wanted = self.count > count ? self.count - count : 0
    return last(Int(min(wanted, UInt64(limit))))
  }

  /// The last one, if it is kept.
  var last: FuseExchange? { pieces.last?.last }

  private var kept: Int { max(pieces.count - 1, 0) * FuseLog.pieceSize + (pieces.last?.count ?? 0) }

  private func last(_ count: Int) -> [FuseExchange] {
    let skipped = max(kept - count, 0)
    let (first, rest) = skipped.quotientAndRemainder(dividingBy: FuseLog.pieceSize)
    return Array(pieces[min(first, pieces.count)...].joined().dropFirst(rest))
  }

  mutating func append(_ exchange: FuseExchange) {
    count += 1
    var sum = Digest()
    sum.field("before", .hex(digest))
    exchange.inspect(&sum)
    digest = sum.value
    if limit == 0 { return }
    if pieces.isEmpty || pieces[pieces.count - 1].count == FuseLog.pieceSize {
      if kept - limit >= FuseLog.pieceSize { pieces.removeFirst() }
      pieces.append([])
    }
    pieces[pieces.count - 1].append(exchange)
  }
}

extension FuseLog: Inspectable {
  /// How many there were, a digest of them all, and the last one.
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("count", .number(count))
    visitor.field("digest", .hex(digest))
    if let last = pieces.last?.last { visitor.part("last", last) }
  }
}

/// What the server was asked, and how much it moved.
public struct FuseStatistics: Hashable, Sendable {
  /// Requests by opcode.
  private var requests: [UInt64] = Array(repeating: 0, count: Int(FuseOpcode.statx.rawValue) + 1)
  /// Requests with an opcode that is not in the list.
  public internal(set) var unknownRequests: UInt64 = 0
  /// Requests that failed.
  public internal(set) var failures: UInt64 = 0
  /// Bytes that `FUSE_READ` returned.
  public internal(set) var bytesRead = ByteCount(0)
  /// Bytes that `FUSE_WRITE` and `FUSE_COPY_FILE_RANGE` wrote.
  public internal(set) var bytesWritten = ByteCount(0)
  /// Bytes loaded through the window.
  public internal(set) var windowBytesRead = ByteCount(0)
  /// Bytes stored through the window.
  public internal(set) var windowBytesWritten = ByteCount(0)

  public init() {}

  /// How many requests of a kind there were.
  public subscript(opcode: FuseOpcode) -> UInt64 {
    let index = Int(opcode.rawValue)
    return index < requests.count ? requests[index] : 0
  }

  mutating func count(_ opcode: FuseOpcode?) {
    guard let opcode, Int(opcode.rawValue) < requests.count else {
      unknownRequests += 1
      return
    }
    requests[Int(opcode.rawValue)] += 1
  }
}

extension FuseStatistics: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for opcode in FuseOpcode.allCases where self[opcode] > 0 {
      visitor.enter("requests", Int(opcode.rawValue))
      visitor.field("opcode", .text(opcode.name))
      visitor.field("count", .number(self[opcode]))
      visitor.leave()
    }
    visitor.field("unknown", .number(unknownRequests))
    visitor.field("failures", .number(failures))
    visitor.field("bytes_read", .number(bytesRead.rawValue))
    visitor.field("bytes_written", .number(bytesWritten.rawValue))
    visitor.field("window_bytes_read", .number(windowBytesRead.rawValue))
    visitor.field("window_bytes_written", .number(windowBytesWritten.rawValue))
  }
}
