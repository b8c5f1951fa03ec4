import Testing

@testable import DaxModel

/// Sessions, names and nodes.
@Suite struct FuseServerTests {
  private func initialize(
    _ configuration: FuseServerConfiguration, _ request: FuseInitRequest
  ) throws -> (FuseInitReply, FuseServer) {
    var server = FuseServer(configuration)
    let reply = server.answer(FuseRequest(.initialize(request), unique: 1))
    guard case .initialize(let fields) = reply.body else { throw TestServer.Unexpected(body: reply.body) }
    return (fields, server)
  }

  @Test("map_alignment counts if it was asked for and is offered", arguments: [12, 16, 21, 22, nil])
  func alignment(_ offered: UInt16?) throws {
    var configuration = FuseServerConfiguration(window: ByteCount(16 << 20))
    configuration.mapAlignment = offered
    let (with, server) = try initialize(configuration, FuseInitRequest(features: [.mapAlignment]))
    #expect(with.features.contains(.mapAlignment) == (offered != nil))
    #expect(with.mapAlignment == offered ?? 0)
    #expect(server.session?.mapAlignment == offered)
    let (without, other) = try initialize(configuration, FuseInitRequest(features: []))
    #expect(without.features == [] && other.session?.mapAlignment == nil)
  }

  @Test("Features from bit 32 on need the extended form, on both sides")
  func extendedForm() throws {
    let configuration = FuseServerConfiguration(window: ByteCount(16 << 20))
    let all = FuseFeatures(rawValue: .max)
    let (long, _) = try initialize(configuration, FuseInitRequest(features: all))
    #expect(long.features.contains(.inodeDax))
    let withoutFlag = all.subtracting(.initExtension)
    let (plain, _) = try initialize(configuration, FuseInitRequest(features: withoutFlag))
    #expect(!plain.features.contains(.inodeDax))
    let (short, _) = try initialize(
      configuration, FuseInitRequest(minor: 35, features: all, isExtended: false))
    #expect(!short.features.contains(.inodeDax) && short.features.contains(.mapAlignment))
    let (old, server) = try initialize(
      configuration, FuseInitRequest(minor: 22, features: all, isExtended: false))
    #expect(!old.isLong && server.session?.minor == 22)
    // Bit 31 must not be used.
    #expect(long.features.rawValue & 1 << 31 == 0)
  }

  @Test("The smaller minor version counts; a later major is told ours, an earlier one is refused")
  func versions() throws {
    let configuration = FuseServerConfiguration(window: ByteCount(16 << 20))
    let (reply, server) = try initialize(configuration, FuseInitRequest(minor: 45, features: []))
    #expect(reply.minor == 38 && server.session?.minor == 38)
    let (later, unopened) = try initialize(configuration, FuseInitRequest(major: 8, features: []))
    #expect(later.major == 7 && unopened.session == nil)
    var old = FuseServer(configuration)
    let request = FuseRequest(.initialize(FuseInitRequest(major: 6, features: [])), unique: 1)
    #expect(old.answer(request).error == .EPROTO)
  }

  @Test("The reply that a recorded device gave")
  func recordedReply() throws {
    let row = try #require(try WireRows.load().first { $0.name == "init-reply-map_alignment-12" })
    let request = FuseInitRequest(features: FuseFeatures(rawValue: 0x2_4440_0001))
    var server = FuseServer(FuseServerConfiguration(window: ByteCount(64 << 20)))
    let reply = server.answer(FuseRequest(.initialize(request), unique: 1))
    #expect(reply.encode() == bytes(hex: row.hex))
  }

  @Test("Nothing is answered outside a session; another INIT begins another one")
  func sessions() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    let handle = try driver.open(node)
    driver.map(node, 0, 2 << 20, at: 0)
    #expect(driver.ask(.destroy, about: .none) == .empty)
    #expect(driver.server.session == nil && driver.server.window.mappings.isEmpty)
    #expect(driver.ask(.getattr(FuseGetattr()), about: .root).error == .EIO)
    #expect(driver.ask(.destroy, about: .none).error == .EIO)
    for _ in 0..<2 { driver.ask(.initialize(FuseInitRequest(features: [])), about: .none) }
    #expect(driver.ask(.getattr(FuseGetattr()), about: node).error == .EBADF)
    #expect(driver.ask(.fsync(FuseFsync(handle: handle)), about: node).error == .EBADF)
    // A number is not used again while the server runs.
    #expect(try driver.node("a") > node)
    #expect(try driver.open(try driver.node("a")) > handle)
  }

  @Test("A reset of the device ends the session; files and log stay")
  func deviceReset() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    driver.map(node, 0, 2 << 20, at: 0)
    let count = driver.server.log.count
    driver.server.resetDevice()
    #expect(driver.server.session == nil && driver.server.window.mappings.isEmpty)
    #expect(driver.server.files.files.count == 2 && driver.server.log.count == count)
    #expect(driver.map(node, 0, 2 << 20, at: 0).error == .EIO)
  }

  @Test("Lookups are counted, and given back; what is forgotten is not known any more")
  func lookups() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    #expect(try driver.node("a") == node)
    #expect(try driver.node("b") != node)
    #expect(driver.server.nodes.lookups(of: node) == 2)
    #expect(driver.ask(.forget(1), about: node) == .nothing)
    #expect(try driver.attributes(node).size.rawValue == 4 << 20)
    driver.ask(.forget(5), about: node)
    #expect(driver.server.nodes.inode(of: node) == nil)
    #expect(driver.ask(.getattr(FuseGetattr()), about: node).error == .EBADF)
    #expect(driver.map(node, 0, 2 << 20, at: 0).error == .EBADF)
    let again = try driver.node("a")
    #expect(again > node)
    let entries = [FuseForget(node: again, lookups: 1), FuseForget(node: .root, lookups: 100)]
    #expect(driver.ask(.batchForget(entries), about: .none) == .nothing)
    #expect(driver.server.nodes.inode(of: again) == nil)
    #expect(driver.server.nodes.inode(of: .root) == .root, "the root stays")
    #expect(driver.ask(.forget(1), about: NodeID(77)) == .nothing)
  }

  @Test("The root counts two lookups from the start")
  func rootLookups() throws {
    #expect(try TestServer().server.nodes.lookups(of: .root) == 2)
  }

  @Test("Names are single components")
  func names() throws {
    var driver = try TestServer()
    try driver.server.files.hostMakeFolder("folder")
    try driver.server.files.hostCreate("folder/inner", .bytes([1, 2, 3]))
    func error(_ name: String, in node: NodeID = .root) throws -> Errno? {
      driver.ask(.lookup(try #require(FileName(name))), about: node).error
    }
    #expect(try error("nobody") == .ENOENT)
    #expect(try error("folder/inner") == .EINVAL)
    #expect(try error("") == .EINVAL)
    #expect(try error(String(repeating: "x", count: 256)) == .ENAMETOOLONG)
    #expect(try error("x", in: driver.node("a")) == .ENOTDIR)
    let folder = try driver.entry("folder")
    #expect(folder.attributes.mode == 0o40755)
    #expect(try driver.entry("inner", in: folder.node).attributes.size.rawValue == 3)
    #expect(try driver.entry(".").node == .root)
    #expect(try driver.entry("..").node == .root)
    #expect(try driver.entry("..", in: folder.node).node == .root)
    let slash = try #require(FileName("a/b"))
    for name in [slash, try #require(FileName("..")), .empty] {
      #expect(driver.ask(.unlink(name), about: .root).error == .EINVAL)
      #expect(driver.ask(.create(FuseCreate(name: name, flags: [])), about: .root).error == .EINVAL)
    }
    #expect(driver.ask(.unlink(try #require(FileName("folder"))), about: .root).error == .EISDIR)
    #expect(FileName("a\0b") == nil)
  }

  @Test("FUSE_ATTR_DAX is told for files that want it, if that was agreed on")
  func inodeDax() throws {
    var driver = try TestServer()
    try driver.server.files.hostSetDax("a", true)
    #expect(try driver.entry("a").attributes.flags == .dax)
    #expect(try driver.entry("b").attributes.flags == [])
    let node = try driver.node("a")
    #expect(try driver.attributes(node).flags == .dax)
    try driver.server.files.hostSetDax("a", false)
    #expect(try driver.attributes(node).flags == [])
    var without = try TestServer(features: [.mapAlignment])
    try without.server.files.hostSetDax("a", true)
    #expect(try without.entry("a").attributes.flags == [])
    var configuration = FuseServerConfiguration(window: ByteCount(16 << 20))
    configuration.hasInodeDax = false
    var refusing = try TestServer(configuration)
    try refusing.server.files.hostSetDax("a", true)
    #expect(try refusing.entry("a").attributes.flags == [])
  }

  @Test("Attributes and names are valid for as long as the device says", arguments: [0, 86_400])
  func timeouts(_ seconds: UInt64) throws {
    var configuration = FuseServerConfiguration(window: ByteCount(16 << 20))
    configuration.attributeTimeout = seconds
    var driver = try TestServer(configuration)
    let entry = try driver.entry("a")
    #expect(entry.nameSeconds == seconds && entry.attributeSeconds == seconds)
    guard case .attributes(let reply) = driver.ask(.getattr(FuseGetattr()), about: entry.node) else { return }
    #expect(reply.validSeconds == seconds)
  }

  @Test("A request of a kind that is not served gets ENOSYS")
  func unknownRequests() throws {
    var driver = try TestServer()
    for number in [24, 52, 17, 1000] as [UInt32] {
      #expect(driver.ask(.other(opcode: number, body: [1, 2]), about: .root).error == .ENOSYS)
    }
    #expect(driver.ask(.other(opcode: 36, body: []), about: .root) == .nothing, "INTERRUPT")
    #expect(driver.server.statistics[.removexattr] == 1)
    #expect(driver.server.statistics.unknownRequests == 1)
  }

  @Test("The nth request of a kind fails, once; 0 takes it back")
  func hostFail() throws {
    var driver = try TestServer()
    let node = try driver.node("a")
    driver.server.hostFail(.setupMapping, nth: 2, with: .ENOSPC)
    driver.server.hostFail(.removeMapping, nth: 1, with: .EIO)
    #expect(driver.map(node, 0, 2 << 20, at: 0) == .empty)
    #expect(driver.map(node, 0, 2 << 20, at: 2 << 20).error == .ENOSPC)
    #expect(driver.server.window.mappings.count == 1, "nothing was mapped")
    #expect(driver.map(node, 0, 2 << 20, at: 2 << 20) == .empty)
    #expect(driver.unmap((0, 2 << 20)).error == .EIO)
    #expect(driver.server.window.mappings.count == 2, "nothing was removed")
    driver.server.hostFail(.setupMapping, nth: 1, with: .ENOSPC)
    driver.server.hostFail(.setupMapping, nth: 0, with: .ENOSPC)
    #expect(driver.map(node, 0, 2 << 20, at: 4 << 20) == .empty)
    #expect(driver.server.faults.faults.isEmpty)
  }

  @Test("The log says what was asked, about which file, and how it ended")
  func log() throws {
    var configuration = FuseServerConfiguration(window: ByteCount(16 << 20))
    configuration.logLimit = 3
    var driver = try TestServer(configuration)
    let node = try driver.node("a")
    let handle = try driver.open(node)
    let before = driver.server.log.count
    driver.map(node, 0, 2 << 20, at: 0)
    let data = [UInt8](repeating: 1, count: 500)
    driver.ask(.write(FuseWrite(handle: handle, offset: FileOffset(8), data: data)), about: node)
    driver.map(node, 0, 2 << 20, at: 1)
    let log = Array(driver.server.log.exchanges(since: before))
    #expect(log.map(\.operation.name) == ["SETUPMAPPING", "WRITE", "SETUPMAPPING"])
    #expect(log.map(\.name.description) == ["a", "a", "a"])
    #expect(log.map(\.error) == [nil, nil, .EINVAL])
    #expect(log.map(\.sequence) == [before + 1, before + 2, before + 3])
    #expect(log[1].bytes.rawValue == 500 && log[1].reply == .written(500))
    guard case .write(let fields) = log[1].operation else { return }
    #expect(fields.data.isEmpty && fields.offset.rawValue == 8)
    var facts = FactList()
    log[0].inspect(&facts)
    let fields0 = Dictionary(uniqueKeysWithValues: facts.entries.map { ($0.path, $0.fact) })
    #expect(fields0["moffset"] == .number(0) && fields0["len"] == .number(2 << 20))
    #expect(fields0["flags"] == .number(2) && fields0["fh"] == .some(.none))
    for _ in 0..<20 { driver.ask(.getattr(FuseGetattr()), about: node) }
    #expect(driver.server.log.exchanges.count == 3)
    #expect(driver.server.log.count == before + 23)
    #expect(driver.server.log.exchanges.last?.sequence == before + 23)
  }

  @Test("The log keeps the last ones, whatever its limit", arguments: [0, 1, 5, 16, 17, 40, .max])
  func logLimits(_ limit: Int) throws {
    var configuration = FuseServerConfiguration(window: ByteCount(16 << 20))
    configuration.logLimit = limit
    var driver = try TestServer(configuration, files: [])
    for _ in 0..<100 {
      driver.ask(.getattr(FuseGetattr()), about: .root)
      let log = driver.server.log
      let first = log.count - UInt64(min(Int(log.count), limit))
      #expect(log.exchanges.map(\.sequence) == Array(first + 1..<log.count + 1))
      #expect(log.exchanges(since: log.count - 1).count == min(limit, 1))
      #expect(log.exchanges(since: log.count + 5).isEmpty)
    }
  }

  @Test("Two ways to the same state differ in their history only")
  func withoutHistory() throws {
    var (first, second) = (try TestServer(), try TestServer())
    let node = try first.node("a")
    _ = try second.node("a")
    first.map(node, 0, 2 << 20, at: 0)
    first.map(node, 0, 2 << 20, at: 2 << 20)
    second.map(node, 0, 2 << 20, at: 2 << 20)
    second.map(node, 0, 2 << 20, at: 0)
    #expect(first.server != second.server)
    #expect(first.server.withoutHistory == second.server.withoutHistory)
  }

  @Test("The same requests give the same digest, and every request changes it")
  func digests() throws {
    func digest(_ driver: TestServer) -> UInt64 {
      var digest = Digest()
      driver.server.inspect(&digest)
      return digest.value
    }
    var (first, second) = (try TestServer(), try TestServer())
    #expect(digest(first) == digest(second))
    let node = try first.node("a")
    #expect(digest(first) != digest(second))
    _ = try second.node("a")
    #expect(digest(first) == digest(second) && first.server == second.server)
    first.map(node, 0, 2 << 20, at: 0, writable: true)
    let before = digest(first)
    first.server.writeWindow([1], at: WindowOffset(5))
    #expect(digest(first) != before)
  }
}
