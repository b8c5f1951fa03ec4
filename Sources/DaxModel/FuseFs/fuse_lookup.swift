/// `fuse_lookup()`: finds the inode of a name, in memory or by asking the server.
///
/// The caller holds what it returns.
public struct FuseLookup: KernelFunction {
  public enum Line: String, KernelLine { case findDentry, sendLookup, enterInode, returnInode }

  public static let id = FunctionID.fuseLookup
  public var frame: Frame { .fuseLookup(Activation(self)) }

  let parent: Handle<FuseInode>
  let name: FileName
  /// What was found.
  var inode: Handle<FuseInode>?

  init(parent: Handle<FuseInode>, name: FileName) { (self.parent, self.name) = (parent, name) }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.findDentry, .sendLookup, .enterInode, .returnInode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let directory = try kernel.inodes.read(parent, at: kernel.here)
    switch line {
    case .findDentry:
      let session = try kernel.connections.read(directory.connection, at: kernel.here)
      let (parent, name) = (parent, name)
      let dentry = session.dentries.first { $0.parent == parent && $0.name == name && $0.isValid }
      guard let found = dentry?.inode else { return .next }
      try kernel.hold(found)
      return .done(.inode(found))
    case .sendLookup:
      return .call(FuseSimpleRequest(directory.connection, directory.node, .lookup(name)))
    case .enterInode:
      guard case .reply(.entry(let entry)) = returned else { return .fail(returned.errno ?? .EIO) }
      if let going = kernel.freeingInode(of: directory.connection, where: { $0.node == entry.node }) {
        return .wait(.freeing(going))
      }
      let found = try kernel.enter(entry, as: name, in: parent)
      try kernel.hold(found)
      inode = found
      return try kernel.inodes.read(found, at: kernel.here).cache.isOutdated
        ? .call(InvalidateInodePages2(inode: found)) : .next
    case .returnInode:
      return .done(inode.map { .inode($0) } ?? .error(.EIO))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dir", parent)
    visitor.field("name", .text(name.description))
    visitor.field("inode", inode)
  }
}

extension Kernel {
  /// `fuse_iget()`: the inode of a node, made if it is not cached, and the name that stands for it.
  mutating func enter(
    _ entry: FuseEntry, as name: FileName, in parent: Handle<FuseInode>
  ) throws(Oops) -> Handle<FuseInode> {
    let handle = try inodes.read(parent, at: here).connection
    let session = try connections.read(handle, at: here)
    let isFresh = entry.attributeSeconds > 0
    let cached = inodes.handles.first { candidate in
      inodes.peek(candidate).map { $0.connection == handle && $0.node == entry.node } ?? false
    }
    let inode: Handle<FuseInode>
    if let cached {
      inode = cached
      try changeInode(inode) { $0.lookups += 1 }
      try takeAttributes(entry.attributes, isFresh: isFresh, of: inode)
    } else {
      let isDax = session.wantsDax(entry.attributes)
      inode = inodes.allocate(
        FuseInode(
          connection: handle, node: entry.node, attributes: entry.attributes, isFresh: isFresh, isDax: isDax),
        for: session.device)
    }
    try changeConnection(handle) { session in
      session.dentries.removeAll { $0.parent == parent && $0.name == name }
      session.dentries.append(
        .init(parent: parent, name: name, inode: inode, isValid: entry.nameSeconds > 0))
    }
    return inode
  }
}

extension FuseConnection {
  /// `fuse_should_enable_dax()`.
  func wantsDax(_ attributes: FuseAttributes) -> Bool {
    guard dax != nil, attributes.mode & 0o170000 == 0o100000 else { return false }
    switch mode {
    case .always: return true
    case .inode, .inodeDefault: return hasInodeDax && attributes.flags.contains(.dax)
    case .never: return false
    }
  }
}

extension Kernel {
  /// `fuse_change_attributes()`: what the server says of the file. What was cached of a file that has changed goes.
  ///
  /// Pages of a file with DAX leave the page tables: behind its new end for good, and before it until the next fault.
  mutating func takeAttributes(
    _ new: FuseAttributes, isFresh: Bool, of handle: Handle<FuseInode>
  ) throws(Oops) {
    let old = try inodes.read(handle, at: here)
    let hasChanged = new.modificationTime != old.attributes.modificationTime || new.size.rawValue != old.size
    if hasChanged, !old.isDax { try outdatePages(of: handle, size: new.size.rawValue) }
    if hasChanged, old.isDax {
      if new.size.rawValue != old.size { cutMappings(of: handle, to: new.size.rawValue) }
      try forgetEntries(of: handle)
    }
    try changeInode(handle) { $0.take(new, isFresh: isFresh) }
  }

  /// `truncate_pagecache()`, the part in the page tables: nothing behind the last page, not even a private copy.
  mutating func cutMappings(of inode: Handle<FuseInode>, to size: UInt64) {
    let (start, overflows) = size.addingReportingOverflow(pageSize - 1)
    if overflows { return }
    let page = start & ~(pageSize - 1)
    unmapPages(of: inode, from: page, length: .max - page, takesCopies: true)
  }

  /// `invalidate_inode_pages2()` of a file with DAX: its entries go, and what the page tables have of it, but no copies.
  mutating func forgetEntries(of inode: Handle<FuseInode>) throws(Oops) {
    unmapPages(of: inode, from: 0, length: .max)
    try changeInode(inode) { $0.pageEntries = [] }
  }

  /// `fuse_invalidate_attr_mask()`: the server must be asked before these attributes are used again.
  mutating func invalidateAttributes(
    _ changed: AttributeMask, of handle: Handle<FuseInode>
  ) throws(Oops) {
    let stale = release.has(.forgetsAllAttributes) ? AttributeMask.all : changed
    try changeInode(handle) { $0.stale.formUnion(stale) }
  }
}

extension AttributeMask {
  /// `FUSE_STATX_MODSIZE`: what a write changes.
  static let modifiedSize: AttributeMask = [.modification, .size]
}

extension FuseInode {
  mutating func take(_ new: FuseAttributes, isFresh: Bool) {
    attributes = new
    size = new.size.rawValue
    self.isFresh = isFresh
    stale = []
  }
}

extension FuseLookup.Line {
  public var note: Note {
    switch self {
    case .findDentry:
      Note("A name that is known and still valid needs no request. Whoever asked holds what it stands for.")
    case .sendLookup: Note("Asks the server for the name.", calls: [.fuseSimpleRequest])
    case .enterInode:
      Note(
        "Makes the inode and decides whether it uses DAX.",
        why:
          "That is decided once, when the inode is made: what the server says later changes nothing. An inode of the same file that is going away is waited for.",
        calls: [.invalidateInodePages2])
    case .returnInode: Note("Returns the inode; if it has changed on the host, its old pages have gone.")
    }
  }
}
