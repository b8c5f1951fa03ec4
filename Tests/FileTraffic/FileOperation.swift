import DaxModel

/// One thing that a program in the guest, or somebody on the host, does with files.
///
/// Open files and mappings go by places of the plan's own, so that an operation means the same when others before it
/// are left out. An operation that finds its place empty, or taken, is left out too.
public enum FileOperation: Hashable, Sendable {
  /// Opens a file and puts the descriptor into an empty place.
  case open(slot: Int, file: Int, OpenFlags)
  case close(slot: Int)
  case read(slot: Int, offset: Int, length: Int)
  /// A read into memory that is a mapping of a file.
  case readInto(slot: Int, offset: Int, length: Int, mapping: Int, at: Int)
  /// A write of the pattern of a seed.
  case write(slot: Int, offset: Int, length: Int, seed: Int)
  /// A write out of memory that is a mapping of a file.
  case writeFrom(slot: Int, offset: Int, length: Int, mapping: Int, at: Int)
  case map(mapping: Int, slot: Int, offset: Int, length: Int, Protection)
  case unmap(mapping: Int)
  case load(mapping: Int, at: Int, length: Int)
  case store(mapping: Int, at: Int, length: Int, seed: Int)
  case sync(slot: Int, isDataOnly: Bool)
  case msync(mapping: Int, isWaiting: Bool)
  case truncate(slot: Int, size: Int)
  case truncateByName(file: Int, size: Int)
  case allocate(slot: Int, AllocationMode, offset: Int, length: Int)
  case status(slot: Int)
  case unlink(file: Int)
  /// Lists the folder that a file lies in.
  case list(file: Int)
  case dropCaches(Int)
  /// Everything is unmapped and closed, unmounted, and mounted again; if `unbinds`, the driver goes and comes between.
  case remount(unbinds: Bool)
  /// The nth request of a kind from now on fails.
  case fail(FuseOpcode, nth: Int, Errno)

  /// What a mapping is for.
  public enum Protection: String, Hashable, Sendable, CaseIterable {
    case readOnly = "prot=r"
    case shared = "prot=rw"
    case privately = "prot=rw private"
    case populated = "prot=rw populate"
  }

  /// What `fallocate()` is asked for.
  public enum AllocationMode: String, Hashable, Sendable, CaseIterable {
    case allocate, keep, punch, zero

    var number: Int {
      switch self {
      case .allocate: 0
      case .keep: 1
      case .punch: 3
      case .zero: 16
      }
    }
  }

  /// What it is counted as.
  public var name: String {
    switch self {
    case .open(_, _, let flags): flags.contains(.truncate) ? "open O_TRUNC" : "open"
    case .close: "close"
    case .read: "pread"
    case .readInto: "pread into a mapping"
    case .write: "pwrite"
    case .writeFrom: "pwrite from a mapping"
    case .map(_, _, _, _, let protection): protection == .privately ? "mmap private" : "mmap"
    case .unmap: "munmap"
    case .load: "load"
    case .store: "store"
    case .sync(_, let isDataOnly): isDataOnly ? "fdatasync" : "fsync"
    case .msync: "msync"
    case .truncate: "ftruncate"
    case .truncateByName: "truncate"
    case .allocate(_, let mode, _, _): "fallocate \(mode.rawValue)"
    case .status: "fstat"
    case .unlink: "unlink"
    case .list: "getdents"
    case .dropCaches: "drop_caches"
    case .remount(let unbinds): unbinds ? "unbind and bind" : "remount"
    case .fail: "host fail"
    }
  }
}

/// The words of `open` in the shell.
extension OpenFlags {
  public static let append = OpenFlags(rawValue: 0o2000)
  public static let direct = OpenFlags(rawValue: 0o40000)
  public static let synchronous = OpenFlags(rawValue: 0o4010000)

  var words: String {
    var words = [canRead && canWrite ? "rw" : canWrite ? "w" : "r"]
    if contains(.create) { words.append("create") }
    if contains(.truncate) { words.append("trunc") }
    if contains(.append) { words.append("append") }
    if contains(.direct) { words.append("direct") }
    if contains(.synchronous) { words.append("sync") }
    return words.joined(separator: " ")
  }
}
