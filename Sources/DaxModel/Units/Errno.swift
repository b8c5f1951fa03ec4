/// A kernel error number. Kernel functions return it negated: `-ENOMEM` is -12.
///
/// A closed list of those that the modelled code returns or that a user may inject.
public enum Errno: Int64, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case EPERM = 1
  case ENOENT = 2
  case EINTR = 4
  case EIO = 5
  case ENXIO = 6
  case E2BIG = 7
  case ENOEXEC = 8
  case EBADF = 9
  case EAGAIN = 11
  case ENOMEM = 12
  case EACCES = 13
  case EFAULT = 14
  case EBUSY = 16
  case EEXIST = 17
  case EXDEV = 18
  case ENODEV = 19
  case ENOTDIR = 20
  case EISDIR = 21
  case EINVAL = 22
  case ENFILE = 23
  case EMFILE = 24
  case ETXTBSY = 26
  case EFBIG = 27
  case ENOSPC = 28
  case ESPIPE = 29
  case EROFS = 30
  case ERANGE = 34
  case EDEADLK = 35
  case ENAMETOOLONG = 36
  case ENOSYS = 38
  case ENOTEMPTY = 39
  case ENODATA = 61
  case EPROTO = 71
  case EOVERFLOW = 75
  case EOPNOTSUPP = 95
  case ENOTCONN = 107
  case ETIMEDOUT = 110
  case ECONNREFUSED = 111
  case ESTALE = 116
  case EREMOTEIO = 121
  case EDQUOT = 122
  case EHWPOISON = 133

  /// The name without a sign, such as `ENOMEM`.
  public var name: String {
    switch self {
    case .EPERM: "EPERM"
    case .ENOENT: "ENOENT"
    case .EINTR: "EINTR"
    case .EIO: "EIO"
    case .ENXIO: "ENXIO"
    case .E2BIG: "E2BIG"
    case .ENOEXEC: "ENOEXEC"
    case .EBADF: "EBADF"
    case .EAGAIN: "EAGAIN"
    case .ENOMEM: "ENOMEM"
    case .EACCES: "EACCES"
    case .EFAULT: "EFAULT"
    case .EBUSY: "EBUSY"
    case .EEXIST: "EEXIST"
    case .EXDEV: "EXDEV"
    case .ENODEV: "ENODEV"
    case .ENOTDIR: "ENOTDIR"
    case .EISDIR: "EISDIR"
    case .EINVAL: "EINVAL"
    case .ENFILE: "ENFILE"
    case .EMFILE: "EMFILE"
    case .ETXTBSY: "ETXTBSY"
    case .EFBIG: "EFBIG"
    case .ENOSPC: "ENOSPC"
    case .ESPIPE: "ESPIPE"
    case .EROFS: "EROFS"
    case .ERANGE: "ERANGE"
    case .EDEADLK: "EDEADLK"
    case .ENAMETOOLONG: "ENAMETOOLONG"
    case .ENOSYS: "ENOSYS"
    case .ENOTEMPTY: "ENOTEMPTY"
    case .ENODATA: "ENODATA"
    case .EPROTO: "EPROTO"
    case .EOVERFLOW: "EOVERFLOW"
    case .EOPNOTSUPP: "EOPNOTSUPP"
    case .ENOTCONN: "ENOTCONN"
    case .ETIMEDOUT: "ETIMEDOUT"
    case .ECONNREFUSED: "ECONNREFUSED"
    case .ESTALE: "ESTALE"
    case .EREMOTEIO: "EREMOTEIO"
    case .EDQUOT: "EDQUOT"
    case .EHWPOISON: "EHWPOISON"
    }
  }

  /// What the number means, in a few words.
  public var meaning: String {
    switch self {
    case .EPERM: "operation not permitted"
    case .ENOENT: "no such file or entry"
    case .EINTR: "interrupted by a signal"
    case .EIO: "input or output error"
    case .ENXIO: "no such device or address"
    case .E2BIG: "too big"
    case .ENOEXEC: "exec format error"
    case .EBADF: "bad file handle"
    case .EAGAIN: "try again"
    case .ENOMEM: "out of memory"
    case .EACCES: "permission denied"
    case .EFAULT: "bad address"
    case .EBUSY: "device or resource busy"
    case .EEXIST: "already exists"
    case .EXDEV: "invalid cross-device link"
    case .ENODEV: "no such device"
    case .ENOTDIR: "not a directory"
    case .EISDIR: "is a directory"
    case .EINVAL: "invalid argument"
    case .ENFILE: "too many open files in the system"
    case .EMFILE: "too many open files"
    case .ETXTBSY: "text file busy"
    case .EFBIG: "file too large"
    case .ENOSPC: "no space left"
    case .ESPIPE: "illegal seek"
    case .EROFS: "read-only file system"
    case .ERANGE: "result out of range"
    case .EDEADLK: "resource deadlock avoided"
    case .ENAMETOOLONG: "file name too long"
    case .ENOSYS: "function not implemented"
    case .ENOTEMPTY: "directory not empty"
    case .ENODATA: "no data available"
    case .EPROTO: "protocol error"
    case .EOVERFLOW: "value too large for its type"
    case .EOPNOTSUPP: "operation not supported"
    case .ENOTCONN: "not connected"
    case .ETIMEDOUT: "connection timed out"
    case .ECONNREFUSED: "connection refused"
    case .ESTALE: "stale file handle"
    case .EREMOTEIO: "remote I/O error"
    case .EDQUOT: "disk quota exceeded"
    case .EHWPOISON: "memory page has a hardware error"
    }
  }

  /// What a C function returns for it: the negated number.
  public var returnValue: Int64 { -rawValue }

  /// The errno whose negation is `value`, if there is one in the list.
  public init?(returnValue value: Int64) {
    guard value < 0, value >= -4095 else { return nil }
    self.init(rawValue: -value)
  }

  /// The errno called `name`, in either case, with or without a leading minus sign.
  public init?(name: String) {
    let wanted = name.utf8.first == UInt8(ascii: "-") ? String(name.dropFirst()) : name
    for errno in Errno.allCases where errno.name == wanted.uppercased() {
      self = errno
      return
    }
    return nil
  }

  /// `-ENOMEM`.
  public var description: String { "-" + name }
}
