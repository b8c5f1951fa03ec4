/// The number by which a process knows an open file: 3 or more.
public typealias FileDescriptor = Int

/// The number of a mapping, from 1 in the order in which they were made.
public typealias MappingID = Int

/// What `mmap()` is asked for.
public struct MapRequest: Hashable, Sendable {
  /// Where in the file it begins: a multiple of the page size.
  public var offset: UInt64
  public var length: UInt64
  /// `PROT_READ` 1, `PROT_WRITE` 2.
  public var protection: Int
  /// `MAP_SHARED` 1, `MAP_PRIVATE` 2, `MAP_SHARED_VALIDATE` 3, `MAP_POPULATE` 0x8000, `MAP_SYNC` 0x80000.
  public var flags: Int

  public init(offset: UInt64 = 0, length: UInt64, protection: Int = 1, flags: Int = 1) {
    (self.offset, self.length, self.protection, self.flags) = (offset, length, protection, flags)
  }
}

/// A system call of a process, or a load or store of its own, with the arguments.
///
/// Paths are relative to the root of what is mounted from the device. Buffers are memory of the process: see
/// `Machine.writeUser` and `Machine.readUser`. An address inside a mapping is memory of the file.
public enum SystemCall: Hashable, Sendable {
  case open(String, OpenFlags)
  case close(FileDescriptor)
  case pread(FileDescriptor, offset: UInt64, IovIter)
  case pwrite(FileDescriptor, offset: UInt64, IovIter)
  case mmap(FileDescriptor, MapRequest)
  /// All of a mapping, or a part of it.
  case munmap(MappingID, MapPiece? = nil)
  case mprotect(MappingID, MapPiece? = nil, protection: Int)
  /// Loads through a mapping into a buffer.
  case load(MappingID, offset: UInt64, IovIter)
  /// Stores through a mapping out of a buffer.
  case store(MappingID, offset: UInt64, IovIter)
  /// `MS_ASYNC` 1, `MS_INVALIDATE` 2, `MS_SYNC` 4.
  case msync(MappingID, offset: UInt64, length: UInt64, flags: Int)
  case fsync(FileDescriptor, isDataOnly: Bool)
  case ftruncate(FileDescriptor, UInt64)
  case truncate(String, UInt64)
  case fallocate(FileDescriptor, mode: Int, offset: UInt64, length: UInt64)
  case fstat(FileDescriptor)
  case stat(String)
  case unlink(String)
  /// Names of an open directory, as `struct linux_dirent64`: see ``FuseDirent/list(ofProcess:on:)``.
  case getdents(FileDescriptor, IovIter)
  /// `SEEK_DATA` 3, `SEEK_HOLE` 4.
  case lseek(FileDescriptor, UInt64, whence: UInt32)
  /// Runs a program: which answer the kernel gives, and what it reads for it.
  case exec(String)
  /// `echo N > /proc/sys/vm/drop_caches`: 1 pages, 2 inodes, 3 both.
  case dropCaches(Int)
  /// Sends bytes of a file to somewhere else: read through the page cache's interface.
  case sendfile(FileDescriptor, offset: UInt64, length: UInt64)
  case copyFileRange(FileDescriptor, UInt64, FileDescriptor, UInt64, length: UInt64)

  /// Its name, as `trace` and task lists show it.
  public var name: String {
    switch self {
    case .open: "open"
    case .close: "close"
    case .pread: "pread"
    case .pwrite: "pwrite"
    case .mmap: "mmap"
    case .munmap: "munmap"
    case .mprotect: "mprotect"
    case .load: "load"
    case .store: "store"
    case .msync: "msync"
    case .fsync(_, let isDataOnly): isDataOnly ? "fdatasync" : "fsync"
    case .ftruncate: "ftruncate"
    case .truncate: "truncate"
    case .fallocate: "fallocate"
    case .fstat: "fstat"
    case .stat: "stat"
    case .unlink: "unlink"
    case .getdents: "getdents64"
    case .lseek: "lseek"
    case .exec: "execve"
    case .dropCaches: "drop_caches"
    case .sendfile: "sendfile"
    case .copyFileRange: "copy_file_range"
    }
  }
}

/// A signal that a load or a store ended with.
public struct Signal: Hashable, Sendable {
  /// `SIGILL` 4, `SIGBUS` 7, `SIGSEGV` 11.
  public var number: Int
  /// `si_code`: `ILL_ILLADR` 3, `BUS_ADRERR` 2, `SEGV_MAPERR` 1, `SEGV_ACCERR` 2.
  public var code: Int
  /// `si_addr`, counted from the start of the mapping.
  public var offset: UInt64

  public init(number: Int, code: Int, offset: UInt64) {
    (self.number, self.code, self.offset) = (number, code, offset)
  }
}

/// What `fstat()` and `statx()` tell.
public struct FileStatus: Hashable, Sendable {
  public var inode: UInt64
  public var size: UInt64
  /// In units of 512 bytes.
  public var blocks: UInt64
  public var mode: UInt32
  /// `STATX_ATTR_DAX`.
  public var isDax: Bool
}
