extension FuseServer {
  /// `FUSE_SETUPMAPPING`.
  ///
  /// The handle is not looked at: the node says which file it is, and the file is opened anew, for writing if stores
  /// are asked for.
  mutating func setupMapping(_ fields: FuseSetupMapping, of node: NodeID) throws(Errno) -> FuseReplyBody {
    if !rules.isImplemented { throw .ENOSYS }
    if window.length.rawValue == 0 { throw rules.unavailable }
    guard let number = nodes.inode(of: node) else { throw rules.unknownNode }
    guard let inode = files[number] else { throw .ENOENT }
    let stores = fields.flags.contains(.write)
    if !stores, !fields.flags.contains(.read), let errno = rules.noAccess { throw errno }
    if inode.isDirectory, stores { throw .EISDIR }
    if stores, !inode.isWritable { throw .EACCES }
    if rules.skipsEmpty, fields.length.rawValue == 0 { return .empty }
    if inode.isDirectory {
      unmapFailed(fields)
      throw rules.directory
    }
    let mapping = WindowMapping(
      windowOffset: fields.windowOffset, length: fields.length, inode: number, fileOffset: fields.fileOffset,
      isWritable: stores && rules.mapsWritable)
    do throws(WindowRefusal) {
      try window.map(mapping, alignment: alignment)
    } catch {
      unmapFailed(fields)
      if let errno = rules.errno(for: error) { throw errno }
    }
    return .empty
  }

  /// Takes away what lies where a mapping failed, if the program does that. Outside the window there is nothing.
  private mutating func unmapFailed(_ fields: FuseSetupMapping) {
    guard rules.unmapsOnFailure else { return }
    try? window.unmap(fields.windowOffset, fields.length)
  }

  /// `FUSE_REMOVEMAPPING`. Entries count by their place in the window alone, whatever the node is.
  mutating func removeMapping(_ fields: FuseRemoveMapping) throws(Errno) -> FuseReplyBody {
    if !rules.isImplemented { throw .ENOSYS }
    if window.length.rawValue == 0 {
      // A session without a window ends with a removal of everything all the same.
      if rules.skipsEmpty, fields.entries.first?.length.rawValue == .max { return .empty }
      throw rules.unavailable
    }
    if let limit = rules.mostEntries, fields.entries.count > limit.entries { throw limit.errno }
    var failure: Errno?
    for entry in fields.entries {
      guard let errno = remove(entry) else { continue }
      failure = failure ?? errno
      if !rules.goesOnAfterFailure { break }
    }
    if let failure { throw failure }
    return .empty
  }

  private mutating func remove(_ entry: FuseRemoveMapping.Entry) -> Errno? {
    if rules.skipsEmpty, entry.length.rawValue == 0 { return rules.emptyRemoval }
    if entry.length.rawValue == .max, rules.removesAllByLength {
      // QEMU puts the length of the window in its place, and then looks whether it fits.
      if rules.skipsEmpty, entry.windowOffset.rawValue > 0 { return rules.beyondWindow }
      window.unmapAll()
      return nil
    }
    do throws(WindowRefusal) {
      try window.unmap(entry.windowOffset, entry.length, alignment: alignment)
      return nil
    } catch .empty {
      return rules.emptyRemoval
    } catch {
      return rules.errno(for: error)
    }
  }

  /// What offsets must be multiples of: what was agreed on, or pages, where the program leaves it to `mmap`.
  private var alignment: UInt64 {
    guard rules.checksAgreedAlignment, let agreed = session?.mapAlignment else { return pageSize }
    return max(1 << UInt64(min(agreed, 63)), pageSize)
  }

  // MARK: What the guest's loads and stores do

  /// Loads bytes from the window: at most ``HostFileSystem/longestTransfer``. Fewer than asked for come back with a
  /// fault, or if that limit is reached.
  public mutating func readWindow(_ offset: WindowOffset, count: Int) -> (
    bytes: [UInt8], transfer: WindowTransfer
  ) {
    let count = min(max(count, 0), Int(HostFileSystem.longestTransfer.rawValue))
    var transfer = WindowTransfer(moved: 0)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let target = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
      transfer = readWindow(offset, into: target)
      initialized = Int(transfer.moved.rawValue)
    }
    return (bytes, transfer)
  }

  /// Loads bytes from the window into a buffer.
  mutating func readWindow(
    _ offset: WindowOffset, into target: UnsafeMutableRawBufferPointer
  ) -> WindowTransfer {
    let transfer = files.read(target, through: window, at: offset, strayZeros: rules.strayLoadsAreZero)
    let sum = statistics.windowBytesRead.rawValue &+ transfer.moved.rawValue
    statistics.windowBytesRead = ByteCount(sum)
    return transfer
  }

  /// Stores bytes into the window, and so into the files that are to be seen there.
  @discardableResult
  public mutating func writeWindow(_ bytes: [UInt8], at offset: WindowOffset) -> WindowTransfer {
    bytes.withUnsafeBytes { writeWindow($0, at: offset) }
  }

  /// Stores the bytes of a buffer into the window.
  mutating func writeWindow(_ source: UnsafeRawBufferPointer, at offset: WindowOffset) -> WindowTransfer {
    let transfer = files.write(source, through: window, at: offset)
    let sum = statistics.windowBytesWritten.rawValue &+ transfer.moved.rawValue
    statistics.windowBytesWritten = ByteCount(sum)
    return transfer
  }

  /// Counts bytes that somebody has loaded or stored who went to the file himself.
  mutating func noteAccess(_ bytes: UInt64, isStore: Bool) {
    if isStore {
      statistics.windowBytesWritten = ByteCount(statistics.windowBytesWritten.rawValue &+ bytes)
    } else {
      statistics.windowBytesRead = ByteCount(statistics.windowBytesRead.rawValue &+ bytes)
    }
  }

  /// What a load or a store of one byte would die of; nil if it would not.
  public func windowFault(at offset: WindowOffset, forWriting: Bool) -> WindowFault? {
    if offset.rawValue >= window.length.rawValue { return WindowFault(kind: .beyondWindow, offset: offset) }
    guard let piece = window.lookup(offset) else {
      if !forWriting, rules.strayLoadsAreZero { return nil }
      return WindowFault(kind: .unmapped, offset: offset)
    }
    if forWriting, !piece.isWritable {
      return WindowFault(kind: .readOnly, offset: offset, inode: piece.inode)
    }
    let end = files[piece.inode]?.file?.mappedEnd ?? 0
    return piece.fileOffset.rawValue < end
      ? nil : WindowFault(kind: .beyondFile, offset: offset, inode: piece.inode)
  }
}
