/// `fuse_do_setattr()`, as far as it changes the size of a file.
public struct FuseDoSetattr: KernelFunction {
  public enum Line: String, KernelLine {
    case removePrivileges, lockInode, lockInvalidate, breakLayouts, sendSetattr, checkSetattr, truncatePages,
      invalidatePages, unlockInvalidate, unlockInode
  }

  public static let id = FunctionID.fuseDoSetattr
  public var frame: Frame { .fuseDoSetattr(Activation(self)) }

  let inode: Handle<FuseInode>
  let size: UInt64
  /// The server's handle, where it comes from an open file.
  let handle: FileHandle?
  /// `fuse_do_truncate()`: whether it is part of a write, which holds the inode lock.
  let isLocked: Bool
  /// How long the file was.
  var oldSize: UInt64 = 0
  var error: Errno?

  init(inode: Handle<FuseInode>, size: UInt64, handle: FileHandle?, isLocked: Bool = false) {
    (self.inode, self.size, self.handle, self.isLocked) = (inode, size, handle, isLocked)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [
      .removePrivileges, .lockInode, .lockInvalidate, .breakLayouts, .sendSetattr, .checkSetattr,
      .truncatePages, .invalidatePages, .unlockInvalidate, .unlockInode,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(inode, at: kernel.here)
    switch line {
    case .removePrivileges:
      return isLocked ? .jump(.lockInvalidate) : .call(FuseGetxattr(inode: inode))
    case .lockInode: return kernel.lock(.inode(inode))
    case .lockInvalidate: return object.isDax ? kernel.lock(.invalidate(inode)) : .jump(.sendSetattr)
    case .breakLayouts: return .call(FuseDaxBreakLayouts.ofWholeFile(inode, in: kernel.release))
    case .sendSetattr:
      var valid: FuseSetattr.Valid = [.size, .lockOwner]
      if handle != nil { valid.insert(.handle) }
      return .call(
        FuseSimpleRequest(
          object.connection, object.node,
          .setattr(FuseSetattr(size: ByteCount(size), valid: valid, handle: handle ?? FileHandle(0)))))
    case .checkSetattr:
      guard case .reply(.attributes(let reply)) = returned else {
        error = returned.errno ?? .EIO
        return .jump(.unlockInvalidate)
      }
      oldSize = object.size
      if object.isDax, reply.attributes.size.rawValue != object.size { try kernel.forgetEntries(of: inode) }
      try kernel.changeInode(inode) { $0.take(reply.attributes, isFresh: reply.validSeconds > 0) }
      return .next
    case .truncatePages:
      if !object.isDax, object.size == oldSize { return .jump(.unlockInvalidate) }
      let start = (size + pageSize - 1) & ~(pageSize - 1)
      kernel.unmapPages(of: inode, from: start, length: .max - start, takesCopies: true)
      if object.isDax { return .jump(.unlockInvalidate) }
      let size = object.size
      try kernel.changeInode(inode) { $0.cache.truncate(to: size) }
      return .next
    case .invalidatePages:
      return .call(InvalidateInodePages2(inode: inode))
    case .unlockInvalidate:
      if object.isDax { kernel.unlock(.invalidate(inode)) }
      return .next
    case .unlockInode:
      if !isLocked { kernel.unlock(.inode(inode)) }
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("size", .number(size))
    visitor.field("oldsize", .number(oldSize))
    visitor.field("locked", .flag(isLocked))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension FuseDoSetattr.Line {
  public var note: Note {
    switch self {
    case .removePrivileges:
      Note("do_truncate(): a program that is cut loses its privileges.", calls: [.fuseGetxattr])
    case .lockInode: Note("Takes the inode lock for itself.")
    case .lockInvalidate: Note("With DAX takes the invalidate lock too: no page faults meanwhile.")
    case .breakLayouts:
      Note("Takes every page of the file out of the page tables.", calls: [.fuseDaxBreakLayouts])
    case .sendSetattr: Note("Sends SETATTR with the new size.", calls: [.fuseSimpleRequest])
    case .checkSetattr: Note("Takes the new attributes.")
    case .truncatePages:
      Note(
        "truncate_pagecache(): what lies behind the end is gone, private copies too.",
        why:
          "The ranges stay mapped, also those behind the end. Without DAX, a size that is the same changes nothing."
      )
    case .invalidatePages:
      Note(
        "Without DAX all other pages go too; dirty ones are sent, though the file is cut already.",
        calls: [.invalidateInodePages2])
    case .unlockInvalidate: Note("Drops the invalidate lock.")
    case .unlockInode: Note("Drops the inode lock.")
    }
  }
}
