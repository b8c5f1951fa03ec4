import DaxModel
import Testing

/// `devices.json`: devices that real kernels probed, with what the kernels said.
@Suite struct RecordedDeviceTests {
  struct File: Decodable, Sendable {
    var cases: [Device]
  }

  struct Device: Decodable, Sendable, CustomTestStringConvertible {
    struct Bar: Decodable, Sendable {
      var index: Int
      var base: HexNumber
      var len: HexNumber
      var kind: String
    }
    struct Probe: Decodable, Sendable {
      struct Window: Decodable, Sendable {
        var addr: HexNumber
        var len: HexNumber
      }
      var window: Window?
      var log: [String]
    }
    var name: String
    var slot: String
    var config: String
    var bars: [Bar]
    var recorded: [String: Probe]
    var testDescription: String { name }
  }

  @Test(arguments: try Fixtures.json("devices.json", as: File.self).cases)
  func discovery(_ device: Device) throws {
    let slot = try #require(PciSlot(device.slot))
    let config = try #require(ConfigurationSpace(bytes(hex: device.config)))
    var function = PciFunction(slot: slot, title: device.name, config: config)
    #expect(function.bars.map(\.index) == device.bars.map(\.index))
    #expect(function.bars.map(\.base.rawValue) == device.bars.map(\.base.value))
    #expect(function.bars.map(\.kind.rawValue) == device.bars.map(\.kind))
    for bar in device.bars { try function.setSize(ofBar: bar.index, to: ByteCount(bar.len.value)) }
    #expect(function.modernBars == [4])

    let lookup = function.linuxLookup(id: 0)
    for probe in device.recorded.values {
      #expect(lookup.log.map(\.description) == probe.log.filter { $0.hasPrefix("vp_get_shm_region") })
      if let window = probe.window {
        #expect(lookup.outcome.region?.address.rawValue == window.addr.value)
        #expect(lookup.outcome.region?.length.rawValue == window.len.value)
      }
      let isRefused = probe.log.contains("virtio_fs_setup_dax: No cache capability")
      #expect((lookup.outcome.region == nil) == isRefused)
      if let region = lookup.outcome.region, region.length.rawValue != 0 {
        #expect(probe.log.contains("Cache len: \(region)"))
      }
    }
  }

  /// A device with its structures in BAR 0 and the list in ascending order, as another monitor does it.
  @Test func ascendingList() throws {
    let dump = """
      00:06.0 Mass storage controller
      00: f4 1a 5a 10 07 05 10 00 01 00 80 01 00 00 00 00
      10: 00 00 00 80 00 00 00 00 00 00 00 00 00 00 00 00
      20: 0c 00 00 00 10 00 00 00 00 00 00 00 f4 1a 5a 10
      30: 00 00 00 00 40 00 00 00 00 00 00 00 0b 01 00 00
      40: 09 50 10 01 00 00 00 00 00 00 00 00 38 00 00 00
      50: 09 60 10 03 00 00 00 00 00 10 00 00 01 00 00 00
      60: 09 70 10 04 00 00 00 00 00 20 00 00 00 10 00 00
      70: 09 84 14 02 00 00 00 00 00 30 00 00 00 10 00 00
      80: 04 00 00 00 09 98 14 05 00 00 00 00 00 00 00 00
      90: 00 00 00 00 00 00 00 00 11 a4 02 80 00 60 00 00
      a0: 00 70 00 00 09 00 18 08 04 00 00 00 00 00 00 00
      b0: 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00
      """
    var function = try #require(try LspciDump.functions(in: dump).first)
    #expect(function.capabilities.entries.map(\.offset) == [0x40, 0x50, 0x60, 0x70, 0x84, 0x98, 0xa4])
    #expect(function.bars.map(\.kind) == [.mem32, .mem64Prefetchable])
    try function.setSize(ofBar: 4, to: ByteCount(1 << 33))
    #expect(ShmExpectation(function.linuxLookup(id: 0).outcome) == .found(0x10_0000_0000, 1 << 33))
    #expect(ShmExpectation(function.strictLookup(id: 0)) == .found(0x10_0000_0000, 1 << 33))
    #expect(function.modernBars == [0])
  }
}
