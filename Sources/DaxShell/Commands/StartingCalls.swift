import DaxModel

/// System calls that `start` begins, so that they can be stepped.
enum StartedCall: String, CaseIterable {
  case open, close, pread, pwrite, mmap, munmap, mprotect, load, store, msync, fsync, truncate, fallocate, unlink
  case stat, ls, lseek, sendfile, copyFileRange = "copy_file_range", exec, dropCaches = "drop_caches"

  static var names: [String] { allCases.map { $0.rawValue } }

  /// The call of a name: its own, or that of the kernel function behind it.
  static func named(_ name: String) -> StartedCall? {
    switch name {
    case "do_sys_openat2": .open
    case "ksys_pread64": .pread
    case "ksys_mmap_pgoff": .mmap
    case "__vm_munmap": .munmap
    case "do_execveat_common": .exec
    default: StartedCall(rawValue: name)
    }
  }

  /// The command that makes the whole call.
  var command: Command? { Command(rawValue: rawValue) }

  /// A whole line that begins it.
  var example: String {
    let rest =
      switch self {
      case .open: "open a4m rw"
      case .close: "close 3"
      case .pread: "pread 3 0 4096"
      case .pwrite: "pwrite 3 0 text=hello"
      case .mmap: "mmap 3 0 4M prot=rw"
      case .munmap: "munmap 1"
      case .mprotect: "mprotect 1 r"
      case .load: "load 1 0 64"
      case .store: "store 1 0 text=hello"
      case .msync: "msync 1 0 4k"
      case .fsync: "fsync 3"
      case .truncate: "truncate 3 1M"
      case .fallocate: "fallocate 3 0 1M mode=punch"
      case .unlink: "unlink a4m"
      case .stat: "stat a4m"
      case .ls: "ls 3"
      case .lseek: "lseek 3 0 hole"
      case .sendfile: "sendfile 3 0 8k"
      case .copyFileRange: "copy_file_range 3 0 4 0 8k"
      case .exec: "exec a4m"
      case .dropCaches: "drop_caches 3"
      }
    return "start " + rest
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
    let example = call.example
    let buffer = { (length: UInt64) in IovIter(buffers: [length], on: self.release.architecture) }
    switch call {
    case .open: return (try openCall(line, first: 1), [])
    case .mmap: return (try mmapCall(line, first: 1), [])
    case .msync: return (try msyncCall(line, first: 1, example: example), [])
    case .munmap:
      return (.munmap(try mapping(line, 1, example: example), try mapPiece(line, first: 2)), [])
    case .mprotect: return (try mprotectCall(line, first: 1, example: example), [])
    case .exec, .unlink, .stat: return (try pathCall(call, line), [])
    case .dropCaches: return (try dropCachesCall(line, first: 1), [])
    case .load:
      let id = try mapping(line, 1, example: example)
      let (offset, length) = try transferArguments(line, first: 2, example: example)
      return (.load(id, offset: offset, buffer(length)), [])
    case .store:
      let id = try mapping(line, 1, example: example)
      let offset = try line.argument(2, "the offset", example: example).unsigned("the offset")
      let start = machine.kernel.process.start(of: id)?.offset ?? 0
      let bytes = try bytesToWrite(line, at: offset &+ start)
      return (.store(id, offset: offset, buffer(UInt64(bytes.count))), bytes)
    default: break
    }
    let file = try descriptor(line, 1, example: example)
    let number = { (index: Int, name: String) throws(Diagnostic) -> UInt64 in
      try line.argument(index, name, example: example).unsigned(name)
    }
    switch call {
    case .close: return (.close(file), [])
    case .fsync: return (.fsync(file, isDataOnly: try word(line, 2, among: ["data"]) != nil), [])
    case .truncate: return (.ftruncate(file, try number(2, "the size")), [])
    case .ls: return (.getdents(file, buffer(4096)), [])
    case .fallocate: return (try fallocateCall(file, line, first: 2, example: example), [])
    case .lseek: return (try lseekCall(file, line, first: 2, example: example), [])
    case .sendfile:
      return (.sendfile(file, offset: try number(2, "the offset"), length: try number(3, "the length")), [])
    case .copyFileRange: return (try copyFileRangeCall(file, line, first: 2, example: example), [])
    case .pread:
      let (offset, length) = try transferArguments(line, first: 2, example: example)
      let memory = try bufferAddress(line).map { IovIter([.init(address: $0, length: length)]) }
      return (.pread(file, offset: offset, memory ?? buffer(length)), [])
    default:
      let offset = try number(2, "the offset")
      let bytes = try bytesToWrite(line, at: offset)
      return (.pwrite(file, offset: offset, buffer(UInt64(bytes.count))), bytes)
    }
  }

  /// A call that is about a path.
  private func pathCall(_ call: StartedCall, _ line: Invocation) throws(Diagnostic) -> SystemCall {
    let file = try line.argument(1, "the file", example: call.example)
    if call == .stat, !file.isQuoted, case .success(let number) = Number.parse(file.text), number <= 1 << 20 {
      return .fstat(Int(number))
    }
    try requireMount(file)
    switch call {
    case .exec: return .exec(file.text)
    case .stat: return .stat(file.text)
    default: return .unlink(file.text)
    }
  }

  /// Why a function of the file system is not reached by a probe, and what reaches it; nil for other functions.
  func wayToFileFunction(_ function: FunctionID) -> String? {
    guard function.file.hasPrefix("fs/") || function.file.hasPrefix("mm/"),
      function.file != "fs/fuse/virtio_fs.c"
    else { return nil }
    if mountedConnection == nil {
      return "it is part of a mount or of a system call: \(howToMount), "
        + "then `\(StartedCall.pread.example)` and `until \(function.name)`"
    }
    return "a system call reaches it: `\(StartedCall.pread.example)`, then `until \(function.name)`"
  }
}
