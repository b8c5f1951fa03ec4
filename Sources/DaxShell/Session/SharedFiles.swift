/// A file in a folder of the real world that is to be shared with the guest.
public struct SharedFile: Hashable, Sendable {
  /// Its path from the folder on, with slashes.
  public var path: String
  /// Bytes in it.
  public var size: UInt64
  /// Whether its owner may write to it.
  public var isWritable: Bool

  public init(path: String, size: UInt64, isWritable: Bool = true) {
    (self.path, self.size, self.isWritable) = (path, size, isWritable)
  }
}

/// What there is in a folder.
public struct SharedTree: Hashable, Sendable {
  /// Something that cannot be shared, and why not, in a sentence without a full stop.
  public struct LeftOut: Hashable, Sendable {
    public var path: String
    public var reason: String

    public init(path: String, reason: String) { (self.path, self.reason) = (path, reason) }
  }

  /// The folders, each after the one that it is in.
  public var folders: [String] = []
  /// The regular files, in the order of their paths.
  public var files: [SharedFile] = []
  public var leftOut: [LeftOut] = []

  public init() {}
}

extension SessionHost {
  /// Without a file system there is nothing to share.
  public mutating func listTree(_ folder: String, limit: Int) -> Result<SharedTree, FileFailure> {
    .failure(FileFailure(reason: "there are no folders here"))
  }

  public mutating func readShared(
    _ folder: String, _ path: String, offset: UInt64, count: Int
  ) -> Result<[UInt8], FileFailure> {
    .failure(FileFailure(reason: "there are no folders here"))
  }
}
