import Testing

@testable import DaxModel

/// Paths of several names, directories, and what else is asked about a file than its bytes.
@Suite struct PathTests {
  /// A mounted machine whose host shares `top` of 8192 bytes and `a/b/deep` of 4 MiB.
  static func mounted(attributeTimeout: UInt64 = 86_400) throws -> Machine {
    let attachment = try MachineConfiguration.syntheticDevice(release: .v6_12, window: ByteCount(64 << 20))
    var device = MachineConfiguration.Device(attachment)
    device.server.attributeTimeout = attributeTimeout
    try device.files.hostMakeFolder("a")
    try device.files.hostMakeFolder("a/b")
    try device.files.hostCreate("a/b/deep", .pattern(size: ByteCount(4 << 20), seed: "deep"))
    try device.files.hostCreate("top", .pattern(size: ByteCount(8192), seed: "top"))
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [device]))
    #expect(machine.probe() == .success)
    #expect(machine.finish(machine.startMount("myfs", .dax)) == .success)
    return machine
  }

  static func requests(_ machine: Machine) -> [String] {
    machine.server(of: 0)?.log.exchanges.map { "\($0.operation.name) \($0.caller.node)" } ?? []
  }

  @Test("A file in a folder is found a name at a time, and its directory is asked for what it is")
  func deepFile() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open("a/b/deep", []))) == .int(3))
    #expect(
      Self.requests(machine) == [
        "INIT 0", "GETATTR 1", "LOOKUP 1", "LOOKUP 2", "LOOKUP 3", "OPEN 4",
      ])
    let buffer = IovIter(buffers: [4096], on: .x86_64)
    #expect(machine.finish(machine.start(.pread(3, offset: 2 << 20, buffer))) == .int(4096))
    let expected = FilePattern(seed: "deep").bytes(at: 2 << 20, count: 4096)
    #expect(machine.readUser(Architecture.x86_64.userBuffer, count: 4096) == expected)
  }

  @Test(
    "Paths that lead somewhere",
    arguments: [
      "top", "/top", "./top", "a/../top", "../../top", "a//b/./deep", "a/b", "a/b/", ".", "/", "a/b/..",
    ])
  func paths(_ path: String) throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open(path, []))) == .int(3))
    #expect(machine.finish(machine.start(.stat(path)))?.errno == nil)
  }

  /// A path, and the error with which it ends.
  struct DeadEnd: Sendable {
    var path: String
    var errno: Errno
  }

  static let deadEnds: [DeadEnd] = [
    DeadEnd(path: "", errno: .ENOENT), DeadEnd(path: "nothing", errno: .ENOENT),
    DeadEnd(path: "a/nothing/deep", errno: .ENOENT), DeadEnd(path: "top/", errno: .ENOTDIR),
    DeadEnd(path: "top/deep", errno: .ENOTDIR),
    DeadEnd(path: String(repeating: "n", count: 256), errno: .ENAMETOOLONG),
    DeadEnd(path: String(repeating: "a/", count: 2048), errno: .ENAMETOOLONG),
  ]

  @Test("Paths that lead nowhere", arguments: deadEnds)
  func deadEnd(_ end: DeadEnd) throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open(end.path, []))) == .error(end.errno))
    #expect(machine.finish(machine.start(.stat(end.path))) == .error(end.errno))
  }

  /// What is opened, how, and what comes of it.
  struct Opening: Sendable {
    var path: String
    var flags: OpenFlags
    var result = Value.int(3)
  }

  static let openings: [Opening] = [
    Opening(path: "a", flags: .readWrite, result: .error(.EISDIR)),
    Opening(path: "a", flags: .create, result: .error(.EISDIR)),
    Opening(path: "a/", flags: .create, result: .error(.EISDIR)),
    Opening(path: "a", flags: .directory),
    Opening(path: "top", flags: .directory, result: .error(.ENOTDIR)),
    Opening(path: "a/new", flags: [.create, .readWrite]),
    Opening(path: "new/", flags: [.create, .readWrite], result: .error(.EISDIR)),
    Opening(path: "a/b/deep", flags: [.create, .exclusive], result: .error(.EEXIST)),
    Opening(path: "none/new", flags: [.create, .readWrite], result: .error(.ENOENT)),
  ]

  @Test(
    "A directory is opened for reading alone, and a file is made where its directory is", arguments: openings)
  func opening(_ opening: Opening) throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open(opening.path, opening.flags))) == opening.result)
    let files = try #require(machine.server(of: 0)?.files)
    let isMade = (try? files.resolve("a/new")) != nil
    #expect(isMade == (opening.path == "a/new"))
  }

  @Test("Reading and mapping a directory is refused, and closing it sends RELEASEDIR")
  func directoryDescriptor() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open("a", []))) == .int(3))
    let buffer = IovIter(buffers: [4096], on: .x86_64)
    #expect(machine.finish(machine.start(.pread(3, offset: 0, buffer))) == .error(.EISDIR))
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 4096)))) == .error(.ENODEV))
    #expect(machine.finish(machine.start(.truncate("a", 0))) == .error(.EISDIR))
    #expect(machine.finish(machine.start(.unlink("a"))) == .error(.EISDIR))
    #expect(machine.finish(machine.start(.close(3))) == .success)
    #expect(Self.requests(machine).suffix(1) == ["RELEASEDIR 2"])
  }

  @Test("getdents64() lists dots and names in order, as many as fit, and then 0", arguments: [96, 4096])
  func listing(_ size: Int) throws {
    var machine = try Self.mounted()
    _ = machine.changeServer(of: 0) { server in
      for index in 0..<4 { _ = try? server.files.hostCreate("a/file \(index)", .text("x")) }
    }
    #expect(machine.finish(machine.start(.open("a", .directory))) == .int(3))
    let buffer = IovIter(buffers: [UInt64(size)], on: .x86_64)
    var names: [String] = []
    var calls = 0
    while let count = machine.finish(machine.start(.getdents(3, buffer)))?.number, count > 0 {
      calls += 1
      let bytes = machine.readUser(Architecture.x86_64.userBuffer, count: Int(count))
      names += FuseDirent.list(ofProcess: bytes, on: .x86_64).map { "\($0.name) \($0.type)" }
    }
    #expect(names == [". 4", ".. 4", "b 4", "file 0 8", "file 1 8", "file 2 8", "file 3 8"])
    #expect(calls == (size == 96 ? 3 : 1))
    #expect(machine.finish(machine.start(.getdents(3, IovIter(buffers: [8], on: .x86_64)))) == .int(0))
    #expect(machine.finish(machine.start(.open("top", []))) == .int(4))
    #expect(machine.finish(machine.start(.getdents(4, buffer))) == .error(.ENOTDIR))
  }

  @Test("A buffer that is too small for the first name is -EINVAL")
  func tinyBuffer() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open("a", .directory))) == .int(3))
    let buffer = IovIter(buffers: [16], on: .x86_64)
    #expect(machine.finish(machine.start(.getdents(3, buffer))) == .error(.EINVAL))
  }

  @Test("A folder stays in memory as long as something in it does, and both go at unmount")
  func eviction() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open("a/b/deep", []))) == .int(3))
    #expect(machine.finish(machine.start(.dropCaches(2))) == .success)
    #expect(machine.kernel.inodes.handles.count == 4)
    #expect(machine.finish(machine.start(.close(3))) == .success)
    #expect(machine.finish(machine.start(.dropCaches(2))) == .success)
    #expect(machine.kernel.inodes.handles.count == 1)
    #expect(Self.requests(machine).suffix(3) == ["FORGET 4", "FORGET 3", "FORGET 2"])
    #expect(machine.unmount("myfs") == .success)
    #expect(machine.kernel.inodes.handles.isEmpty)
  }

  @Test("A mount of which files are open or mapped cannot go")
  func busy() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open("a/b/deep", []))) == .int(3))
    #expect(machine.unmount("myfs") == .error(.EBUSY))
    #expect(machine.finish(machine.startMount("myfs", .dax)) == .success)
    #expect(machine.unmount("myfs") == .success, "the mount on top of it")
    #expect(machine.finish(machine.start(.mmap(3, MapRequest(length: 4096)))) == .int(1))
    #expect(machine.finish(machine.start(.close(3))) == .success)
    #expect(machine.unmount("myfs") == .error(.EBUSY))
    #expect(machine.finish(machine.start(.munmap(1))) == .success)
    #expect(machine.unmount("myfs") == .success)
    #expect(machine.kernel.inodes.handles.isEmpty)
  }

  @Test("unlink() takes a name out of its folder")
  func unlink() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.unlink("a/b/deep"))) == .success)
    #expect(machine.finish(machine.start(.open("a/b/deep", []))) == .error(.ENOENT))
    #expect(Self.requests(machine).contains("UNLINK 3"))
  }

  @Test("Without a timeout of attributes every open asks for them again, as recorded")
  func noTimeout() throws {
    var machine = try Self.mounted(attributeTimeout: 0)
    for _ in 0..<2 { _ = machine.finish(machine.start(.open("top", []))) }
    let open = ["GETATTR 1", "LOOKUP 1", "GETATTR 2", "OPEN 2"]
    #expect(Self.requests(machine) == ["INIT 0"] + open + open)
  }

  @Test("The first change of a file asks for its privileges, and no other does")
  func privileges() throws {
    var machine = try Self.mounted()
    #expect(machine.finish(machine.start(.open("top", .readWrite))) == .int(3))
    let buffer = IovIter(buffers: [100], on: .x86_64)
    for _ in 0..<2 { #expect(machine.finish(machine.start(.pwrite(3, offset: 0, buffer))) == .int(100)) }
    #expect(machine.finish(machine.start(.ftruncate(3, 100))) == .success)
    #expect(Self.requests(machine).filter { $0.hasPrefix("GETXATTR") } == ["GETXATTR 2"])
  }

  /// `SEEK_DATA` 3 or `SEEK_HOLE` 4 in a file with data, a hole and data, a page each.
  struct Seek: Sendable {
    var offset: UInt64
    var whence: UInt32
    var result: Value
  }

  static let seeks: [Seek] = [
    Seek(offset: 0, whence: 3, result: .int(0)), Seek(offset: 0, whence: 4, result: .int(4096)),
    Seek(offset: 4096, whence: 3, result: .int(8192)), Seek(offset: 4096, whence: 4, result: .int(4096)),
    Seek(offset: 8192, whence: 4, result: .int(12_288)),
    Seek(offset: 12_287, whence: 3, result: .int(12_287)),
    Seek(offset: 12_288, whence: 3, result: .error(.ENXIO)),
    Seek(offset: 12_288, whence: 4, result: .error(.ENXIO)),
    Seek(offset: 0, whence: 7, result: .error(.EINVAL)),
  ]

  @Test("Data and holes of a file", arguments: seeks)
  func holes(_ seek: Seek) throws {
    var machine = try Self.mounted()
    _ = machine.changeServer(of: 0) { server in
      _ = try? server.files.hostCreate("sparse", .zeros(ByteCount(12_288)))
      try? server.files.hostWrite("sparse", [1], at: FileOffset(0))
      try? server.files.hostWrite("sparse", [1], at: FileOffset(8192))
    }
    #expect(machine.finish(machine.start(.open("sparse", []))) == .int(3))
    let value = machine.finish(machine.start(.lseek(3, seek.offset, whence: seek.whence)))
    #expect(value == seek.result)
  }

  @Test("A server without LSEEK: the file is data up to its end")
  func noLseek() throws {
    var machine = try Self.mounted()
    _ = machine.changeServer(of: 0) { $0.hostFail(.lseek, nth: 1, with: .ENOSYS) }
    #expect(machine.finish(machine.start(.open("top", []))) == .int(3))
    for _ in 0..<2 {
      #expect(machine.finish(machine.start(.lseek(3, 100, whence: FuseLseek.hole))) == .int(8192))
      #expect(machine.finish(machine.start(.lseek(3, 100, whence: FuseLseek.data))) == .int(100))
    }
    #expect(Self.requests(machine).filter { $0.hasPrefix("LSEEK") }.count == 1)
  }

  @Test("A program is read through the window, if anybody may execute it")
  func exec() throws {
    var machine = try Self.mounted()
    _ = machine.changeServer(of: 0) { server in
      for name in ["text", "elf"] {
        let content: [UInt8] = name == "elf" ? [0x7f, 0x45, 0x4c, 0x46, 2, 1] : Array("hello".utf8)
        if let number = try? server.files.hostCreate(name, .bytes(content)) {
          try? server.files.change(number) { $0.mode = 0o100755 }
        }
      }
    }
    #expect(machine.finish(machine.start(.exec("top"))) == .error(.EACCES))
    #expect(machine.finish(machine.start(.exec("a"))) == .error(.EACCES))
    #expect(machine.finish(machine.start(.exec("none"))) == .error(.ENOENT))
    #expect(machine.finish(machine.start(.exec("text"))) == .error(.ENOEXEC))
    #expect(machine.finish(machine.start(.exec("elf"))) == .success)
    #expect(Self.requests(machine).filter { $0.hasPrefix("SETUPMAPPING") }.count == 2)
    #expect(machine.kernel.process.file(3) == nil)
  }
}
