import Testing

@testable import DaxModel

/// What each program answers when a mapping is not in order: a row for each condition, a column for each program.
@Suite struct HostVariantTests {
  /// What is not in order.
  enum Condition: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case noWindow, unknownNode, noAccess, storesOnly, notWritable, directory, directoryForStores, wraps,
      beyondWindow, windowOffsetNotOfPages, fileOffsetNotOfPages, fileOffsetBeyond63Bits, empty,
      lengthNotOfPages,
      overlap, exhausted, removeWithoutWindow, removeUnmapped, removePart, removeTooMany, removeEmpty,
      removeEverything, removeEverythingWithOffset, removeBeyondWindow

    var testDescription: String { rawValue }
  }

  /// The errors, by program; nil is a success.
  private static let columns: [HostVariant] = [
    .strict, .virtiofsd, .crosvm, .libkrun, .dragonball, .qemu2019, .qemu2021,
  ]

  private static let table: [Condition: [Errno?]] = [
    .noWindow: [.ENOSYS, .EINVAL, .ENOSYS, .ENOSYS, .EINVAL, .EINVAL, .EPERM],
    .unknownNode: [.EBADF, .EBADF, .EBADF, .EBADF, .EBADF, .ENOENT, .ENOENT],
    .noAccess: [.EINVAL, nil, .EINVAL, nil, nil, nil, nil],
    .storesOnly: [nil, nil, nil, nil, nil, nil, nil],
    .notWritable: [.EACCES, .EACCES, .EACCES, .EACCES, .EACCES, .EACCES, .EACCES],
    .directory: [.EISDIR, .EIO, .ENODEV, .ENODEV, .ENODEV, .EINVAL, .ENODEV],
    .directoryForStores: [.EISDIR, .EISDIR, .EISDIR, .EISDIR, .EISDIR, .EISDIR, .EISDIR],
    .wraps: [.EINVAL, .EIO, .EIO, .EINVAL, .EINVAL, .EINVAL, .EPERM],
    .beyondWindow: [.EINVAL, .EIO, .EIO, .EINVAL, .EINVAL, .EINVAL, .EPERM],
    .windowOffsetNotOfPages: [.EINVAL, .EIO, .EIO, .EINVAL, .EINVAL, .EINVAL, .EINVAL],
    .fileOffsetNotOfPages: [.EINVAL, .EIO, .EINVAL, .EINVAL, .EINVAL, .EINVAL, .EINVAL],
    .fileOffsetBeyond63Bits: [.EINVAL, .EIO, .EIO, .EINVAL, .EINVAL, .EINVAL, .EINVAL],
    .empty: [.EINVAL, nil, .EINVAL, .EINVAL, .EINVAL, nil, nil],
    .lengthNotOfPages: [nil, nil, nil, nil, nil, nil, nil],
    .overlap: [nil, nil, nil, nil, nil, nil, nil],
    .exhausted: [.ENOMEM, .EIO, .ENOMEM, .ENOMEM, .ENOMEM, .EINVAL, .ENOMEM],
    .removeWithoutWindow: [.ENOSYS, .EINVAL, .ENOSYS, .ENOSYS, .EINVAL, .EINVAL, .EPERM],
    .removeUnmapped: [nil, nil, nil, nil, nil, nil, nil],
    .removePart: [nil, nil, nil, nil, nil, nil, nil],
    .removeTooMany: [.EINVAL, .ENOMEM, .EINVAL, .ENOMEM, .ENOMEM, nil, nil],
    .removeEmpty: [.EINVAL, nil, .EINVAL, .EINVAL, nil, nil, nil],
    .removeEverything: [.EINVAL, nil, .EIO, .EINVAL, nil, nil, nil],
    .removeEverythingWithOffset: [.EINVAL, nil, .EIO, .EINVAL, nil, .EINVAL, .EPERM],
    .removeBeyondWindow: [.EINVAL, .EIO, .EIO, .EINVAL, .EINVAL, .EINVAL, .EPERM],
  ]

  @Test(arguments: Condition.allCases, columns)
  func row(_ condition: Condition, _ variant: HostVariant) throws {
    let column = try #require(Self.columns.firstIndex(of: variant))
    let expected = try #require(Self.table[condition])[column]
    let (body, server) = try Self.answer(condition, variant)
    #expect(body.error == expected)
    if expected == nil { #expect(body == .empty) }
    Self.checkWindow(condition, variant, server, isDone: expected == nil)
  }

  @Test("Since July 2024 virtiofsd knows neither request", arguments: Condition.allCases)
  func withoutBackChannel(_ condition: Condition) throws {
    #expect(try Self.answer(condition, .virtiofsd2024).0.error == .ENOSYS)
  }

  private static func answer(
    _ condition: Condition, _ variant: HostVariant
  ) throws -> (FuseReplyBody, FuseServer) {
    let hasWindow = condition != .noWindow && condition != .removeWithoutWindow
    var configuration = FuseServerConfiguration(
      window: ByteCount(hasWindow ? 16 << 20 : 0), variant: variant)
    if condition == .exhausted { configuration.mappingLimit = 2 }
    var driver = try TestServer(configuration)
    let node = try driver.node("a")
    let length: UInt64 = 2 << 20
    driver.map(node, 0, length, at: 0)
    driver.map(node, length, length, at: length)
    let body: FuseReplyBody
    switch condition {
    case .noWindow: body = driver.map(node, 0, length, at: 0)
    case .unknownNode: body = driver.map(NodeID(99), 0, length, at: 0)
    case .noAccess: body = driver.ask(driver.setup(0, length, at: 4 << 20, []), about: node)
    case .storesOnly: body = driver.ask(driver.setup(0, length, at: 4 << 20, .write), about: node)
    case .notWritable:
      try driver.server.files.hostSetWritable("a", false)
      body = driver.map(node, 0, length, at: 4 << 20, writable: true)
    case .directory: body = driver.map(.root, 0, length, at: 4 << 20)
    case .directoryForStores: body = driver.map(.root, 0, length, at: 4 << 20, writable: true)
    case .wraps: body = driver.map(node, 0, length, at: 0xffff_ffff_fff0_0000)
    case .beyondWindow: body = driver.map(node, 0, length, at: 15 << 20)
    case .windowOffsetNotOfPages: body = driver.map(node, 0, length, at: 4 << 20 + 1)
    case .fileOffsetNotOfPages: body = driver.map(node, 1, length, at: 4 << 20)
    case .fileOffsetBeyond63Bits: body = driver.map(node, 1 << 63, length, at: 4 << 20)
    case .empty: body = driver.map(node, 0, 0, at: 4 << 20)
    case .lengthNotOfPages: body = driver.map(node, 0, 5000, at: 4 << 20)
    case .overlap: body = driver.map(node, 0, length, at: 1 << 20)
    case .exhausted: body = driver.map(node, 0, length, at: 4 << 20)
    case .removeWithoutWindow, .removeUnmapped: body = driver.unmap((8 << 20, length))
    case .removePart: body = driver.unmap((1 << 20, 4096))
    case .removeTooMany:
      // One more than each of them takes.
      let count = (driver.server.rules.mostEntries?.entries ?? 1 << 16) + 1
      let entry = FuseRemoveMapping.Entry(windowOffset: WindowOffset(0), length: ByteCount(4096))
      let entries = [FuseRemoveMapping.Entry](repeating: entry, count: count)
      body = driver.ask(.removeMapping(FuseRemoveMapping(entries)), about: node)
    case .removeEmpty: body = driver.unmap((0, 0))
    case .removeEverything: body = driver.unmap((0, .max))
    case .removeEverythingWithOffset: body = driver.unmap((4096, .max))
    case .removeBeyondWindow: body = driver.unmap((15 << 20, length))
    }
    return (body, driver.server)
  }

  /// What is to be seen in the window afterwards.
  private static func checkWindow(
    _ condition: Condition, _ variant: HostVariant, _ server: FuseServer, isDone: Bool
  ) {
    let mappings = server.window.mappings
    let added = server.window.mapping(at: WindowOffset(4 << 20))
    switch condition {
    case .noWindow, .removeWithoutWindow: #expect(mappings.isEmpty)
    case .noAccess where isDone: #expect(mappings.count == 3 && added?.isWritable == false)
    case .storesOnly: #expect(added?.isWritable == (variant != .dragonball))
    case .lengthNotOfPages: #expect(added?.length.rawValue == 8192)
    case .overlap: #expect(mappings.map(\.length.rawValue) == [1 << 20, 2 << 20, 1 << 20])
    case .removePart: #expect(mappings.map(\.length.rawValue) == [1 << 20, 1 << 20 - 4096, 2 << 20])
    case .removeTooMany where isDone: #expect(mappings.first?.windowOffset.rawValue == 4096)
    case .removeEverything where isDone, .removeEverythingWithOffset where isDone: #expect(mappings.isEmpty)
    default: #expect(mappings.count == 2 && added == nil)
    }
  }

  @Test("QEMU takes away what lies where a mapping failed; the others keep it", arguments: columns)
  func failedMapping(_ variant: HostVariant) throws {
    var driver = try TestServer(FuseServerConfiguration(window: ByteCount(16 << 20), variant: variant))
    let node = try driver.node("a")
    driver.map(node, 0, 2 << 20, at: 0)
    #expect(driver.map(node, 1, 1 << 20, at: 0).error != nil)
    let isQemu = [.qemu2019, .qemu2021].contains(variant)
    #expect(driver.server.window.mappings.map(\.length.rawValue) == [isQemu ? 1 << 20 : 2 << 20])
    #expect(driver.map(.root, 0, 2 << 20, at: 0).error != nil)
    #expect(driver.server.window.mappings.isEmpty == isQemu)
  }

  @Test("QEMU passes over entries without length, wherever they are", arguments: [HostVariant.qemu2019, .qemu2021])
  func emptyEntries(_ variant: HostVariant) throws {
    var driver = try TestServer(FuseServerConfiguration(window: ByteCount(16 << 20), variant: variant))
    let node = try driver.node("a")
    #expect(driver.map(node, 0, 0, at: 99 << 20).error == nil)
    #expect(driver.unmap((99 << 20 + 1, 0)).error == nil)
  }

  @Test("Without a window QEMU accepts the removal of everything, and no other")
  func everythingWithoutWindow() throws {
    for (variant, error) in [(HostVariant.qemu2019, Errno.EINVAL), (.qemu2021, .EPERM)] {
      var driver = try TestServer(FuseServerConfiguration(window: ByteCount(0), variant: variant))
      #expect(driver.unmap((0, .max)).error == nil)
      #expect(driver.unmap((0, 4096)).error == error)
    }
  }

  @Test("An entry that fails: some go on with the rest, all keep what was removed before", arguments: columns)
  func failureInTheMiddle(_ variant: HostVariant) throws {
    var driver = try TestServer(FuseServerConfiguration(window: ByteCount(16 << 20), variant: variant))
    let node = try driver.node("a")
    for slot in 0..<4 as Range<UInt64> { driver.map(node, 0, 1 << 20, at: slot << 20) }
    let body = driver.unmap((0, 1 << 20), (15 << 20, 2 << 20), (1 << 20, 1 << 20))
    #expect(body.error != nil)
    let goesOn = [.qemu2019, .qemu2021].contains(variant)
    #expect(driver.server.window.mappings.count == (goesOn ? 2 : 3))
  }

  @Test("Fewer entries than the count says: no message, and an error all the same", arguments: columns)
  func countMismatch(_ variant: HostVariant) throws {
    var driver = try TestServer(FuseServerConfiguration(window: ByteCount(16 << 20), variant: variant))
    let rows = try WireRows.load()
    let row = try #require(rows.first { $0.name == "removemapping-count-mismatch" })
    let reply = driver.server.answer(bytes: bytes(hex: row.hex))
    #expect(reply == FuseReply(unique: 26, .error(.EINVAL)).encode())
  }

  @Test("A stray load in crosvm sees zeros; elsewhere the device dies", arguments: columns)
  func strayLoad(_ variant: HostVariant) throws {
    var driver = try TestServer(FuseServerConfiguration(window: ByteCount(16 << 20), variant: variant))
    let node = try driver.node("a")
    driver.map(node, 0, 4096, at: 8192)
    let (bytes, transfer) = driver.server.readWindow(WindowOffset(0), count: 8200)
    let fault = driver.server.windowFault(at: WindowOffset(0), forWriting: false)
    if variant == .crosvm {
      #expect(transfer.fault == nil && fault == nil)
      #expect(bytes == [UInt8](repeating: 0, count: 8192) + FilePattern(seed: "a").bytes(at: 0, count: 8))
      #expect(
        driver.server.readWindow(WindowOffset(16 << 20 - 4), count: 8).transfer.fault?.kind == .beyondWindow)
    } else {
      #expect(transfer.moved.rawValue == 0 && transfer.fault?.kind == .unmapped)
      #expect(fault?.kind == .unmapped)
    }
    #expect(driver.server.writeWindow([1], at: WindowOffset(0)).fault?.kind == .unmapped)
  }

  @Test("Dragonball maps read-only, whatever is asked for")
  func readOnlyAlways() throws {
    var driver = try TestServer(FuseServerConfiguration(window: ByteCount(16 << 20), variant: .dragonball))
    let node = try driver.node("a")
    #expect(driver.map(node, 0, 2 << 20, at: 0, writable: true) == .empty)
    #expect(driver.server.writeWindow([1], at: WindowOffset(0)).fault?.kind == .readOnly)
  }

  @Test("Only the strict server checks the alignment that was agreed on")
  func agreedAlignment() throws {
    for variant in Self.columns {
      var configuration = FuseServerConfiguration(window: ByteCount(16 << 20), variant: variant)
      configuration.mapAlignment = 21
      var driver = try TestServer(configuration)
      let node = try driver.node("a")
      let isStrict = variant == .strict
      #expect(driver.map(node, 0, 2 << 20, at: 4096).error == (isStrict ? .EINVAL : nil))
      #expect(driver.map(node, 4096, 2 << 20, at: 2 << 20).error == (isStrict ? .EINVAL : nil))
      #expect(driver.map(node, 2 << 20, 2 << 20, at: 2 << 20) == .empty)
      // The length is not aligned by the agreement.
      #expect(driver.map(node, 2 << 20, 4096, at: 4 << 20) == .empty)
    }
  }
}
