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
  case EAGAIN = 11
  case ENOMEM = 12
  case EACCES = 13
  case EFAULT = 14
  case EBUSY = 16
  case EEXIST = 17
  case ENODEV = 19
  case EINVAL = 22
  case ENOSPC = 28
  case EROFS = 30
  case ERANGE = 34
  case ENOSYS = 38
  case EOPNOTSUPP = 95
  case ENOTCONN = 107
  case ECONNREFUSED = 111
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
    case .EAGAIN: "EAGAIN"
    case .ENOMEM: "ENOMEM"
    case .EACCES: "EACCES"
    case .EFAULT: "EFAULT"
    case .EBUSY: "EBUSY"
    case .EEXIST: "EEXIST"
    case .ENODEV: "ENODEV"
    case .EINVAL: "EINVAL"
    case .ENOSPC: "ENOSPC"
    case .EROFS: "EROFS"
    case .ERANGE: "ERANGE"
    case .ENOSYS: "ENOSYS"
    case .EOPNOTSUPP: "EOPNOTSUPP"
    case .ENOTCONN: "ENOTCONN"
    case .ECONNREFUSED: "ECONNREFUSED"
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
    case .EAGAIN: "try again"
    case .ENOMEM: "out of memory"
    case .EACCES: "permission denied"
    case .EFAULT: "bad address"
    case .EBUSY: "device or resource busy"
    case .EEXIST: "already exists"
    case .ENODEV: "no such device"
    case .EINVAL: "invalid argument"
    case .ENOSPC: "no space left"
    case .EROFS: "read-only file system"
    case .ERANGE: "result out of range"
    case .ENOSYS: "function not implemented"
    case .EOPNOTSUPP: "operation not supported"
    case .ENOTCONN: "not connected"
    case .ECONNREFUSED: "connection refused"
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
