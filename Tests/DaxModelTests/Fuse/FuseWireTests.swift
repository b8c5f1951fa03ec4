import Testing

@testable import DaxModel

/// Every row of `fuse-wire-examples.json`, in both directions.
@Suite struct FuseWireTests {
  /// A message that was decoded.
  private enum Message {
    case request(FuseRequest)
    case reply(FuseReply)
    case map(VhostUserMap)

    init(_ row: WireRow) throws {
      let message = bytes(hex: row.hex)
      if row.name.hasPrefix("vhost-user") {
        self = .map(try VhostUserMap(decoding: message))
      } else if row.name.contains("-reply") {
        let opcode: FuseOpcode = row.name.hasPrefix("init") ? .initialize : .setupMapping
        self = .reply(try FuseReply(decoding: message, to: opcode))
      } else {
        self = .request(try FuseRequest(decoding: message))
      }
    }

    var encoded: [UInt8] {
      switch self {
      case .request(let request): request.encode()
      case .reply(let reply): reply.encode()
      case .map(let message): message.encode()
      }
    }

    /// The fields by the names that the rows use.
    var fields: [String: WireRow.Field] {
      switch self {
      case .request(let request): FuseWireTests.fields(of: request)
      case .reply(let reply): FuseWireTests.fields(of: reply)
      case .map(let message):
        [
          "shmid": .number(UInt64(message.region)), "fd_offset": .number(message.fileOffset.rawValue),
          "shm_offset": .number(message.regionOffset.rawValue), "len": .number(message.length.rawValue),
          "flags": .number(message.isWritable ? 1 : 0),
        ]
      }
    }
  }

  private static func fields(of request: FuseRequest) -> [String: WireRow.Field] {
    var fields: [String: WireRow.Field] = ["nodeid": .number(request.caller.node.rawValue)]
    switch request.operation {
    case .initialize(let body):
      fields["major"] = .number(UInt64(body.major))
      fields["minor"] = .number(UInt64(body.minor))
      fields["max_readahead"] = .number(UInt64(body.maxReadahead))
      fields["flags"] = .number(body.features.rawValue & 0xffff_ffff)
      fields["flags2"] = .number(body.features.rawValue >> 32)
    case .setupMapping(let body):
      fields["fh"] = .number(body.handle.rawValue)
      fields["foffset"] = .number(body.fileOffset.rawValue)
      fields["len"] = .number(body.length.rawValue)
      fields["flags"] = .number(body.flags.rawValue)
      fields["moffset"] = .number(body.windowOffset.rawValue)
    case .removeMapping(let body):
      fields["count"] = .number(UInt64(body.entries.count))
      fields["entries"] = .entries(
        body.entries.map { [HexNumber($0.windowOffset.rawValue), HexNumber($0.length.rawValue)] })
    default: break
    }
    return fields
  }

  private static func fields(of reply: FuseReply) -> [String: WireRow.Field] {
    var fields: [String: WireRow.Field] = [:]
    fields["error"] = .number(UInt64(bitPattern: reply.error?.returnValue ?? 0))
    if case .initialize(let body) = reply.body {
      fields["major"] = .number(UInt64(body.major))
      fields["minor"] = .number(UInt64(body.minor))
      fields["flags"] = .number(body.features.rawValue & 0xffff_ffff)
      fields["flags2"] = .number(body.features.rawValue >> 32)
      fields["max_background"] = .number(UInt64(body.maxBackground))
      fields["congestion_threshold"] = .number(UInt64(body.congestionThreshold))
      fields["max_write"] = .number(UInt64(body.maxWrite))
      fields["time_gran"] = .number(UInt64(body.timeGranularity))
      fields["max_pages"] = .number(UInt64(body.maxPages))
      fields["map_alignment"] = .number(UInt64(body.mapAlignment))
    }
    return fields
  }

  @Test(arguments: try WireRows.load())
  func row(_ row: WireRow) throws {
    let message = bytes(hex: row.hex)
    #expect(message.count == row.bytes)
    if row.name == "removemapping-count-mismatch" {
      #expect(row.fields["count"] == .number(2))
      #expect(throws: FuseDecodeError.wrongCount(stated: 2, present: 1)) {
        try FuseRequest(decoding: message)
      }
      return
    }
    let decoded = try Message(row)
    #expect(!row.fields.isEmpty)
    for (name, value) in row.fields { #expect(decoded.fields[name] == value, "\(name)") }
    #expect(decoded.encoded == message)
  }

  @Test("The second word of flags counts only if the first says so")
  func secondWord() throws {
    var message = FuseReply(unique: 1, .initialize(FuseInitReply(features: [.initExtension, .inodeDax]))).encode()
    // Bit 30 of the flags, in the fourth byte of the fourth word of the body.
    message[16 + 15] &= ~0x40
    guard case .initialize(let reply) = try FuseReply(decoding: message, to: .initialize).body else {
      Issue.record("no reply of INIT")
      return
    }
    #expect(reply.features == [])
  }

  @Test("Before 7.5 a reply of INIT has nothing but the versions")
  func shortestInit() throws {
    var reply = FuseInitReply(minor: 4, maxReadahead: 0, features: [], maxBackground: 0, congestionThreshold: 0, maxWrite: 0)
    (reply.isShortest, reply.isLong) = (true, false)
    (reply.timeGranularity, reply.maxPages) = (0, 0)
    let message = FuseReply(unique: 1, .initialize(reply)).encode()
    #expect(message.count == 24)
    #expect(try FuseReply(decoding: message, to: .initialize).body == .initialize(reply))
    let later = message.prefix(20) + [5, 0, 0, 0]
    #expect(throws: FuseDecodeError.self) { try FuseReply(decoding: Array(later), to: .initialize) }
  }

  @Test("Every error of Linux is read", arguments: [Errno.ELOOP, .EBADMSG, .ESRCH, .ECONNRESET])
  func anyError(_ errno: Errno) throws {
    let reply = FuseReply(unique: 9, .error(errno))
    #expect(try FuseReply(decoding: reply.encode(), to: .open) == reply)
  }

  @Test("A reply of the VMM is a number with the header of the request")
  func vhostUserReply() throws {
    let reply = VhostUserReply(.map, 1)
    #expect(reply.encode() == [9, 0, 0, 0, 5, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    #expect(try VhostUserReply(decoding: reply.encode()) == reply)
    #expect(try VhostUserReply(decoding: VhostUserReply(.unmap, 0).encode(.big), .big).isDone)
    #expect(throws: FuseDecodeError.self) { try VhostUserReply(decoding: Array(reply.encode().dropLast())) }
    #expect(throws: FuseDecodeError.self) { try VhostUserMap(decoding: reply.encode()) }
    let request = VhostUserMap(.unmap, regionOffset: WindowOffset(0), length: ByteCount(4096))
    #expect(throws: FuseDecodeError.self) { try VhostUserReply(decoding: request.encode()) }
  }

  @Test("What is built from the fields has the bytes of the example")
  func built() throws {
    let rows = Dictionary(uniqueKeysWithValues: try WireRows.load().map { ($0.name, bytes(hex: $0.hex)) })
    let features = FuseFeatures(rawValue: 0x2_4440_0001)
    let request = FuseInitRequest(features: features)
    #expect(FuseRequest(.initialize(request), unique: 1).encode() == rows["init-request-7.38"])
    let reply = FuseInitReply(features: features, mapAlignment: 12)
    #expect(FuseReply(unique: 1, .initialize(reply)).encode() == rows["init-reply-map_alignment-12"])
    let setup = FuseSetupMapping(
      fileOffset: FileOffset(6 << 20), length: ByteCount(2 << 20), flags: [.read, .write],
      windowOffset: WindowOffset(4 << 20))
    #expect(
      FuseRequest(.setupMapping(setup), unique: 18, node: NodeID(7)).encode() == rows["setupmapping-rw"])
    let entries = [4 << 20, 10 << 20].map {
      FuseRemoveMapping.Entry(windowOffset: WindowOffset($0), length: ByteCount(2 << 20))
    }
    #expect(
      FuseRequest(.removeMapping(FuseRemoveMapping(entries)), unique: 22, node: NodeID(7)).encode()
        == rows["removemapping-two"])
    #expect(FuseReply(unique: 18, .error(.EINVAL)).encode() == rows["setupmapping-reply-einval"])
    #expect(FuseReply(unique: 18, .empty).encode() == rows["setupmapping-reply-ok"])
    let map = VhostUserMap(
      .map, fileOffset: FileOffset(6 << 20), regionOffset: WindowOffset(4 << 20), length: ByteCount(2 << 20),
      isWritable: true)
    #expect(map.encode() == rows["vhost-user-SHMEM_MAP"])
  }

  @Test("Bodies have the sizes of the header file")
  func sizes() throws {
    let name = try #require(FileName("a"))
    let none = FileHandle(0)
    let attributes = FuseAttributes(
      inode: 1, size: ByteCount(0), blocks: 0, modificationTime: 0, changeTime: 0, mode: 0, links: 1)
    let entry = FuseEntry(node: .root, nameSeconds: 0, attributeSeconds: 0, attributes: attributes)
    let requests: [(FuseOperation, Int)] = [
      (.initialize(FuseInitRequest(features: [])), 64),
      (.initialize(FuseInitRequest(features: [], isExtended: false)), 16),
      (.destroy, 0), (.lookup(name), 2), (.forget(1), 8),
      (.batchForget([FuseForget(node: .root, lookups: 1)]), 24),
      (.getattr(FuseGetattr()), 16), (.setattr(FuseSetattr(size: ByteCount(1))), 88),
      (.open(FuseOpen(flags: [])), 8), (.create(FuseCreate(name: name, flags: [])), 18),
      (.read(FuseRead(handle: none, offset: FileOffset(0), size: 1)), 40),
      (.write(FuseWrite(handle: none, offset: FileOffset(0), data: [1])), 41),
      (.flush(FuseFlush(handle: none)), 24), (.release(FuseRelease(handle: none)), 24),
      (.fsync(FuseFsync(handle: none)), 16),
      (.fallocate(FuseFallocate(handle: none, offset: FileOffset(0), length: ByteCount(1), mode: [])), 32),
      (.copyFileRange(copy(none)), 56),
    ]
    for (operation, size) in requests {
      #expect(FuseRequest(operation, unique: 1).encode().count == 40 + size, "\(operation.name)")
    }
    let replies: [(FuseReplyBody, Int)] = [
      (.initialize(FuseInitReply(features: [])), 64),
      (.initialize(FuseInitReply(features: []).shortened), 24),
      (.entry(entry), 128), (.attributes(FuseAttributesReply(validSeconds: 1, attributes: attributes)), 104),
      (.opened(FuseOpened(handle: none)), 16), (.created(entry, FuseOpened(handle: none)), 144),
      (.written(1), 8), (.empty, 0), (.data([1, 2]), 2), (.error(.EIO), 0), (.nothing, -16),
    ]
    for (body, size) in replies { #expect(FuseReply(unique: 1, body).encode().count == 16 + size) }
  }

  private func copy(_ handle: FileHandle) -> FuseCopyFileRange {
    FuseCopyFileRange(
      from: handle, FileOffset(0), to: .root, handle, FileOffset(0), length: ByteCount(1))
  }

  @Test("FUSE_ATTR_DAX is bit 1 of the last word of the attributes")
  func daxFlag() throws {
    var attributes = FuseAttributes(
      inode: 1, size: ByteCount(0), blocks: 0, modificationTime: 0, changeTime: 0, mode: 0, links: 1)
    attributes.flags = .dax
    let reply = FuseReply(
      unique: 1, .attributes(FuseAttributesReply(validSeconds: 1, attributes: attributes)))
    #expect(Array(reply.encode()[16 + 16 + 84..<16 + 16 + 88]) == [2, 0, 0, 0])
  }

  @Test("The first request of a driver tells its byte order")
  func byteOrder() throws {
    let request = FuseRequest(.initialize(FuseInitRequest(features: .mapAlignment)), unique: 1)
    for order in FuseByteOrder.allCases {
      let message = request.encode(order)
      #expect(FuseByteOrder(of: message) == order)
      #expect(try FuseRequest(decoding: message, order) == request)
    }
    #expect(FuseByteOrder(of: FuseRequest(.destroy, unique: 1).encode()) == nil)
    #expect(FuseByteOrder(of: [1, 2]) == nil)
  }

  @Test("Extensions at the end of a request are skipped")
  func extensions() throws {
    let request = FuseRequest(.lookup(try #require(FileName("a4m"))), unique: 3, node: .root)
    var message = request.encode()
    message.append(contentsOf: [UInt8](repeating: 7, count: 16))
    message[0] += 16
    message[36] = 2
    #expect(try FuseRequest(decoding: message) == request)
    message[36] = 200
    #expect(throws: FuseDecodeError.truncated(needed: 40 + 1600, got: message.count)) {
      try FuseRequest(decoding: message)
    }
  }

  @Test("What is wrong with a message is said in a sentence")
  func errors() throws {
    let setup = try #require(try WireRows.load().first { $0.name == "setupmapping-rw" })
    let good = bytes(hex: setup.hex)
    func error(_ change: (inout [UInt8]) -> Void) -> FuseDecodeError? {
      var message = good
      change(&message)
      do throws(FuseDecodeError) {
        _ = try FuseRequest(decoding: message)
        return nil
      } catch {
        #expect(!error.message.isEmpty)
        return error
      }
    }
    #expect(error { _ in } == nil)
    #expect(error { $0.removeLast(60) } == .truncated(needed: 24, got: 20))
    #expect(error { $0.removeLast() } == .wrongLength(stated: 80, got: 79))
    #expect(
      error {
        $0.removeLast()
        $0[0] -= 1
      } == .truncated(needed: 80, got: 79))
    #expect(
      error {
        $0.append(0)
        $0[0] += 1
      } == .trailingBytes(1))
    #expect(error { $0[4] = 1 } == .badName)
    let reply = FuseReply(unique: 1, .error(.EIO)).encode()
    #expect(throws: FuseDecodeError.bodyAfterError(1)) {
      try FuseReply(decoding: [17] + reply.dropFirst() + [0], to: .open)
    }
    var positive = reply
    positive.replaceSubrange(4..<8, with: [5, 0, 0, 0])
    #expect(throws: FuseDecodeError.badError(5)) { try FuseReply(decoding: positive, to: .open) }
  }

  @Test("Opcodes have the kernel's names and numbers")
  func opcodes() {
    for opcode in FuseOpcode.allCases { #expect(FuseOpcode(name: opcode.name) == opcode) }
    #expect(FuseOpcode(name: "fuse_setupmapping")?.rawValue == 48)
    #expect(FuseOpcode(name: "REMOVEMAPPING")?.rawValue == 49)
    #expect(FuseOpcode(name: "INIT")?.rawValue == 26)
    #expect(FuseOpcode(name: "nonsense") == nil)
    #expect(FuseOpcode.allCases.filter(\.isHighPriority) == [.forget, .interrupt, .batchForget])
  }
}
