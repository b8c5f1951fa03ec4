import DaxModel

// Each operation, on the machine and on the oracle.

extension World {
  mutating func perform(_ operation: FileOperation) throws(Stop) {
    switch operation {
    case .open(let slot, let file, let flags): try open(slot, file, flags)
    case .close(let slot): try close(slot)
    case .read(let slot, let offset, let length): try read(slot, offset, length)
    case .readInto(let slot, let offset, let length, let mapping, let at):
      try readInto(slot, offset, length, mapping, at)
    case .write(let slot, let offset, let length, let seed): try write(slot, offset, length, seed)
    case .writeFrom(let slot, let offset, let length, let mapping, let at):
      try writeFrom(slot, offset, length, mapping, at)
    case .map(let mapping, let slot, let offset, let length, let protection):
      try map(mapping, slot, offset, length, protection)
    case .unmap(let mapping): try unmap(mapping)
    case .load(let mapping, let at, let length): try load(mapping, at, length)
    case .store(let mapping, let at, let length, let seed): try store(mapping, at, length, seed)
    case .sync(let slot, let isDataOnly):
      let number = try descriptor(slot).number
      let result = try call(
        .fsync(number, isDataOnly: isDataOnly), "fsync \(number)" + (isDataOnly ? " data" : ""))
      _ = try succeeded(result)
    case .msync(let index, let isWaiting):
      let mapping = try mapping(index)
      let result = try call(
        .msync(mapping.number, offset: 0, length: UInt64(mapping.length), flags: isWaiting ? 4 : 1),
        "msync \(mapping.number) 0 \(mapping.length) \(isWaiting ? "sync" : "async")")
      _ = try succeeded(result)
    case .truncate(let slot, let size): try truncate(slot, size)
    case .truncateByName(let file, let size): try truncateByName(file, size)
    case .allocate(let slot, let mode, let offset, let length): try allocate(slot, mode, offset, length)
    case .status(let slot): try status(slot)
    case .unlink(let file): try unlink(file)
    case .list(let file): try list(file)
    case .dropCaches(let level):
      _ = try succeeded(try call(.dropCaches(level), "drop_caches \(level)"))
    case .remount(let unbinds): try remount(unbinds: unbinds)
    case .fail(let opcode, let nth, let errno): try fail(opcode, nth, errno)
    }
  }

  // MARK: Places

  func descriptor(_ slot: Int) throws(Stop) -> Oracle.Descriptor {
    guard let descriptor = oracle.descriptors[slot] else { throw .skipped }
    return descriptor
  }

  func mapping(_ index: Int) throws(Stop) -> Oracle.Mapping {
    guard let mapping = oracle.mappings[index] else { throw .skipped }
    return mapping
  }

  func iter(_ count: Int) -> IovIter { IovIter([.init(address: buffer, length: UInt64(count))]) }

  private func iter(_ mapping: Oracle.Mapping, _ at: Int, _ count: Int) throws(Stop) -> IovIter {
    guard let start = machine.kernel.address(of: mapping.number) else {
      throw wrong(.result, "mapping \(mapping.number) is not there")
    }
    return IovIter([.init(address: start + UInt64(at), length: UInt64(count))])
  }

  // MARK: Reading and writing

  private mutating func read(_ slot: Int, _ offset: Int, _ length: Int) throws(Stop) {
    let open = try descriptor(slot)
    let memory = iter(length)
    let result = try call(
      .pread(open.number, offset: UInt64(offset), memory),
      "pread \(open.number) \(offset) \(length) show=crc")
    guard open.flags.canRead else {
      _ = try moved(result, of: 0, errno: .EBADF)
      return
    }
    let right = oracle.files[open.file].read(offset, length)
    let count = try moved(result, of: right.count)
    try check(machine.readUser(buffer, count: count), are: right.prefix(count), at: offset)
  }

  private mutating func readInto(
    _ slot: Int, _ offset: Int, _ length: Int, _ index: Int, _ at: Int
  ) throws(Stop) {
    let open = try descriptor(slot)
    let target = try mapping(index)
    let length = fit(length, target, at)
    guard length > 0, target.isWritable, open.flags.canRead, !overlap(open.file, offset, length, target, at)
    else { throw .skipped }
    let memory = try iter(target, at, length)
    let result = try call(
      .pread(open.number, offset: UInt64(offset), memory),
      "pread \(open.number) \(offset) \(length) buffer=\(hexAddress(memory)) show=crc")
    let source = Array(oracle.files[open.file].read(offset, length))
    let reach = min(source.count, oracle.reach(target, at: at, length: length))
    let count = try moved(result, of: reach, errno: source.isEmpty ? nil : .EFAULT)
    oracle.store(index, at: at, source.prefix(count))
  }

  private mutating func write(_ slot: Int, _ offset: Int, _ length: Int, _ seed: Int) throws(Stop) {
    let open = try descriptor(slot)
    let data = FilePattern(seed: "w\(seed)").bytes(at: UInt64(offset), count: length)
    machine.writeUser(data, at: buffer)
    let memory = iter(length)
    let result = try call(
      .pwrite(open.number, offset: UInt64(offset), memory),
      "pwrite \(open.number) \(offset) seed=w\(seed) len=\(length)")
    try wrote(open, offset, data[...], result, of: length)
  }

  private mutating func writeFrom(
    _ slot: Int, _ offset: Int, _ length: Int, _ index: Int, _ at: Int
  ) throws(Stop) {
    let open = try descriptor(slot)
    let source = try mapping(index)
    let length = fit(length, source, at)
    let position = open.flags.contains(.append) ? oracle.files[open.file].size : offset
    guard length > 0, !overlap(open.file, position, length, source, at) else { throw .skipped }
    let memory = try iter(source, at, length)
    let reach = oracle.reach(source, at: at, length: length)
    let data = oracle.load(source, at: at, length: reach)
    let result = try call(
      .pwrite(open.number, offset: UInt64(offset), memory),
      "pwrite \(open.number) \(offset) buffer=\(hexAddress(memory)) len=\(length)")
    try wrote(open, offset, data[...], result, of: reach)
  }

  private mutating func wrote(
    _ open: Oracle.Descriptor, _ offset: Int, _ data: ArraySlice<UInt8>, _ result: Value, of wanted: Int
  ) throws(Stop) {
    guard open.flags.canWrite else {
      _ = try moved(result, of: 0, errno: .EBADF)
      return
    }
    let isEmpty = if case .write(_, _, 0, _) = operation { true } else { false }
    let count = try moved(result, of: wanted, errno: isEmpty ? nil : .EFAULT)
    let position = open.flags.contains(.append) ? oracle.files[open.file].size : offset
    oracle.files[open.file].write(data.prefix(count), at: position)
  }

  /// How much of a length a mapping has room for. Of a file in the page cache what is stored behind its end is lost
  /// at times that nobody knows: there only what lies inside it counts.
  private func fit(_ length: Int, _ mapping: Oracle.Mapping, _ at: Int) -> Int {
    let room = min(length, mapping.length - at)
    if isDax(mapping.file) { return room }
    return min(room, oracle.files[mapping.file].size - mapping.offset - at)
  }

  /// Whether a piece of a file and a piece of a mapping are the same bytes: how they are copied is then not defined.
  private func overlap(
    _ file: Int, _ offset: Int, _ length: Int, _ mapping: Oracle.Mapping, _ at: Int
  ) -> Bool {
    let start = mapping.offset + at
    return mapping.file == file && offset < start + length && start < offset + length
  }

  // MARK: Mappings

  private mutating func map(
    _ index: Int, _ slot: Int, _ offset: Int, _ length: Int, _ protection: FileOperation.Protection
  ) throws(Stop) {
    let open = try descriptor(slot)
    let pendsWrite = machine.kernel.servers[0].faults.faults.contains { $0.opcode == .write }
    guard oracle.mappings[index] == nil, isDax(open.file) || !pendsWrite else { throw .skipped }
    var flags = protection == .privately ? 2 : 1
    if protection == .populated { flags |= 0x8000 }
    let request = MapRequest(
      offset: UInt64(offset), length: UInt64(length), protection: protection == .readOnly ? 1 : 3,
      flags: flags)
    let result = try call(
      .mmap(open.number, request), "mmap \(open.number) \(offset) \(length) \(protection.rawValue)")
    let isShared = protection == .shared || protection == .populated
    let refused = !open.flags.canRead || isShared && !open.flags.canWrite
    guard let number = try number(result, errno: refused ? .EACCES : nil) else { return }
    oracle.mappings[index] = Oracle.Mapping(
      number: number, file: open.file, offset: offset, length: pageEnd(length), protection: protection)
  }

  mutating func unmap(_ index: Int) throws(Stop) {
    let mapping = try mapping(index)
    let result = try call(.munmap(mapping.number), "munmap \(mapping.number)")
    oracle.mappings[index] = nil
    _ = try succeeded(result)
  }

  private mutating func load(_ index: Int, _ at: Int, _ length: Int) throws(Stop) {
    let mapping = try mapping(index)
    let length = min(length, mapping.length - at)
    guard length >= 0 else { throw .skipped }
    let memory = iter(length)
    let result = try call(
      .load(mapping.number, offset: UInt64(at), memory), "load \(mapping.number) \(at) \(length) show=crc")
    let count = try reached(result, mapping, at, length)
    // What lies behind the end of a file in the page cache is not compared.
    let known =
      isDax(mapping.file) ? count : max(0, min(count, oracle.files[mapping.file].size - mapping.offset - at))
    let right = oracle.load(mapping, at: at, length: known)
    if known < length { script?.append("# \(known) bytes were compared") }
    try check(machine.readUser(buffer, count: known), are: right[...], at: mapping.offset + at)
  }

  private mutating func store(_ index: Int, _ at: Int, _ length: Int, _ seed: Int) throws(Stop) {
    let mapping = try mapping(index)
    let length = fit(length, mapping, at)
    guard length >= 0 else { throw .skipped }
    let data = FilePattern(seed: "w\(seed)").bytes(at: UInt64(mapping.offset + at), count: length)
    machine.writeUser(data, at: buffer)
    let memory = iter(length)
    let result = try call(
      .store(mapping.number, offset: UInt64(at), memory),
      "store \(mapping.number) \(at) seed=w\(seed) len=\(length)")
    if !mapping.isWritable, length > 0 {
      try signal(result, Signal(number: 11, code: 2, offset: UInt64(at)))
      return
    }
    let count = try reached(result, mapping, at, length)
    oracle.store(index, at: at, data.prefix(count))
  }

  /// Checks how far a load or a store came.
  private mutating func reached(
    _ result: Value, _ mapping: Oracle.Mapping, _ at: Int, _ length: Int
  ) throws(Stop) -> Int {
    let reach = oracle.reach(mapping, at: at, length: length)
    if telling == .perhaps, case .signal(let given) = result, given.number == 7, given.offset >= UInt64(at),
      given.offset < UInt64(at + reach)
    {
      try signal(result, given)
      return Int(given.offset) - at
    }
    if reach < length {
      try signal(result, Signal(number: 7, code: 2, offset: UInt64(at + reach)))
    } else {
      say("expect signal == null")
      guard result == .int(Int64(length)) else {
        throw wrong(.result, "\(described(result)) instead of \(length)")
      }
    }
    return reach
  }

  private mutating func signal(_ result: Value, _ right: Signal) throws(Stop) {
    tally.signals += 1
    say("expect signal == \(right.number == 7 ? "SIGBUS" : "SIGSEGV")")
    say("expect si_off == \(right.offset)")
    if result != .signal(right) {
      throw wrong(.result, "\(described(result)) instead of \(described(.signal(right)))")
    }
  }
}

/// Where memory begins, as the shell takes it.
private func hexAddress(_ iter: IovIter) -> String { "0x" + String(iter.segments[0].address, radix: 16) }
