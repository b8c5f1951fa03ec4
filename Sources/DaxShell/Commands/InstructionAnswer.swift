import DaxModel

// How one instruction ended, for a program and for a person.

extension Session {
  func answer(_ setup: InstructionSetup, _ result: ZpciResult, own: Bool) -> Answer {
    let moved = bytesMoved(setup, result, own: own)
    let effect = effect(setup, result)
    var record: Datum = [
      "insn": .text(setup.instruction.rawValue), "kind": .text(result.outcome.kindName),
      "cc": result.outcome.conditionCode.map { .count(UInt64($0.rawValue)) } ?? .null,
      "status": result.outcome.status.map { .count(UInt64($0.rawValue)) } ?? .null,
      "program": .optional(result.outcome.program?.name),
      "code": .optional(result.outcome.program.map { "0x" + $0.digits }),
      "effect": .text(effect), "rule": .optional(result.rule?.rawValue),
      "planned": .bool(result.isPlanned), "state": .text(result.stateAfter.rawValue),
      "event": .optional(result.event?.digits), "request": .hex(result.request.rawValue),
      "counter": .optional(result.counted.map { $0.rawValue + "+1" }),
      "fib_fc": result.functionControl.map { .hex(UInt64($0)) } ?? .null,
      "errno": .optional(result.outcome.errno?.name), "on": .text(own ? "machine" : "example"),
    ]
    record.set("bytes", .optional(moved.map { hexText($0) }))
    let isLoad = result.transfer?.kind == .load
    record.set(
      "data", moved.map { isLoad ? .hex(ByteLanes.register($0)) : .hex(setup.operands.data) } ?? .null)

    var lines = wrapped(question(setup, own: own), indent: 0)
    lines += hanging("=> ", verdict(setup.instruction, result.outcome))
    if let rule = result.rule {
      let note = rule.note(for: setup.instruction)
      lines += hanging("   ", "Decided by \(rule.rawValue), which is not met: \(note.what) \(note.why)")
    } else if result.isPlanned {
      lines += hanging("   ", "It was asked for with `inject`; nothing was looked at and nothing moved.")
    }
    if !result.isPlanned { lines += hanging("   ", effect) }
    if let moved, isLoad {
      let register = "0x" + hexDigits(ByteLanes.register(moved), width: 16)
      lines.append("   PCI bytes \(hexText(moved)), in r\(setup.operands.r1) \(register)")
    } else if let moved {
      let register = "0x" + hexDigits(setup.operands.data, width: 16)
      lines.append("   r\(setup.operands.r1) holds \(register), PCI bytes \(hexText(moved))")
    }
    if let event = result.event { lines += hanging("   ", "Event \(event.digits): \(event.meaning).") }
    return Answer(record, lines: lines)
  }

  /// What was asked.
  private func question(_ setup: InstructionSetup, own: Bool) -> String {
    let (request, operands) = (setup.operands.request, setup.operands)
    let handle = "handle \(request.handle)"
    let detail: String
    switch setup.instruction {
    case .pcilg, .pcistg:
      detail = "\(handle), \(space(request)), \(request.length) bytes at offset \(hex(operands.offset))"
    case .pcistb:
      detail =
        "\(handle), \(space(request)), \(request.blockLength) bytes from \(hex(operands.source)) to offset "
        + hex(operands.offset)
    case .pcilgi, .pcistgi, .pcistbi:
      let length = setup.instruction == .pcistbi ? request.blockLength : request.length
      detail =
        operands.isAddressMapped
        ? "\(length) bytes, mapped: \(space(request)), offset \(hex(operands.offset))"
        : "\(length) bytes at an address where no BAR is mapped"
    case .rpcit:
      detail = "\(handle), DMA addresses from \(hex(operands.start)) on, \(hex(operands.size)) bytes"
    case .mpcifc:
      detail =
        "\(handle), operation \(request.rawValue & 0xff)"
        + (request.operation.map { " (\($0.summary))" } ?? "")
    case .stpcifc: detail = "\(handle), into the block at \(hex(operands.block.address))"
    case .pciwb: detail = "no operands"
    }
    let whose = own ? machine.kernel.devices[device].name : "a function that stands for any"
    return "\(setup.instruction.rawValue) on \(whose): \(detail)"
  }

  private func space(_ request: ZpciRequest) -> String {
    switch request.space {
    case 0...5: "BAR \(request.space)"
    case 15: "configuration space"
    default: "space \(request.space)"
    }
  }

  /// How it ended, and what Linux makes of it.
  func verdict(_ instruction: ZpciInstruction, _ outcome: ZpciOutcome) -> String {
    switch outcome {
    case .completed(.done, _): return "condition code 0: done"
    case .completed(.error, let status):
      guard let status else { return "condition code 1, without a status; Linux: EIO" }
      let meaning = instruction.meaning(of: status).map { " (\($0))" } ?? ""
      return "condition code 1, status \(status.rawValue)\(meaning); Linux: EIO"
    case .completed(.busy, _): return "condition code 2: busy; Linux waits and tries again"
    case .completed(.invalidHandle, _): return "condition code 3: invalid handle; Linux: EIO"
    case .program(let exception):
      return "program interruption \(exception.digits), \(exception.name); Linux: ENXIO"
    case .accessException: return "access exception: memory is not there; in the kernel, an oops"
    }
  }

  /// What it did.
  private func effect(_ setup: InstructionSetup, _ result: ZpciResult) -> String {
    var sentences: [String] = []
    if let transfer = result.transfer { sentences.append(sentence(transfer, setup)) }
    if let control = result.functionControl {
      sentences.append("The block holds the control byte 0x\(hexDigits(UInt64(control), width: 2)).")
    }
    if !result.isPlanned, result.rule == nil || result.rule == .dmaCredits {
      switch setup.instruction {
      case .rpcit: sentences.append("The function looks at its translation tables again.")
      case .mpcifc:
        if let operation = setup.operands.request.operation {
          sentences.append("Done: \(operation.summary).")
        }
      case .pciwb: sentences.append("Earlier stores to mapped addresses have reached the function.")
      default: break
      }
    }
    if result.stateBefore != result.stateAfter {
      sentences.append(
        "The function goes from state \(result.stateBefore.rawValue) to \(result.stateAfter.rawValue).")
    }
    return sentences.isEmpty ? setup.nothingDone(result) : sentences.joined(separator: " ")
  }

  private func sentence(_ transfer: ZpciTransfer, _ setup: InstructionSetup) -> String {
    let register = "r\(setup.operands.r1)"
    let bytes = transfer.moved == 1 ? "1 byte" : "\(transfer.moved) bytes"
    let isNarrowed = transfer.moved != transfer.length
    let quirk =
      isNarrowed
      ? " The emulation makes an access of \(bytes) out of a length of \(transfer.length)." : ""
    switch transfer.kind {
    case .load:
      let rest = transfer.moved == 8 ? "" : " at its right end and zeros elsewhere"
      return "\(register) holds \(bytes)\(rest)." + quirk
    case .store: return "Stored: \(bytes) from the right end of \(register)." + quirk
    case .blockStore:
      return "\(transfer.moved / 8) doublewords are stored in ascending order, their bytes as in memory."
    }
  }

  /// The bytes of PCI memory that were moved: those of the machine, or for an example 11, 22, 33…
  private func bytesMoved(_ setup: InstructionSetup, _ result: ZpciResult, own: Bool) -> [UInt8]? {
    guard let transfer = result.transfer else { return nil }
    switch transfer.kind {
    case .blockStore: return nil
    case .store: return ByteLanes.bytes(of: setup.operands.data, length: transfer.moved)
    case .load:
      if own {
        return machine.kernel.bytes(
          of: device, space: transfer.space, offset: transfer.offset, length: transfer.moved)
      }
      return (0..<transfer.moved).map { UInt8(0x11 * ($0 + 1)) }
    }
  }

  private func hexText(_ bytes: [UInt8]) -> String {
    bytes.map { hexDigits(UInt64($0), width: 2) }.joined(separator: " ")
  }
}

extension InstructionSetup {
  /// What is said of an instruction that came to nothing, or nearly so.
  fileprivate func nothingDone(_ result: ZpciResult) -> String {
    switch (instruction, result.rule) {
    case (.mpcifc, .measurementAligned): "Measuring stops."
    case (.mpcifc, .dmaRange) where operands.request.operation == .reregisterTranslation:
      "The translation that was registered is gone."
    case (.mpcifc, _): "Nothing is changed."
    case (.stpcifc, _): "Nothing is stored."
    case (.rpcit, _): "Nothing is refreshed."
    case (.pciwb, _): "Nothing is waited for."
    default: "Nothing is moved."
    }
  }
}

extension ZpciOutcome {
  /// As the tables of cases name it.
  var kindName: String {
    switch self {
    case .completed: "cc"
    case .program: "pgm"
    case .accessException: "access_exception"
    }
  }

  /// The program interruption, if there is one.
  var program: ProgramException? {
    if case .program(let exception) = self { exception } else { nil }
  }
}
