import Testing

@testable import DaxModel

/// `zpci-instructions.json`: instructions, what they find, and how they end.
struct ZpciCases: Decodable, Sendable {
  var conventions: Conventions
  var cases: [ZpciCase]

  struct Conventions: Decodable, Sendable {
    var defaultHandle: HexNumber
    var defaultMaxstbl: UInt64

    enum CodingKeys: String, CodingKey {
      case defaultHandle = "default_handle"
      case defaultMaxstbl = "default_maxstbl"
    }
  }

  static func load() throws -> ZpciCases { try loaded.get() }

  private static let loaded = Result { try Fixtures.json("zpci-instructions.json", as: ZpciCases.self) }
}

/// A row: fields by name, whatever their spelling.
struct ZpciCase: Decodable, Sendable, CustomTestStringConvertible {
  var id: String
  var insn: String
  var inputs: [String: Scalar]
  var device: [String: Scalar]
  var expect: [String: Scalar]
  var note: String?

  var testDescription: String { "\(id) \(note ?? insn)" }

  private enum CodingKeys: String, CodingKey { case id, insn, inputs, device, expect, note }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    insn = try container.decode(String.self, forKey: .insn)
    inputs = try container.decodeIfPresent([String: Scalar].self, forKey: .inputs) ?? [:]
    device = try container.decodeIfPresent([String: Scalar].self, forKey: .device) ?? [:]
    expect = try container.decode([String: Scalar].self, forKey: .expect)
    note = try container.decodeIfPresent(String.self, forKey: .note)
  }

  /// The instructions that the row is about: one, several, or any.
  var instructions: [ZpciInstruction] {
    let words = insn.split { " /,|".contains($0) }.map { $0.uppercased() }
    if words.contains(where: { ["ANY", "ALL", "*"].contains($0) }) { return ZpciInstruction.allCases }
    return words.compactMap(ZpciInstruction.init(rawValue:))
  }

  init(
    _ id: String, _ insn: String, _ inputs: [String: Scalar] = [:], _ device: [String: Scalar] = [:],
    _ expect: [String: Scalar]
  ) {
    (self.id, self.insn, self.inputs, self.device, self.expect) = (id, insn, inputs, device, expect)
  }
}

/// What a field of a row may hold.
enum Scalar: Decodable, Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  case null
  case flag(Bool)
  case number(UInt64)
  case text(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(UInt64.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: UInt64) { self = .number(value) }
  init(booleanLiteral value: Bool) { self = .flag(value) }
  init(nilLiteral: ()) { self = .null }

  /// A number, written as one or in hexadecimal.
  var number: UInt64? {
    switch self {
    case .number(let number): number
    case .text(let text) where text.hasPrefix("0x"): UInt64(text.dropFirst(2), radix: 16)
    case .text(let text): UInt64(text)
    case .null, .flag: nil
    }
  }

  var text: String? { if case .text(let text) = self { text } else { nil } }

  /// Yes or no, as people write it.
  var isOn: Bool? {
    switch self {
    case .null: return false
    case .flag(let flag): return flag
    case .number(let number): return number != 0
    case .text(let text):
      if let number { return number != 0 }
      switch text.lowercased() {
      case "set", "registered", "mapped", "yes", "true", "on", "ok", "present", "readable", "writable":
        return true
      case "none", "unset", "unregistered", "unmapped", "no", "false", "off", "absent", "missing",
        "unreadable",
        "error":
        return false
      default: return nil
      }
    }
  }
}

/// A row that the tests do not understand.
struct UnknownField: Error, CustomStringConvertible {
  var description: String
}

extension ZpciCase {
  /// What the row describes, ready to be run.
  struct Setup {
    var instruction: ZpciInstruction
    var operands: ZpciOperands
    var function: ZpciFunction
    var facilities = ZpciFacilities()
  }

  private func odd(_ name: String, _ value: Scalar) -> UnknownField {
    UnknownField(description: "row \(id): `\(name)` cannot be \(value)")
  }

  private func number(_ name: String, _ value: Scalar) throws -> UInt64 {
    guard let number = value.number else { throw odd(name, value) }
    return number
  }

  private func flag(_ name: String, _ value: Scalar) throws -> Bool {
    guard let flag = value.isOn else { throw odd(name, value) }
    return flag
  }

  func setup(_ instruction: ZpciInstruction, _ conventions: ZpciCases.Conventions) throws -> Setup {
    var function = ZpciFunction(
      handle: FunctionHandle(UInt32(truncatingIfNeeded: conventions.defaultHandle.value)))
    function.longestBlock = conventions.defaultMaxstbl
    var setup = Setup(
      instruction: instruction, operands: ZpciOperands(ZpciRequest(0)), function: function)
    for (name, value) in device { try apply(device: name, value, to: &setup) }
    for (name, value) in inputs { try apply(input: name, value, to: &setup) }
    setup.operands.request = try request(conventions)
    return setup
  }

  /// The request register: as it stands in the row, or put together from its fields.
  private func request(_ conventions: ZpciCases.Conventions) throws -> ZpciRequest {
    if let value = inputs["request"] { return ZpciRequest(try number("request", value)) }
    func field(_ name: String, _ standard: UInt64) throws -> UInt64 {
      try inputs[name].map { try number(name, $0) } ?? standard
    }
    let handle = try field("fh", conventions.defaultHandle.value) << 32
    return ZpciRequest(
      try handle | field("dmaas", field("pcias", 0)) << 16 | field("oc", field("len", 0)))
  }

  private func apply(input name: String, _ value: Scalar, to setup: inout Setup) throws {
    switch name {
    case "problem_state": setup.operands.isProblemState = try flag(name, value)
    case "r1": setup.operands.r1 = UInt8(truncatingIfNeeded: try number(name, value))
    case "r2": setup.operands.r2 = UInt8(truncatingIfNeeded: try number(name, value))
    case "r3": setup.operands.r3 = UInt8(truncatingIfNeeded: try number(name, value))
    case "request", "fh", "pcias", "len", "oc", "dmaas": _ = try number(name, value)
    case "offset": setup.operands.offset = try number(name, value)
    case "guest_addr", "source": setup.operands.source = try number(name, value)
    case "guest_memory":
      setup.operands.isSourceMapped = try flag(name, value)
      setup.operands.block.isMapped = setup.operands.isSourceMapped
    case "start": setup.operands.start = try number(name, value)
    case "size": setup.operands.size = try number(name, value)
    case "fib_addr": setup.operands.block.address = try number(name, value)
    case "fib_fmt": setup.operands.block.format = UInt8(truncatingIfNeeded: try number(name, value))
    case "fib_memory": setup.operands.block.isMapped = try flag(name, value)
    case "fmb_addr": setup.operands.block.measurementBlock = try number(name, value)
    default:
      guard ZpciCase.isAboutFacility(name) else {
        throw UnknownField(description: "row \(id): no input is called `\(name)`")
      }
      try apply(device: name, value, to: &setup)
    }
  }

  private func apply(device name: String, _ value: Scalar, to setup: inout Setup) throws {
    switch name {
    case "present": setup.function.isPresent = try flag(name, value)
    case "handle":
      setup.function.handle = FunctionHandle(UInt32(truncatingIfNeeded: try number(name, value)))
    case "state":
      let words = value.text?.split { $0 == " " || $0 == "-" || $0 == "_" }.joined(separator: "_") ?? ""
      guard let state = ZpciFunction.State(rawValue: words.lowercased()) else { throw odd(name, value) }
      setup.function.state = state
    case "region":
      guard let region = value.text.flatMap(ZpciFunction.Region.init(rawValue:)) else {
        throw odd(name, value)
      }
      setup.function.regions = Array(repeating: region, count: 6)
    case "maxstbl": setup.function.longestBlock = try number(name, value)
    case "ioat", "iota": setup.function.controls.hasTranslation = try flag(name, value)
    case "irqs": setup.function.controls.hasInterruptions = try flag(name, value)
    case "pba": setup.function.controls.dmaStart = try number(name, value)
    case "pal": setup.function.controls.dmaEnd = try number(name, value)
    case "dma_avail": setup.function.controls.dmaCredits = try number(name, value)
    case "walk": setup.function.controls.tableFault = try flag(name, value) ? nil : .invalidTableType
    case "mio": setup.facilities.hasMIO = try flag(name, value)
    default:
      guard ZpciCase.isAboutFacility(name) else {
        throw UnknownField(description: "row \(id): nothing of a device is called `\(name)`")
      }
      if let isOn = value.isOn {
        setup.facilities.hasZpci = isOn
      } else {
        // A list of features, or a word about the one.
        let words = (value.text ?? "").lowercased().split { !$0.isLetter }
        let isDenied = words.contains { ["no", "without", "lacks", "absent", "missing"].contains($0) }
        setup.facilities.hasZpci = words.contains("zpci") && !isDenied
      }
    }
  }

  /// Whether a field says if the machine has PCI, however it is spelt.
  private static func isAboutFacility(_ name: String) -> Bool {
    ["zpci", "feature", "facilit", "cpu"].contains { name.lowercased().contains($0) }
  }
}

extension ZpciCase {
  /// Runs the row and compares every field that it expects.
  func check(_ conventions: ZpciCases.Conventions) throws {
    if instructions.isEmpty { throw UnknownField(description: "row \(id): `\(insn)` is no instruction") }
    for instruction in instructions { try check(try setup(instruction, conventions)) }
  }

  private func check(_ given: Setup) throws {
    var setup = given
    let before = setup.function
    let result = setup.function.run(
      setup.instruction, setup.operands, under: .emulation, with: setup.facilities)
    for (name, value) in expect { try check(name, value, result, setup, before) }
    #expect(result.stateAfter == setup.function.state)
    if expect["new_state"] == nil { #expect(setup.function.state == before.state) }
    let asks = setup.instruction.rules(under: .emulation)
    if let rule = result.rule { #expect(asks.contains(rule), "\(rule) is among the rules of \(insn)") }
    let isDone = result.outcome.conditionCode == .done
    #expect(isDone == (result.rule == nil))
    if result.outcome.status == nil {
      var request = setup.operands.request.rawValue
      // STPCIFC gives the enable bit to a handle that lacks it.
      if setup.instruction == .stpcifc, isDone, before.isConfigured { request |= 1 << 63 }
      #expect(result.request.rawValue == request)
    }
  }

  private func check(
    _ name: String, _ value: Scalar, _ result: ZpciResult, _ setup: Setup, _ before: ZpciFunction
  ) throws {
    switch name {
    case "kind":
      let kind =
        switch result.outcome {
        case .completed: "cc"
        case .program: "pgm"
        case .accessException: "access_exception"
        }
      #expect(.text(kind) == value)
    case "cc": #expect(result.outcome.conditionCode.map { UInt64($0.rawValue) } == value.number)
    case "status":
      #expect(result.outcome.status.map { UInt64($0.rawValue) } == value.number)
      if let status = value.number { #expect(result.request.rawValue >> 24 & 0xff == status) }
    case "name": #expect(program(result).map { .text($0.name) } == value)
    case "code": #expect(program(result).map { UInt64($0.rawValue) } == value.number)
    case "new_state":
      let state = value.text ?? before.state.rawValue
      #expect(result.stateAfter.rawValue == state)
    case "fib_fc": #expect(result.functionControl.map { UInt64($0) } == value.number)
    case "event" where value == .null: #expect(result.event == nil)
    case "event":
      if value.number == nil, value.text?.hasPrefix("walk code") == true {
        #expect(result.event.map { ZpciEvent.walkCodes.contains($0.rawValue) } == true)
      } else {
        #expect(value.number != nil, "`\(value)` is an event")
        #expect(result.event.map { UInt64($0.rawValue) } == value.number)
      }
    case "counter" where value == .null: #expect(result.counted == nil)
    case "counter":
      #expect(result.counted.map { .text($0.rawValue + "+1") } == value)
      let (old, new) = (before.counters, setup.function.counters)
      #expect(new.loads - old.loads == (result.counted == .loads ? 1 : 0))
      #expect(new.stores - old.stores == (result.counted == .stores ? 1 : 0))
      #expect(new.blockStores - old.blockStores == (result.counted == .blockStores ? 1 : 0))
      #expect(new.refreshes - old.refreshes == (result.counted == .refreshes ? 1 : 0))
    case "data": try checkData(value, result)
    case "quirk":
      #expect(value.text?.hasPrefix("length passes the dword test") == true, "\(value)")
      let moved = [3: 1, 5: 1, 6: 2, 7: 1] as [UInt64: UInt64]
      #expect(moved[setup.operands.request.length] == result.transfer?.moved)
    default: throw UnknownField(description: "row \(id): no result is called `\(name)`")
    }
  }

  private func program(_ result: ZpciResult) -> ProgramException? {
    if case .program(let exception) = result.outcome { exception } else { nil }
  }

  private func checkData(_ value: Scalar, _ result: ZpciResult) throws {
    let text = value.text ?? "nothing"
    if ["nothing", "none", "unchanged", "not "].contains(where: { text.hasPrefix($0) }) {
      #expect(result.transfer == nil)
      return
    }
    let transfer = try #require(result.transfer)
    switch value.text {
    case "loaded, zero-extended in r1":
      #expect(transfer.kind == .load)
      let bytes = (1...transfer.moved).map { UInt8($0) }
      #expect(transfer.moved == 8 || ByteLanes.register(bytes) < 1 << (8 * transfer.moved))
    case "low len bytes of r1 stored":
      #expect(transfer.kind == .store)
      let bytes = ByteLanes.bytes(of: 0x1122_3344_5566_7788, length: transfer.moved)
      #expect(ByteLanes.register(bytes) == 0x1122_3344_5566_7788 & (UInt64.max >> (64 - 8 * transfer.moved)))
    case "len/8 stores of 8 bytes in ascending order":
      #expect(transfer.kind == .blockStore)
      #expect(transfer.moved == transfer.length && transfer.length % 8 == 0)
    default: throw odd("data", value)
    }
  }
}
