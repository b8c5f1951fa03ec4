import DaxModel
import Testing

/// The dumps of real guests in `Fixtures/machines`.
@Suite struct MachineFileTests {
  func machine(_ name: String) throws -> [PciFunction] {
    try LspciDump.functions(in: try Fixtures.bytes("machines/\(name).lspci.txt"))
  }

  @Test(arguments: try Fixtures.names(in: "machines", suffix: ".lspci.txt"))
  func everyDumpLoads(_ name: String) throws {
    let functions = try LspciDump.functions(in: try Fixtures.bytes("machines/" + name))
    #expect(functions.count > 4)
    for function in functions {
      #expect(function.config.count >= 64)
      #expect(function.sizedBars.isEmpty)
      #expect(function.capabilities.end.defect == nil)
    }
  }

  @Test func virtiofsMachine() throws {
    var functions = try machine("virtiofs-dax")
    #expect(
      functions.map(\.slot.description)
        == [
          "00:00.0", "00:01.0", "00:01.1", "00:01.3", "00:02.0", "00:03.0", "00:04.0", "00:05.0", "00:06.0",
          "00:07.0", "00:08.0", "00:09.0", "00:0a.0", "00:0b.0", "00:0c.0", "00:0d.0",
        ])
    #expect(
      functions[4].title
        == "Mass storage controller [0180]: Red Hat, Inc. Virtio file system [1af4:105a] (rev 01)")
    #expect(functions[4].unsizedBars == [1, 2, 4])
    let decoded = functions
    let resources = try ResourceList(try Fixtures.bytes("machines/virtiofs-dax.resources.txt"))
    #expect(resources.entries.count == 39)
    try resources.apply(to: &functions)
    for (before, after) in zip(decoded, functions) where after.isVirtioFileSystem {
      #expect(before.bars.map(\.index) == after.bars.map(\.index))
      #expect(before.bars.map(\.base) == after.bars.map(\.base))
      #expect(before.bars.map(\.flags) == after.bars.map(\.flags))
      #expect(after.unsizedBars.isEmpty)
      #expect(after.modernBars == [4])
    }
    // An old disk controller: fixed ports that the configuration space does not show.
    #expect(functions[2].bars.map(\.index) == [0, 1, 2, 3, 4])
    #expect(functions[2].bars.map(\.length?.rawValue) == [8, 1, 8, 1, 16])
    #expect(functions[2].bars.map(\.kind) == [.io, .io, .io, .io, .io])
  }

  /// Every file system of the machine with its window.
  @Test func windowsOfTheVirtiofsMachine() throws {
    var functions = try machine("virtiofs-dax")
    try ResourceList(try Fixtures.bytes("machines/virtiofs-dax.resources.txt")).apply(to: &functions)
    var lines: [String] = []
    for function in functions where function.isVirtioFileSystem {
      let linux = ShmExpectation(function.linuxLookup(id: 0).outcome)
      switch linux {
      case .found(let address, let length): lines.append("\(function.slot) \(hex(length)) @ \(hex(address))")
      case .absent: lines.append("\(function.slot) absent")
      case .failed(let defect): lines.append("\(function.slot) \(defect.rawValue)")
      }
    }
    #expect(
      lines == [
        "00:02.0 0x4000000 @ 0xec000000", "00:03.0 0x4000000 @ 0xf0000000",
        "00:04.0 0x2000000 @ 0xf8000000", "00:05.0 0x800000 @ 0xfa000000",
        "00:06.0 0x600000 @ 0xfa800000", "00:07.0 0x500000 @ 0xfb000000",
        "00:08.0 0x400000 @ 0xfb800000", "00:09.0 0x200000 @ 0xfbc00000",
        "00:0a.0 0x100000 @ 0xfbe00000", "00:0b.0 absent", "00:0c.0 0x4000000 @ 0xf4000000",
        "00:0d.0 absent",
      ])
  }

  @Test func stockMachineHasNoWindow() throws {
    let functions = try machine("qemu-7.2-stock")
    let systems = functions.filter(\.isVirtioFileSystem)
    #expect(systems.map(\.slot.description) == ["00:04.0"])
    let system = try #require(systems.first)
    #expect(system.linuxLookup(id: 0).outcome == .absent)
    #expect(system.strictLookup(id: 0) == .absent)
    #expect(system.bars.map(\.base) == [PhysicalAddress(0xfebf_9000), PhysicalAddress(0xfebd_4000)])
    #expect(system.bars.map(\.kind) == [.mem32, .mem64Prefetchable])
  }

  /// A graphics device with host memory: region 1 lies in BAR 4, the structures in BAR 2.
  @Test func graphicsWithHostMemory() throws {
    var functions = try machine("virtio-gpu-hostmem")
    let place = try #require(functions.firstIndex { $0.slot == PciSlot("00:04.0") })
    #expect(functions[place].header.virtioDevice == 16)
    #expect(functions[place].linuxLookup(id: 1).outcome == .failed(.barSizeUnknown))
    try functions[place].setSize(ofBar: 4, to: ByteCount(256 << 20))
    let region = functions[place].linuxLookup(id: 1).outcome.region
    #expect(region?.address == PhysicalAddress(0xe000_0000))
    #expect(region?.length == ByteCount(0x1000_0000))
    #expect(functions[place].linuxLookup(id: 0).outcome == .absent)
    #expect(functions[place].modernBars == [2])
  }

  @Test(arguments: [
    ("", 1, 1, "no resource"),
    ("00:02.0\n", 1, 8, "no slot"),
    ("00:02.0 17 0x0 0x0 0x0\n", 1, 9, "no number of a BAR"),
    ("00:02.0 1 1000 0x0 0x0\n", 1, 11, "no hexadecimal"),
    ("# x\n00:02.0 1 0x2000 0x1000 0x200\n", 2, 18, "before its start"),
    ("00:02.0 1 0x1000 0x1fff\n", 1, 24, "no hexadecimal"),
    ("00:02.0 1 0x1000 0x1fff 0x200 5\n", 1, 31, "more in the line"),
    ("00:02.0 1 0x1000 0x1fff 0x200\n00:02.0 1 0x1000 0x1fff 0x200\n", 2, 1, "twice"),
    ("00:02.0 1 0x0 0xffffffffffffffff 0x200\n", 1, 15, "before its start"),
  ])
  func wrongResources(text: String, line: Int, column: Int, words: String) {
    do {
      _ = try ResourceList(text)
      Issue.record("no error")
    } catch {
      #expect(error.line == line)
      #expect(error.column == column)
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test func resourcesOfAnotherMachine() throws {
    var functions = try machine("qemu-7.2-stock")
    let before = functions
    let list = try ResourceList("# x\r\n00:1f.0  2  0x1000  0x1fff  0x40200  # comment\r\n")
    do {
      try list.apply(to: &functions)
      Issue.record("no error")
    } catch {
      #expect(error.line == 2)
      #expect(error.message == "00:1f.0 is not in the dump")
    }
    #expect(functions == before)
  }

  /// All-zero lines leave the function without the BAR, on the same terms as sysfs.
  @Test func emptyResources() throws {
    var functions = try machine("qemu-7.2-stock")
    let list = try ResourceList("0000:00:04.0 0 0x0 0x0 0x0\n00:04.0 2 0x8000000000 0x8003ffffff 0x14220c\n")
    try list.apply(to: &functions)
    let system = try #require(functions.first { $0.isVirtioFileSystem })
    #expect(system.bars.map(\.index) == [2])
    #expect(system.resource(2)?.length == ByteCount(64 << 20))
  }
}
