/// Which program serves the device. They differ in what they answer to `FUSE_SETUPMAPPING` and `FUSE_REMOVEMAPPING`
/// when something is wrong; the specification names no error numbers.
public enum HostVariant: String, Hashable, Sendable, CaseIterable {
  /// The rules of the specification, each violation told: `EINVAL`, but `ENOSYS` without a window.
  case strict
  /// The Rust virtiofsd up to June 2024, with cloud-hypervisor as the one who maps.
  case virtiofsd
  /// The Rust virtiofsd since July 2024: the messages to the one who maps are gone, and so are both requests.
  case virtiofsd2024 = "virtiofsd-2024"
  case crosvm
  /// libkrun on Linux.
  case libkrun
  /// Dragonball of Kata Containers: maps read-only, whatever is asked for.
  case dragonball
  /// The C virtiofsd and QEMU of the early branch of 2019.
  case qemu2019 = "qemu-2019"
  /// The C virtiofsd and QEMU with the DAX series of 2021.
  case qemu2021 = "qemu-2021"
}

/// What a server does with mappings that are not in order.
///
/// The rows are those of a table that was read from the sources of each program.
public struct MappingRules: Hashable, Sendable {
  /// There is no window, or the program knows neither request.
  public var unavailable = Errno.ENOSYS
  /// Whether it knows the two requests.
  public var isImplemented = true
  /// The node is not known.
  public var unknownNode = Errno.EBADF
  /// Neither loads nor stores are asked for; nil: it maps for loads.
  public var noAccess: Errno?
  /// A directory, for loads. For stores it cannot even be opened: `EISDIR`.
  public var directory = Errno.ENODEV
  /// Offset and length together wrap.
  public var wraps = Errno.EINVAL
  /// Beyond the end of the window.
  public var beyondWindow = Errno.EINVAL
  /// The window offset is not aligned.
  public var unalignedWindowOffset = Errno.EINVAL
  /// The file offset is not aligned.
  public var unalignedFileOffset = Errno.EINVAL
  /// The file offset is beyond 2^63.
  public var beyondFiles = Errno.EINVAL
  /// No length; nil: nothing is mapped, and that is a success.
  public var empty: Errno?
  /// There are too many mappings.
  public var exhausted = Errno.ENOMEM
  /// Whether a mapping that is asked for with stores allows them.
  public var mapsWritable = true
  /// Whether offsets must have the alignment that was agreed on, rather than that of pages.
  public var checksAgreedAlignment = false
  /// A removal without length; nil: a success.
  public var emptyRemoval: Errno?
  /// Whether a removal with a length of all ones means the whole window.
  public var removesAllByLength = false
  /// Whether the entries after one that fails are still removed.
  public var goesOnAfterFailure = false
  /// How many entries a removal may have, and the error for more; nil: any number.
  public var mostEntries: Limit?
  /// Whether what lies where a mapping failed is taken away, too.
  public var unmapsOnFailure = false
  /// Whether an entry without length is passed over before anything else is looked at.
  public var skipsEmpty = false
  /// Whether loads where nothing is mapped give zeros rather than a fault.
  public var strayLoadsAreZero = false

  /// A number of entries, and the error for more.
  public struct Limit: Hashable, Sendable {
    /// The most entries.
    public var entries: Int
    /// The error for more.
    public var errno: Errno
  }

  init() {}

  /// The error for a mapping that the window refuses; nil: it counts as a success, and nothing happens.
  func errno(for refusal: WindowRefusal) -> Errno? {
    switch refusal {
    case .noWindow: unavailable
    case .wraps: wraps
    case .beyondWindow: beyondWindow
    case .empty: empty
    case .unalignedWindowOffset: unalignedWindowOffset
    case .unalignedFileOffset: unalignedFileOffset
    case .beyondFiles: beyondFiles
    case .exhausted: exhausted
    }
  }

  private mutating func setWindowErrors(_ errno: Errno) {
    (wraps, beyondWindow, unalignedWindowOffset, unalignedFileOffset, beyondFiles) =
      (errno, errno, errno, errno, errno)
  }

  private mutating func setQemuRules() {
    // The daemon opens the file that no node stands for as well: there is none of the name -1.
    unknownNode = .ENOENT
    removesAllByLength = true
    (goesOnAfterFailure, unmapsOnFailure, skipsEmpty) = (true, true, true)
  }

  /// The rules of a variant.
  public init(_ variant: HostVariant) {
    self.init()
    // As many entries as fit into the buffer that a request may bring along.
    let buffer = Limit(entries: 1 << 16, errno: .ENOMEM)
    switch variant {
    case .strict:
      (noAccess, empty, emptyRemoval) = (.EINVAL, .EINVAL, .EINVAL)
      directory = .EISDIR
      checksAgreedAlignment = true
      mostEntries = Limit(entries: FuseRemoveMapping.maximumEntries, errno: .EINVAL)
    case .virtiofsd:
      // Whatever the one who maps says becomes EIO on the way back.
      unavailable = .EINVAL
      setWindowErrors(.EIO)
      (exhausted, directory) = (.EIO, .EIO)
      removesAllByLength = true
      mostEntries = buffer
    case .virtiofsd2024: isImplemented = false
    case .crosvm:
      noAccess = .EINVAL
      setWindowErrors(.EIO)
      unalignedFileOffset = .EINVAL
      (empty, emptyRemoval) = (.EINVAL, .EINVAL)
      mostEntries = Limit(entries: FuseRemoveMapping.maximumEntries, errno: .EINVAL)
      strayLoadsAreZero = true
    case .libkrun:
      (empty, emptyRemoval) = (.EINVAL, .EINVAL)
      mostEntries = buffer
    case .dragonball:
      unavailable = .EINVAL
      empty = .EINVAL
      mapsWritable = false
      removesAllByLength = true
      mostEntries = buffer
    case .qemu2019:
      unavailable = .EINVAL
      (exhausted, directory) = (.EINVAL, .EINVAL)
      setQemuRules()
    case .qemu2021:
      // A plain -1 of QEMU arrives as errno 1.
      (unavailable, wraps, beyondWindow) = (.EPERM, .EPERM, .EPERM)
      setQemuRules()
    }
  }
}
