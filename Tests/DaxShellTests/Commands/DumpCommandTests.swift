import Testing

@testable import DaxShell

@Suite("Machines from real dumps")
struct DumpCommandTests {
  static let dumps = ["virtiofs-dax", "qemu-7.2-stock", "virtio-gpu-hostmem"]

  @Test("Every dump is read, and every function is used or refused with a sentence", arguments: dumps)
  func everyFunction(name: String) throws {
    var shell = TestShell()
    let dump = try shell.result("lspci Examples/machines/\(name).lspci.txt")
    let functions = dump["functions"].elements
    #expect(functions.count > 5)
    for function in functions {
      let slot = try #require(function["slot"].text)
      let sizes = function["bars"].elements.compactMap { bar in
        bar["index"].number.map { "bar\($0)=" + (bar["flags"] == "0x40101" ? "64" : "64M") }
      }
      let answer = try shell.json("use \(slot) \(sizes.joined(separator: " "))")
      guard answer["ok"] == true else {
        // A size that does not fit the base address is refused with advice.
        #expect(answer["error"]["message"].isText && answer["error"]["hint"].isText, "\(slot)")
        continue
      }
      let probe = try shell.result("probe")
      #expect(probe["return"].isNumber, "\(slot)")
      #expect(shell.session.machine.oops == nil)
    }
  }

  @Test("Sizes that a dump does not hold are asked for")
  func unknownSizes() {
    var shell = TestShell()
    shell.run("lspci Examples/machines/virtiofs-dax.lspci.txt")
    #expect(
      shell.complaint("use 00:02.0") == """
        error: the sizes of BARs 1, 2, 4 are not known: a dump does not hold them
          use 00:02.0
              ^^^^^^^
          hint: write `use 00:02.0 bar1=SIZE bar2=SIZE bar4=SIZE`, or give `lspci` a file with
                resources=FILE

        """)
    #expect(shell.complaint("use 00:02.0 bar2=64M bar4=16k").contains("the size of BAR 1 is not known"))
    #expect(shell.complaint("use 00:02.0 bar2=63M").contains("hint:"))
    #expect(shell.complaint("use 00:02.0 bar0=4k").contains("the function has no BAR 0"))
    #expect(shell.complaint("use 00:99.0").contains("no function of the dump"))
    var other = TestShell()
    #expect(other.complaint("use 00:02.0").contains("no dump has been read"))
  }

  @Test(
    "The probe finds the window that Linux found", arguments: ["6.1", "6.12"],
    ["bar1=4k bar2=64M bar4=16k", ""])
  func window(release: String, sizes: String) throws {
    var shell = TestShell()
    let path = "Examples/machines/virtiofs-dax"
    shell.run("lspci \(path).lspci.txt" + (sizes.isEmpty ? " resources=\(path).resources.txt" : ""))
    let machine = try shell.result("use 00:02.0 kernel=\(release) tag=root queues=2 \(sizes)")
    #expect(machine["window_len"] == 67_108_864)
    #expect(machine["tag"] == "root")
    #expect(machine["queues"] == 2)
    let probe = try shell.result("probe")
    #expect(probe["return"] == 0)
    #expect(probe["devices"][0]["window"] == ["addr": "0xec000000", "len": 67_108_864])
    #expect(probe["devices"][0]["slot"] == "00:02.0")
    #expect(try shell.result("direct_access 0 1")["pfn"] == "0xec000")
  }

  @Test("What is no virtio device is refused by virtio-pci, in words")
  func refused() throws {
    var shell = TestShell()
    shell.run("lspci Examples/machines/virtio-gpu-hostmem.lspci.txt")
    let text = shell.run("use 00:00.0")
    #expect(text.contains("virtio-pci has refused the device: -ENODEV"))
    #expect(try shell.result("probe")["errno"] == "ENODEV")
    #expect(shell.run("lspci Examples/machines/virtio-gpu-hostmem.lspci.txt").contains("no function here is"))
  }

  @Test("A display adapter has a region, but it is not the file system's")
  func gpu() throws {
    var shell = TestShell()
    let dump = try shell.result("lspci Examples/machines/virtio-gpu-hostmem.lspci.txt")
    let gpu = try #require(dump["functions"].elements.first { $0["slot"] == "00:04.0" })
    let sizes = gpu["bars"].elements.compactMap { bar in
      bar["index"].number.map { "bar\($0)=" + ($0 == 4 ? "256M" : $0 == 2 ? "16k" : "4k") }
    }
    let answer = try shell.json("use 00:04.0 \(sizes.joined(separator: " "))")
    #expect(answer["ok"] == true)
    #expect(try shell.result("shm_region 1")["linux"]["len"] == 268_435_456)
    #expect(try shell.result("shm_region 0")["linux"] == ["found": false])
  }

  @Test("Files that are no dump are refused with their place")
  func broken() {
    var shell = TestShell(files: ["a.txt": "hello\n", "b.txt": "", "c.txt": "00:02.0 x\n00: zz\n"])
    #expect(shell.complaint("lspci a.txt").contains("a.txt:1:1: "))
    #expect(shell.complaint("lspci b.txt").contains("error: "))
    #expect(shell.complaint("lspci c.txt").contains("c.txt:2:"))
    #expect(shell.complaint("lspci").contains("the file with the dump is missing"))
    #expect(
      shell.complaint("lspci Examples/machines/virtiofs-dax.lspci.txt resources=a.txt").contains("a.txt:1:"))
  }
}
