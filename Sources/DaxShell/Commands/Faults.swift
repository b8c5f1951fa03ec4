import DaxModel

// The command that lets an operation fail.

extension Session {
  mutating func inject(_ line: Invocation) throws(Diagnostic) -> Answer {
    if let instruction = line.arguments.first.flatMap({ ZpciInstruction.named($0.text) }) {
      return try injectOutcome(instruction, line)
    }
    try line.check(arguments: 2, options: ["nth", "cc", "status", "program", "times"])
    if let option = line.options.first(where: { $0.name.text != "nth" }) {
      throw Diagnostic(
        "`\(option.name.text)` is about an instruction", at: option.name,
        hint: "for example: inject PCILG cc=2 times=3; `insn` lists the instructions")
    }
    if line.arguments.isEmpty { return faultsAnswer() }
    if line.arguments[0].text == "clear" {
      debugger.timeline.change { $0.disarmAll() }
      return Answer(["armed": false], lines: ["no failure is asked for any more"])
    }
    try requireAlive(line)
    let example = "inject virtio_fs_setup_dax.allocatePageMap ENOMEM"
    let token = try line.argument(1, "the error", example: example)
    guard let errno = Errno(name: token.text) else {
      throw unknownName(
        token, kind: "error", among: Errno.allCases.map { $0.name },
        hint: "for example ENOMEM, EBUSY or ENXIO")
    }
    let nth = try line[option: "nth"].map { token throws(Diagnostic) in try token.count("nth") } ?? 1
    guard nth > 0 else { throw Diagnostic("nth counts from 1", at: line[option: "nth"] ?? token) }
    let (place, name) = try faultPlace(line.arguments[0], errno)
    let fault = Fault(place, errno, nth: nth)
    debugger.timeline.change { $0.arm(fault) }
    var result: Datum = ["armed": true, "place": .text(name), "errno": .text(errno.name), "nth": .count(nth)]
    if case .site(let site) = place {
      result.set("function", .text(site.function.name))
      result.set("line", .text(site.line(in: release)))
    }
    let when = nth == 1 ? "the next time" : "the \(ordinal(nth)) time"
    return Answer(result, lines: ["\(name) will fail with \(errno) (\(errno.meaning)) \(when)"])
  }

  /// `2nd`, `3rd`, `11th`.
  func ordinal(_ number: Int) -> String {
    let isTeen = (11...13).contains(number % 100)
    let ending =
      switch isTeen ? 0 : number % 10 {
      case 1: "st"
      case 2: "nd"
      case 3: "rd"
      default: "th"
      }
    return "\(number)\(ending)"
  }

  /// Where a failure is to happen: an operation, a line that can fail, or the line behind a call.
  private func faultPlace(_ token: Token, _ errno: Errno) throws(Diagnostic) -> (Fault.Place, String) {
    if let operation = Operation(rawValue: token.text), operation != .check {
      return (.operation(operation), operation.rawValue)
    }
    let place = try PlaceName.parse(token, in: release, current: currentFunction)
    var visited: [FunctionID] = [place.function]
    let infos = place.function.lines(in: release)
    if place.line != nil {
      let note = infos[Int(place.position)].note
      if !note.failsWith.isEmpty { return named(place.site) }
      for callee in note.calls {
        if let site = fallibleSite(in: callee, errno, &visited) { return named(site) }
      }
    } else if let site = fallibleSite(in: place.function, errno, &visited, isRoot: true) {
      return named(site)
    }
    let fallible = infos.filter { !$0.note.failsWith.isEmpty }.map { $0.name }
    throw Diagnostic(
      "`\(token.text)` cannot fail with \(errno.name)", at: token,
      hint: fallible.isEmpty
        ? "\(place.function.name) has no line that fails by itself; `list` shows what it calls"
        : "in \(place.function.name) these lines can fail: " + listed(fallible, "and"))
  }

  private func named(_ site: Site) -> (Fault.Place, String) { (.site(site), site.description(in: release)) }

  /// The first line, in the order in which they run, that can fail with the error.
  private func fallibleSite(
    in function: FunctionID, _ errno: Errno, _ visited: inout [FunctionID], isRoot: Bool = false
  ) -> Site? {
    if !isRoot {
      if visited.contains(function) { return nil }
      visited.append(function)
    }
    for (position, info) in function.lines(in: release).enumerated() {
      if info.note.failsWith.contains(errno) { return Site(function, UInt8(position)) }
      for callee in info.note.calls {
        if let site = fallibleSite(in: callee, errno, &visited) { return site }
      }
    }
    return nil
  }

  func faultsAnswer() -> Answer {
    let rows: [Datum] = machine.kernel.faults.faults.map { fault in
      let place =
        switch fault.place {
        case .site(let site): site.description(in: release)
        case .operation(let operation): operation.rawValue
        }
      return [
        "place": .text(place), "errno": .text(fault.errno.name), "left": .count(fault.countdown),
        "fired": .bool(fault.hasFired),
      ]
    }
    let planned = plannedRows()
    if planned.isEmpty { return rowsAnswer(rows, empty: "no failure is asked for") }
    let tables = (rows.isEmpty ? [] : [rows]) + [planned]
    return Answer(
      ["rows": .list(rows + planned)],
      text: tables.map { Table(["rows": .list($0)]).rendered(options) }.joined(separator: "\n"))
  }
}
