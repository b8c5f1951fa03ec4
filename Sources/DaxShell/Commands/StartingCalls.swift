import DaxModel

/// System calls that `start` begins, so that they can be stepped.
enum StartedCall: String, CaseIterable {
  case open, close, pread, pwrite, mmap, munmap, load, store, fsync, truncate, fallocate, unlink

  static var names: [String] { allCases.map { $0.rawValue } }

  /// The call of a name: its own, or that of the kernel function behind it.
  static func named(_ name: String) -> StartedCall? {
    switch name {
    case "do_sys_openat2": .open
    case "ksys_pread64": .pread
    case "ksys_mmap_pgoff": .mmap
    case "__vm_munmap": .munmap
    default: StartedCall(rawValue: name)
    }
  }
}

extension Session {
  /// `start CALL …`: the arguments are those of the command of that name, with descriptors for files.
  mutating func startCall(_ call: StartedCall, _ line: Invocation) throws(Diagnostic) -> Answer {
    let (call, bytes) = try startedCall(call, line)
    let buffer = release.architecture.userBuffer
    let answer = began { machine, device in
      if !bytes.isEmpty { machine.writeUser(bytes, at: buffer) }
      return machine.start(call, on: device)
    }
    note(.call(call, written(call, bytes, line)), task: debugger.current)
    return answer
  }

  /// The call, and what stands in the process's buffer.
  private func startedCall(
    _ call: StartedCall, _ line: Invocation
  ) throws(Diagnostic) -> (SystemCall, [UInt8]) {
    let number = { (index: Int, name: String) throws(Diagnostic) -> UInt64 in
      try line.argument(index, name, example: "start pread 3 0 4096").unsigned(name)
    }
    let id = { (name: String) throws(Diagnostic) -> Int in
      try line.argument(1, name, example: "start \(call.rawValue) 3").count(name, limit: 1 << 20)
    }
    let buffer = { (length: UInt64) in IovIter(buffers: [length], on: self.release.architecture) }
    switch call {
    case .open: return (try openCall(line, first: 1), [])
    case .mmap: return (try mmapCall(line, first: 1), [])
    case .close: return (.close(try id("the descriptor")), [])
    case .munmap:
      return (.munmap(try id("the number of the mapping"), try mapPiece(line, first: 2)), [])
    case .fsync: return (.fsync(try id("the descriptor"), isDataOnly: false), [])
    case .truncate: return (.ftruncate(try id("the descriptor"), try number(2, "the size")), [])
    case .unlink:
      let file = try line.argument(1, "the file", example: "start unlink a4m")
      try requireMount(file)
      return (.unlink(file.text), [])
    case .fallocate:
      let (offset, length) = (try number(2, "the offset"), try number(3, "the length"))
      let mode = try line[option: "mode"].map { token throws(Diagnostic) in
        try token.count("mode", limit: 0xff)
      }
      return (.fallocate(try id("the descriptor"), mode: mode ?? 0, offset: offset, length: length), [])
    case .pread:
      let (offset, length) = try transferArguments(line, first: 2)
      let memory = try bufferAddress(line).map { IovIter([.init(address: $0, length: length)]) }
      return (.pread(try id("the descriptor"), offset: offset, memory ?? buffer(length)), [])
    case .load:
      let (offset, length) = try transferArguments(line, first: 2)
      return (.load(try id("the number of the mapping"), offset: offset, buffer(length)), [])
    case .pwrite, .store:
      let offset = try number(2, "the offset")
      let start =
        call == .store ? machine.kernel.process.start(of: try id("the number of the mapping"))?.offset : nil
      let bytes = try bytesToWrite(line, at: offset &+ (start ?? 0))
      let iter = buffer(UInt64(bytes.count))
      return call == .pwrite
        ? (.pwrite(try id("the descriptor"), offset: offset, iter), bytes)
        : (.store(try id("the number of the mapping"), offset: offset, iter), bytes)
    }
  }
}
