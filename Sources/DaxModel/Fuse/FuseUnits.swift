/// An inode as the FUSE protocol names it: a number that the server chose when the guest looked the file up.
///
/// It is not the inode number of the host. A server hands a number out only once while it runs.
///
/// - Kernel: include/uapi/linux/fuse.h, `nodeid`
public struct NodeID: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// `FUSE_ROOT_ID`: the directory that is shared.
  public static let root = NodeID(1)
  /// No inode: what requests that concern none carry, such as `FUSE_INIT`.
  public static let none = NodeID(0)

  /// Decimal, as nodes are counted.
  public var description: String { String(rawValue) }
}

/// `fh`: an open file as the server names it.
public struct FileHandle: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// All ones: no handle. Linux sends it in `FUSE_SETUPMAPPING`.
  public static let none = FileHandle(.max)

  /// Decimal, but for the one that is none.
  public var description: String { self == .none ? "none" : String(rawValue) }
}

/// A byte offset into a file.
public struct FileOffset: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A byte offset into the DAX window: `moffset`. Never an address.
public struct WindowOffset: Quantity {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A name in a directory, as bytes without a NUL.
///
/// Whether it is one component, and no `.` or `..`, is for the server to judge.
public struct FileName: Hashable, Sendable, Comparable {
  /// The bytes, without the NUL that ends them on the wire.
  public let bytes: [UInt8]

  /// The name of these bytes; nil if there is a NUL among them.
  public init?(bytes: [UInt8]) {
    if bytes.contains(0) { return nil }
    self.bytes = bytes
  }

  /// The name of a text, in UTF-8; nil if there is a NUL in it.
  public init?(_ text: String) { self.init(bytes: Array(text.utf8)) }

  private init(checked bytes: [UInt8]) { self.bytes = bytes }

  /// The name without bytes: what the root of a file system is called.
  public static let empty = FileName(checked: [])

  /// `XATTR_NAME_CAPS`: the attribute that gives a program privileges.
  static let capability = FileName(checked: Array("security.capability".utf8))
  /// `.`: the directory itself.
  static let dot = FileName(checked: [0x2e])
  /// `..`: the directory above.
  static let dotDot = FileName(checked: [0x2e, 0x2e])

  /// Whether a path asks for a directory.
  var endsInSlash: Bool { bytes.last == UInt8(ascii: "/") }

  /// The last component of a path, if that is a name that can be made: no dots, and no slash behind it.
  var lastName: FileName? {
    guard !endsInSlash, let last = components.last, !last.isDots else { return nil }
    return last
  }

  /// The components of a path: the parts between slashes.
  var components: [FileName] {
    bytes.split(separator: UInt8(ascii: "/")).map { FileName(checked: Array($0)) }
  }

  /// Whether it names the directory itself or the one above: `.` or `..`.
  var isDots: Bool { bytes == [0x2e] || bytes == [0x2e, 0x2e] }

  /// Whether it can stand in a directory: one component, neither empty nor dots, at most 255 bytes.
  var isOrdinary: Bool {
    !bytes.isEmpty && bytes.count <= 255 && !isDots && !bytes.contains(UInt8(ascii: "/"))
  }

  /// By bytes.
  public static func < (left: FileName, right: FileName) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension FileName: CustomStringConvertible {
  /// The name as text. Bytes that are no UTF-8 show as replacement characters.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
