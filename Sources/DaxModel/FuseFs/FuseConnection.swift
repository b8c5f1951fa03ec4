/// `struct fuse_conn`: the session of a mounted file system with its server.
///
/// - Kernel: fs/fuse/fuse_i.h
public struct FuseConnection: Hashable, Sendable {
  /// The device whose queues it uses.
  public let device: DeviceID
  /// The instance.
  public let fs: Handle<VirtioFs>
  /// Which files use DAX: what was asked for, until the server's answer to INIT is known.
  public internal(set) var mode: DaxMode
  /// `initialized`: INIT has been answered.
  public internal(set) var isInitialized = false
  /// `conn_error`: INIT was answered with what cannot be used; every request is -ECONNREFUSED.
  public internal(set) var hasFailed = false
  /// Whether requests may still be sent.
  public internal(set) var isConnected = true
  /// Whether the server says of each file if it wants DAX.
  public internal(set) var hasInodeDax = false
  /// The most bytes of one WRITE.
  public internal(set) var maxWrite: UInt32 = 4096
  /// The most bytes of one READ.
  public internal(set) var maxRead: UInt32 = 131_072
  /// `max_pages_limit`: pages that a request can carry, by the size of the queue.
  public internal(set) var maxPages: UInt64 = 124
  /// The number of the request that was sent last.
  public internal(set) var unique: UInt64 = 0
  /// The ranges of the window; nil without DAX.
  public internal(set) var dax: FuseConnDax?
  /// The inode of the root directory; nil until a mount has made it.
  public internal(set) var root: Handle<FuseInode>?
  /// The names that are known, in the order in which they were looked up.
  public internal(set) var dentries: [Dentry] = []
  /// `mnt_count`: open files and calls under way that hold the mount.
  public internal(set) var mountUsers = 0
  /// Whether the mount has been taken out of the tree: no path leads to it any more.
  var isDetached = false
  /// How many files have become idle so far.
  var idleFiles: UInt64 = 0
  /// Requests that the server does not have: they are not asked for again.
  public internal(set) var unsupported: [FuseOpcode] = []

  /// A name in a directory and what it stands for.
  public struct Dentry: Hashable, Sendable {
    public var parent: Handle<FuseInode>
    public var name: FileName
    public var inode: Handle<FuseInode>
    /// Whether it may be used without asking again.
    public var isValid: Bool
  }

  init(device: DeviceID, fs: Handle<VirtioFs>, mode: DaxMode) {
    (self.device, self.fs, self.mode) = (device, fs, mode)
  }
}

/// `struct fuse_conn_dax`: the window in ranges of 2 MiB.
public struct FuseConnDax: Hashable, Sendable {
  /// The length of a range in bytes.
  public static let rangeSize: UInt64 = 2 << 20
  /// How many ranges the worker frees at a time.
  public static let reclaimChunk = 10

  /// The DAX device. Nobody counts this pointer.
  public let daxDevice: Handle<DaxDevice>
  /// Every range, by its place in the window.
  public internal(set) var ranges: [DaxRange]
  /// Free ranges, the one that is taken next first.
  public internal(set) var free: [Int]
  /// Ranges in use, in the order in which they were set up.
  public internal(set) var busy: [Int] = []
  /// Whether the worker wants to come again in a moment.
  public internal(set) var wantsWorkerLater = false
  /// Whether the worker has been kicked and has not begun.
  public internal(set) var isWorkerQueued = false
  /// Whether the worker has begun and not ended.
  public internal(set) var isWorkerRunning = false
  /// Whether the worker must not begin any more: the session is about to end.
  var isWorkerCancelled = false

  /// Below how many free ranges the worker is kicked: a fifth of all, and at least one.
  public var threshold: Int { max(ranges.count * 20 / 100, 1) }

  init(daxDevice: Handle<DaxDevice>, count: Int) {
    self.daxDevice = daxDevice
    ranges = [DaxRange](repeating: DaxRange(), count: count)
    free = Array(0..<count)
  }
}

/// `struct fuse_dax_mapping`: 2 MiB of the window, free or with a piece of a file.
public struct DaxRange: Hashable, Sendable {
  /// The inode whose piece it holds; nil if it is free.
  public var inode: Handle<FuseInode>?
  /// Which piece: the file offset in units of 2 MiB.
  public var index: UInt64 = 0
  /// Whether it is mapped for writing too.
  public var isWritable = false
  /// 1 is idle; more while an iomap operation uses it.
  public var references = 1
}

/// `struct fuse_inode`.
public struct FuseInode: Hashable, Sendable {
  public let connection: Handle<FuseConnection>
  public let node: NodeID
  /// What the server said last; the size is the kernel's own.
  public internal(set) var attributes: FuseAttributes
  /// `i_size`.
  public internal(set) var size: UInt64
  /// Whether the time for which the server's answer holds is not over.
  public internal(set) var isFresh: Bool
  /// `inval_mask`: what has changed since.
  public internal(set) var stale = AttributeMask()
  /// `S_DAX`.
  public internal(set) var isDax: Bool
  /// How often the server has been asked for it.
  public internal(set) var lookups: UInt64 = 1
  /// Who holds it: open files, calls under way that have found it by its name, and the worker.
  public internal(set) var users = 0
  /// Whether an open file of it has gone while somebody holds it.
  var hasClosed = false
  /// `I_FREEING`: nobody holds it, and it is going away.
  public internal(set) var isFreeing = false
  /// Whether its last name is gone.
  public internal(set) var isUnlinked = false
  /// The interval tree: which range holds which piece, by index.
  public internal(set) var tree: [Piece] = []
  /// Pieces of 2 MiB in which the file's own table (`i_pages`) has entries for single pages.
  var pageEntries: Set<UInt64> = []
  /// When it was idle for the first time, by the count of its session: the order in which `drop_caches` evicts.
  var idleSince: UInt64?
  /// Whether it has become idle again since: it is evicted after all that have not.
  var isReferenced = false
  /// The page cache of a file without DAX.
  public internal(set) var cache = PageCache()

  /// A node of the tree.
  public struct Piece: Hashable, Sendable {
    public var index: UInt64
    public var range: Int
  }

  init(
    connection: Handle<FuseConnection>, node: NodeID, attributes: FuseAttributes, isFresh: Bool, isDax: Bool
  ) {
    (self.connection, self.node, self.attributes) = (connection, node, attributes)
    (self.isFresh, self.isDax) = (isFresh, isDax)
    size = attributes.size.rawValue
  }

  /// `fuse_get_root_inode()`: the root directory as the kernel assumes it to be until it has asked.
  static func root(of connection: Handle<FuseConnection>) -> FuseInode {
    var root = FuseInode(
      connection: connection, node: .root,
      attributes: FuseAttributes(
        inode: NodeID.root.rawValue, size: ByteCount(0), blocks: 0, modificationTime: 0, changeTime: 0,
        mode: 0o040755, links: 1), isFresh: false, isDax: false)
    root.users = 1
    return root
  }

  /// Whether the server must be asked before these attributes are used.
  public func mustAsk(for wanted: AttributeMask) -> Bool { !isFresh || !stale.isDisjoint(with: wanted) }

  /// `S_ISDIR`.
  public var isDirectory: Bool { attributes.mode & 0o170000 == 0o040000 }

  /// The range of a piece.
  public func range(of index: UInt64) -> Int? { tree.first { $0.index == index }?.range }

  mutating func insert(_ index: UInt64, _ range: Int) {
    tree.insert(Piece(index: index, range: range), at: tree.firstIndex { $0.index > index } ?? tree.count)
  }
}

/// Attributes of an inode, in the groups in which they go stale: bits of `statx()`.
public struct AttributeMask: OptionSet, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Mode and owner.
  public static let permissions = AttributeMask(rawValue: 1)
  /// The size.
  public static let size = AttributeMask(rawValue: 2)
  /// `FUSE_STATX_MODIFY`: the times of change, and how many blocks it takes.
  public static let modification = AttributeMask(rawValue: 4)
  /// The time of the last access.
  public static let access = AttributeMask(rawValue: 8)
  /// `STATX_BASIC_STATS`.
  public static let all: AttributeMask = [.permissions, .size, .modification, .access]

  public var description: String {
    let names = ["mode", "size", "modify", "atime"]
    let set = names.indices.filter { rawValue & (1 << $0) != 0 }.map { names[$0] }
    return set.isEmpty ? "0" : set.joined(separator: "|")
  }
}

/// `struct iomap`: a piece of a file, and where in the window it is.
public struct Iomap: Hashable, Sendable {
  /// Where in the file it begins.
  public var offset: UInt64
  public var length: UInt64
  /// Where in the window; nil for a hole.
  public var windowOffset: UInt64?
  /// The range that it holds a reference to.
  public var range: Int?
}

/// The bits of a `vm_fault_t`.
public struct FaultBits: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let outOfMemory = FaultBits(rawValue: 0x1)
  public static let sigbus = FaultBits(rawValue: 0x2)
  public static let noPage = FaultBits(rawValue: 0x100)
  public static let fallback = FaultBits(rawValue: 0x800)
  public static let doneCow = FaultBits(rawValue: 0x1000)
}

/// Work for a kernel thread.
enum Work: Hashable, Sendable {
  /// `fuse_dax_free_mem_worker()`.
  case freeRanges(Handle<FuseConnection>)
}

extension Iomap: CustomStringConvertible {
  public var description: String {
    windowOffset.map { "\(length) bytes at window offset \(DaxModel.hex($0))" } ?? "a hole of \(length) bytes"
  }
}

extension FaultBits: CustomStringConvertible {
  public var description: String {
    var names: [String] = []
    if contains(.outOfMemory) { names.append("VM_FAULT_OOM") }
    if contains(.sigbus) { names.append("VM_FAULT_SIGBUS") }
    if contains(.noPage) { names.append("VM_FAULT_NOPAGE") }
    if contains(.fallback) { names.append("VM_FAULT_FALLBACK") }
    if contains(.doneCow) { names.append("VM_FAULT_DONE_COW") }
    return names.joined(separator: " | ")
  }
}

extension FuseConnection: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
    visitor.field("dax_mode", .text(mode.rawValue))
    visitor.field("initialized", .flag(isInitialized))
    visitor.field("conn_error", .flag(hasFailed))
    visitor.field("connected", .flag(isConnected))
    visitor.field("inode_dax", .flag(hasInodeDax))
    visitor.field("reqctr", .number(unique))
    visitor.field("mnt_count", .signed(Int64(mountUsers)))
    if isDetached { visitor.field("detached", .flag(true)) }
    if let dax { visitor.part("dax", dax) }
    for (index, dentry) in dentries.enumerated() {
      visitor.enter("dentry", index)
      visitor.field("parent", dentry.parent)
      visitor.field("name", .text(dentry.name.description))
      visitor.field("inode", dentry.inode)
      visitor.field("valid", .flag(dentry.isValid))
      visitor.leave()
    }
  }
}

extension FuseConnDax: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dev", daxDevice)
    visitor.field("nr_ranges", .number(UInt64(ranges.count)))
    visitor.field("nr_free_ranges", .number(UInt64(free.count)))
    visitor.field("free", .text(free.prefix(64).map { "\($0)" }.joined(separator: " ")))
    visitor.field("busy", .text(busy.map { "\($0)" }.joined(separator: " ")))
    for index in busy {
      visitor.enter("range", index)
      visitor.field("inode", ranges[index].inode)
      visitor.field("index", .number(ranges[index].index))
      visitor.field("writable", .flag(ranges[index].isWritable))
      visitor.field("refcnt", .signed(Int64(ranges[index].references)))
      visitor.leave()
    }
  }
}

extension FuseInode: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("nodeid", .number(node.rawValue))
    visitor.field("i_size", .number(size))
    visitor.field("fresh", .flag(isFresh))
    visitor.field("inval_mask", .text("\(stale)"))
    visitor.field("dax", .flag(isDax))
    visitor.field("nlookup", .number(lookups))
    visitor.field("users", .signed(Int64(users)))
    visitor.field("unlinked", .flag(isUnlinked))
    if isFreeing { visitor.field("freeing", .flag(true)) }
    if let idleSince { visitor.field("lru", .text("\(idleSince)\(isReferenced ? " referenced" : "")")) }
    if !pageEntries.isEmpty {
      visitor.field("pte_entries", .text(pageEntries.sorted().map { "\($0)" }.joined(separator: " ")))
    }
    visitor.field("tree", .text(tree.map { "\($0.index)@\($0.range)" }.joined(separator: " ")))
    visitor.field("cached", .number(cache.present.total))
    visitor.field("dirty", .number(cache.dirty.total))
    if !cache.present.isEmpty || cache.errors.count > 0 { visitor.part("cache", cache) }
    visitor.part("pages", cache.memory)
  }
}
