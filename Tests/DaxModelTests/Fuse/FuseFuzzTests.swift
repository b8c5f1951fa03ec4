import Testing

@testable import DaxModel

/// Random messages: what is encoded is decoded again, and what is broken is refused with a sentence.
@Suite struct FuseFuzzTests {
  @Test func randomRequestsComeBack() throws {
    var random = SplitMix64(seed: 0xda5)
    for number in 0..<4_000 {
      let request = FuseRequest(
        random.operation(),
        caller: FuseCaller(
          unique: random.next(), node: NodeID(random.next()), uid: random.word(), gid: random.word(),
          pid: random.word()))
      let order: FuseByteOrder = number % 3 == 0 ? .big : .little
      let decoded = try FuseRequest(decoding: request.encode(order), order)
      if decoded != request { Issue.record("\(request)") }
    }
  }

  @Test func randomRepliesComeBack() throws {
    var random = SplitMix64(seed: 0xda6)
    for number in 0..<4_000 {
      let (opcode, body) = random.reply()
      let reply = FuseReply(unique: random.next(), body)
      let order: FuseByteOrder = number % 3 == 0 ? .big : .little
      let decoded = try FuseReply(decoding: reply.encode(order), to: opcode, order)
      if decoded != reply { Issue.record("\(reply)") }
    }
  }

  /// Messages with broken bytes. The server sees them too, and goes on.
  @Test func mutatedMessages() throws {
    var random = SplitMix64(seed: 0xda7)
    var configuration = FuseServerConfiguration(window: ByteCount(8 << 20))
    configuration.logLimit = 16
    var server = FuseServer(configuration)
    try server.files.hostCreate("a", .pattern(size: ByteCount(5 << 20), seed: "a"))
    _ = server.answer(FuseRequest(.initialize(FuseInitRequest(features: .mapAlignment)), unique: 1))
    var decoded = 0
    for _ in 0..<10_000 {
      let node = NodeID(UInt64(random.below(4)))
      var message = FuseRequest(random.operation(), unique: random.next(), node: node).encode()
      for _ in 0..<random.below(4) {
        switch random.below(4) {
        case 0 where message.count > 1: message.removeLast(random.below(message.count))
        case 1: message.append(UInt8(truncatingIfNeeded: random.next()))
        default:
          if message.isEmpty { break }
          message[random.below(message.count)] = UInt8(truncatingIfNeeded: random.next())
        }
      }
      do throws(FuseDecodeError) {
        _ = try FuseRequest(decoding: message)
        decoded += 1
      } catch {
        if error.message.isEmpty { Issue.record("an error without a sentence") }
      }
      // Nothing that would make it allocate terabytes is among them: transfers have a limit.
      let reply = server.answer(bytes: message)
      if !reply.isEmpty { #expect(reply.count >= 16) }
      _ = try? FuseReply(decoding: message, to: FuseOpcode.allCases[random.below(FuseOpcode.allCases.count)])
      _ = try? VhostUserMap(decoding: message)
    }
    #expect(decoded > 1_000 && decoded < 9_000)
  }

  @Test func randomBytes() {
    var random = SplitMix64(seed: 0xda8)
    for _ in 0..<5_000 {
      let message = (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      #expect(throws: FuseDecodeError.self) { try FuseRequest(decoding: message) }
      #expect(throws: FuseDecodeError.self) { try VhostUserMap(decoding: message) }
    }
  }
}

extension SplitMix64 {
  mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: next()) }

  /// A number of any magnitude.
  mutating func number() -> UInt64 { next() >> UInt64(below(64)) }

  mutating func name() -> FileName {
    let bytes = (0..<below(20)).map { _ in UInt8(1 + below(255)) }
    return FileName(bytes: bytes) ?? .empty
  }

  mutating func data() -> [UInt8] { (0..<below(40)).map { _ in UInt8(below(256)) } }

  mutating func handle() -> FileHandle { below(2) == 0 ? FileHandle(UInt64(below(4))) : FileHandle(next()) }

  /// A request of any kind.
  mutating func operation() -> FuseOperation {
    switch below(27) {
    case 0:
      let isExtended = below(2) == 0
      return .initialize(
        FuseInitRequest(
          major: UInt32(6 + below(3)), minor: word() % 60, maxReadahead: word(),
          features: FuseFeatures(rawValue: next()), isExtended: isExtended))
    case 1: return .destroy
    case 2: return .lookup(name())
    case 3: return .forget(number())
    case 4: return .batchForget((0..<below(5)).map { _ in FuseForget(node: NodeID(next()), lookups: next()) })
    case 5: return .getattr(FuseGetattr(handle: below(2) == 0 ? handle() : nil))
    case 6:
      var fields = FuseSetattr(
        size: ByteCount(number()), valid: FuseSetattr.Valid(rawValue: word()), handle: handle())
      (fields.lockOwner, fields.accessTime, fields.modificationTime) = (next(), next(), next())
      (fields.changeTime, fields.mode, fields.uid, fields.gid) = (next(), word(), word(), word())
      return .setattr(fields)
    case 7: return .open(FuseOpen(flags: OpenFlags(rawValue: word())))
    case 8:
      return .create(
        FuseCreate(name: name(), flags: OpenFlags(rawValue: word()), mode: word(), umask: word()))
    case 9:
      var fields = FuseRead(handle: handle(), offset: FileOffset(number()), size: word())
      (fields.readFlags, fields.lockOwner, fields.openFlags) = (word(), next(), OpenFlags(rawValue: word()))
      return .read(fields)
    case 10:
      var fields = FuseWrite(handle: handle(), offset: FileOffset(number()), data: data())
      fields.writeFlags = FuseWrite.Flags(rawValue: word())
      (fields.lockOwner, fields.openFlags) = (next(), OpenFlags(rawValue: word()))
      return .write(fields)
    case 11: return .flush(FuseFlush(handle: handle(), lockOwner: next()))
    case 12:
      return .release(
        FuseRelease(
          handle: handle(), openFlags: OpenFlags(rawValue: word()), releaseFlags: word(), lockOwner: next()))
    case 13: return .fsync(FuseFsync(handle: handle(), flags: word()))
    case 14:
      return .fallocate(
        FuseFallocate(
          handle: handle(), offset: FileOffset(number()), length: ByteCount(number()),
          mode: FuseFallocate.Mode(rawValue: word())))
    case 15:
      return .copyFileRange(
        FuseCopyFileRange(
          from: handle(), FileOffset(number()), to: NodeID(next()), handle(), FileOffset(number()),
          length: ByteCount(number())))
    case 16: return .unlink(name())
    case 17, 18:
      return .setupMapping(
        FuseSetupMapping(
          handle: handle(), fileOffset: FileOffset(number()), length: ByteCount(number()),
          flags: FuseSetupMapping.Flags(rawValue: next()), windowOffset: WindowOffset(number())))
    case 19:
      return .removeMapping(
        FuseRemoveMapping(
          (0..<below(5)).map { _ in
            FuseRemoveMapping.Entry(windowOffset: WindowOffset(number()), length: ByteCount(number()))
          }))
    case 20: return .opendir(FuseOpen(flags: OpenFlags(rawValue: word())))
    case 21: return .readdir(FuseRead(handle: handle(), offset: FileOffset(number()), size: word()))
    case 22:
      return .releasedir(FuseRelease(handle: handle(), openFlags: OpenFlags(rawValue: word())))
    case 23: return .fsyncdir(FuseFsync(handle: handle(), flags: word()))
    case 24:
      return .lseek(FuseLseek(handle: handle(), offset: FileOffset(number()), whence: word() % 6))
    case 25: return .getxattr(FuseGetxattrBody(name: name(), size: word()))
    default: return .other(opcode: [24, 40, 50, 52, 77, 4096][below(6)], body: data())
    }
  }

  mutating func attributes() -> FuseAttributes {
    var attributes = FuseAttributes(
      inode: next(), size: ByteCount(next()), blocks: next(), modificationTime: next(), changeTime: next(),
      mode: word(), links: word())
    (attributes.accessTime, attributes.uid, attributes.gid) = (next(), word(), word())
    attributes.blockSize = word()
    attributes.flags = FuseAttributes.Flags(rawValue: word())
    return attributes
  }

  mutating func entry() -> FuseEntry {
    var entry = FuseEntry(
      node: NodeID(next()), nameSeconds: next(), attributeSeconds: next(), attributes: attributes())
    entry.generation = next()
    return entry
  }

  /// A reply of any kind, and what it is a reply to.
  mutating func reply() -> (FuseOpcode, FuseReplyBody) {
    switch below(10) {
    case 0: return (.open, .error(Errno.allCases[below(Errno.allCases.count)]))
    case 1: return (.setupMapping, .empty)
    case 2:
      var reply = FuseInitReply(
        minor: word(), maxReadahead: word(), features: FuseFeatures(rawValue: next()),
        maxBackground: UInt16(truncatingIfNeeded: next()), maxWrite: word(),
        mapAlignment: UInt16(truncatingIfNeeded: next()))
      reply.major = word()
      return (.initialize, .initialize(below(2) == 0 ? reply : reply.shortened))
    case 3: return (.lookup, .entry(entry()))
    case 4, 5:
      return (.setattr, .attributes(FuseAttributesReply(validSeconds: next(), attributes: attributes())))
    case 6: return (.open, .opened(FuseOpened(handle: handle(), flags: word())))
    case 7: return (.create, .created(entry(), FuseOpened(handle: handle(), flags: word())))
    case 8: return (.write, .written(word()))
    default: return (.read, .data(data()))
    }
  }
}
