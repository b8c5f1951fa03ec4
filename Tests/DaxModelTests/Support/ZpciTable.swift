@testable import DaxModel

/// The rows of the table of instructions that the file of cases leaves out, and a few that no table has.
enum ZpciTable {
  static let done: [String: Scalar] = ["kind": "cc", "cc": 0, "status": nil]
  static let invalid: [String: Scalar] = ["kind": "cc", "cc": 3, "status": nil]
  static let operand: [String: Scalar] = ["kind": "pgm", "name": "PGM_OPERAND", "code": "0x0015"]
  static let specification: [String: Scalar] = ["kind": "pgm", "name": "PGM_SPECIFICATION", "code": "0x0006"]
  static let privileged: [String: Scalar] = ["kind": "pgm", "name": "PGM_PRIVILEGED", "code": "0x0002"]
  static let operation: [String: Scalar] = ["kind": "pgm", "name": "PGM_OPERATION", "code": "0x0001"]
  static let access: [String: Scalar] = ["kind": "access_exception"]
  static func error(_ status: UInt64) -> [String: Scalar] {
    ["kind": "cc", "cc": 1, "status": .number(status)]
  }

  /// The same, with what else is expected.
  static func with(
    _ expect: [String: Scalar], _ more: [String: Scalar]
  ) -> [String: Scalar] { expect.merging(more) { $1 } }

  static var rows: [ZpciCase] {
    loads("L", "PCILG") + loads("S", "PCISTG") + blocks + refreshes + controls + others
  }

  private static func loads(_ letter: String, _ insn: String) -> [ZpciCase] {
    let moved: [String: Scalar] =
      letter == "L"
      ? ["data": "loaded, zero-extended in r1", "counter": "LD+1"]
      : ["data": "low len bytes of r1 stored", "counter": "ST+1"]
    func row(
      _ id: String, _ len: UInt64, _ offset: UInt64, _ expect: [String: Scalar],
      _ inputs: [String: Scalar] = [:], _ device: [String: Scalar] = [:]
    ) -> ZpciCase {
      let all = inputs.merging(["len": .number(len), "offset": .number(offset)]) { $1 }
      let request =
        (all["fh"]?.number ?? 0x8002_0001) << 32 | (all["pcias"]?.number ?? 0) << 16 | len
      return ZpciCase(
        letter + id, insn, all.merging(["request": .number(request)]) { $1 }, device,
        expect["cc"] == 0 ? with(expect, moved) : expect)
    }
    return [
      row("01", 8, 0, done), row("02", 4, 4, done), row("03", 2, 6, done), row("04", 1, 7, done),
      row("05", 4, 0x10, done, ["pcias": 5]), row("21", 4, 0, done, [:], ["state": "blocked"]),
      row("24", 4, 0, done, ["pcias": 16]),
      row("06", 0, 0, operand), row("07", 9, 0, operand), row("08", 16, 0, operand),
      row("09", 8, 4, operand), row("10", 8, 3, operand), row("11", 4, 5, operand), row("12", 2, 7, operand),
      row("13", 4, 0xffe, operand),
      row("14", 4, 0, operand, [:], ["region": "refusing"]),
      row("15", 8, 0, operand, ["pcias": 2], ["region": "plain-ram"]),
      row("16", 4, 0, invalid, ["fh": "0x00020001"]), row("17", 4, 0, invalid, ["fh": "0x80020002"]),
      row("18", 4, 0, invalid, ["fh": "0x81020001"]),
      row("19", 4, 0, error(12), [:], ["state": "error"]),
      row("20", 4, 0, error(12), [:], ["state": "permanent_error"]),
      row("22", 4, 0, error(20), ["pcias": 6]), row("23", 4, 0, error(20), ["pcias": 14]),
      row("25", 0, 0, error(20), ["pcias": 7]), row("26", 0, 0, error(12), [:], ["state": "error"]),
      row("27", 0, 0, invalid, ["fh": "0x00020001"]),
      row("28", 4, 0, specification, ["r2": 3]),
      row("29", 4, 0, specification, ["r2": 3, "fh": "0x00020001"]),
      row("30", 4, 0, privileged, ["problem_state": true]),
      row("31", 4, 0, privileged, ["problem_state": true, "r2": 3]),
      row("32", 4, 0, done, ["pcias": 15]), row("33", 2, 2, done, ["pcias": 15]),
      row("34", 1, 3, done, ["pcias": 15]), row("35", 2, 1, done, ["pcias": 15]),
      row("36", 2, 3, operand, ["pcias": 15]), row("37", 4, 1, operand, ["pcias": 15]),
      row("38", 3, 0, operand, ["pcias": 15]), row("39", 8, 0, operand, ["pcias": 15]),
      row("40", 0, 0, operand, ["pcias": 15]),
      row("43", 2, 1, done, [:], ["region": "unaligned-ok"]),
      row("44", 2, 1, operand, [:], ["region": "aligned-only"]),
      row("off", 4, 0, invalid, [:], ["present": false]),
      row("wide", 8, 0, operand, [:], ["region": "four-bytes"]),
      row("narrow", 4, 0, done, [:], ["region": "four-bytes"]),
      row("beyond", 8, 0x1_0000_0000_0000, done),
    ]
  }

  private static var blocks: [ZpciCase] {
    func row(
      _ id: String, _ len: UInt64, _ expect: [String: Scalar], _ inputs: [String: Scalar] = [:],
      _ device: [String: Scalar] = [:]
    ) -> ZpciCase {
      let all = inputs.merging(["len": .number(len), "guest_addr": "0x10000", "guest_memory": "mapped"]) {
        old, _ in old
      }
      let request =
        (all["fh"]?.number ?? 0x8002_0001) << 32 | (all["pcias"]?.number ?? 0) << 16 | len
      let moved: [String: Scalar] = [
        "data": "len/8 stores of 8 bytes in ascending order", "counter": "STB+1",
      ]
      return ZpciCase(
        id, "PCISTB", all.merging(["request": .number(request)]) { $1 },
        device.merging(["maxstbl": 128]) { old, _ in old }, expect["cc"] == 0 ? with(expect, moved) : expect)
    }
    return [
      row("B01", 16, done), row("B02", 128, done), row("B03", 24, done, ["offset": 8]),
      row("B04", 8, specification), row("B05", 0, specification), row("B06", 12, specification),
      row("B07", 136, specification), row("B08", 72, specification, [:], ["maxstbl": 64]),
      row("B32", 8184, specification),
      row("B09", 64, specification, ["offset": 4]), row("B10", 64, specification, ["offset": 1]),
      row("B11", 64, specification, ["guest_addr": "0x10004"]),
      row("B12", 64, specification, ["guest_addr": "0x10001"]),
      row("B13", 128, done, ["offset": 0xf80]), row("B14", 128, specification, ["offset": 0xf88]),
      row("B15", 128, specification, ["offset": 0xfc0]), row("B16", 128, done, ["guest_addr": "0x10fc0"]),
      row("B17", 64, error(20), ["pcias": 15]), row("B18", 64, error(20), ["pcias": 6]),
      row("B19", 3, error(20), ["pcias": 15]),
      row("B20", 64, invalid, ["fh": "0x00020001"]), row("B21", 64, invalid, ["fh": "0x80020009"]),
      row("B22", 64, error(12), [:], ["state": "error"]),
      row("B23", 64, error(12), [:], ["state": "permanent_error"]),
      row("B24", 64, done, [:], ["state": "blocked"]),
      row("B25", 64, privileged, ["problem_state": true]),
      row("B26", 64, error(12), ["offset": 4], ["state": "error"]),
      row("B27", 64, specification, ["offset": 4], ["region": "refusing"]),
      row("B28", 64, operand, [:], ["region": "refusing"]),
      row("B29", 64, operand, ["guest_memory": "unmapped"], ["region": "refusing"]),
      row("B30", 64, access, ["guest_memory": "unmapped"]),
      row("B31", 0x2010, done), row("B33", 64, operand, [:], ["region": "plain-ram"]),
      row("B odd", 64, done, ["r3": 3]), row("B off", 64, invalid, [:], ["present": false]),
      row("B wide", 64, operand, [:], ["region": "four-bytes"]),
    ]
  }

  private static var refreshes: [ZpciCase] {
    func row(
      _ id: String, _ expect: [String: Scalar], _ inputs: [String: Scalar] = [:],
      _ device: [String: Scalar] = [:]
    ) -> ZpciCase {
      ZpciCase(
        id, "RPCIT",
        inputs.merging(["fh": "0x80020001", "start": "0x100000000", "size": "0x1000"]) { old, _ in old },
        device.merging([
          "iota": "set", "pba": "0x100000000", "pal": "0x1ffffffff", "dma_avail": 1,
        ]) { old, _ in old }, expect)
    }
    func fallen(_ event: Scalar) -> [String: Scalar] {
      with(error(8), ["new_state": "error", "event": event])
    }
    return [
      row("R01", with(done, ["counter": "RPCIT+1"])), row("R02", privileged, ["problem_state": true]),
      row("R03", specification, ["r2": 3]), row("R04", invalid, ["fh": "0x80020009"]),
      row("R05", invalid, ["fh": "0x00020001"], ["state": "disabled", "handle": "0x00020001"]),
      row("R06", invalid, [:], ["state": "permanent_error"]),
      row("R standby", invalid, ["fh": "0x00020001"], ["state": "standby", "handle": "0x00020001"]),
      row("R07", error(40), [:], ["state": "error"]),
      row("R08", fallen("0x0001"), [:], ["iota": "0"]),
      row("R09", fallen("0x0002"), ["start": "0x0"]), row("R10", fallen("0x0002"), ["start": "0x200000000"]),
      row("R11", fallen("walk code 0x3..0x9"), [:], ["walk": "error"]),
      row("R12", error(16), [:], ["dma_avail": 0]),
      row("R blocked", done, [:], ["state": "blocked"]),
    ]
  }

  private static var controls: [ZpciCase] {
    func modify(
      _ id: String, _ oc: UInt64, _ expect: [String: Scalar], _ inputs: [String: Scalar] = [:],
      _ device: [String: Scalar] = [:]
    ) -> ZpciCase {
      ZpciCase(
        id, "MPCIFC",
        inputs.merging([
          "fh": "0x80020001", "oc": .number(oc), "dmaas": 0, "fib_addr": "0x10000", "fib_fmt": 0,
        ]) { old, _ in old }, device.merging(["ioat": "none", "irqs": "none"]) { old, _ in old }, expect)
    }
    func store(
      _ id: String, _ expect: [String: Scalar], _ inputs: [String: Scalar] = [:],
      _ device: [String: Scalar] = [:]
    ) -> ZpciCase {
      ZpciCase(
        id, "STPCIFC",
        inputs.merging(["fh": "0x80020001", "dmaas": 0, "fib_addr": "0x10000"]) { old, _ in old }, device,
        expect)
    }
    func state(_ name: String) -> [String: Scalar] { with(done, ["new_state": .text(name)]) }
    let off: [String: Scalar] = ["state": "disabled", "handle": "0x00020001"]
    return [
      modify("M01", 2, done), modify("M02", 2, error(24), [:], ["irqs": "registered"]),
      modify("M03", 3, error(24)), modify("M03b", 3, done, [:], ["irqs": "registered"]),
      modify("M04", 4, done), modify("M05", 4, error(24), [:], ["ioat": "registered"]),
      modify("M06", 4, error(28), ["dmaas": 1]), modify("M07", 5, error(24)), modify("M08", 6, error(24)),
      modify("M07b", 5, done, [:], ["ioat": "registered"]),
      modify("M08b", 6, done, [:], ["ioat": "registered"]),
      modify("M09", 7, state("enabled"), [:], ["state": "error"]),
      modify("M10", 7, state("enabled"), [:], ["state": "blocked"]), modify("M11", 7, error(24)),
      modify("M12", 9, state("blocked"), [:], ["state": "error"]),
      modify("M13", 9, error(24), [:], ["state": "blocked"]), modify("M14", 1, operand),
      modify("M14b", 8, operand), modify("M14c", 16, operand),
      modify("M15", 2, specification, ["fib_addr": "0x10004"]), modify("M16", 2, operand, ["fib_fmt": 1]),
      modify("M17", 2, invalid, ["fh": "0x80020009"]), modify("M18", 2, invalid, ["fh": "0x00020001"], off),
      modify("M19", 2, invalid, [:], ["state": "permanent_error"]),
      modify("M20", 10, done, ["fmb_addr": "0x10000"]),
      modify("M20b", 10, done, ["fmb_addr": "0x0"]),
      modify(
        "M21", 10, ["kind": "cc", "cc": 1, "status": nil, "event": "0x002c"], ["fmb_addr": "0x10001"]),
      modify("M22", 2, specification, ["fh": "0x80020009", "fib_addr": "0x10004"]),
      modify("M privileged", 2, privileged, ["problem_state": true]),
      modify("M unmapped", 2, access, ["fib_memory": "unmapped"]),
      store("F01", with(done, ["fib_fc": "0x80"])),
      store("F02", with(done, ["fib_fc": "0x90"]), [:], ["ioat": "registered"]),
      store("F03", with(done, ["fib_fc": "0xc0"]), [:], ["state": "blocked"]),
      store("F04", with(done, ["fib_fc": "0xe0"]), [:], ["state": "error"]),
      store("F05", error(8), [:], ["state": "permanent_error"]), store("F06", error(28), ["dmaas": 1]),
      store("F07", specification, ["fib_addr": "0x10004"]),
      store("F08", error(28), ["dmaas": 1, "fib_addr": "0x10004"]), store("F09", invalid, [:], off),
      store("F10", with(done, ["fib_fc": "0x00"]), ["fh": "0x00020001"], off),
      store("F index", with(done, ["fib_fc": "0x80"]), ["fh": "0x00000001"]),
      store("F unknown", invalid, ["fh": "0x80020009"]),
      store("F standby", invalid, ["fh": "0x00020001"], ["state": "standby", "handle": "0x00020001"]),
      store("F reserved", invalid, ["fh": "0x00020001"], ["state": "reserved", "handle": "0x00020001"]),
      store("F privileged", privileged, ["problem_state": true]),
      store("F unmapped", access, ["fib_memory": "unmapped"]),
    ]
  }

  private static var others: [ZpciCase] {
    [
      ZpciCase("X04", "any", [:], ["cpu features": "no zpci"], operation),
      ZpciCase("X", "PCILG/PCISTG", ["zpci feature": "missing"], [:], operation),
    ]
      + ZpciInstruction.allCases.flatMap { instruction in
        [ZpciCase("X04 \(instruction.rawValue)", instruction.rawValue, [:], ["zpci": false], operation)]
          + (instruction.isMIO
            ? [ZpciCase("X \(instruction.rawValue)", instruction.rawValue, [:], [:], operation)] : [])
      }
  }
}
