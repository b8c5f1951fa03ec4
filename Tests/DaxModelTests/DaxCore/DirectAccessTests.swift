import Testing

@testable import DaxModel

/// `direct_access` of the driver and of the DAX core, against values that the test computes itself.
@Suite struct DirectAccessTests {
  struct Grid: Sendable, CustomTestStringConvertible {
    var release: KernelRelease
    var window: UInt64
    var testDescription: String { "\(release.name), window of \(window) bytes" }
  }

  static let grids = KernelRelease.all.flatMap { release in
    [UInt64(2 << 20), 64 << 20, 1 << 30].map { Grid(release: release, window: $0) }
  }

  static let outputs: [AccessOutputs] = [.both, .address, .frame, []]

  /// What C computes: unsigned, wrapping, and unchecked.
  private struct Expected {
    var driver: Int64
    var core: Int64
    var reachesDriver: Bool
    var address: UInt64
    var frame: UInt64
    var flags: DirectAccess.FrameFlags

    init(_ offset: UInt64, _ count: Int64, window: UInt64, base: UInt64, _ release: KernelRelease) {
      let returnsNegative = [.patchV2, .v5_10, .v5_15].contains(release)
      flags = [.patchV2, .v5_10, .v5_15, .v6_1, .v6_12].contains(release) ? [.device, .map] : []
      let left = window / 4096 &- offset
      let asked = UInt64(bitPattern: count)
      driver = Int64(bitPattern: asked < left ? asked : left)
      reachesDriver = count >= 0
      if count < 0 {
        core = returnsNegative ? count : -22
      } else if driver == 0 {
        core = -34
      } else {
        core = driver < count ? driver : count
      }
      address = 0xffff_8880_0000_0000 &+ base &+ offset &* 4096
      frame = (base &+ offset &* 4096) / (release == .v6_17rc1 ? 1 : 4096)
    }
  }

  @Test("Both layers answer what 64-bit arithmetic gives, past the window too", arguments: grids)
  func grid(_ grid: Grid) throws {
    let base = MachineConfiguration.windowBase.rawValue
    let machine = try Machine.probed(grid.release, window: ByteCount(grid.window))
    let last = grid.window / 4096
    let offsets = [
      0, 1, 511, last - 1, last, last + 1, last + 512, 1 << 40, 1 << 52, (1 << 52) + 3, .max - 1, .max,
    ]
    let counts: [Int64] = [
      0, 1, 2, 10, 512, Int64(last), Int64(last) + 1, (1 << 52) - 1, .max, -1, -2, -4096, .min,
    ]
    for offset in offsets {
      for count in counts {
        let expected = Expected(
          offset, count, window: grid.window, base: base, grid.release)
        for outputs in Self.outputs {
          let driver = try access(machine, offset, count, outputs, driverOnly: true)
          #expect(driver.pages == expected.driver, "driver, pgoff \(offset), nr \(count)")
          check(driver, expected, outputs)
          let core = try access(machine, offset, count, outputs, driverOnly: false)
          #expect(core.pages == expected.core, "core, pgoff \(offset), nr \(count)")
          if expected.reachesDriver { check(core, expected, outputs) }
          if !expected.reachesDriver { #expect(core.address == nil && core.frame == nil) }
        }
      }
    }
  }

  @Test("A window of 1 GiB answers what is known of it", arguments: KernelRelease.all)
  func knownNumbers(_ release: KernelRelease) throws {
    let machine = try Machine.probed(release, window: ByteCount(1 << 30))
    let negative: Int64 = [.patchV2, .v5_10, .v5_15].contains(release) ? -1 : -22
    let table: [(offset: UInt64, count: Int64, driver: Int64, core: Int64)] = [
      (0, (1 << 52) - 1, 262144, 262144), (262143, 10, 1, 1), (262144, 1, 0, -34), (262145, 1, 1, 1),
      (0, 0, 0, -34),
    ]
    for row in table {
      #expect(try access(machine, row.offset, row.count, .both, driverOnly: true).pages == row.driver)
      #expect(try access(machine, row.offset, row.count, .both, driverOnly: false).pages == row.core)
    }
    #expect(try access(machine, 0, -1, .both, driverOnly: false).pages == negative)
    let past = try access(machine, 262145, 1, .both, driverOnly: false)
    #expect(past.address == KernelAddress(0xffff_8880_0000_0000 + 0x80_4000_1000))
  }

  @Test("Without a DAX device the core says -EOPNOTSUPP and the driver dies", arguments: KernelRelease.all)
  func noDevice(_ release: KernelRelease) throws {
    var machine = try Machine.standard(release, window: nil)
    _ = machine.probe()
    #expect(machine.finish(machine.startDirectAccess(0, at: PageOffset(0), pages: 1)) == .error(.EOPNOTSUPP))
    #expect(
      machine.finish(machine.startDirectAccess(0, at: PageOffset(0), pages: -1)) == .error(.EOPNOTSUPP))
    let task = machine.startDirectAccess(0, at: PageOffset(0), pages: 1, driverOnly: true)
    _ = machine.run(task)
    #expect(machine.oops?.kind == .nullDereference)
    #expect(machine.oops?.site.description(in: release) == "virtio_fs_direct_access.findInstance")
  }

  @Test(
    "A dead DAX device: the core says -ENXIO whatever is asked; the driver follows NULL",
    arguments: KernelRelease.all)
  func deadDevice(_ release: KernelRelease) throws {
    for (count, driverOnly) in [(Int64(1), false), (-1, false), (0, false), (1, true)] {
      var machine = try Machine.probed(release)
      // A mount keeps the pointer; so does a task that was started before.
      let task = machine.startDirectAccess(0, at: PageOffset(1), pages: count, driverOnly: driverOnly)
      let remove = machine.startRemove(0)
      machine.advance(remove, to: "kill_dax.flipReaders")
      _ = machine.run(task)
      if driverOnly {
        #expect(machine.oops?.kind == .nullDereference)
        #expect(machine.oops?.site.description(in: release) == "virtio_fs_direct_access.computeBounds")
      } else {
        #expect(machine.task(task)?.result == .error(.ENXIO))
      }
    }
  }

  private func check(_ access: DirectAccess, _ expected: Expected, _ outputs: AccessOutputs) {
    #expect(access.address == (outputs.contains(.address) ? KernelAddress(expected.address) : nil))
    #expect(access.frame == (outputs.contains(.frame) ? PageFrameNumber(expected.frame) : nil))
    #expect(access.flags == (outputs.contains(.frame) ? expected.flags : []))
  }

  private func access(
    _ machine: Machine, _ offset: UInt64, _ count: Int64, _ outputs: AccessOutputs, driverOnly: Bool
  ) throws -> DirectAccess {
    var machine = machine
    let result = machine.finish(
      machine.startDirectAccess(
        0, at: PageOffset(offset), pages: count, outputs: outputs, driverOnly: driverOnly))
    switch try #require(result) {
    case .access(let access): return access
    case .error(let errno): return DirectAccess(pages: errno.returnValue)
    default: throw Unexpected()
    }
  }

  private struct Unexpected: Error {}
}
