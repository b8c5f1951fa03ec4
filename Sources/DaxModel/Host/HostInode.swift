/// The number of an inode on the host: what `stat` shows. The server does not use it to talk to the driver.
public struct InodeNumber: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The directory that is shared.
  public static let root = InodeNumber(1)

  /// Decimal, as inodes are counted.
  public var description: String { String(rawValue) }
}

/// A file or a directory of the host.
public struct HostInode: Hashable, Sendable {
  /// A name in a directory.
  public struct Entry: Hashable, Sendable {
    /// The name: one component.
    public var name: FileName
    /// What it names.
    public var inode: InodeNumber
  }

  /// Its number.
  public let number: InodeNumber
  /// The name it was made with, which it keeps for those who speak of it after it was removed.
  public let name: FileName
  /// The content; nil if it is a directory.
  public internal(set) var file: HostFile?
  /// The names in it, sorted; nil if it is a file.
  public internal(set) var entries: [Entry]?
  /// Type and permissions, as in `stat`.
  public internal(set) var mode: UInt32
  /// How many names it has. Without one it stays as long as somebody uses it.
  public internal(set) var links: UInt32 = 1
  /// The owner.
  public internal(set) var uid: UInt32 = 0
  /// The group.
  public internal(set) var gid: UInt32 = 0
  /// Whether the server says that it wants DAX, where that is decided for each inode.
  public internal(set) var isDax = false
  /// Whether the server may open it for writing.
  public internal(set) var isWritable = true
  /// When it was read, as far as the driver has set it: reading changes nothing here.
  public internal(set) var accessTime: UInt64 = 0
  /// When its content changed: a number that grows with every change on the host.
  public internal(set) var modificationTime: UInt64
  /// When its content or an attribute changed.
  public internal(set) var changeTime: UInt64

  init(number: InodeNumber, name: FileName, file: HostFile?, mode: UInt32, now: UInt64) {
    self.number = number
    self.name = name
    self.file = file
    entries = file == nil ? [] : nil
    self.mode = mode
    modificationTime = now
    changeTime = now
  }

  /// Whether it is a directory.
  public var isDirectory: Bool { entries != nil }

  /// What the server says about it.
  public var attributes: FuseAttributes {
    var attributes = FuseAttributes(
      inode: number.rawValue, size: file?.size ?? ByteCount(4096), blocks: file?.blocks ?? 8,
      modificationTime: modificationTime, changeTime: changeTime, mode: mode, links: links)
    attributes.accessTime = accessTime
    attributes.uid = uid
    attributes.gid = gid
    if isDax { attributes.flags.insert(.dax) }
    return attributes
  }

  /// Where a name stands in the directory, or would.
  func place(of name: FileName) -> (index: Int, isThere: Bool) {
    guard let entries else { return (0, false) }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return (low, low < entries.count && entries[low].name == name)
  }
}

extension HostInode: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("number", .number(number.rawValue))
    visitor.field("name", .text(name.description))
    visitor.field("mode", .text("0" + String(mode, radix: 8)))
    visitor.field("links", .number(UInt64(links)))
    visitor.field("uid", .number(UInt64(uid)))
    visitor.field("gid", .number(UInt64(gid)))
    visitor.field("dax", .flag(isDax))
    visitor.field("writable", .flag(isWritable))
    visitor.field("atime", .number(accessTime))
    visitor.field("mtime", .number(modificationTime))
    visitor.field("ctime", .number(changeTime))
    if let file { visitor.part("file", file) }
    for (index, entry) in (entries ?? []).enumerated() {
      visitor.enter("entry", index)
      visitor.field("name", .text(entry.name.description))
      visitor.field("inode", .number(entry.inode.rawValue))
      visitor.leave()
    }
  }
}
