import DaxModel

// `insn`: one instruction of zPCI.

/// What can be said about an instruction: `name=value`. The names are those of the tables of cases.
enum InstructionField: String, CaseIterable {
  case problemState = "problem_state"
  case r1, r2, r3, request, fh, pcias, len, offset, addr, data
  case guestAddress = "guest_addr"
  case guestMemory = "guest_memory"
  case oc, dmaas
  case fibAddress = "fib_addr"
  case fibFormat = "fib_fmt"
  case fibMemory = "fib_memory"
  case fmbAddress = "fmb_addr"
  case start, size
  case state, handle, region, maxstbl, ioat, irqs, iota, pba, pal
  case dmaAvailable = "dma_avail"
  case walk, present, mio, zpci, rules

  var summary: String {
    switch self {
    case .problemState: "whether a program runs, not the kernel"
    case .r1, .r2, .r3: "the number of the register"
    case .request: "the request register as a whole"
    case .fh: "the handle in the request"
    case .pcias: "the address space: 0 to 5 for a BAR, 15 for configuration space"
    case .len: "the length in the request"
    case .offset: "where in the address space"
    case .addr: "the address of a MIO form"
    case .data: "what a store finds in R1"
    case .guestAddress: "where in memory a block store begins"
    case .guestMemory: "whether memory is there"
    case .oc: "the operation of MPCIFC"
    case .dmaas: "the DMA address space"
    case .fibAddress: "the address of the function information block"
    case .fibFormat: "its format"
    case .fibMemory: "whether memory is there"
    case .fmbAddress: "the address of the measurement block"
    case .start: "the first DMA address that RPCIT refreshes"
    case .size: "how many bytes it refreshes"
    case .state: "the state of the function"
    case .handle: "the handle of the function"
    case .region: "what lies behind its BARs"
    case .maxstbl: "its longest block store"
    case .ioat: "for MPCIFC and STPCIFC: whether a translation of DMA addresses is registered"
    case .iota: "for RPCIT: the same as ioat"
    case .irqs: "whether interruptions are registered"
    case .pba: "the first DMA address that is translated; of the block for MPCIFC"
    case .pal: "the last DMA address that is translated; of the block for MPCIFC"
    case .dmaAvailable: "how many mappings there is room for"
    case .walk: "whether the translation tables are sound"
    case .present: "whether the slot has power"
    case .mio: "whether the machine has MIO"
    case .zpci: "whether the machine has PCI"
    case .rules: "how strictly the instruction is checked"
    }
  }

  var values: [String] {
    switch self {
    case .problemState, .present, .mio, .zpci: ["yes", "no"]
    case .guestMemory, .fibMemory: ["mapped", "unmapped"]
    case .ioat, .iota, .irqs: ["registered", "none"]
    case .walk: ["ok", "error"]
    case .state: ZpciFunction.State.allCases.map { $0.rawValue }
    case .region: ZpciFunction.Region.allCases.map { $0.rawValue }
    case .rules: Platform.rules.map { $0.name }
    default: []
    }
  }

  /// Whether it says what the function is, not what is asked of it.
  func isAboutFunction(_ instruction: ZpciInstruction) -> Bool {
    switch self {
    case .state, .handle, .region, .maxstbl, .ioat, .irqs, .iota, .dmaAvailable, .walk, .present, .mio, .zpci,
      .rules:
      true
    case .pba, .pal: instruction != .mpcifc
    default: false
    }
  }
}

/// An instruction as it was written, and the function that it is for.
struct InstructionSetup {
  var instruction: ZpciInstruction
  var operands: ZpciOperands
  var function: ZpciFunction
  var facilities: ZpciFacilities
  var rules: ZpciRules
  /// Parts of the request, unless it is given as a whole.
  private var request: UInt64?
  private var handle: UInt64
  private var space: UInt64
  private var length: UInt64
  private var operation: UInt64 = 2
  private var dmaSpace: UInt64 = 0

  init(
    _ instruction: ZpciInstruction, _ function: ZpciFunction, space: UInt64, facilities: ZpciFacilities,
    rules: ZpciRules
  ) {
    self.instruction = instruction
    self.function = function
    self.facilities = facilities
    self.rules = rules
    operands = ZpciOperands(ZpciRequest(0))
    operands.data = 0x1122_3344_5566_7788
    handle = UInt64(function.handle.rawValue)
    self.space = space
    length = instruction == .pcistb || instruction == .pcistbi ? 128 : 8
  }

  mutating func apply(_ field: InstructionField, _ token: Token) throws(Diagnostic) {
    func number() throws(Diagnostic) -> UInt64 { try token.unsigned(field.rawValue) }
    func small(_ limit: UInt64) throws(Diagnostic) -> UInt64 {
      let value = try number()
      if value <= limit { return value }
      throw Diagnostic("\(field.rawValue) is at most \(hex(limit))", at: token)
    }
    func flag() throws(Diagnostic) -> Bool { try InstructionSetup.flag(token, field) }
    switch field {
    case .problemState: operands.isProblemState = try flag()
    case .r1: operands.r1 = UInt8(try small(15))
    case .r2: operands.r2 = UInt8(try small(15))
    case .r3: operands.r3 = UInt8(try small(15))
    case .request: request = try number()
    case .fh: handle = try small(0xffff_ffff)
    case .pcias: space = try small(0xffff)
    case .len: length = try small(0xffff)
    case .offset: operands.offset = try number()
    case .addr: _ = try number()
    case .data: operands.data = try number()
    case .guestAddress: operands.source = try number()
    case .guestMemory: operands.isSourceMapped = try flag()
    case .oc: operation = try small(255)
    case .dmaas: dmaSpace = try small(255)
    case .fibAddress: operands.block.address = try number()
    case .fibFormat: operands.block.format = UInt8(try small(255))
    case .fibMemory: operands.block.isMapped = try flag()
    case .fmbAddress: operands.block.measurementBlock = try number()
    case .start: operands.start = try number()
    case .size: operands.size = try number()
    case .state: function.state = try InstructionSetup.state(token)
    case .handle: function.handle = FunctionHandle(UInt32(try small(0xffff_ffff)))
    case .region: function.regions = Array(repeating: try InstructionSetup.region(token), count: 6)
    case .maxstbl: function.longestBlock = try number()
    case .ioat, .iota: function.controls.hasTranslation = try flag()
    case .irqs: function.controls.hasInterruptions = try flag()
    case .pba:
      if instruction == .mpcifc {
        operands.block.dmaStart = try number()
      } else {
        function.controls.dmaStart = try number()
      }
    case .pal:
      if instruction == .mpcifc {
        operands.block.dmaEnd = try number()
      } else {
        function.controls.dmaEnd = try number()
      }
    case .dmaAvailable: function.controls.dmaCredits = try number()
    case .walk: function.controls.tableFault = try flag() ? nil : .invalidTableType
    case .present: function.isPresent = try flag()
    case .mio: facilities.hasMIO = try flag()
    case .zpci: facilities.hasZpci = try flag()
    case .rules:
      let names = Platform.rules.map { $0.name }
      guard let name = NameMatch.find(token.text, in: names).name,
        let entry = Platform.rules.first(where: { $0.name == name })
      else { throw unknownName(token, kind: "set of rules", among: names) }
      rules = entry.rules
    }
  }

  /// Puts the request together. A handle that is not given is the function's own.
  mutating func finish(hasHandle: Bool) {
    if !hasHandle { handle = UInt64(function.handle.rawValue) }
    let low =
      switch instruction {
      case .mpcifc, .stpcifc: dmaSpace << 16 | (instruction == .mpcifc ? operation : 0)
      case .rpcit: UInt64(0)
      default: space << 16 | length
      }
    operands.request = ZpciRequest(request ?? handle << 32 | low)
  }

  /// A MIO form takes an address: the place in a BAR that it is, if it is one.
  mutating func use(_ place: (space: UInt8, offset: UInt64)?) {
    operands.isAddressMapped = place != nil
    guard let place else { return }
    space = UInt64(place.space)
    operands.offset = place.offset
  }

  static func flag(_ token: Token, _ field: InstructionField) throws(Diagnostic) -> Bool {
    switch token.text.lowercased() {
    case "yes", "true", "on", "1", "mapped", "set", "registered", "ok": return true
    case "no", "false", "off", "0", "unmapped", "none", "error": return false
    default:
      if case .success(let number) = Number.parse(token.text) { return number != 0 }
      throw Diagnostic(
        "`\(token.text)` is no value for \(field.rawValue)", at: token,
        hint: "there are " + listed(field.values.isEmpty ? ["yes", "no"] : field.values, "and"))
    }
  }

  static func state(_ token: Token) throws(Diagnostic) -> ZpciFunction.State {
    let names = ZpciFunction.State.allCases.map { $0.rawValue }
    if let name = NameMatch.find(token.text, in: names).name, let state = ZpciFunction.State(rawValue: name) {
      return state
    }
    throw unknownName(token, kind: "state", among: names, hint: "there are " + listed(names, "and"))
  }

  static func region(_ token: Token) throws(Diagnostic) -> ZpciFunction.Region {
    let names = ZpciFunction.Region.allCases.map { $0.rawValue }
    if let name = NameMatch.find(token.text, in: names).name, let region = ZpciFunction.Region(rawValue: name)
    {
      return region
    }
    throw unknownName(token, kind: "kind of region", among: names, hint: "there are " + listed(names, "and"))
  }
}

extension ZpciInstruction {
  static let names = allCases.map { $0.rawValue }

  /// The instruction of that name, in small or capital letters.
  static func named(_ text: String) -> ZpciInstruction? { ZpciInstruction(rawValue: text.uppercased()) }
}

extension Session {
  mutating func insn(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1, options: InstructionField.allCases.map { $0.rawValue })
    guard let token = line.arguments.first else {
      if let option = line.options.first {
        throw Diagnostic(
          "which instruction?", at: option.name, hint: "for example: insn PCILG \(option.name.text)=…")
      }
      return instructionsAnswer()
    }
    guard let instruction = ZpciInstruction.named(token.text) else {
      throw unknownName(
        token, kind: "instruction", among: ZpciInstruction.names, hint: "`insn` alone lists them")
    }
    let fields = line.options.compactMap { option in
      InstructionField(rawValue: option.name.text).map { (field: $0, value: option.value) }
    }
    let own =
      fields.contains { $0.field.isAboutFunction(instruction) }
      ? nil : machine.kernel.zpciFunction(of: device)
    var setup = instructionSetup(instruction, own)
    for (field, value) in fields { try setup.apply(field, value) }
    if let address = line[option: "addr"] {
      setup.use(mappedPlace(KernelAddress(try address.unsigned("the address"))))
    }
    setup.finish(hasHandle: line[option: "fh"] != nil)
    guard own != nil else {
      let result = setup.function.run(
        instruction, setup.operands, under: setup.rules, with: setup.facilities)
      return answer(setup, result, own: false)
    }
    try requireAlive(line)
    let (operands, number) = (setup.operands, device)
    let result = debugger.timeline.change { $0.execute(instruction, operands, on: number) }
    return answer(setup, result ?? setup.function.run(instruction, operands), own: true)
  }

  /// What an instruction is run on: the machine's function, or one that stands for any.
  private func instructionSetup(_ instruction: ZpciInstruction, _ own: ZpciFunction?) -> InstructionSetup {
    guard let own, let zpci = machine.kernel.zpci else {
      return InstructionSetup(
        instruction, ZpciFunction(handle: FunctionHandle(0x8002_0001)), space: 0,
        facilities: ZpciFacilities(), rules: .emulation)
    }
    let attachment = machine.kernel.devices[device].attachment
    let bar = attachment.linuxLookup(id: 0, rules: release.shmLookupRules).outcome.region?.bar
    return InstructionSetup(
      instruction, own, space: UInt64(bar ?? 0), facilities: ZpciFacilities(hasMIO: zpci.hasMIO),
      rules: zpci.rules)
  }

  private func mappedPlace(_ address: KernelAddress) -> (space: UInt8, offset: UInt64)? {
    guard case .mio(let entry, let offset) = machine.kernel.meaning(of: address), entry.device == device
    else {
      return nil
    }
    return (entry.bar, offset)
  }

  private func instructionsAnswer() -> Answer {
    let rows: [Datum] = ZpciInstruction.allCases.map {
      [
        "insn": .text($0.rawValue), "opcode": .text($0.opcode), "format": .text($0.format),
        "does": .text($0.summary),
      ]
    }
    var table = Table(["rows": .list(rows)])
    table.wrapsLastColumn = true
    return Answer(["rows": .list(rows)], text: table.rendered(options))
  }
}
