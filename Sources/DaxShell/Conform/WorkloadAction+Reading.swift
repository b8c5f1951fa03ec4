import DaxModel

// How steps are read. Recordings leave out what goes without saying: a file is the one that was opened last, or the only
// one there is; an offset is 0.

extension WorkloadAction {
  init(
    _ record: WorkloadRecord, named name: String, _ context: WorkloadContext
  ) throws(WorkloadFailure) {
    let reader = StepReader(record: record, context: context)
    var action = try reader.plain(name)
    if action == nil { action = try reader.transfer(name) }
    if action == nil { action = try reader.mapping(name) }
    if action == nil { action = try reader.size(name) }
    if action == nil { action = try reader.host(name) }
    guard let action else { throw WorkloadFailure("\(record.place) is no step that is known") }
    self = action
  }
}

/// Reads a step.
private struct StepReader {
  let record: WorkloadRecord
  let context: WorkloadContext

  // MARK: Arguments

  private func file(
    _ name: String = "file", unless standard: String? = nil
  ) throws(WorkloadFailure) -> String {
    if !record.has(name), let file = standard ?? context.file { return file }
    return try record.text(name)
  }

  private func options() throws(WorkloadFailure) -> MountOptions {
    MountOptions(record.has("opts") ? try record.text("opts") : "")
  }

  private func offset(_ name: String = "off") throws(WorkloadFailure) -> UInt64 {
    try record.argument(name, unless: 0)
  }

  private func given(_ name: String) throws(WorkloadFailure) -> UInt64? {
    record.has(name) ? try record.argument(name) : nil
  }

  /// How much is moved: as much as was, if nothing else is said.
  private func length(limit: UInt64) throws(WorkloadFailure) -> UInt64 {
    var standard: UInt64?
    if case .int(let moved)? = record.datum["ret"], moved > 0 { standard = UInt64(moved) }
    return try record.unsigned("len", unless: standard, limit: limit)
  }

  private func protection() throws(WorkloadFailure) -> Int {
    Int(truncatingIfNeeded: try record.flags("prot", unless: 3) & 0xffff_ffff)
  }

  /// Where in the newest mapping a buffer begins: at its start, unless it is said.
  private func mapOffset() throws(WorkloadFailure) -> UInt64 {
    for name in ["map_off", "moff", "buf_off"] where record.has(name) { return try record.argument(name) }
    return 0
  }

  // MARK: Steps

  func plain(_ name: String) throws(WorkloadFailure) -> WorkloadAction? {
    switch name {
    case "mount", "mount2":
      return .mount(record.has("tag") ? try record.text("tag") : context.tag, try options())
    case "remount": return .remount(try options())
    case "umount": return .umount
    case "open":
      let flags = try record.octal("flags", unless: 0)
      return .open(try file(), OpenFlags(rawValue: UInt32(truncatingIfNeeded: flags)))
    case "close": return .close(try file())
    case "fstat": return .fstat(try file())
    case "statx": return .statx(try file())
    case "unlink": return .unlink(try file())
    case "drop_caches": return .dropCaches(Int(try record.unsigned("what", unless: 3, limit: 4)))
    case "sleep_ms": return .sleep
    case "exec": return .exec(try file())
    case "lseek_hole":
      return .lseek(
        try file(), offset: try offset(),
        whence: UInt32(truncatingIfNeeded: try record.argument("whence", unless: UInt64(FuseLseek.hole))))
    default: return nil
    }
  }

  /// Reads and writes through a descriptor.
  func transfer(_ name: String) throws(WorkloadFailure) -> WorkloadAction? {
    switch name {
    case "pread":
      // No system call moves more.
      let length = min(try length(limit: UInt64(Int64.max)), 0x7fff_f000)
      return .pread(try file(), offset: try offset(), length: length)
    case "pwrite":
      return .pwrite(
        try file(), offset: try offset(), length: try length(limit: 1 << 30), seed: try record.text("seed"))
    case "seqread":
      let step = try record.length("step", unless: 4096)
      if step == 0 { throw WorkloadFailure("`step` of \(record.place) is 0") }
      let (file, from) = (try file(), try offset("from"))
      let size = context.files.first { $0.name == file }?.size
      return .seqread(file, from: from, to: try record.argument("to", unless: size), step: step)
    case "pread_into_map":
      return .preadIntoMap(
        try file(), offset: try offset(), length: try record.length(unless: 4096), mapOffset: try mapOffset())
    case "pwrite_from_map":
      return .pwriteFromMap(
        try file(), offset: try offset(), length: try record.length(unless: 4096), mapOffset: try mapOffset())
    case "sendfile":
      // The recordings send 8 KiB across a boundary of ranges without saying so.
      return .sendfile(
        try file(), offset: try record.argument("off", unless: 0x1f_f000),
        length: try record.argument("len", unless: 8192))
    case "copy_file_range":
      // And copy 8 KiB from the beginning of the file opened first to that of the one opened last.
      return .copyFileRange(
        from: try file("from_file", unless: context.firstOpened), try offset("off_in"),
        to: try file("to_file"), try offset("off_out"), length: try record.argument("len", unless: 8192))
    default: return nil
    }
  }

  /// What is done with mappings.
  func mapping(_ name: String) throws(WorkloadFailure) -> WorkloadAction? {
    switch name {
    case "mmap":
      let file = try file()
      let size = context.files.first { $0.name == file }?.size
      return .mmap(
        file,
        MapRequest(
          offset: try offset(), length: try record.argument("len", unless: size),
          protection: try protection(),
          flags: Int(truncatingIfNeeded: try record.flags("flags", unless: 1) & 0xffff_ffff)))
    case "munmap": return .munmap(offset: try given("off"), length: try given("len"))
    case "mread": return .mread(offset: try offset(), length: try record.length())
    case "mwrite":
      return .mwrite(offset: try offset(), length: try record.length(), seed: try record.text("seed"))
    case "mprotect":
      return .mprotect(try protection(), offset: try given("off"), length: try given("len"))
    case "msync":
      return .msync(
        offset: try offset(), length: try given("len"),
        flags: Int(truncatingIfNeeded: try record.flags("flags", unless: 4) & 0xffff_ffff))
    default: return nil
    }
  }

  /// What changes sizes and writes back.
  func size(_ name: String) throws(WorkloadFailure) -> WorkloadAction? {
    switch name {
    case "fsync", "fdatasync": return .fsync(try file(), isDataOnly: name == "fdatasync")
    case "ftruncate": return .ftruncate(try file(), try record.argument("len"))
    case "truncate": return .truncate(try file(), try record.argument("len"))
    case "fallocate":
      return .fallocate(
        try file(), mode: Int(truncatingIfNeeded: try record.flags("mode", unless: 0) & 0xffff_ffff),
        offset: try offset(), length: try record.argument("len"))
    default: return nil
    }
  }

  /// What somebody does on the host.
  func host(_ name: String) throws(WorkloadFailure) -> WorkloadAction? {
    switch name {
    case "host_read": return .hostRead(try file(), offset: try offset(), length: try record.length())
    case "host_write":
      return .hostWrite(
        try file(), offset: try offset(), length: try record.length(), seed: try record.text("seed"))
    case "host_truncate": return .hostTruncate(try file(), try record.argument("len"))
    case "host_append_zeros": return .hostAppendZeros(try file(), try record.argument("len"))
    case "host_fail": return try hostFail()
    default: return nil
    }
  }

  private func hostFail() throws(WorkloadFailure) -> WorkloadAction {
    let request = try record.text("request")
    let number = UInt32(request)
    guard let opcode = number.flatMap({ FuseOpcode(rawValue: $0) }) ?? FuseOpcode(name: request) else {
      throw WorkloadFailure("\(record.place) is about `\(request)`, which is no request")
    }
    let nth = Int(min(try record.unsigned("nth", unless: 1), 1 << 30))
    if case .text(let text)? = record.datum["errno"], let errno = Errno(name: text) {
      return .hostFail(opcode, nth: nth, errno)
    }
    let given = try record.argument("errno", unless: 0)
    // Some write the number as the server sends it.
    let errno = Int64(bitPattern: given) < 0 ? 0 &- given : given
    if errno == 0 || nth == 0 { return .hostFail(opcode, nth: 0, .EIO) }
    guard errno <= 4095, let known = Errno(rawValue: Int64(errno)) else {
      throw WorkloadFailure("\(record.place) asks for error \(errno), which Linux does not have")
    }
    return .hostFail(opcode, nth: nth, known)
  }
}
