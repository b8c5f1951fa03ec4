/// What somebody on the host does to the files, behind the back of the guest.
///
/// Files go by their path from the shared directory on. An error is what the system call would fail with there.
extension HostFileSystem {
  /// Makes a file. Folders on the way to it must exist.
  @discardableResult
  public mutating func hostCreate(
    _ path: String, _ content: HostContent, isDax: Bool = false, isWritable: Bool = true,
    isExecutable: Bool = false
  ) throws(Errno) -> InodeNumber {
    let (directory, name) = try split(path)
    let mode: UInt32 = (isWritable ? 0o100644 : 0o100444) | (isExecutable ? 0o111 : 0)
    let number = try create(name, in: directory, content, mode: mode)
    try change(number) {
      $0.isDax = isDax
      $0.isWritable = isWritable
    }
    return number
  }

  /// Makes a folder.
  @discardableResult
  public mutating func hostMakeFolder(_ path: String) throws(Errno) -> InodeNumber {
    let (directory, name) = try split(path)
    return try makeFolder(name, in: directory)
  }

  /// Removes a file. Who maps it or has it open goes on using it.
  public mutating func hostRemove(_ path: String) throws(Errno) {
    let (directory, name) = try split(path)
    try unlink(name, in: directory)
  }

  /// `pwrite` on the host.
  public mutating func hostWrite(_ path: String, _ bytes: [UInt8], at offset: FileOffset) throws(Errno) {
    try write(bytes, to: try resolve(path), at: offset)
  }

  /// `truncate` on the host.
  public mutating func hostTruncate(_ path: String, to size: ByteCount) throws(Errno) {
    try truncate(try resolve(path), to: size)
  }

  /// Lets a file grow by so many zeros.
  public mutating func hostAppendZeros(_ path: String, _ count: ByteCount) throws(Errno) {
    let number = try resolve(path)
    let (size, overflow) = try file(number).size.rawValue.addingReportingOverflow(count.rawValue)
    if overflow { throw .EFBIG }
    try truncate(number, to: ByteCount(size))
  }

  /// `pread` on the host: fewer bytes at the end of the file, and at most ``longestTransfer``.
  public func hostRead(_ path: String, at offset: FileOffset, count: Int) throws(Errno) -> [UInt8] {
    let limit = Int(HostFileSystem.longestTransfer.rawValue)
    return try file(try resolve(path)).bytes(at: offset, count: min(count, limit))
  }

  /// The most bytes that are handed out at a time, so that nobody asks for more than there is memory: 1 GiB.
  public static let longestTransfer = ByteCount(1 << 30)

  /// Says whether a file wants DAX, where that is decided for each inode (`FS_XFLAG_DAX` on the host).
  public mutating func hostSetDax(_ path: String, _ isDax: Bool) throws(Errno) {
    try change(try resolve(path)) { $0.isDax = isDax }
  }

  /// Says whether the server may open a file for writing.
  public mutating func hostSetWritable(_ path: String, _ isWritable: Bool) throws(Errno) {
    try change(try resolve(path)) {
      $0.isWritable = isWritable
      $0.mode = $0.mode & ~0o222 | (isWritable ? 0o200 : 0)
    }
  }

  /// The directory and the last component of a path. Fails with `EINVAL` if there is none.
  private func split(_ path: String) throws(Errno) -> (InodeNumber, FileName) {
    var names = try HostFileSystem.components(path)
    guard let last = names.popLast() else { throw .EINVAL }
    var directory = InodeNumber.root
    for name in names { directory = try lookup(name, in: directory) }
    return (directory, last)
  }
}
