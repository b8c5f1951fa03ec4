import DaxModel

// `zpci`: the functions of the machine, the table behind the cookies, and what was counted.

extension Session {
  mutating func zpci(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    guard let token = line.arguments.first else { return zpciAnswer() }
    try requireAlive(line)
    try requireFunction(at: line.command)
    let number = device
    switch token.text {
    case "on", "off":
      debugger.timeline.change { _ = $0.setPower(token.text == "on", of: number) }
    default:
      let states = ZpciFunction.State.allCases.map { $0.rawValue }
      guard let name = NameMatch.find(token.text, in: states).name,
        let state = ZpciFunction.State(rawValue: name)
      else {
        throw unknownName(
          token, kind: "state", among: states + ["on", "off"],
          hint: "there are " + listed(states, "and") + "; on and off switch the slot's power")
      }
      debugger.timeline.change { _ = $0.setState(state, of: number) }
    }
    var answer = zpciAnswer()
    if let function = machine.kernel.zpciFunction(of: number) {
      let sentence = functionSentence(function, of: machine.kernel.devices[number].name)
      answer.text = wrapped(sentence, indent: 0).map { $0 + "\n" }.joined()
    }
    return answer
  }

  /// What a function is like after a change.
  private func functionSentence(_ function: ZpciFunction, of name: String) -> String {
    if !function.isPresent {
      return
        "The slot of \(name) has no power: no handle finds the function, and instructions on it end with "
        + "condition code 3."
    }
    let start = "The function of \(name), handle \(function.handle), is in state \(function.state.rawValue)"
    return switch function.state {
    case .enabled: start + ": instructions reach it, and its \(zpciPointers) work."
    case .blocked: start + ": loads and stores reach it, only DMA is stopped."
    case .error:
      start + ": loads and stores end with condition code 1. `insn MPCIFC oc=9` lets them in again, "
        + "`insn MPCIFC oc=7` ends the error."
    case .permanentError:
      start + ": loads and stores end with condition code 1, and MPCIFC cannot end the error."
    case .reserved, .standby, .disabled:
      start
        + ": the handle is not that of an enabled function, so loads and stores end with condition code 3."
    }
  }

  /// What stands for a BAR here.
  private var zpciPointers: String { machine.kernel.zpci?.hasMIO == true ? "MIO mappings" : "cookies" }

  /// Refuses what needs a zPCI function where the current device has none.
  func requireFunction(at token: Token) throws(Diagnostic) {
    if machine.kernel.zpciFunction(of: device) != nil { return }
    throw Diagnostic(
      machine.kernel.zpci == nil
        ? "\(machine.kernel.architecture.rawValue) has no zPCI functions"
        : "\(machine.kernel.devices[device].name) is not on PCI, so it has no zPCI function",
      at: token, hint: "make one with: new arch=s390x transport=pci")
  }

  func zpciAnswer() -> Answer {
    let functions = functionRows()
    guard let zpci = machine.kernel.zpci, !functions.isEmpty else {
      let sentence =
        machine.kernel.zpci == nil
        ? "\(machine.kernel.architecture.rawValue) has no zPCI: a BAR is memory, which ordinary instructions reach"
        : "there is no PCI function on this machine"
      return Answer(["functions": [], "iomap": [], "rows": []], lines: [sentence])
    }
    let entries = zpci.iomap.enumerated().map { index, entry -> Datum in
      let address =
        zpci.hasMIO
        ? MioMapping(index: UInt64(index)).address
        : IomapCookie(release.cookieBase, index: UInt64(index)).address
      return [
        "entry": .count(index), "address": .hex(address.rawValue),
        "device": .text(machine.kernel.devices[entry.device].name), "bar": .count(UInt64(entry.bar)),
        "region": .text(regionName(entry)),
      ]
    }
    var text = functionTable(functions).rendered(options)
    text += "\n\(zpciPointers):\n" + Table(["rows": .list(entries)]).rendered(options)
    return Answer(
      ["functions": .list(functions), "iomap": .list(entries), "rows": .list(functions)], text: text)
  }

  /// The functions for a person: what fits 80 columns.
  private func functionTable(_ functions: [Datum]) -> Table {
    let columns = [
      ("device", "device"), ("handle", "handle"), ("state", "state"), ("loads", "loads"),
      ("stores", "stores"), ("block_stores", "blocks"), ("refreshes", "refreshes"), ("translation", "DMA"),
      ("planned", "planned"),
    ]
    return Table(
      ["rows": .list(functions.map { row in .record(columns.map { Field($0.1, row[$0.0] ?? .null) }) })])
  }

  private func regionName(_ entry: Zpci.IomapEntry) -> String {
    machine.kernel.zpciFunction(of: entry.device).map { $0.regions[Int(entry.bar)].rawValue } ?? "none"
  }

  /// The functions, one a row: what `info zpci` shows as well.
  func functionRows() -> [Datum] {
    machine.kernel.devices.indices.compactMap { index in
      guard let function = machine.kernel.zpciFunction(of: index) else { return nil }
      return [
        "device": .text(machine.kernel.devices[index].name), "handle": .text(function.handle.description),
        "state": .text(function.isPresent ? function.state.rawValue : "off"),
        "present": .bool(function.isPresent), "loads": .count(function.counters.loads),
        "stores": .count(function.counters.stores), "block_stores": .count(function.counters.blockStores),
        "refreshes": .count(function.counters.refreshes),
        "translation": .bool(function.controls.hasTranslation), "planned": .count(function.planned.count),
      ]
    }
  }

  // MARK: Outcomes that are asked for

  /// `inject PCILG cc=2 times=3 nth=5`.
  mutating func injectOutcome(
    _ instruction: ZpciInstruction, _ line: Invocation
  ) throws(Diagnostic) -> Answer {
    if line.arguments.count > 1 {
      throw Diagnostic(
        "`\(line.arguments[1].text)` is too much here", at: line.arguments[1],
        hint: "an instruction ends otherwise than a function does: inject \(instruction.rawValue) cc=2")
    }
    try line.check(arguments: 1, options: ["cc", "status", "program", "nth", "times"])
    try requireAlive(line)
    try requireFunction(at: line.arguments[0])
    let outcome = try plannedOutcome(line)
    func count(_ name: String) throws(Diagnostic) -> Int {
      guard let token = line[option: name] else { return 1 }
      let count = try token.count(name)
      guard count > 0 else { throw Diagnostic("\(name) counts from 1", at: token) }
      return count
    }
    let planned = ZpciFunction.Planned(instruction, outcome, nth: try count("nth"), times: try count("times"))
    let number = device
    debugger.timeline.change { _ = $0.plan(planned, on: number) }
    var result: Datum = ["armed": true]
    for field in plannedRow(planned).fields { result.set(field.name, field.value) }
    let which = planned.countdown == 1 ? "next" : "\(ordinal(planned.countdown))"
    let what =
      planned.times == 1
      ? "the \(which) \(instruction.rawValue)"
      : "\(planned.times) \(instruction.rawValue) from the \(which) on"
    return Answer(result, lines: wrapped("\(what): \(verdict(instruction, outcome))", indent: 0))
  }

  private func plannedOutcome(_ line: Invocation) throws(Diagnostic) -> ZpciOutcome {
    if let token = line[option: "program"] {
      if let other = line[option: "cc"] ?? line[option: "status"] {
        throw Diagnostic(
          "an instruction that ends with a program interruption sets no condition code", at: other)
      }
      let names = ProgramException.allCases.map { String($0.name.dropFirst(4)).lowercased() }
      var word = token.text.lowercased()
      if word.hasPrefix("pgm_") { word = String(word.dropFirst(4)) }
      guard let name = NameMatch.find(word, in: names).name, let index = names.firstIndex(of: name) else {
        throw unknownName(token, kind: "program interruption", among: names, hint: "for example operand")
      }
      return .program(ProgramException.allCases[index])
    }
    guard let token = line[option: "cc"] else {
      throw Diagnostic(
        "how is it to end?", after: line, hint: "for example: inject \(line.arguments[0].text) cc=2 times=3")
    }
    guard let code = ConditionCode(rawValue: UInt8(try token.count("cc", limit: 3))) else { return .done }
    let status = try line[option: "status"].map { token throws(Diagnostic) in
      ZpciStatus(UInt8(try token.count("status", limit: 255)))
    }
    if let token = line[option: "status"], code != .error {
      throw Diagnostic("only condition code 1 has a status", at: token)
    }
    return .completed(code, status)
  }

  /// The outcomes that are still to come on the functions of the machine.
  func plannedRows() -> [Datum] {
    machine.kernel.devices.indices.flatMap { index in
      machine.kernel.zpciFunction(of: index)?.planned.map { plannedRow($0) } ?? []
    }
  }

  private func plannedRow(_ planned: ZpciFunction.Planned) -> Datum {
    [
      "place": .text(planned.instruction.rawValue),
      "cc": planned.outcome.conditionCode.map { .count(UInt64($0.rawValue)) } ?? .null,
      "status": planned.outcome.status.map { .count(UInt64($0.rawValue)) } ?? .null,
      "program": .optional(planned.outcome.program?.name), "nth": .count(planned.countdown),
      "times": .count(planned.times),
    ]
  }
}
