import DaxModel

/// What is done in a step. Files go by their names; a file that is not said is the one that was opened last.
enum WorkloadAction: Hashable {
  case mount(String, DaxOption)
  /// The options, which FUSE does not look at.
  case remount
  case umount
  case open(String, OpenFlags)
  case close(String)
  case pread(String, offset: UInt64, length: UInt64)
  case pwrite(String, offset: UInt64, length: UInt64, seed: String)
  /// Reads of `step` bytes from one offset to another, or to the end of the file.
  case seqread(String, from: UInt64, to: UInt64, step: UInt64)
  case mmap(String, MapRequest)
  case munmap
  case mread(offset: UInt64, length: UInt64)
  case mwrite(offset: UInt64, length: UInt64, seed: String)
  case mprotect(Int)
  case msync(offset: UInt64, length: UInt64, flags: Int)
  case fsync(String, isDataOnly: Bool)
  case ftruncate(String, UInt64)
  case truncate(String?, UInt64)
  case fallocate(String, mode: Int, offset: UInt64, length: UInt64)
  case fstat(String)
  case statx(String)
  case unlink(String?)
  case dropCaches(Int)
  case sendfile(String?, offset: UInt64, length: UInt64)
  case copyFileRange(from: String?, UInt64, to: String?, UInt64, length: UInt64)
  /// The buffer is in the newest mapping.
  case preadIntoMap(String?, offset: UInt64, length: UInt64, mapOffset: UInt64)
  case pwriteFromMap(String?, offset: UInt64, length: UInt64, mapOffset: UInt64)
  case sleep
  case hostRead(String, offset: UInt64, length: UInt64)
  case hostWrite(String, offset: UInt64, length: UInt64, seed: String)
  case hostTruncate(String, UInt64)
  case hostAppendZeros(String, UInt64)
  case hostFail(FuseOpcode, nth: Int, Errno)
  /// Runs a program.
  case exec(String?)
  /// `SEEK_HOLE`, unless another number is said.
  case lseek(String?, offset: UInt64, whence: UInt32)

  init(_ record: WorkloadRecord, named name: String) throws(WorkloadFailure) {
    switch name {
    case "mount", "mount2": self = .mount(try record.text("tag"), try Self.option(record))
    case "remount": self = .remount
    case "umount": self = .umount
    case "open":
      let flags = try record.flags("flags", unless: 0)
      self = .open(try record.text("file"), OpenFlags(rawValue: UInt32(truncatingIfNeeded: flags)))
    case "close": self = .close(try record.text("file"))
    case "seqread":
      let step = try record.length("step")
      if step == 0 { throw WorkloadFailure("`step` of \(record.place) is 0") }
      self = .seqread(
        try record.text("file"), from: try record.unsigned("from"), to: try record.unsigned("to"), step: step)
    case "fstat": self = .fstat(try record.text("file"))
    case "statx": self = .statx(try record.text("file"))
    case "unlink": self = .unlink(try Self.file(record))
    case "drop_caches": self = .dropCaches(Int(try record.unsigned("what", unless: 3, limit: 3)))
    case "sleep_ms": self = .sleep
    case "exec": self = .exec(try Self.file(record))
    case "lseek_hole":
      self = .lseek(
        try Self.file(record), offset: try record.unsigned("off", unless: 0),
        whence: UInt32(try record.unsigned("whence", unless: UInt64(FuseLseek.hole), limit: 4)))
    default:
      var action = try Self.transfer(record, name)
      if action == nil { action = try Self.mapping(record, name) }
      if action == nil { action = try Self.size(record, name) }
      if action == nil { action = try Self.host(record, name) }
      guard let action else { throw WorkloadFailure("\(record.place) is no step that is known") }
      self = action
    }
  }

  private static func option(_ record: WorkloadRecord) throws(WorkloadFailure) -> DaxOption {
    let text = record.has("opts") ? try record.text("opts") : ""
    guard let option = DaxOption(rawValue: text) else {
      throw WorkloadFailure("`opts` of \(record.place) is no option of the model: \(text)")
    }
    return option
  }

  private static func file(_ record: WorkloadRecord, _ name: String = "file") throws(WorkloadFailure)
    -> String?
  {
    record.has(name) ? try record.text(name) : nil
  }

  /// Where in the newest mapping a buffer begins: at its start, unless it is said.
  private static func mapOffset(_ record: WorkloadRecord) throws(WorkloadFailure) -> UInt64 {
    for name in ["map_off", "moff", "buf_off"] where record.has(name) { return try record.unsigned(name) }
    return 0
  }

  /// Reads and writes through a descriptor.
  private static func transfer(_ record: WorkloadRecord, _ name: String) throws(WorkloadFailure)
    -> WorkloadAction?
  {
    switch name {
    case "pread":
      return .pread(try record.text("file"), offset: try record.unsigned("off"), length: try record.length())
    case "pwrite":
      return .pwrite(
        try record.text("file"), offset: try record.unsigned("off"), length: try record.length(),
        seed: try record.text("seed"))
    case "pread_into_map":
      return .preadIntoMap(
        try file(record), offset: try record.unsigned("off", unless: 0),
        length: try record.length(unless: 4096), mapOffset: try mapOffset(record))
    case "pwrite_from_map":
      return .pwriteFromMap(
        try file(record), offset: try record.unsigned("off", unless: 0),
        length: try record.length(unless: 4096), mapOffset: try mapOffset(record))
    case "sendfile":
      // The recordings send 8 KiB across a boundary of ranges without saying so.
      return .sendfile(
        try file(record), offset: try record.unsigned("off", unless: 0x1f_f000),
        length: try record.length(unless: 8192))
    case "copy_file_range":
      // And copy 8 KiB from the beginning of the file opened first to that of the one opened last.
      return .copyFileRange(
        from: try file(record, "from_file"), try record.unsigned("off_in", unless: 0),
        to: try file(record, "to_file"), try record.unsigned("off_out", unless: 0),
        length: try record.length(unless: 8192))
    default: return nil
    }
  }

  /// What is done with mappings.
  private static func mapping(_ record: WorkloadRecord, _ name: String) throws(WorkloadFailure)
    -> WorkloadAction?
  {
    switch name {
    case "mmap":
      return .mmap(
        try record.text("file"),
        MapRequest(
          offset: try record.unsigned("off"), length: try record.unsigned("len"),
          protection: Int(try record.unsigned("prot", limit: 7)),
          flags: Int(try record.flags("flags", unless: 1) & 0xffff_ffff)))
    case "munmap": return .munmap
    case "mread": return .mread(offset: try record.unsigned("off"), length: try record.length())
    case "mwrite":
      return .mwrite(
        offset: try record.unsigned("off"), length: try record.length(), seed: try record.text("seed"))
    case "mprotect": return .mprotect(Int(try record.unsigned("prot", limit: 7)))
    case "msync":
      return .msync(
        offset: try record.unsigned("off"), length: try record.unsigned("len"),
        flags: Int(try record.unsigned("flags", limit: 7)))
    default: return nil
    }
  }

  /// What changes sizes and writes back.
  private static func size(_ record: WorkloadRecord, _ name: String) throws(WorkloadFailure)
    -> WorkloadAction?
  {
    switch name {
    case "fsync", "fdatasync": return .fsync(try record.text("file"), isDataOnly: name == "fdatasync")
    case "ftruncate": return .ftruncate(try record.text("file"), try record.unsigned("len"))
    case "truncate": return .truncate(try file(record), try record.unsigned("len"))
    case "fallocate":
      return .fallocate(
        try record.text("file"), mode: Int(try record.unsigned("mode", limit: 0xff)),
        offset: try record.unsigned("off"), length: try record.unsigned("len"))
    default: return nil
    }
  }

  /// What somebody does on the host.
  private static func host(_ record: WorkloadRecord, _ name: String) throws(WorkloadFailure)
    -> WorkloadAction?
  {
    switch name {
    case "host_read":
      return .hostRead(
        try record.text("file"), offset: try record.unsigned("off"), length: try record.length())
    case "host_write":
      return .hostWrite(
        try record.text("file"), offset: try record.unsigned("off"), length: try record.length(),
        seed: try record.text("seed"))
    case "host_truncate": return .hostTruncate(try record.text("file"), try record.unsigned("len"))
    case "host_append_zeros": return .hostAppendZeros(try record.text("file"), try record.unsigned("len"))
    case "host_fail":
      let request = try record.text("request")
      guard let opcode = FuseOpcode(name: request) else {
        throw WorkloadFailure("\(record.place) is about `\(request)`, which is no request")
      }
      let nth = Int(try record.unsigned("nth", limit: 1 << 30))
      let number = try record.unsigned("errno", limit: 4095)
      guard let errno = Errno(rawValue: Int64(number)) ?? (nth == 0 ? .EIO : nil) else {
        throw WorkloadFailure("\(record.place) asks for error \(number), which the model does not know")
      }
      return .hostFail(opcode, nth: nth, errno)
    default: return nil
    }
  }
}
