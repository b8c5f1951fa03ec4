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
