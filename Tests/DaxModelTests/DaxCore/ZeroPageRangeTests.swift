import Testing

@testable import DaxModel

/// `dax_zero_page_range()` and the driver's function behind it.
@Suite struct ZeroPageRangeTests {
  static let releases = KernelRelease.since(.v5_10)

  @Test("The reviewed patch does not have it")
  func absent() {
    for function in [FunctionID.daxZeroPageRange, .virtioFsZeroPageRange] {
      #expect(function.lines(in: .patchV2).isEmpty)
      for release in Self.releases { #expect(!function.lines(in: release).isEmpty) }
    }
  }

  @Test("One page is cleared, any other number is -EIO", arguments: releases)
  func count(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    #expect(machine.finish(machine.startReader(0, at: PageOffset(9))) != .int(0))
    for pages in [UInt64(0), 2, 3, 1 << 63, .max] {
      #expect(machine.finish(machine.startZeroPageRange(0, at: PageOffset(9), pages: pages)) == .error(.EIO))
    }
    #expect(machine.finish(machine.startZeroPageRange(0, at: PageOffset(9), pages: 1)) == .success)
    #expect(machine.finish(machine.startReader(0, at: PageOffset(9))) == .int(0))
    #expect(machine.finish(machine.startReader(0, at: PageOffset(8))) != .int(0))
    #expect(machine.finish(machine.startReader(0, at: PageOffset(10))) != .int(0))
  }

  @Test("A dead device is -ENXIO, even where the number of pages is wrong", arguments: releases)
  func dead(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let tasks = [UInt64(1), 2].map { machine.startZeroPageRange(0, at: PageOffset(0), pages: $0) }
    let remove = machine.startRemove(0)
    machine.advance(remove, to: "kill_dax.flipReaders")
    for task in tasks { #expect(machine.finish(task) == .error(.ENXIO)) }
  }

  @Test("Without a device the pointer is followed unchecked", arguments: releases)
  func null(_ release: KernelRelease) throws {
    var machine = try Machine.standard(release, window: nil)
    #expect(machine.probe() == .success)
    _ = machine.finish(machine.startZeroPageRange(0, at: PageOffset(0), pages: 1))
    #expect(machine.oops?.kind == .nullDereference)
  }

  @Test("The exact end is -ERANGE; a page behind it is cleared, whatever lies there", arguments: releases)
  func underflow(_ release: KernelRelease) throws {
    let pages = MachineConfiguration.windowLength.pages.rawValue
    var machine = try Machine.probed(release)
    #expect(machine.finish(machine.startZeroPageRange(0, at: PageOffset(pages), pages: 1)) == .error(.ERANGE))
    // Nothing is mapped right behind the window.
    var fork = machine
    _ = fork.finish(fork.startZeroPageRange(0, at: PageOffset(pages + 1), pages: 1))
    #expect(fork.oops?.kind == .badAddress)
    #expect(fork.oops?.site.description(in: release) == "virtio_fs_zero_page_range.clearPages")

    // With an offset that wraps round, RAM is: the memset() goes through and nobody notices.
    let toRam = (0x20_0000 &- MachineConfiguration.windowBase.rawValue) >> 12
    #expect(machine.finish(machine.startZeroPageRange(0, at: PageOffset(toRam), pages: 1)) == .success)
    #expect(machine.kernel.memory.physical.storedBytes == ByteCount(4096))
    #expect(machine.oops == nil)
  }

  @Test("A neighbour's window is cleared just as well", arguments: releases)
  func neighbour(_ release: KernelRelease) throws {
    let bases: [UInt64] = [0x80_0000_0000, 0x80_0800_0000]
    let devices = try bases.enumerated().map { index, base in
      let slot = try #require(PciSlot(bus: 0, device: UInt8(2 + index), function: 0))
      let function = try PciFunction.virtioFs(
        slot: slot, window: ByteCount(64 << 20), base: PhysicalAddress(base))
      var moved = function
      for bar in moved.bars.indices where moved.bars[bar].index != 2 {
        moved.bars[bar].base = moved.bars[bar].base.advanced(by: ByteCount(UInt64(index) << 20))
      }
      return MachineConfiguration.Device(.pci(moved), tag: "fs\(index)")
    }
    var configuration = MachineConfiguration(release: release, devices: devices)
    configuration.stackHoldsGarbage = true
    var machine = Machine(configuration)
    #expect(machine.probe(0) == .success && machine.probe(1) == .success)
    let offset = PageOffset((bases[1] - bases[0]) >> 12)
    #expect(machine.finish(machine.startReader(1, at: PageOffset(0))) == .int(Int64(bases[1])))
    #expect(machine.finish(machine.startZeroPageRange(0, at: offset, pages: 1)) == .success)
    #expect(machine.finish(machine.startReader(1, at: PageOffset(0))) == .int(0))
  }
}
