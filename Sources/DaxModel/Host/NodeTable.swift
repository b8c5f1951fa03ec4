/// Which inode of the host stands behind which node of the protocol, and how often the driver has looked it up.
///
/// A node that is not looked up any more is forgotten, and its number is not used again while the server runs.
public struct NodeTable: Hashable, Sendable {
  /// A node that the driver knows.
  public struct Entry: Hashable, Sendable {
    /// Its number.
    public var node: NodeID
    /// The inode behind it.
    public var inode: InodeNumber
    /// Lookups that the driver has not given back.
    public var lookups: UInt64
  }

  /// By ascending node.
  public private(set) var entries: [Entry]
  private var next: UInt64 = 2

  /// The root only, which counts 2 from the start.
  public init() { entries = [Entry(node: .root, inode: .root, lookups: 2)] }

  /// The inode behind a node; nil if the driver does not know it, or no longer.
  public func inode(of node: NodeID) -> InodeNumber? { place(of: node).map { entries[$0].inode } }

  /// The node of an inode, if the driver knows one.
  public func node(of inode: InodeNumber) -> NodeID? { entries.first { $0.inode == inode }?.node }

  /// How often a node was looked up.
  public func lookups(of node: NodeID) -> UInt64 { place(of: node).map { entries[$0].lookups } ?? 0 }

  /// Counts a lookup of an inode, and gives it a node if it has none.
  mutating func look(up inode: InodeNumber) -> NodeID {
    if let place = entries.firstIndex(where: { $0.inode == inode }) {
      entries[place].lookups += 1
      return entries[place].node
    }
    let node = NodeID(next)
    next += 1
    entries.append(Entry(node: node, inode: inode, lookups: 1))
    return node
  }

  /// Takes lookups back. More than there are count as all; the root stays.
  mutating func forget(_ node: NodeID, _ count: UInt64) {
    guard let place = place(of: node) else { return }
    entries[place].lookups -= min(count, entries[place].lookups)
    if entries[place].lookups == 0, node != .root { entries.remove(at: place) }
  }

  /// Forgets all nodes but the root, as at the end of a session.
  mutating func forgetAll() { entries = [Entry(node: .root, inode: .root, lookups: 2)] }

  private func place(of node: NodeID) -> Int? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].node < node { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].node == node ? low : nil
  }
}

extension NodeTable: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("next", .number(next))
    for (index, entry) in entries.enumerated() {
      visitor.enter("node", index)
      visitor.field("node", .number(entry.node.rawValue))
      visitor.field("inode", .number(entry.inode.rawValue))
      visitor.field("lookups", .number(entry.lookups))
      visitor.leave()
    }
  }
}

/// The files that the driver has open.
public struct HandleTable: Hashable, Sendable {
  /// An open file.
  public struct Entry: Hashable, Sendable {
    /// Its number.
    public var handle: FileHandle
    /// What is open.
    public var inode: InodeNumber
    /// How it was opened.
    public var flags: OpenFlags
  }

  /// By ascending handle.
  public private(set) var entries: [Entry] = []
  private var next: UInt64 = 1

  public init() {}

  /// The open file of a handle.
  public subscript(handle: FileHandle) -> Entry? { entries.first { $0.handle == handle } }

  /// Whether somebody has an inode open.
  func holds(_ inode: InodeNumber) -> Bool { entries.contains { $0.inode == inode } }

  /// Opens an inode. A handle is not used again.
  mutating func open(_ inode: InodeNumber, _ flags: OpenFlags) -> FileHandle {
    let handle = FileHandle(next)
    next += 1
    entries.append(Entry(handle: handle, inode: inode, flags: flags))
    return handle
  }

  /// Closes a handle. False if it is not open.
  mutating func close(_ handle: FileHandle) -> Bool {
    guard let place = entries.firstIndex(where: { $0.handle == handle }) else { return false }
    entries.remove(at: place)
    return true
  }

  /// Closes all, as at the end of a session.
  mutating func closeAll() { entries = [] }
}

extension HandleTable: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("next", .number(next))
    for (index, entry) in entries.enumerated() {
      visitor.enter("handle", index)
      visitor.field("handle", .number(entry.handle.rawValue))
      visitor.field("inode", .number(entry.inode.rawValue))
      visitor.field("flags", .text("0" + String(entry.flags.rawValue, radix: 8)))
      visitor.leave()
    }
  }
}
