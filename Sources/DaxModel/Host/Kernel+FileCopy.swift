// Copies between the window, where the host shows files, and memory of the process.

extension Kernel {
  /// Copies a piece of the window by the machine's engine, and counts it.
  ///
  /// The engine works on the bytes of the host's file and on those of the process where they are: nothing is copied
  /// twice. Bytes of a process that are themselves a mapping of a file, a page at a time, take a detour.
  ///
  /// - Parameter copy: What is copied; its iterator has one segment.
  /// - Returns: As the C function does: the bytes that were copied; 0 where a page of the process is not there. An engine that hears of a failed instruction hands
  ///   the error on.
  mutating func copyFile(_ copy: WindowCopy, of device: DeviceID) throws(Oops) -> Value {
    guard let target = copy.iter.segments.first else { return .int(0) }
    if missingPage(copy.iter, 0, isStore: copy.direction == .toIter) != nil { return .int(0) }
    let engine = copy.engine ?? copyEngine
    if !isWatched, isMemcpy(copy, engine, on: device) {
      if copy.direction == .toIter {
        try loadWindow(device, copy.offset, copy.length, into: target.address)
      } else {
        try storeWindow(device, copy.offset, copy.length, from: target.address)
      }
      copyCounts.add(copy.direction == .toIter ? .daxRead : .daxWrite, copy.length)
      copyCounts.add(.repMovsb)
      return .int(Int64(clamping: copy.length))
    }
    var told: UInt64 = 0
    while told < copy.length {
      let report = try copyPiece(copy, told, of: device, by: engine)
      copyCounts.add(copy.direction == .toIter ? .daxRead : .daxWrite, report.moved)
      copyCounts.add(report.log.counts)
      observe(.copied(report))
      if case .plainAccess(let address) = report.stop {
        _ = try translate(address, for: .copy)
        throw Oops(
          kind: .badAddress, site: here, address: address, message: "The window does not reach so far.")
      }
      if let errno = report.errno { return .error(errno) }
      told += report.copied
      if report.copied < report.requested { break }
    }
    return .int(Int64(clamping: told))
  }

  /// Whether a copy is one memcpy that cannot go wrong: then the same is done without ports and reports.
  private func isMemcpy(_ copy: WindowCopy, _ engine: CopyEngine, on device: DeviceID) -> Bool {
    guard zpci == nil, case .x86 = engine, copy.length > 0, copy.iter.absentPage == nil,
      copy.direction != .zero, let target = copy.iter.segments.first,
      process.mapping(at: target.address) == nil,
      let physical = architecture.physicalAddress(of: copy.address),
      memory.reach(from: physical) >= copy.offsetInPage + copy.length
    else { return false }
    let piece = servers[device].window.lookup(WindowOffset(copy.offset))
    return (piece?.length.rawValue ?? 0) >= copy.length
  }

  /// Copies as much as lies in one mapping of the host's, through a port.
  private mutating func copyPiece(
    _ copy: WindowCopy, _ done: UInt64, of device: DeviceID, by engine: CopyEngine
  ) throws(Oops) -> CopyReport {
    let isStore = copy.direction != .toIter
    let at = WindowOffset(copy.offset + done)
    let address = (copy.iter.segments.first?.address ?? 0) &+ done
    var (wiring, function) = connect(copy.address)
    // Where nothing can be reached by plain accesses, the host does not come into it.
    if wiring.plainReach > copy.offsetInPage + done || zpci != nil,
      let fault = servers[device].windowFault(at: at, forWriting: isStore)
    {
      throw deviceDeath(device, fault)
    }
    var bytes = copy.length - done
    let isMapping = process.mapping(at: address) != nil
    let staged = isMapping && isStore ? try readProcess(address, bytes) : []
    let piece = servers[device].window.lookup(at)
    var file: HostFile?
    if let piece {
      bytes = min(bytes, piece.length.rawValue)
      file = servers[device].files.lend(piece.inode)
    } else {
      bytes = min(bytes, pageSize - at.rawValue % pageSize)
    }
    let start = piece?.fileOffset.rawValue ?? 0
    if let end = file?.mappedEnd, end > start { bytes = min(bytes, end - start) }
    let window = file?.lend() ?? SparseMemory(background: .zeros)
    wiring.backing = PhysicalAddress(start &- (copy.offsetInPage &+ done))

    var other = SparseMemory()
    if isMapping {
      other.write(staged, at: address)
    } else {
      swap(&other, &memory.user)
    }
    var port = AccessPort(wiring, window: window, memory: consume other)
    let report = port.copy(
      copy.direction, at: copy.offsetInPage + done, bytes,
      IovIter([.init(address: address, length: bytes)], absentPage: copy.iter.absentPage), by: engine)
    other = port.memory.close()
    if let piece, var lender = file.take() {
      let isChanged = isStore && report.moved > 0
      lender.giveBack(port.window.close(), written: start..<start + (isChanged ? report.moved : 0))
      servers[device].files.giveBack(lender, to: piece.inode, isChanged: isChanged)
    }
    servers[device].noteAccess(report.moved, isStore: isStore)
    if let function { zpci?.functions[function] = port.function }
    if !isMapping {
      swap(&other, &memory.user)
    } else if !isStore {
      try writeProcess(address, other.bytes(at: address, count: Int(clamping: report.moved)))
    }
    return report
  }

  // MARK: At the speed of memcpy

  /// Loads bytes of the window into memory of the process that is no mapping, from chunk to chunk.
  private mutating func loadWindow(
    _ device: DeviceID, _ offset: UInt64, _ count: UInt64, into address: UInt64
  ) throws(Oops) {
    var user = SparseMemory()
    swap(&user, &memory.user)
    var fault: WindowFault?
    user.lend(address, count) { done, target in
      if fault != nil { return }
      fault = servers[device].readWindow(WindowOffset(offset &+ done), into: target).fault
    }
    swap(&user, &memory.user)
    if let fault { throw deviceDeath(device, fault) }
  }

  /// Stores bytes of the process that are no mapping into the window, from chunk to chunk.
  private mutating func storeWindow(
    _ device: DeviceID, _ offset: UInt64, _ count: UInt64, from address: UInt64
  ) throws(Oops) {
    var done: UInt64 = 0
    while done < count {
      let at = WindowOffset(offset + done)
      if let fault = servers[device].windowFault(at: at, forWriting: true) {
        throw deviceDeath(device, fault)
      }
      guard let piece = servers[device].window.lookup(at), var file = servers[device].files.lend(piece.inode)
      else { return }
      let start = piece.fileOffset.rawValue
      let bytes = min(count - done, piece.length.rawValue, file.mappedEnd - start)
      var window = file.lend()
      window.copy(bytes, from: memory.user, address &+ done, to: start)
      file.giveBack(window, written: start..<start + bytes)
      servers[device].files.giveBack(file, to: piece.inode, isChanged: true)
      servers[device].noteAccess(bytes, isStore: true)
      done += bytes
    }
  }

  /// Copies between two places of the process, of which either may be a mapping of a file whose pages are there: what a
  /// program does that loads or stores.
  mutating func copyProcess(from source: UInt64, to target: UInt64, _ count: UInt64) throws(Oops) {
    if process.mapping(at: target) == nil, let window = windowPlace(of: source) {
      try loadWindow(window.device, window.offset, count, into: target)
    } else if process.mapping(at: source) == nil, let window = windowPlace(of: target) {
      try storeWindow(window.device, window.offset, count, from: source)
    } else {
      try writeProcess(target, readProcess(source, count))
    }
  }

  /// Where in which window an address of the process is; nil if it is in none.
  private func windowPlace(of address: UInt64) -> (device: DeviceID, offset: UInt64)? {
    guard let id = process.mapping(at: address), let mapping = process.mapping(id) else { return nil }
    let offset = mapping.offset + (address - mapping.address)
    guard !mapping.copies.contains(offset), let entry = mapping.entry(at: offset),
      let window = entry.windowOffset, let device = try? deviceOf(mapping.inode)
    else { return nil }
    return (device, window + (offset - entry.offset))
  }
}
