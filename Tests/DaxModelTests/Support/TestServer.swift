import Testing

@testable import DaxModel

/// A server with a driver in front of it: requests that are numbered, and answers that are taken apart.
struct TestServer {
  var server: FuseServer
  private var unique: UInt64 = 0

  static let mebibyte: UInt64 = 1 << 20

  /// A server with a session, and these files, each of 4 MiB with its name as the seed.
  init(
    _ configuration: FuseServerConfiguration = FuseServerConfiguration(window: ByteCount(16 << 20)),
    files: [String] = ["a", "b"], features: FuseFeatures = [.mapAlignment, .initExtension, .inodeDax]
  ) throws {
    server = FuseServer(configuration)
    for name in files {
      try server.files.hostCreate(name, .pattern(size: ByteCount(4 << 20), seed: name))
    }
    ask(.initialize(FuseInitRequest(features: features)), about: .none)
  }

  /// Asks, and returns what was answered.
  @discardableResult
  mutating func ask(_ operation: FuseOperation, about node: NodeID) -> FuseReplyBody {
    unique += 1
    let reply = server.answer(FuseRequest(operation, unique: unique, node: node))
    #expect(reply.unique == unique)
    return reply.body
  }

  /// Looks a name up.
  mutating func entry(_ name: String, in directory: NodeID = .root) throws -> FuseEntry {
    let body = ask(.lookup(try #require(FileName(name))), about: directory)
    guard case .entry(let entry) = body else { throw Unexpected(body: body) }
    return entry
  }

  /// The node of a name.
  mutating func node(_ name: String) throws -> NodeID { try entry(name).node }

  /// Opens a node.
  mutating func open(_ node: NodeID, _ flags: OpenFlags = .readWrite) throws -> FileHandle {
    let body = ask(.open(FuseOpen(flags: flags)), about: node)
    guard case .opened(let opened) = body else { throw Unexpected(body: body) }
    return opened.handle
  }

  /// Maps bytes of a file.
  @discardableResult
  mutating func map(
    _ node: NodeID, _ file: UInt64, _ length: UInt64, at window: UInt64, writable: Bool = false
  ) -> FuseReplyBody {
    ask(setup(file, length, at: window, writable ? [.read, .write] : .read), about: node)
  }

  func setup(
    _ file: UInt64, _ length: UInt64, at window: UInt64, _ flags: FuseSetupMapping.Flags = .read
  ) -> FuseOperation {
    .setupMapping(
      FuseSetupMapping(
        fileOffset: FileOffset(file), length: ByteCount(length), flags: flags,
        windowOffset: WindowOffset(window)))
  }

  /// Takes pieces out of the window.
  @discardableResult
  mutating func unmap(_ pieces: (UInt64, UInt64)...) -> FuseReplyBody {
    ask(
      .removeMapping(
        FuseRemoveMapping(
          pieces.map {
            FuseRemoveMapping.Entry(windowOffset: WindowOffset($0.0), length: ByteCount($0.1))
          })), about: .root)
  }

  /// The attributes of a node.
  mutating func attributes(_ node: NodeID) throws -> FuseAttributes {
    let body = ask(.getattr(FuseGetattr()), about: node)
    guard case .attributes(let reply) = body else { throw Unexpected(body: body) }
    return reply.attributes
  }

  struct Unexpected: Error { var body: FuseReplyBody }
}
