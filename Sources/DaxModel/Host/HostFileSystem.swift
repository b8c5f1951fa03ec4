/// The directory that the host shares: files and folders, by inode number.
///
/// Its clock is a number that grows with every change. An inode number is not used again.
public struct HostFileSystem: Hashable, Sendable {
  /// By ascending number.
  private(set) var inodes: [HostInode]
  /// The time: how many changes there were.
  public private(set) var clock: UInt64 = 0
  private var nextNumber: UInt64 = 2
  /// Inodes without a name that are there because somebody may use them.
  public private(set) var orphans: [InodeNumber] = []
  /// Whether a file that the driver makes wants DAX.
  public var newFilesWantDax = false

  /// An empty root directory.
  public init() {
    inodes = [HostInode(number: .root, name: .empty, file: nil, mode: 0o40755, now: 0)]
  }

  /// An inode, by number.
  ///
  /// - Complexity: O(log n).
  public subscript(number: InodeNumber) -> HostInode? { place(of: number).map { inodes[$0] } }

  /// The inodes that are files, with a name or without, by ascending number.
  public var files: [HostInode] { inodes.filter { $0.file != nil } }

  // MARK: Names

  /// The inode of a name in a directory. Fails with `ENOENT` or `ENOTDIR`.
  public func lookup(_ name: FileName, in directory: InodeNumber) throws(Errno) -> InodeNumber {
    guard let parent = self[directory] else { throw .ENOENT }
    guard let entries = parent.entries else { throw .ENOTDIR }
    let (index, isThere) = parent.place(of: name)
    if !isThere { throw .ENOENT }
    return entries[index].inode
  }

  /// The inode of a path from the root on, such as `a4m` or `folder/a4m`.
  public func resolve(_ path: String) throws(Errno) -> InodeNumber {
    var inode = InodeNumber.root
    for name in try HostFileSystem.components(path) { inode = try lookup(name, in: inode) }
    return inode
  }

  /// The directory that a directory is in; the root is in itself.
  func parent(of directory: InodeNumber) -> InodeNumber {
    inodes.first { $0.entries?.contains { $0.inode == directory } == true }?.number ?? directory
  }

  /// Makes a file in a directory. Fails with `EEXIST` if the name is taken, with `EINVAL` if it is none.
  public mutating func create(
    _ name: FileName, in directory: InodeNumber, _ content: HostContent, mode: UInt32 = 0o100644
  ) throws(Errno) -> InodeNumber {
    try insert(name, in: directory, file: try HostFile(content), mode: mode)
  }

  /// Makes a folder in a directory.
  mutating func makeFolder(_ name: FileName, in directory: InodeNumber) throws(Errno) -> InodeNumber {
    try insert(name, in: directory, file: nil, mode: 0o40755)
  }

  private mutating func insert(
    _ name: FileName, in directory: InodeNumber, file: HostFile?, mode: UInt32
  ) throws(Errno) -> InodeNumber {
    guard let parent = place(of: directory) else { throw .ENOENT }
    guard inodes[parent].isDirectory else { throw .ENOTDIR }
    if name.bytes.count > 255 { throw .ENAMETOOLONG }
    if !name.isOrdinary { throw .EINVAL }
    let (index, isThere) = inodes[parent].place(of: name)
    if isThere { throw .EEXIST }
    let number = InodeNumber(nextNumber)
    nextNumber += 1
    touch(parent)
    inodes[parent].entries?.insert(HostInode.Entry(name: name, inode: number), at: index)
    inodes.append(HostInode(number: number, name: name, file: file, mode: mode, now: clock))
    return number
  }

  /// Removes the name of a file. It stays among the ``orphans`` as long as it is used.
  public mutating func unlink(_ name: FileName, in directory: InodeNumber) throws(Errno) {
    let number = try lookup(name, in: directory)
    guard let parent = place(of: directory), let child = place(of: number) else { throw .ENOENT }
    if inodes[child].isDirectory { throw .EISDIR }
    let (index, _) = inodes[parent].place(of: name)
    inodes[parent].entries?.remove(at: index)
    touch(parent)
    inodes[child].links = 0
    inodes[child].changeTime = clock
    orphans.append(number)
  }

  /// Gives up the inodes without a name that nobody uses.
  mutating func reap(keeping isUsed: (InodeNumber) -> Bool) {
    if orphans.isEmpty { return }
    var kept: [InodeNumber] = []
    for number in orphans {
      if isUsed(number) {
        kept.append(number)
      } else if let place = place(of: number) {
        inodes.remove(at: place)
      }
    }
    orphans = kept
  }

  /// Gives up every inode without a name: for a server that begins anew, which nobody has looked anything up from.
  public mutating func forgetOrphans() { reap { _ in false } }

  // MARK: Content

  /// The content of a file. Fails with `EISDIR` for a directory.
  public func file(_ number: InodeNumber) throws(Errno) -> HostFile {
    guard let place = place(of: number) else { throw .ENOENT }
    guard let file = inodes[place].file else { throw .EISDIR }
    return file
  }

  /// Writes bytes into a file.
  public mutating func write(_ bytes: [UInt8], to number: InodeNumber, at offset: FileOffset) throws(Errno) {
    let place = try filePlace(number)
    try inodes[place].file?.write(bytes, at: offset)
    touch(place)
  }

  /// Writes through a mapping. Returns how many bytes it wrote.
  mutating func writeMapped(
    _ source: UnsafeRawBufferPointer, to number: InodeNumber, at offset: FileOffset
  ) -> Int {
    guard let place = place(of: number) else { return 0 }
    let count = inodes[place].file?.writeMapped(offset, source) ?? 0
    if count > 0 { touch(place) }
    return count
  }

  /// Reads through a mapping. Returns how many bytes it read.
  func readMapped(
    _ number: InodeNumber, at offset: FileOffset, into target: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard let place = place(of: number) else { return 0 }
    return inodes[place].file?.readMapped(offset, into: target) ?? 0
  }

  /// Hands the content of a file out, so that somebody may change it in place, until ``giveBack(_:to:isChanged:)``.
  mutating func lend(_ number: InodeNumber) -> HostFile? {
    guard let place = place(of: number) else { return nil }
    return inodes[place].file.take()
  }

  /// Takes the content of a file back.
  mutating func giveBack(_ file: HostFile, to number: InodeNumber, isChanged: Bool) {
    guard let place = place(of: number) else { return }
    inodes[place].file = file
    if isChanged { touch(place) }
  }

  /// Sets the size of a file.
  public mutating func truncate(_ number: InodeNumber, to size: ByteCount) throws(Errno) {
    let place = try filePlace(number)
    try inodes[place].file?.truncate(to: size)
    touch(place)
  }

  /// `fallocate`: space, holes and zeros. Fails with `EOPNOTSUPP` for a mode that is not known, with `EINVAL` for a
  /// length of 0.
  public mutating func allocate(
    _ number: InodeNumber, _ offset: FileOffset, _ length: ByteCount, _ mode: FuseFallocate.Mode
  ) throws(Errno) {
    let place = try filePlace(number)
    if length.rawValue == 0 { throw .EINVAL }
    let keepsSize = mode.contains(.keepSize)
    switch mode.subtracting(.keepSize) {
    case []: try inodes[place].file?.allocate(offset, length, keepsSize: keepsSize)
    case .zeroRange: try inodes[place].file?.zeroRange(offset, length, keepsSize: keepsSize)
    case .punchHole where keepsSize: try inodes[place].file?.punchHole(offset, length)
    default: throw .EOPNOTSUPP
    }
    touch(place)
  }

  /// Changes the attributes of an inode, but for its content. The change time follows.
  mutating func change(_ number: InodeNumber, _ body: (inout HostInode) -> Void) throws(Errno) {
    guard let place = place(of: number) else { throw .ENOENT }
    clock += 1
    inodes[place].changeTime = clock
    body(&inodes[place])
  }

  // MARK: Places

  private mutating func touch(_ place: Int) {
    clock += 1
    inodes[place].modificationTime = clock
    inodes[place].changeTime = clock
  }

  private func filePlace(_ number: InodeNumber) throws(Errno) -> Int {
    guard let place = place(of: number) else { throw .ENOENT }
    if inodes[place].isDirectory { throw .EISDIR }
    return place
  }

  private func place(of number: InodeNumber) -> Int? {
    // Few inodes are ever given up: mostly the place follows from the number.
    let guess = Int(truncatingIfNeeded: number.rawValue &- 1)
    if guess >= 0, guess < inodes.count, inodes[guess].number == number { return guess }
    var (low, high) = (0, inodes.count)
    while low < high {
      let middle = (low + high) / 2
      if inodes[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < inodes.count && inodes[low].number == number ? low : nil
  }

  static func components(_ path: String) throws(Errno) -> [FileName] {
    guard let name = FileName(path) else { throw .EINVAL }
    return name.components
  }
}

extension HostFileSystem: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("clock", .number(clock))
    visitor.field("next", .number(nextNumber))
    visitor.field("new_files_want_dax", .flag(newFilesWantDax))
    visitor.list("inode", inodes)
    for (index, orphan) in orphans.enumerated() {
      visitor.enter("orphan", index)
      visitor.field("inode", .number(orphan.rawValue))
      visitor.leave()
    }
  }
}
