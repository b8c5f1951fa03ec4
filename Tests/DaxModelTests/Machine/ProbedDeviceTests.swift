import Testing

@testable import DaxModel

/// What becomes of a device: bound or not, with which error, with which window, and what the log says.
@Suite struct ProbedDeviceTests {
  @Test(
    "A recorded device fares as it did on the real kernel", arguments: try DeviceRows.probes("devices.json"))
  func recorded(_ probe: DeviceRows.Probe) throws { try check(probe) }

  @Test(
    "A constructed device fares as the rules say",
    arguments: try DeviceRows.probes("constructed-devices.json"))
  func constructed(_ probe: DeviceRows.Probe) throws { try check(probe) }

  private func check(_ probe: DeviceRows.Probe) throws {
    let rows = (probe.earlier.map { [$0] } ?? []) + [probe.row]
    var machine = Machine(
      MachineConfiguration(release: probe.release, devices: try rows.map { try $0.device() }))
    let device = rows.count - 1
    if device > 0 { #expect(machine.probe(0) == .success) }
    let before = machine.kernel.log.entries.count
    let iomem = machine.kernel.iomem

    let result = machine.probe(device)
    #expect(result?.number == probe.outcome.probe)
    #expect(machine.kernel.devices[device].isBound == probe.outcome.bound)
    let window = machine.kernel.window(of: device).map {
      DeviceRows.Row.Window(addr: HexNumber($0.address.rawValue), len: HexNumber($0.length.rawValue))
    }
    #expect(window == probe.outcome.window)
    #expect(machine.kernel.leaks.isEmpty)
    if probe.outcome.window == nil { #expect(machine.kernel.iomem == iomem) }

    // Warnings with a call trace are not in the recorded lines.
    var lines = machine.kernel.log.entries.dropFirst(before).filter { $0.level != .debug }.map(\.text)[...]
    lines = lines.filter { !$0.hasPrefix("WARNING") }[...]
    for recorded in probe.outcome.log {
      let next = lines.popFirst()
      let line = try #require(next, "nothing is logged like '\(recorded)'")
      #expect(LogWords(line).carries(LogWords(recorded)), "'\(line)' is not like '\(recorded)'")
    }
    #expect(lines.isEmpty, "more is logged than was recorded: \(Array(lines))")
  }

  @Test(
    "A misaligned window warns with its first and last page frame", arguments: ["off4k", "len3m", "bar1"])
  func misaligned(_ name: String) throws {
    let probe = try #require(
      try DeviceRows.probes("devices.json").first { $0.row.name == name && $0.release == .v6_12 })
    var machine = Machine(MachineConfiguration(release: probe.release, devices: [try probe.row.device()]))
    #expect(machine.probe() == .error(.EINVAL))
    let region = try #require(machine.kernel.devices[0].pciFunction?.linuxLookup(id: 0).outcome.region)
    let (first, last) = (region.range.start.frame, region.range.end.frame)
    let warning = try #require(machine.messages.first { $0.text.contains("Misaligned __add_pages") })
    #expect(LogWords(warning.text).numbers == ["\(first)", "\(last)"])
  }

  @Test(
    "The first of two devices with one tag keeps it, whichever is probed first", arguments: KernelRelease.all)
  func duplicateTag(_ release: KernelRelease) throws {
    let devices = try [0x80_0000_0000, 0x90_0000_0000].enumerated().map { index, base in
      let slot = try #require(PciSlot(bus: 0, device: UInt8(2 + index), function: 0))
      return MachineConfiguration.Device(
        index == 0
          ? try MachineConfiguration.syntheticDevice(
            release: release, base: PhysicalAddress(UInt64(base)), slot: slot)
          : .mmio(
            MmioRegisters(
              window: SharedMemoryRegion(address: PhysicalAddress(UInt64(base)), length: ByteCount(4 << 20))))
      )
    }
    for first in [0, 1] {
      var machine = Machine(MachineConfiguration(release: release, devices: devices))
      #expect(machine.probe(first) == .success)
      #expect(machine.probe(1 - first) == .error(.EEXIST))
      #expect(machine.kernel.window(of: 1 - first) == nil)
      #expect(machine.kernel.instances.count == 1)
      let claims = release.has(.claimsWholeBar) && first == 1 ? 1 : 0
      #expect(machine.kernel.leaks.count == claims)
      #expect(machine.remove(first) == .success)
      // The reviewed patch has lost the BAR of the PCI device by now.
      let isLost = release.has(.claimsWholeBar) && first == 1
      #expect(machine.probe(1 - first) == (isLost ? .error(.ENXIO) : .success))
    }
  }
}
