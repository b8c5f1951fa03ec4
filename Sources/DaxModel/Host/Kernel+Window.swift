// The window as the process at the other end of the device has it: pieces of files, and nothing between them.

extension Kernel {
  /// The device that serves an inode.
  func deviceOf(_ inode: Handle<FuseInode>) throws(Oops) -> DeviceID {
    try connections.read(inodes.read(inode, at: here).connection, at: here).device
  }

  /// Loads bytes of the window; an oops where nothing is mapped, which kills the process at the other end.
  mutating func loadWindow(_ device: DeviceID, _ offset: UInt64, _ count: UInt64) throws(Oops) -> [UInt8] {
    let (bytes, transfer) = servers[device].readWindow(
      WindowOffset(offset), count: Int(clamping: count))
    if let fault = transfer.fault { throw deviceDeath(device, fault) }
    return bytes
  }

  /// Stores bytes into the window.
  mutating func storeWindow(_ device: DeviceID, _ offset: UInt64, _ bytes: [UInt8]) throws(Oops) {
    let transfer = servers[device].writeWindow(bytes, at: WindowOffset(offset))
    if let fault = transfer.fault { throw deviceDeath(device, fault) }
  }

  func deviceDeath(_ device: DeviceID, _ fault: WindowFault) -> Oops {
    let fs = instance(of: device)
    let start = fs?.windowAddress ?? .null
    return Oops(
      kind: .deviceDeath, site: here, address: start.advanced(by: ByteCount(fault.offset.rawValue)),
      message: fault.message)
  }

  /// The page of a mapping that a copy would meet next and that is not there; nil if the copy can go on.
  ///
  /// - Parameters:
  ///   - iter: The memory of the copy.
  ///   - done: How many bytes of it are used up.
  ///   - isStore: Whether the copy writes to it.
  func missingPage(_ iter: IovIter, _ done: UInt64, isStore: Bool) -> UserAccess? {
    guard let place = iter.place(done), let id = process.mapping(at: place.address),
      let mapping = process.mapping(id)
    else { return nil }
    let inMapping = place.address - mapping.address
    let offset = mapping.offset + inMapping
    if !isStore || mapping.canWrite {
      if mapping.copies.contains(offset) { return nil }
      if let entry = mapping.entry(at: offset), !isStore || entry.isWritable { return nil }
    }
    return UserAccess(
      mapping: mapping.number, offset: mapping.lead + inMapping, length: 1, iter: nil, isStore: isStore)
  }

  /// The next piece of a copy's memory that lies in a row: in a mapping up to the end of the page.
  func userPiece(_ iter: IovIter, _ done: UInt64, most: UInt64) -> (address: UInt64, length: UInt64)? {
    guard let place = iter.place(done) else { return nil }
    var length = min(place.length, most)
    if let id = process.mapping(at: place.address), let mapping = process.mapping(id) {
      length = min(length, pageSize - (mapping.offset + (place.address - mapping.address)) % pageSize)
    }
    return (place.address, length)
  }

  /// Copies bytes into memory of the process that is there, from a byte of the iterator on.
  mutating func scatter(_ bytes: [UInt8], into iter: IovIter, at start: UInt64) throws(Oops) {
    var used: UInt64 = 0
    while let place = userPiece(iter, start + used, most: UInt64(bytes.count) - used), place.length > 0 {
      try writeProcess(place.address, Array(bytes[Int(used)..<Int(used + place.length)]))
      used += place.length
    }
  }

  /// Reads memory of the process, which may be a mapping of a file whose page is there.
  mutating func readProcess(_ address: UInt64, _ count: UInt64) throws(Oops) -> [UInt8] {
    guard let id = process.mapping(at: address), let mapping = process.mapping(id) else {
      return memory.user.bytes(at: address, count: Int(clamping: count))
    }
    let offset = mapping.offset + (address - mapping.address)
    if mapping.copies.contains(offset) { return memory.user.bytes(at: address, count: Int(clamping: count)) }
    guard let entry = mapping.entry(at: offset) else {
      return [UInt8](repeating: 0, count: Int(clamping: count))
    }
    if let window = entry.windowOffset {
      return try loadWindow(deviceOf(mapping.inode), window + (offset - entry.offset), count)
    }
    return try inodes.read(mapping.inode, at: here).cache.memory.bytes(
      at: offset, count: Int(clamping: count))
  }

  /// Writes memory of the process, which may be a mapping of a file whose page is there.
  mutating func writeProcess(_ address: UInt64, _ bytes: [UInt8]) throws(Oops) {
    guard let id = process.mapping(at: address), let mapping = process.mapping(id) else {
      memory.user.write(bytes, at: address)
      return
    }
    let offset = mapping.offset + (address - mapping.address)
    if mapping.copies.contains(offset) {
      memory.user.write(bytes, at: address)
    } else if let entry = mapping.entry(at: offset) {
      if let window = entry.windowOffset {
        try storeWindow(deviceOf(mapping.inode), window + (offset - entry.offset), bytes)
      } else {
        try changeInode(mapping.inode) { inode in
          inode.cache.memory.write(bytes, at: offset)
          let start = offset & ~(pageSize - 1)
          inode.cache.dirty.insert(start..<(offset + UInt64(bytes.count) + pageSize - 1) & ~(pageSize - 1))
        }
      }
    }
  }
}
