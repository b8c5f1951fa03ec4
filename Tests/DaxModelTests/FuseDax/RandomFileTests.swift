import Testing

@testable import DaxModel

/// Random system calls on files with DAX, against flat arrays of bytes: fsx for the model.
@Suite struct RandomFileTests {
  /// A seed, and how many ranges the window has.
  struct Round: Sendable, CustomTestStringConvertible {
    var seed: UInt64
    var ranges: UInt64
    var release: KernelRelease
    var testDescription: String { "seed \(seed), \(ranges) ranges, Linux \(release.name)" }
  }

  static let rounds = [1, 2, 3, 4, 8, 32].flatMap { ranges in
    [KernelRelease.v5_10, .v6_1, .v6_12, .v7_3].map { release in
      Round(
        seed: UInt64(ranges) * 77 + UInt64(release.name.utf8.count), ranges: UInt64(ranges), release: release)
    }
  }

  @Test("What is read is what was written, whatever happened between", arguments: rounds)
  func agreement(_ round: Round) throws {
    var world = try World(round)
    for step in 0..<400 {
      try world.act()
      if world.isStuck { return }
      world.check("\(round.testDescription), step \(step): \(world.lastCall)")
    }
    try world.end()
  }
}

/// A mounted machine, and what its files should hold.
private struct World {
  private struct File {
    var name: String
    var bytes: [UInt8]
    var descriptor: FileDescriptor
    /// The mapping of the whole file as it was when it was mapped.
    var mapping: MappingID?
    var mappedLength: UInt64 = 0
  }

  private var machine: Machine
  private var files: [File] = []
  private var random: SplitMix64
  private let buffer: UInt64
  private(set) var lastCall = ""
  /// Whether a call has not come back: then nothing more can be said.
  private(set) var isStuck = false
  private static let largest = 5 << 20

  init(_ round: RandomFileTests.Round) throws {
    random = SplitMix64(seed: round.seed)
    var host = HostFileSystem()
    for index in 0..<3 {
      let size = ByteCount(UInt64(random.below(World.largest)) + 1)
      try host.hostCreate("f\(index)", .pattern(size: size, seed: "f\(index)"))
    }
    let attachment = try MachineConfiguration.syntheticDevice(
      release: round.release, window: ByteCount(round.ranges << 21))
    var device = MachineConfiguration.Device(attachment)
    device.files = host
    machine = Machine(MachineConfiguration(release: round.release, devices: [device]))
    buffer = machine.kernel.architecture.userBuffer
    #expect(machine.probe() == .success)
    #expect(machine.finish(machine.startMount("myfs", .dax)) == .success)
    for index in 0..<3 {
      let size = try #require(machine.server(of: 0)).files.hostRead(
        "f\(index)", at: FileOffset(0), count: World.largest)
      let result = machine.finish(machine.start(.open("f\(index)", .readWrite)))
      guard case .int(let descriptor) = result else { throw Missing() }
      files.append(File(name: "f\(index)", bytes: size, descriptor: Int(descriptor)))
    }
  }

  private struct Missing: Error {}

  private func iter(_ count: Int) -> IovIter { IovIter([.init(address: buffer, length: UInt64(count))]) }

  private mutating func call(_ call: SystemCall) -> Value? {
    lastCall = "\(call)"
    let task = machine.start(call)
    var unwatched = random.below(8) == 0 ? machine : nil
    _ = machine.run(task)
    if let result = unwatched?.runToEnd(task) {
      let isSame = unwatched == machine && result == machine.task(task)?.result
      #expect(isSame, "\(lastCall), unwatched")
    }
    let result = machine.task(task)?.result
    if result == nil {
      Issue.record(
        "\(lastCall) hangs in \(machine.place(of: task) ?? ""): \(machine.hangs.map(\.message)) \(machine.tasks.map(\.name))"
      )
      isStuck = true
    }
    machine.reap(task)
    return result
  }

  /// One random call, and the same on the arrays.
  mutating func act() throws {
    let index = random.below(files.count)
    let size = files[index].bytes.count
    let offset = random.below(max(size + 5000, 1))
    let length = 1 + random.below(random.below(4) == 0 ? 300_000 : 9000)
    switch random.below(12) {
    case 0...2: read(index, offset, length)
    case 3...5: try write(index, offset, length)
    case 6, 7: try touch(index, isStore: random.below(2) == 0)
    case 8: try truncate(index)
    case 9: try punch(index, offset, length)
    case 10:
      #expect(call(.fsync(files[index].descriptor, isDataOnly: false)) == .success)
      if random.below(3) == 0 { #expect(call(.dropCaches(3)) == .success) }
    default: remap(index)
    }
  }

  private mutating func read(_ index: Int, _ offset: Int, _ length: Int) {
    let file = files[index]
    let expected =
      offset < file.bytes.count ? Array(file.bytes[offset..<min(file.bytes.count, offset + length)]) : []
    let result = call(.pread(file.descriptor, offset: UInt64(offset), iter(length)))
    #expect(result == .int(Int64(expected.count)), "\(lastCall)")
    #expect(machine.readUser(buffer, count: expected.count) == expected, "\(lastCall)")
  }

  private mutating func write(_ index: Int, _ offset: Int, _ length: Int) throws {
    let length = min(length, World.largest - min(offset, World.largest - 1))
    let data = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    machine.writeUser(data, at: buffer)
    let result = call(.pwrite(files[index].descriptor, offset: UInt64(offset), iter(length)))
    #expect(result == .int(Int64(length)), "\(lastCall)")
    if offset + length > files[index].bytes.count {
      files[index].bytes += [UInt8](repeating: 0, count: offset + length - files[index].bytes.count)
    }
    files[index].bytes.replaceSubrange(offset..<offset + length, with: data)
  }

  private mutating func remap(_ index: Int) {
    if let mapping = files[index].mapping {
      #expect(call(.munmap(mapping)) == .success)
      files[index].mapping = nil
      return
    }
    let length = UInt64(max(files[index].bytes.count, 1))
    let result = call(.mmap(files[index].descriptor, MapRequest(length: length, protection: 3, flags: 1)))
    guard case .int(let id) = result else {
      Issue.record("\(lastCall): \(String(describing: result))")
      return
    }
    files[index].mapping = Int(id)
    files[index].mappedLength = (length + 4095) & ~4095
  }

  private mutating func touch(_ index: Int, isStore: Bool) throws {
    guard let mapping = files[index].mapping else { return }
    let offset = random.below(Int(files[index].mappedLength))
    let length = min(1 + random.below(9000), Int(files[index].mappedLength) - offset)
    let size = files[index].bytes.count
    let reach = (size + 4095) & ~4095
    let faults = offset + length > reach
    let data = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    machine.writeUser(data, at: buffer)
    let result = call(
      isStore
        ? .store(mapping, offset: UInt64(offset), iter(length))
        : .load(mapping, offset: UInt64(offset), iter(length)))
    if faults {
      let first = max(offset, reach)
      #expect(result == .signal(Signal(number: 7, code: 2, offset: UInt64(first))), "\(lastCall)")
    } else {
      #expect(result == .int(Int64(length)), "\(lastCall)")
    }
    let inside = max(0, min(offset + length, size) - offset)
    if isStore {
      if inside > 0 {
        files[index].bytes.replaceSubrange(offset..<offset + inside, with: data.prefix(inside))
      }
    } else if !faults, inside > 0 {
      #expect(
        machine.readUser(buffer, count: inside) == Array(files[index].bytes[offset..<offset + inside]),
        "\(lastCall)")
    }
  }

  private mutating func truncate(_ index: Int) throws {
    let size = random.below(World.largest)
    let call =
      random.below(2) == 0
      ? SystemCall.ftruncate(files[index].descriptor, UInt64(size))
      : .truncate(files[index].name, UInt64(size))
    #expect(self.call(call) == .success, "\(lastCall)")
    let old = files[index].bytes.count
    if size < old {
      files[index].bytes.removeLast(old - size)
    } else {
      files[index].bytes += [UInt8](repeating: 0, count: size - old)
      // What a mapping stored behind the end, in the last page, shows when the file grows: not compared here.
      let page = min((old + 4095) & ~4095, size)
      try settle(index, old..<page)
    }
  }

  /// Bytes of the last page behind the end may hold what was stored through a mapping: takes them as they are.
  private mutating func settle(_ index: Int, _ range: Range<Int>) throws {
    guard !range.isEmpty else { return }
    let bytes = try #require(machine.server(of: 0)).files.hostRead(
      files[index].name, at: FileOffset(UInt64(range.lowerBound)), count: range.count)
    files[index].bytes.replaceSubrange(range, with: bytes)
  }

  private mutating func punch(_ index: Int, _ offset: Int, _ length: Int) throws {
    let result = call(
      .fallocate(files[index].descriptor, mode: 3, offset: UInt64(offset), length: UInt64(length)))
    #expect(result == .success, "\(lastCall)")
    let end = min(offset + length, files[index].bytes.count)
    if offset < end {
      files[index].bytes.replaceSubrange(offset..<end, with: [UInt8](repeating: 0, count: end - offset))
    }
  }

  /// Each range is in exactly one state, nothing is counted for ever, and no lock is held.
  func check(_ place: Comment) {
    #expect(machine.oops == nil, place)
    guard let handle = machine.kernel.connection(of: 0),
      let dax = machine.kernel.connections.peek(handle)?.dax
    else {
      Issue.record("no session")
      return
    }
    #expect((dax.free + dax.busy).sorted() == Array(0..<dax.ranges.count), place)
    #expect(dax.ranges.allSatisfy { $0.references == 1 }, place)
    var owned: [Int] = []
    for inode in machine.kernel.inodes.handles {
      let tree = machine.kernel.inodes.peek(inode)?.tree ?? []
      for piece in tree {
        #expect(dax.ranges[piece.range].inode == inode && dax.ranges[piece.range].index == piece.index, place)
        owned.append(piece.range)
      }
    }
    #expect(owned.sorted() == dax.busy.sorted(), place)
    #expect(machine.kernel.locks.held.isEmpty, place)
    // Page tables lead only to ranges that hold the piece.
    for mapping in machine.kernel.process.mappings {
      guard let mapping else { continue }
      for entry in mapping.entries {
        guard let window = entry.windowOffset else { continue }
        let range = dax.ranges[Int(window >> 21)]
        #expect(range.inode == mapping.inode && range.index == entry.offset >> 21, place)
        #expect(!entry.isWritable || range.isWritable, place)
      }
    }
  }

  /// Everything is given back, and the host has what was written.
  mutating func end() throws {
    for file in files {
      if let mapping = file.mapping { #expect(call(.munmap(mapping)) == .success) }
      #expect(call(.close(file.descriptor)) == .success)
      let bytes = try #require(machine.server(of: 0)).files.hostRead(
        file.name, at: FileOffset(0), count: World.largest + 1)
      #expect(bytes == file.bytes, "\(file.name) on the host")
    }
    #expect(machine.unmount("myfs") == .success)
    #expect(machine.remove() == .success)
    #expect(machine.kernel.leaks.isEmpty && machine.oops == nil)
  }
}
