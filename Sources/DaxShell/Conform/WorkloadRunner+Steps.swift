import DaxModel

extension WorkloadRunner {
  /// What a step does, and what it finds.
  mutating func perform(
    _ action: WorkloadAction, into outcome: inout Outcome, _ isInterrupted: () -> Bool
  ) throws(Trouble.Failure) {
    switch action {
    case .unreadable(let sentence): throw Trouble.Failure(.unmodelled(sentence))
    case .mount(let tag, let options):
      if options.unknown != nil { return outcome.set(.error(.EINVAL)) }
      outcome.set(try finish(machine.startMount(tag, options.dax), isInterrupted))
    case .remount(let options):
      // FUSE accepts every option of a remount that it knows, and looks at none.
      let isMounted = machine.kernel.superblock(tag: workload.tag) != nil
      outcome.set(isMounted && options.unknown == nil ? .int(0) : .error(.EINVAL))
    case .umount:
      guard let task = machine.startUnmount(workload.tag) else { return outcome.set(.error(.EINVAL)) }
      outcome.set(try finish(task, isInterrupted))
    case .open(let name, let flags):
      let value = try call(.open(name, flags), isInterrupted)
      outcome.set(value)
      if value.errno == nil, let number = value.number { opened.append((name, Int(number))) }
    case .close(let name):
      let descriptor = descriptor(name)
      outcome.set(try call(.close(descriptor), isInterrupted))
      opened.removeAll { $0.descriptor == descriptor }
    case .mmap, .munmap, .mread, .mwrite, .mprotect, .msync:
      try performMapping(action, into: &outcome, isInterrupted)
    case .hostRead, .hostWrite, .hostTruncate, .hostAppendZeros, .hostFail:
      performOnHost(action, into: &outcome)
    case .sleep: machine.passTime()
    default: try performFile(action, into: &outcome, isInterrupted)
    }
  }

  private mutating func performFile(
    _ action: WorkloadAction, into outcome: inout Outcome, _ isInterrupted: () -> Bool
  ) throws(Trouble.Failure) {
    switch action {
    case .pread(let name, let offset, let length):
      let iter = buffer(length)
      let value = try call(.pread(descriptor(name), offset: offset, iter), isInterrupted)
      outcome.set(value)
      outcome.set("crc32", .text(Crc32(contents(iter, count: Self.moved(value))).text))
    case .pwrite(let name, let offset, let length, let seed):
      let bytes = FilePattern(seed: seed).bytes(at: offset, count: Int(length))
      let iter = buffer(holding: bytes)
      outcome.set(try call(.pwrite(descriptor(name), offset: offset, iter), isInterrupted))
      outcome.set("crc32", .text(Crc32(bytes).text))
    case .seqread(let name, let from, let to, let step):
      try readInOrder(descriptor(name), from, to, step, into: &outcome, isInterrupted)
    case .preadIntoMap(let name, let offset, let length, let mapOffset):
      let (iter, mapping) = try mappedBuffer(mapOffset, length)
      let value = try call(.pread(descriptor(name), offset: offset, iter), isInterrupted)
      outcome.set(value)
      let bytes = machine.peek(mapping, offset: mapOffset, count: Int(min(Self.moved(value), length)))
      outcome.set("crc32", .text(Crc32(bytes).text))
    case .pwriteFromMap(let name, let offset, let length, let mapOffset):
      let (iter, mapping) = try mappedBuffer(mapOffset, length)
      let bytes = machine.peek(mapping, offset: mapOffset, count: Int(length))
      outcome.set(try call(.pwrite(descriptor(name), offset: offset, iter), isInterrupted))
      outcome.set("crc32", .text(Crc32(bytes).text))
    case .fsync(let name, let isDataOnly):
      outcome.set(try call(.fsync(descriptor(name), isDataOnly: isDataOnly), isInterrupted))
    case .ftruncate(let name, let size):
      outcome.set(try call(.ftruncate(descriptor(name), size), isInterrupted))
    case .truncate(let name, let size):
      outcome.set(try call(.truncate(name, size), isInterrupted))
    case .fallocate(let name, let mode, let offset, let length):
      outcome.set(
        try call(.fallocate(descriptor(name), mode: mode, offset: offset, length: length), isInterrupted))
    case .fstat(let name): outcome.setStatus(try call(.fstat(descriptor(name)), isInterrupted))
    case .statx(let name): outcome.setStatus(try call(.stat(name), isInterrupted))
    case .unlink(let name): outcome.set(try call(.unlink(name), isInterrupted))
    case .exec(let name): outcome.set(try call(.exec(name), isInterrupted))
    case .lseek(let name, let offset, let whence):
      outcome.set(try call(.lseek(descriptor(name), offset, whence: whence), isInterrupted))
    case .dropCaches(let what): outcome.set(try call(.dropCaches(what), isInterrupted))
    case .sendfile(let name, let offset, let length):
      let file = descriptor(name)
      outcome.set(try call(.sendfile(file, offset: offset, length: length), isInterrupted))
    case .copyFileRange(let source, let offset, let target, let targetOffset, let length):
      let (source, target) = (descriptor(source), descriptor(target))
      outcome.set(
        try call(.copyFileRange(source, offset, target, targetOffset, length: length), isInterrupted))
    default: break
    }
  }

  /// Reads a piece after the other, as long as there is something.
  private mutating func readInOrder(
    _ descriptor: FileDescriptor, _ from: UInt64, _ to: UInt64, _ step: UInt64, into outcome: inout Outcome,
    _ isInterrupted: () -> Bool
  ) throws(Trouble.Failure) {
    var (offset, calls, sum) = (from, 0, Crc32())
    let iter = buffer(step)
    while offset < to {
      let value = try call(.pread(descriptor, offset: offset, iter), isInterrupted)
      calls += 1
      if value.errno != nil {
        outcome.set(value)
        break
      }
      let count = Self.moved(value)
      if count == 0 { break }
      sum.update(contents(iter, count: count))
      offset += count
      if isInterrupted() { throw Trouble.Failure(.interrupted) }
    }
    if outcome["ret"] == nil { outcome.set(.int(Int64(clamping: sum.count))) }
    outcome.set("calls", .count(calls))
    outcome.set("crc32", .text(sum.text))
  }

  /// A buffer in the newest mapping.
  private func mappedBuffer(
    _ offset: UInt64, _ length: UInt64
  ) throws(Trouble.Failure) -> (IovIter, MappingID) {
    guard let mapping = mappings.last, let address = machine.kernel.address(of: mapping.id) else {
      throw Trouble.Failure(.unmodelled("nothing is mapped that could be the buffer"))
    }
    return (IovIter([IovIter.Segment(address: address &+ offset, length: length)]), mapping.id)
  }

  /// Bytes that a call has moved.
  private static func moved(_ value: Value) -> UInt64 {
    UInt64(max(value.errno == nil ? value.number ?? 0 : 0, 0))
  }

  // MARK: Mappings

  private mutating func performMapping(
    _ action: WorkloadAction, into outcome: inout Outcome, _ isInterrupted: () -> Bool
  ) throws(Trouble.Failure) {
    if case .mmap(let name, let request) = action {
      let value = try call(.mmap(descriptor(name), request), isInterrupted)
      outcome.set("ok", .int(value.errno == nil ? 1 : 0))
      outcome.set("errno", .int(value.errno?.rawValue ?? 0))
      if value.errno == nil, let number = value.number {
        mappings.append(Mapped(id: Int(number), offset: request.offset, length: request.length))
      }
      return
    }
    guard let mapping = mappings.last else { throw Trouble.Failure(.unmodelled("nothing is mapped")) }
    let id = mapping.id
    switch action {
    case .munmap(let offset, let length):
      let isWhole = offset ?? 0 == 0 && length ?? .max >= mapping.length
      let piece = isWhole ? nil : mapping.piece(offset, length)
      outcome.set(try call(.munmap(id, piece), isInterrupted))
      if machine.kernel.address(of: id) == nil { mappings.removeLast() }
    case .mprotect(let protection, let offset, let length):
      let piece = offset == nil && length == nil ? nil : mapping.piece(offset, length)
      outcome.set(try call(.mprotect(id, piece, protection: protection), isInterrupted))
    case .msync(let offset, let length, let flags):
      let length = mapping.piece(offset, length).length
      outcome.set(try call(.msync(id, offset: offset, length: length, flags: flags), isInterrupted))
    case .mread(let offset, let length):
      let iter = buffer(length)
      let value = try call(.load(id, offset: offset, iter), isInterrupted)
      if outcome.setSignal(value) { return }
      outcome.set("crc32", .text(Crc32(contents(iter, count: length)).text))
    case .mwrite(let offset, let length, let seed):
      let bytes = FilePattern(seed: seed).bytes(at: mapping.offset &+ offset, count: Int(length))
      let iter = buffer(holding: bytes)
      _ = outcome.setSignal(try call(.store(id, offset: offset, iter), isInterrupted))
      outcome.set("crc32", .text(Crc32(bytes).text))
    default: break
    }
  }

  // MARK: The host

  private mutating func performOnHost(_ action: WorkloadAction, into outcome: inout Outcome) {
    let failure: Errno?? = machine.changeServer(of: 0) { server in
      do throws(Errno) {
        switch action {
        case .hostRead(let name, let offset, let length):
          let bytes = try server.files.hostRead(name, at: FileOffset(offset), count: Int(length))
          outcome.set("ret", .count(bytes.count))
          outcome.set("crc32", .text(Crc32(bytes).text))
          // Nobody writes more of them into a recording.
          if bytes.count > 1 << 20 { break }
          outcome.set("hex", .text(bytes.map { hexDigits(UInt64($0), width: 2) }.joined()))
        case .hostWrite(let name, let offset, let length, let seed):
          let bytes = FilePattern(seed: seed).bytes(at: offset, count: Int(length))
          outcome.set("ret", .count(bytes.count))
          outcome.set("crc32", .text(Crc32(bytes).text))
          try server.files.hostWrite(name, bytes, at: FileOffset(offset))
        case .hostTruncate(let name, let size): try server.files.hostTruncate(name, to: ByteCount(size))
        case .hostAppendZeros(let name, let count): try server.files.hostAppendZeros(name, ByteCount(count))
        case .hostFail(let opcode, let nth, let errno): server.hostFail(opcode, nth: nth, with: errno)
        default: break
        }
        return Errno?.none
      } catch {
        return error
      }
    }
    switch failure {
    case .some(.some(let errno)):
      outcome.trouble = .unmodelled("the host cannot do that: \(errno.meaning)")
    case .some(.none): break
    case .none: outcome.trouble = .unmodelled("the device has no server")
    }
  }
}

extension WorkloadRunner.Mapped {
  /// A part of it: from its start and to its end, unless something else is said.
  fileprivate func piece(_ offset: UInt64?, _ length: UInt64?) -> MapPiece {
    let offset = offset ?? 0
    return MapPiece(offset: offset, length: length ?? (self.length > offset ? self.length - offset : 0))
  }
}

extension WorkloadRunner.Outcome {
  /// What `fstat` and `statx` tell.
  mutating func setStatus(_ value: Value) {
    set(value)
    guard case .status(let status) = value else { return }
    set("size", .count(status.size))
    set("blocks", .count(status.blocks))
    set("attr_dax", .int(status.isDax ? 1 : 0))
    // Linux always tells of this attribute.
    set("attr_mask_dax", 1)
  }

  /// The signal that a load or a store has ended with; false if there was none.
  mutating func setSignal(_ value: Value) -> Bool {
    guard case .signal(let signal) = value else {
      set("sig", 0)
      return false
    }
    set("sig", .count(signal.number))
    set("si_code", .count(signal.code))
    set("si_off", .count(signal.offset))
    return true
  }
}
