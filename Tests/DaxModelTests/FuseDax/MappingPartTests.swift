import Testing

@testable import DaxModel

/// `munmap` and `mprotect` of a part of a mapping, as `mm/mmap.c` and `mm/mprotect.c` do it.
@Suite("Parts of mappings")
struct MappingPartTests {
  /// A mapping of 4 MiB of the file `a/b/deep`, number 1.
  static func mapped(_ flags: Int = 1, protection: Int = 3, open: OpenFlags = OpenFlags(rawValue: 2)) throws
    -> Machine
  {
    var machine = try PathTests.mounted()
    #expect(machine.finish(machine.start(.open("a/b/deep", open))) == .int(3))
    let request = MapRequest(length: 4 << 20, protection: protection, flags: flags)
    #expect(machine.finish(machine.start(.mmap(3, request))) == .int(1))
    return machine
  }

  static let buffer = IovIter(buffers: [8], on: .x86_64)

  static func load(_ machine: inout Machine, _ offset: UInt64) -> Value? {
    machine.finish(machine.start(.load(1, offset: offset, buffer)))
  }

  static func store(_ machine: inout Machine, _ offset: UInt64) -> Value? {
    machine.finish(machine.start(.store(1, offset: offset, buffer)))
  }

  static func areas(_ machine: Machine) -> [Range<UInt64>] {
    let process = machine.kernel.process
    return process.areas(of: 1).compactMap { process.mapping($0)?.range }
  }

  @Test("A hole in the middle leaves two areas, with the page tables of each")
  func hole() throws {
    var machine = try Self.mapped()
    #expect(Self.load(&machine, 0) == .int(8))
    #expect(Self.load(&machine, 2 << 20) == .int(8))
    let piece = MapPiece(offset: 1 << 20, length: 4096)
    #expect(machine.finish(machine.start(.munmap(1, piece))) == .success)
    let parts: [Range<UInt64>] = [0..<0x10_0000, 0x10_1000..<0x40_0000]
    #expect(Self.areas(machine) == parts)
    let tables = machine.kernel.process.mappings.compactMap { $0?.entries.map(\.offset) }
    #expect(tables == [[], [2 << 20]], "what mapped 2 MiB across the hole is gone")
    #expect(Self.load(&machine, 1 << 20) == .signal(Signal(number: 11, code: 1, offset: 1 << 20)))
    #expect(Self.load(&machine, 0) == .int(8))
    #expect(
      machine.kernel.process.mapping(1)?.entries.map(\.length) == [4096], "it no longer holds 2 MiB: a page")
    #expect(machine.finish(machine.start(.close(3))) == .success)
    #expect(machine.kernel.inodes.handles.count == 4, "both areas keep the file")
    #expect(machine.finish(machine.start(.munmap(1))) == .success)
    #expect(Self.areas(machine).isEmpty)
    #expect(PathTests.requests(machine).filter { $0.hasPrefix("RELEASE") }.count == 1)
    #expect(machine.finish(machine.start(.munmap(1))) == .error(.EINVAL))
  }

  @Test("A load goes from one area into the next, and ends where nothing is")
  func across() throws {
    var machine = try Self.mapped()
    #expect(machine.finish(machine.start(.mprotect(1, MapPiece(offset: 4096, length: 4096), protection: 1))) == .success)
    #expect(Self.areas(machine) == [0..<4096, 4096..<8192, 8192..<4 << 20])
    #expect(Self.load(&machine, 4092) == .int(8))
    #expect(
      machine.readUser(Architecture.x86_64.userBuffer, count: 8)
        == FilePattern(seed: "deep").bytes(at: 4092, count: 8))
    #expect(Self.store(&machine, 4092) == .signal(Signal(number: 11, code: 2, offset: 4096)))
    #expect(machine.finish(machine.start(.munmap(1, MapPiece(offset: 0, length: 4096)))) == .success)
    #expect(Self.load(&machine, 4092) == .signal(Signal(number: 11, code: 1, offset: 4092)))
    #expect(Self.load(&machine, 4096) == .int(8))
    #expect(Self.load(&machine, 4 << 20 - 4) == .signal(Signal(number: 11, code: 1, offset: 4 << 20)))
  }

  @Test("Areas that allow the same again are one again, and 2 MiB are mapped at once again")
  func merged() throws {
    var machine = try Self.mapped()
    let piece = MapPiece(offset: 4096, length: 4096)
    #expect(machine.finish(machine.start(.mprotect(1, piece, protection: 1))) == .success)
    #expect(machine.finish(machine.start(.mprotect(1, piece, protection: 3))) == .success)
    #expect(Self.areas(machine) == [0..<4 << 20])
    #expect(Self.load(&machine, 0) == .int(8))
    #expect(machine.kernel.process.mapping(1)?.entries.map(\.isHuge) == [true])
  }

  @Test("Copies of a private mapping stay with their area")
  func copies() throws {
    var machine = try Self.mapped(2)
    machine.writeUser([1, 2, 3, 4, 5, 6, 7, 8], at: Architecture.x86_64.userBuffer)
    #expect(Self.store(&machine, 8192) == .int(8))
    #expect(machine.finish(machine.start(.munmap(1, MapPiece(offset: 0, length: 4096)))) == .success)
    #expect(Self.load(&machine, 8192) == .int(8))
    #expect(machine.readUser(Architecture.x86_64.userBuffer, count: 8) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(machine.peek(1, offset: 8192, count: 3) == [1, 2, 3])
    #expect(machine.peek(1, offset: 0, count: 3) == [], "nothing is there")
    #expect(machine.peek(1, offset: 4 << 20 - 2, count: 3).count == 2)
  }

  @Test(
    "What is refused",
    arguments: [
      (SystemCall.munmap(1, MapPiece(offset: 1, length: 4096)), Value.error(.EINVAL)),
      (.munmap(1, MapPiece(offset: 0, length: 0)), .error(.EINVAL)),
      (.munmap(1, MapPiece(offset: 4096, length: .max)), .error(.EINVAL)),
      (.munmap(1, MapPiece(offset: 8 << 20, length: 4096)), .success),
      (.mprotect(1, MapPiece(offset: 1, length: 4096), protection: 1), .error(.EINVAL)),
      (.mprotect(1, MapPiece(offset: 0, length: 0), protection: 1), .success),
      (.mprotect(1, MapPiece(offset: 0, length: 4096), protection: 0x40), .error(.EINVAL)),
      (.mprotect(1, MapPiece(offset: 0, length: .max), protection: 1), .error(.ENOMEM)),
      (.mprotect(1, MapPiece(offset: 0, length: 8 << 20), protection: 1), .error(.ENOMEM)),
      (.mprotect(2, protection: 1), .error(.ENOMEM)),
    ])
  func refused(_ call: SystemCall, _ value: Value) throws {
    var machine = try Self.mapped()
    #expect(machine.finish(machine.start(call)) == value)
  }

  @Test("What comes before a hole is protected all the same")
  func partlyProtected() throws {
    var machine = try Self.mapped()
    #expect(machine.finish(machine.start(.munmap(1, MapPiece(offset: 1 << 20, length: 4096)))) == .success)
    #expect(machine.finish(machine.start(.mprotect(1, protection: 1))) == .error(.ENOMEM))
    #expect(Self.store(&machine, 0) == .signal(Signal(number: 11, code: 2, offset: 0)))
    #expect(Self.store(&machine, 2 << 20) == .int(8))
  }

  @Test("A file that is open for reading cannot be stored to, unless the mapping is private")
  func readOnly() throws {
    var shared = try Self.mapped(protection: 1, open: [])
    let piece = MapPiece(offset: 0, length: 4096)
    #expect(shared.finish(shared.start(.mprotect(1, piece, protection: 3))) == .error(.EACCES))
    var copied = try Self.mapped(2, protection: 1, open: [])
    #expect(copied.finish(copied.start(.mprotect(1, piece, protection: 3))) == .success)
    #expect(Self.store(&copied, 0) == .int(8))
  }

  @Test("A mapping is shared, private or refused")
  func mapTypes() throws {
    var machine = try PathTests.mounted()
    #expect(machine.finish(machine.start(.open("a/b/deep", []))) == .int(3))
    for (flags, errno) in [(0, Errno.EINVAL), (4, .EINVAL), (0x8000, .EINVAL)] {
      let request = MapRequest(length: 4096, flags: flags)
      #expect(machine.finish(machine.start(.mmap(3, request))) == .error(errno))
    }
    let request = MapRequest(offset: 0x7fff_ffff_ffff_f000, length: 4096)
    #expect(machine.finish(machine.start(.mmap(3, request))) == .error(.EOVERFLOW))
  }
}
