import DaxModel

/// Writes the steps of a session as a workload.
///
/// A workload names files rather than descriptors, and means the newest of each; it has patterns and no texts. What it
/// cannot say is left out with a sentence if it has sent no request that is compared, and else refused with one.
struct TraceExport {
  /// The workload's name.
  let name: String
  let release: KernelRelease
  /// The device as it is set up.
  let setup: FuseServerConfiguration
  /// Seeds with which files were made.
  let seeds: [Trace.Seed]
  /// The task that waits for ever, if one does.
  let hung: TaskID?
  /// Where mappings begin, the newest last.
  let addresses: [Trace.MappingPlace]

  /// The files at the start, by name, as they are needed.
  private var files: [Field] = []
  private var start = HostFileSystem()
  /// Open files as `WorkloadRunner` knows them.
  private var opened: [(name: String, descriptor: FileDescriptor)] = []
  /// Open files that the workload knows nothing of, with the reason.
  private var unknown: [(descriptor: FileDescriptor, reason: String)] = []
  /// What was left out, and why, in sentences without a full stop.
  private(set) var leftOut: [String] = []
  /// What is mapped, the newest last, with address and length.
  private var mappings: [(id: MappingID, address: UInt64, length: UInt64)] = []
  private var steps: [Datum] = []
  private var hangs = false

  init(
    name: String, release: KernelRelease, setup: FuseServerConfiguration, seeds: [Trace.Seed], hung: TaskID?,
    addresses: [Trace.MappingPlace]
  ) {
    (self.name, self.release, self.setup, self.seeds, self.hung) = (name, release, setup, seeds, hung)
    self.addresses = addresses
  }

  /// The workload as data.
  mutating func workload(_ entries: [Trace.Entry]) throws(WorkloadFailure) -> Datum {
    let first = entries.firstIndex { if case .mount = $0.action { true } else { false } }
    guard let first else { throw WorkloadFailure("nothing has been mounted, so there are no steps") }
    guard release.architecture == .x86_64 else {
      throw WorkloadFailure(
        "workloads are run on x86-64, and this machine is \(release.architecture.rawValue)")
    }
    start = entries[first].files ?? HostFileSystem()
    for entry in entries {
      guard entry.device == entries[first].device else {
        throw WorkloadFailure("a workload has one device, and the session has used two")
      }
      if hangs { throw WorkloadFailure("a step never returns, and a workload ends with such a step") }
      do throws(WorkloadFailure) {
        steps.append(try step(entry))
      } catch {
        guard mayBeLeftOut(entry) else { throw error }
        leftOut.append("\(entry.action.text) (\(error.message))")
        if case .call(.open, _) = entry.action, let number = entry.outcome?.value?.number, number >= 0 {
          unknown.append((Int(number), error.message))
        }
      }
    }
    return [
      "name": .text(name), "recorded_on": .text("the model, Linux \(release.name)"),
      "exact_on": [.text(release.name)],
      "exact_because": "exported from the model: the same steps send the same requests",
      "device": [
        "window": .count(setup.windowLength.rawValue),
        "map_alignment": setup.mapAlignment.map { .count(UInt64($0)) } ?? .null,
        "has_inode_dax": .bool(setup.hasInodeDax), "max_write": .count(UInt64(setup.maxWrite)),
        "attr_timeout": .count(setup.attributeTimeout),
      ],
      "hangs": .bool(hangs), "files": .record(files), "steps": .list(steps),
    ]
  }

  /// Whether nobody misses a step: it has come to its end and has sent nothing that is compared.
  private func mayBeLeftOut(_ entry: Trace.Entry) -> Bool {
    guard let outcome = entry.outcome, !outcome.exchanges.contains(where: { WorkloadRequest($0) != nil })
    else { return false }
    switch entry.action {
    case .call, .reads: return outcome.value != nil
    case .other(let text, _): return text.hasPrefix("host ")
    case .restart, .mount, .umount, .host: return false
    }
  }

  // MARK: A step

  private mutating func step(_ entry: Trace.Entry) throws(WorkloadFailure) -> Datum {
    var fields: [Field]
    switch entry.action {
    case .restart: throw WorkloadFailure("the machine was started anew")
    case .other(_, let sentence): throw WorkloadFailure(sentence)
    case .mount(let tag, let option):
      fields = [Field("op", "mount"), Field("tag", .text(tag)), Field("opts", .text(option.rawValue))]
    case .umount: fields = [Field("op", "umount")]
    case .host(let action): return .record(try host(action) + results(entry, of: nil))
    case .call(let call, let written): fields = try arguments(call, written)
    case .reads(let descriptor, let step, let to, _):
      fields = [
        Field("op", "seqread"), Field("file", .text(try file(descriptor))), Field("from", 0),
        Field("to", .count(to)), Field("step", .count(step)),
      ]
    }
    guard entry.outcome?.value != nil else {
      let what = fields.first.map { $0.value.cellText } ?? "a step"
      guard let hung, entry.task == hung else {
        throw WorkloadFailure("\(what) has not come to its end: `continue` runs it there")
      }
      hangs = true
      return .record(fields + [Field("requests", .list([]))])
    }
    if case .call(let call, _) = entry.action {
      let step = Datum.record(fields + results(entry, of: call))
      follow(call, entry.outcome?.value)
      return step
    }
    return .record(fields + results(entry, of: nil))
  }

  /// The results and the requests.
  private func results(_ entry: Trace.Entry, of call: SystemCall?) -> [Field] {
    var outcome = WorkloadRunner.Outcome()
    let value = entry.outcome?.value ?? .void
    switch call {
    case .mmap:
      outcome.set("ok", .int(value.errno == nil ? 1 : 0))
      outcome.set("errno", .int(value.errno?.rawValue ?? 0))
    case .load, .store:
      if !outcome.setSignal(value), let data = entry.outcome?.data { outcome.results.append(data) }
    case .fstat, .stat: outcome.setStatus(value)
    case .pread, .pwrite:
      outcome.set(value)
      // Of memory that is a mapping the runner does not tell a checksum.
      if call?.buffer == release.architecture.userBuffer, let data = entry.outcome?.data {
        outcome.results.append(data)
      }
    case .none:
      if case .host = entry.action {} else { outcome.set(value) }
      if case .reads(_, _, _, let calls) = entry.action { outcome.set("calls", .count(calls)) }
      if let data = entry.outcome?.data { outcome.results.append(data) }
    default:
      outcome.set(value)
      if let data = entry.outcome?.data { outcome.results.append(data) }
    }
    let exchanges = entry.outcome?.exchanges ?? []
    let others = exchanges.filter { WorkloadRequest($0) == nil }.map { exchange in
      exchange.operation.name + (exchange.error.map { "=\($0.returnValue)" } ?? "")
    }
    return outcome.results + [
      Field("requests", .list(exchanges.compactMap { WorkloadRequest($0)?.record })),
      Field("other_requests", .texts(others)),
    ]
  }

  /// What is open and mapped after a call.
  private mutating func follow(_ call: SystemCall, _ value: Value?) {
    guard value?.errno == nil, let number = value?.number else { return }
    switch call {
    case .open(let path, _):
      unknown.removeAll { $0.descriptor == Int(number) }
      opened.append((path, Int(number)))
    case .close(let descriptor): opened.removeAll { $0.descriptor == descriptor }
    case .mmap(_, let request):
      mappings.append((Int(number), addresses.last { $0.id == Int(number) }?.address ?? 0, request.length))
    case .munmap(let id, nil): mappings.removeAll { $0.id == id }
    default: break
    }
  }

  // MARK: Arguments

  private mutating func arguments(
    _ call: SystemCall, _ written: Trace.Written
  ) throws(WorkloadFailure) -> [Field] {
    let name = Field("op", .text(call.stepName))
    if let buffer = call.buffer, buffer != release.architecture.userBuffer {
      return try mappedTransfer(call, buffer)
    }
    switch call {
    case .open(let path, let flags):
      if flags.contains(.directory) { throw WorkloadFailure("a workload opens no folders") }
      return [
        name, Field("file", .text(try file(path))),
        Field("flags", .text("0" + String(flags.rawValue, radix: 8))),
      ]
    case .close(let descriptor), .fsync(let descriptor, _), .fstat(let descriptor):
      return [name, Field("file", .text(try file(descriptor)))]
    case .pread(let descriptor, let offset, let iter):
      return [name, Field("file", .text(try file(descriptor)))] + place(offset, iter.count)
    case .pwrite(let descriptor, let offset, let iter):
      return [name, Field("file", .text(try file(descriptor)))] + place(offset, iter.count)
        + [try seed(written, of: call, iter.count)]
    case .mmap(let descriptor, let request):
      return [name, Field("file", .text(try file(descriptor)))] + place(request.offset, request.length) + [
        Field("prot", .count(request.protection)), Field("flags", .text(hex(UInt64(request.flags)))),
      ]
    case .munmap(let id, let piece): return [name] + (try newest(id, call)) + self.piece(piece)
    case .mprotect(let id, let piece, let protection):
      return [name] + (try newest(id, call)) + self.piece(piece) + [Field("prot", .count(protection))]
    case .load(let id, let offset, let iter):
      return [name] + (try newest(id, call)) + place(offset, iter.count)
    case .store(let id, let offset, let iter):
      return [name] + (try newest(id, call)) + place(offset, iter.count)
        + [try seed(written, of: call, iter.count)]
    case .msync(let id, let offset, let length, let flags):
      return [name] + (try newest(id, call)) + place(offset, length) + [Field("flags", .count(flags))]
    case .ftruncate(let descriptor, let size):
      return [name, Field("file", .text(try file(descriptor))), Field("len", .count(size))]
    case .truncate(let path, let size):
      return [name, Field("file", .text(try file(path))), Field("len", .count(size))]
    case .fallocate(let descriptor, let mode, let offset, let length):
      return [name, Field("file", .text(try file(descriptor))), Field("mode", .count(mode))]
        + place(offset, length)
    case .stat(let path), .unlink(let path): return [name, Field("file", .text(try file(path)))]
    case .exec(let path): return [name, Field("file", .text(try file(path)))]
    case .lseek(let descriptor, let offset, let whence):
      return [
        name, Field("file", .text(try file(descriptor))), Field("off", .count(offset)),
        Field("whence", .count(UInt64(whence))),
      ]
    case .getdents:
      throw WorkloadFailure("a folder has been read (`ls`), and a workload has no step for that")
    case .dropCaches(let what): return [name, Field("what", .count(what))]
    case .sendfile(let descriptor, let offset, let length):
      return [name, Field("file", .text(try file(descriptor)))] + place(offset, length)
    case .copyFileRange(let from, let offset, let to, let target, let length):
      return [
        name, Field("from_file", .text(try file(from))), Field("off_in", .count(offset)),
        Field("to_file", .text(try file(to))), Field("off_out", .count(target)), Field("len", .count(length)),
      ]
    }
  }

  /// A read or a write whose buffer is in the newest mapping.
  private func mappedTransfer(_ call: SystemCall, _ buffer: UInt64) throws(WorkloadFailure) -> [Field] {
    guard let mapping = mappings.last, mapping.address > 0, buffer >= mapping.address,
      buffer - mapping.address < mapping.length
    else {
      throw WorkloadFailure("the buffer of \(call.name) does not lie in the newest mapping")
    }
    let start = Field("map_off", .count(buffer - mapping.address))
    switch call {
    case .pread(let descriptor, let offset, let iter):
      return [Field("op", "pread_into_map"), Field("file", .text(try file(descriptor)))]
        + place(offset, iter.count) + [start]
    case .pwrite(let descriptor, let offset, let iter):
      return [Field("op", "pwrite_from_map"), Field("file", .text(try file(descriptor)))]
        + place(offset, iter.count) + [start]
    default: throw WorkloadFailure("\(call.name) uses memory that a workload cannot name")
    }
  }

  private func place(_ offset: UInt64, _ length: UInt64) -> [Field] {
    [Field("off", .count(offset)), Field("len", .count(length))]
  }

  private func piece(_ piece: MapPiece?) -> [Field] {
    piece.map { place($0.offset, $0.length) } ?? []
  }

  private func seed(
    _ written: Trace.Written, of call: SystemCall, _ length: UInt64
  ) throws(WorkloadFailure) -> Field {
    if case .pattern(let seed, _) = written { return Field("seed", .text(seed)) }
    throw WorkloadFailure(
      "\(call.name) writes a text, and a workload has only patterns: `\(call.name) … seed=w1 len=\(length)` writes one"
    )
  }

  /// A mapping that is not the newest cannot be named.
  private func newest(_ id: MappingID, _ call: SystemCall) throws(WorkloadFailure) -> [Field] {
    if id == mappings.last?.id { return [] }
    throw WorkloadFailure("\(call.name) uses mapping \(id), and a workload knows only the newest mapping")
  }

  /// A file by the newest descriptor of its name.
  private func file(_ descriptor: FileDescriptor) throws(WorkloadFailure) -> String {
    guard let name = opened.last(where: { $0.descriptor == descriptor })?.name else {
      if let file = unknown.last(where: { $0.descriptor == descriptor }) {
        throw WorkloadFailure(file.reason)
      }
      // A name that nothing was opened by: the call fails with -EBADF, as it did.
      return "descriptor \(descriptor)"
    }
    if opened.last(where: { $0.name == name })?.descriptor == descriptor { return name }
    throw WorkloadFailure(
      "descriptor \(descriptor) is not the newest one of `\(name)`, and a workload knows only that")
  }

  /// A file by its name: if it is there at the start, it is one of the workload's.
  private mutating func file(_ path: String) throws(WorkloadFailure) -> String {
    if files.contains(where: { $0.name == path }) { return path }
    guard let number = try? start.resolve(path), let inode = start[number], let file = inode.file else {
      return path
    }
    if path.contains("/") { throw WorkloadFailure("`\(path)` lies in a folder, and a workload has none") }
    let candidates = seeds.filter { $0.name == path }.map { $0.seed } + [path]
    let seed = candidates.first { seed in
      (try? HostFile(.pattern(size: file.size, seed: seed))) == file
    }
    guard let seed else {
      throw WorkloadFailure(
        "`\(path)` does not hold the pattern of a seed, and a workload has no other files: `host file \(path) size=4M` makes one"
      )
    }
    if inode.isDax != isPart("dax", of: path) {
      throw WorkloadFailure(
        inode.isDax
          ? "`\(path)` wants DAX, which a workload tells by `dax` in the name"
          : "`\(path)` has `dax` in its name, which in a workload means that it wants DAX")
    }
    files.append(Field(path, ["size": .count(file.size.rawValue), "seed": .text(seed)]))
    return path
  }

  private mutating func host(_ action: WorkloadAction) throws(WorkloadFailure) -> [Field] {
    switch action {
    case .hostRead(let name, let offset, let length):
      return [Field("op", "host_read"), Field("file", .text(try file(name)))] + place(offset, length)
    case .hostWrite(let name, let offset, let length, let seed):
      return [Field("op", "host_write"), Field("file", .text(try file(name)))] + place(offset, length)
        + [Field("seed", .text(seed))]
    case .hostTruncate(let name, let size):
      return [Field("op", "host_truncate"), Field("file", .text(try file(name))), Field("len", .count(size))]
    case .hostAppendZeros(let name, let count):
      return [
        Field("op", "host_append_zeros"), Field("file", .text(try file(name))), Field("len", .count(count)),
      ]
    case .hostFail(let opcode, let nth, let errno):
      return [
        Field("op", "host_fail"), Field("request", .text(opcode.name)), Field("nth", .count(nth)),
        Field("errno", .int(errno.rawValue)),
      ]
    default: throw WorkloadFailure("the host does what a workload has no step for")
    }
  }
}

extension SystemCall {
  /// Where the buffer of a read or a write begins.
  fileprivate var buffer: UInt64? {
    switch self {
    case .pread(_, _, let iter), .pwrite(_, _, let iter): iter.segments.first?.address
    default: nil
    }
  }

  /// What the step of a workload is called.
  fileprivate var stepName: String {
    switch self {
    case .load: "mread"
    case .store: "mwrite"
    case .stat: "statx"
    case .lseek: "lseek_hole"
    case .exec: "exec"
    default: name
    }
  }
}

extension WorkloadRequest {
  /// The request as a workload has it.
  var record: Datum {
    var fields = [Field("op", .text(opcode.name))]
    if !file.isEmpty { fields.append(Field("file", .text(file))) }
    fields += numbers
    if !entries.isEmpty {
      let list: [Datum] = entries.map { ["moffset": .count($0.offset), "len": .count($0.length)] }
      fields.append(Field("entries", .list(list)))
    }
    if error != 0 { fields.append(Field("error", .int(error))) }
    return .record(fields)
  }
}
