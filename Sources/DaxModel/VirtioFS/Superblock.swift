/// `struct super_block` of a mounted file system, as far as the model has one: who it belongs to, and whether with DAX.
///
/// The session with the server is behind it: see `FuseConnection`.
///
/// - Kernel: include/linux/fs.h, fs/fuse/fuse_i.h
public struct Superblock: Hashable, Sendable {
  /// The tag that was mounted.
  public let tag: String
  /// The instance. Mounts keep it alive, unless it is devres memory.
  public let fs: Handle<VirtioFs>
  /// How files use DAX; decided when the superblock is filled in.
  public var mode = DaxMode.never
  /// The DAX device that the file system got. Nobody counts this pointer.
  public var daxDevice: Handle<DaxDevice>?
  /// Whether it is filled in.
  public var isActive = false
  /// The session with the server.
  public var connection: Handle<FuseConnection>?
  /// How many mounts share it.
  public var mounts = 1

  init(tag: String, fs: Handle<VirtioFs>) {
    self.tag = tag
    self.fs = fs
  }
}

/// Which files of a mounted file system use DAX.
public enum DaxMode: String, Hashable, Sendable, CaseIterable {
  /// Every file.
  case always
  /// Those of which the server says so; asked for by name.
  case inode
  /// The same, without having been asked for: nobody is told if it is not possible.
  case inodeDefault = "inode-default"
  /// None.
  case never
}

/// The mount option `dax`.
public enum DaxOption: String, Hashable, Sendable, CaseIterable {
  /// Nothing is said about DAX.
  case unsaid = ""
  case dax
  case always = "dax=always"
  case inode = "dax=inode"
  case never = "dax=never"

  /// What the option asks for; nil where the release does not know it.
  public func mode(in release: KernelRelease) -> DaxMode? {
    switch self {
    case .dax: .always
    case .unsaid: release.has(.daxOptionHasModes) ? .inodeDefault : .never
    case .always: release.has(.daxOptionHasModes) ? .always : nil
    case .inode: release.has(.daxOptionHasModes) ? .inode : nil
    case .never: release.has(.daxOptionHasModes) ? .never : nil
    }
  }
}

extension Kernel {
  /// `virtio_fs_find_instance()`: the instance with that tag, with a line in the log if there is none.
  ///
  /// A tag that lies in freed memory is never looked at: its instance is off the list by then.
  mutating func findInstance(tag: String) throws(Oops) -> Handle<VirtioFs>? {
    for instance in instances {
      guard let text = try filesystems.read(instance, at: here).tag else { continue }
      if try tags.read(text, at: here).text == tag { return instance }
    }
    logTagNotFound(tag)
    return nil
  }

  mutating func logTagNotFound(_ tag: String) {
    log(release.has(.mountsOnce) ? .error : .info, "", "virtio-fs: tag <\(tag)> not found")
  }

  /// One more reference to an instance.
  mutating func getFs(_ fs: Handle<VirtioFs>) throws(Oops) {
    var object = try filesystems.read(fs, at: here)
    object.references += 1
    try filesystems.write(fs, object, at: here)
  }

  /// The superblock of an instance, if it is mounted.
  public func superblock(of fs: Handle<VirtioFs>) -> Handle<Superblock>? {
    superblocks.handles.first { superblocks.peek($0)?.fs == fs }
  }

  /// The superblock that was mounted from a tag.
  public func superblock(tag: String) -> Handle<Superblock>? {
    superblocks.handles.first { superblocks.peek($0)?.tag == tag }
  }
}

extension Superblock: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("tag", .text(tag))
    visitor.field("fs", fs)
    visitor.field("dax", .text(mode.rawValue))
    visitor.field("dax_dev", daxDevice)
    visitor.field("active", .flag(isActive))
    visitor.field("conn", connection)
    visitor.field("mounts", .signed(Int64(mounts)))
  }
}
