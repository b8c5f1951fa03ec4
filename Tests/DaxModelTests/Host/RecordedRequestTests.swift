import DaxModel
import Testing

/// The requests that real kernels sent, in their order: the server answers as the recorded device did, and the files
/// hold afterwards what the guest then read.
@Suite struct RecordedRequestTests {
  @Test(arguments: try Workload.names())
  func recording(_ name: String) throws {
    let workload = try Workload.load(name)
    var replay = try Replay(workload)
    for (index, step) in workload.steps.enumerated() {
      try replay.run(step, "\(name) step \(index) \(step.op)")
    }
    if !workload.files.isEmpty { #expect(replay.checks > 0, "\(name) compares something") }
  }
}

/// The guest of a recording, as far as its requests and its loads and stores go.
private struct Replay {
  /// A mapping that the guest's program made.
  private struct Mapped {
    var file: String
    var offset: UInt64
    var isShared: Bool
  }

  private var driver: TestServer
  private var nodes: [String: NodeID] = [:]
  private var handles: [String: FileHandle] = [:]
  private var mapped: Mapped?
  private var lastOpened = ""
  /// Files whose content the recording does not tell: written through the page cache, or copied from nobody knows where.
  private var untold: Set<String> = []
  /// How much was compared.
  private(set) var checks = 0

  init(_ workload: Workload) throws {
    driver = try TestServer(workload.device.configuration, files: [])
    for (name, file) in workload.files.sorted(by: { $0.key < $1.key }) {
      let content = HostContent.pattern(size: ByteCount(file.size), seed: file.seed)
      try driver.server.files.hostCreate(name, content, isDax: name.contains("dax"))
    }
  }

  mutating func run(_ step: Workload.Step, _ place: Comment) throws {
    if step.op == "open", (step.ret ?? -1) >= 0 { try open(step) }
    for request in step.requests { try send(request, step, place) }
    switch step.op {
    case "pwrite" where !step.requests.contains { $0.op == "WRITE" }: store(step, step.file ?? "", 0)
    case "mwrite":
      guard let mapped, step.sig == 0 else { return }
      if mapped.isShared { store(step, mapped.file, mapped.offset) } else { untold.insert(mapped.file) }
    case "mmap":
      mapped = Mapped(file: step.file ?? "", offset: step.off ?? 0, isShared: step.flags?.text == "0x1")
    case "pread", "seqread": try compare(step, step.file ?? "", step.off ?? step.from ?? 0, place)
    case "mread": try compareMapped(step, place)
    case "fstat" where step.otherRequests?.contains("GETATTR") == true:
      let attributes = try driver.attributes(try node(step.file ?? ""))
      #expect(attributes.size.rawValue == step.size, place)
      #expect(attributes.blocks == step.blocks, place)
      checks += 1
    case "unlink":
      driver.ask(.unlink(try #require(FileName(lastOpened))), about: .root)
    case "copy_file_range": untold = Set(nodes.keys)
    default: try runOnHost(step, place)
    }
  }

  // MARK: Requests

  private mutating func node(_ name: String) throws -> NodeID {
    if let node = nodes[name] { return node }
    let node = try driver.node(name)
    nodes[name] = node
    return node
  }

  private mutating func handle(_ name: String) throws -> FileHandle {
    if let handle = handles[name] { return handle }
    let handle = try driver.open(try node(name))
    handles[name] = handle
    return handle
  }

  private mutating func open(_ step: Workload.Step) throws {
    let flags = OpenFlags(rawValue: UInt32(step.flags?.text ?? "", radix: 8) ?? 0)
    let name = try #require(step.file)
    lastOpened = name
    if step.otherRequests?.contains("CREATE") == true {
      let fields = FuseCreate(name: try #require(FileName(name)), flags: flags)
      guard case .created(let entry, let opened) = driver.ask(.create(fields), about: .root) else {
        Issue.record("\(name) was not created")
        return
      }
      (nodes[name], handles[name]) = (entry.node, opened.handle)
    } else {
      let handle = try driver.open(try node(name), flags)
      if flags.canRead, flags.canWrite { handles[name] = handle }
    }
  }

  private mutating func send(_ request: Workload.Request, _ step: Workload.Step, _ place: Comment) throws {
    let name = request.file ?? ""
    let about = request.file == nil ? .none : try node(name)
    let offset = FileOffset(request.offset ?? 0)
    let operation: FuseOperation
    switch request.op {
    case "INIT":
      (nodes, handles) = ([:], [:])
      operation = .initialize(FuseInitRequest(features: [.mapAlignment, .initExtension, .inodeDax]))
    case "DESTROY": operation = .destroy
    case "SETUPMAPPING":
      operation = driver.setup(
        request.foffset ?? 0, request.len ?? 0, at: request.moffset ?? 0,
        FuseSetupMapping.Flags(rawValue: request.flags ?? 0))
    case "REMOVEMAPPING":
      let entries = (request.entries ?? []).map {
        FuseRemoveMapping.Entry(windowOffset: WindowOffset($0.moffset), length: ByteCount($0.len))
      }
      operation = .removeMapping(FuseRemoveMapping(entries))
    case "READ":
      operation = .read(
        FuseRead(handle: try handle(name), offset: offset, size: UInt32(request.size ?? 0)))
    case "WRITE":
      let count = Int(request.size ?? 0)
      var data = FilePattern(seed: step.seed ?? "").bytes(at: offset.rawValue, count: count)
      if step.op != "pwrite" {
        // Written back from the page cache: the recording does not say what.
        untold.insert(name)
        data = [UInt8](repeating: 0, count: count)
      }
      operation = .write(FuseWrite(handle: try handle(name), offset: offset, data: data))
    case "SETATTR":
      let valid = FuseSetattr.Valid(rawValue: UInt32(request.valid?.value ?? 0))
      operation = .setattr(
        FuseSetattr(size: ByteCount(request.size ?? 0), valid: valid, handle: try handle(name)))
    case "FSYNC":
      operation = .fsync(FuseFsync(handle: try handle(name), flags: UInt32(request.flags ?? 0)))
    case "FALLOCATE":
      operation = .fallocate(
        FuseFallocate(
          handle: try handle(name), offset: offset, length: ByteCount(request.length ?? 0),
          mode: FuseFallocate.Mode(rawValue: request.mode ?? 0)))
    default:
      Issue.record("\(request.op) is not replayed")
      return
    }
    let reply = driver.ask(operation, about: about)
    #expect((reply.error?.returnValue ?? 0) == request.error ?? 0, place)
    if case .initialize(let fields) = reply { #expect(fields.mapAlignment == request.mapAlignment, place) }
    checks += 1
  }

  private mutating func runOnHost(_ step: Workload.Step, _ place: Comment) throws {
    let name = step.file ?? ""
    switch step.op {
    case "host_append_zeros": try driver.server.files.hostAppendZeros(name, ByteCount(step.len ?? 0))
    case "host_fail":
      let opcode = try #require(FuseOpcode(name: step.request ?? ""))
      let errno = Errno(rawValue: step.errno ?? 0) ?? .EIO
      driver.server.hostFail(opcode, nth: step.nth ?? 0, with: errno)
    case "host_read":
      let offset = FileOffset(step.off ?? 0)
      let seen = try driver.server.files.hostRead(name, at: offset, count: Int(step.len ?? 0))
      #expect(seen == bytes(hex: step.hex ?? ""), place)
      checks += 1
    default: break
    }
  }

  // MARK: Loads and stores

  /// Where a byte of a file is to be seen in the window.
  private func window(_ name: String, _ offset: UInt64) -> WindowOffset? {
    guard let node = nodes[name], let inode = driver.server.nodes.inode(of: node) else { return nil }
    for mapping in driver.server.window.mappings where mapping.inode == inode {
      let start = mapping.fileOffset.rawValue
      if offset >= start, offset - start < mapping.length.rawValue {
        return WindowOffset(mapping.windowOffset.rawValue + offset - start)
      }
    }
    return nil
  }

  /// What the guest stores goes through the window, range by range.
  private mutating func store(_ step: Workload.Step, _ name: String, _ start: UInt64) {
    guard let length = step.len, step.ret.map({ $0 > 0 }) ?? true else { return }
    var offset = start + (step.off ?? 0)
    let end = offset + length
    while offset < end {
      let piece = min(end, (offset | 0x1f_ffff) + 1) - offset
      let data = FilePattern(seed: step.seed ?? "").bytes(at: offset, count: Int(piece))
      guard let place = window(name, offset), driver.server.writeWindow(data, at: place).fault == nil else {
        // Reclaimed in the middle of the call, or in the page cache.
        untold.insert(name)
        return
      }
      offset += piece
    }
  }

  private mutating func compare(
    _ step: Workload.Step, _ name: String, _ offset: UInt64, _ place: Comment
  ) throws {
    guard let count = step.ret, count > 0, count <= 4 << 20, !untold.contains(name), let node = nodes[name],
      let inode = driver.server.nodes.inode(of: node), let sum = step.checksum
    else { return }
    let content = try driver.server.files.file(inode).bytes(at: FileOffset(offset), count: Int(count))
    #expect(crc32(content) == sum, place)
    checks += 1
  }

  private mutating func compareMapped(_ step: Workload.Step, _ place: Comment) throws {
    guard let mapped, !untold.contains(mapped.file), let length = step.len else { return }
    let offset = mapped.offset + (step.off ?? 0)
    if step.sig == 7 {
      guard let at = window(mapped.file, mapped.offset + (step.siOffset ?? 0)) else { return }
      #expect(driver.server.windowFault(at: at, forWriting: false)?.kind == .beyondFile, place)
      checks += 1
    } else if length <= 4 << 20, let at = window(mapped.file, offset), let sum = step.checksum {
      // Only what lies in one range can be read at once.
      guard window(mapped.file, offset + length - 1).map({ $0.rawValue - at.rawValue == length - 1 }) == true
      else { return }
      let (content, transfer) = driver.server.readWindow(at, count: Int(length))
      #expect(transfer.fault == nil && crc32(content) == sum, place)
      checks += 1
    }
  }
}
