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
      let pending = hostFaults
      debugger.timeline.change { $0.disarmAll() }
      let chosen = device
      for (device, fault) in pending {
        self.device = device
        note(.host(.hostFail(fault.opcode, nth: 0, fault.errno)))
        settle(nil)
      }
      device = chosen
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
    if let request = try injectedRequest(line.arguments[0], errno) {
      return try failRequest(request, errno, nth, line)
    }
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
    }
    if let site = fallibleSite(of: place, errno, &visited) { return named(site) }
    let fallible = infos.filter { !$0.note.failsWith.isEmpty }.map { $0.name }
    throw Diagnostic(
      "`\(token.text)` cannot fail with \(errno.name)", at: token,
      hint: fallible.isEmpty
        ? "no line of \(place.function.name) fails by itself; `list` shows what it calls, and a request can be named, "
          + "such as inject SETUPMAPPING ENOSPC"
        : "in \(place.function.name) these lines can fail: " + listed(fallible, "and"))
  }

  private func named(_ site: Site) -> (Fault.Place, String) { (.site(site), site.description(in: release)) }

  /// The first line behind a call, or in a function, that can fail with the error.
  private func fallibleSite(of place: PlaceName, _ errno: Errno, _ visited: inout [FunctionID]) -> Site? {
    guard place.line != nil else { return fallibleSite(in: place.function, errno, &visited, isRoot: true) }
    for callee in place.function.lines(in: release)[Int(place.position)].note.calls {
      if let site = fallibleSite(in: callee, errno, &visited) { return site }
    }
    return nil
  }

  /// The line that sends a request and is reached by the fewest calls; the line itself, if it sends one.
  ///
  /// `file_call` hands each system call to another function, so that no request is the one that it sends.
  private func nearestRequest(of place: PlaceName) -> Site? {
    if place.function == .fileCall { return nil }
    if place.line != nil, place.site.request(in: release) != nil { return place.site }
    var queue =
      place.line == nil ? [place.function] : place.function.lines(in: release)[Int(place.position)].note.calls
    var next = 0
    while next < queue.count {
      for (position, info) in queue[next].lines(in: release).enumerated() {
        let site = Site(queue[next], UInt8(position))
        if site.request(in: release) != nil { return site }
        for callee in info.note.calls where !queue.contains(callee) { queue.append(callee) }
      }
      next += 1
    }
    return nil
  }

  /// The request whose answer is to fail, if a place means one: its name, or a line that sends it or leads to it.
  private func injectedRequest(
    _ token: Token, _ errno: Errno
  ) throws(Diagnostic) -> (opcode: FuseOpcode, site: Site?, device: DeviceID)? {
    if token.text.allSatisfy({ $0.isUppercase || $0 == "_" }), let opcode = FuseOpcode(name: token.text) {
      guard opcode.hasReply else {
        throw Diagnostic("\(opcode.name) gets no answer, so none can be an error", at: token)
      }
      return (opcode, nil, device)
    }
    if let operation = Operation(rawValue: token.text), operation != .check { return nil }
    let place = try PlaceName.parse(token, in: release, current: currentFunction)
    if place.function == .fuseSimpleRequest {
      guard let pending = debugger.current.flatMap({ machine.pendingRequest(of: $0) }) else {
        throw Diagnostic(
          "the current task is not about to send a request", at: token,
          hint: "name the request, such as inject SETUPMAPPING ENOSPC, or the line that sends it")
      }
      return (pending.opcode, nil, pending.device)
    }
    if place.line != nil, !place.function.lines(in: release)[Int(place.position)].note.failsWith.isEmpty {
      return nil
    }
    var visited: [FunctionID] = [place.function]
    guard fallibleSite(of: place, errno, &visited) == nil, let site = nearestRequest(of: place),
      let opcode = site.request(in: release)
    else { return nil }
    return (opcode, site, device)
  }

  /// Lets the host answer a request with an error, as `host fail` does.
  private mutating func failRequest(
    _ request: (opcode: FuseOpcode, site: Site?, device: DeviceID), _ errno: Errno, _ nth: Int,
    _ line: Invocation
  ) throws(Diagnostic) -> Answer {
    let chosen = device
    device = request.device
    defer { device = chosen }
    let name = request.opcode.name
    _ = try onHost(line, name, .host(.hostFail(request.opcode, nth: nth, errno))) { server throws(Errno) in
      server.hostFail(request.opcode, nth: nth, with: errno)
    }
    var result: Datum = [
      "armed": true, "place": .text(name), "errno": .text(errno.name), "nth": .count(nth),
      "request": .text(name),
    ]
    if let site = request.site {
      result.set("function", .text(site.function.name))
      result.set("line", .text(site.line(in: release)))
    }
    let sender = request.site.map { $0.description(in: release) + " sends a request: " } ?? ""
    let which = nth == 1 ? "the next \(name)" : "the \(ordinal(nth)) \(name) from now on"
    return Answer(
      result,
      lines: wrapped(
        "\(sender)the host will answer \(which) with -\(errno.name) (\(errno.meaning))", indent: 0))
  }

  /// The failures that hosts have been asked for and that are still to come, by device.
  private var hostFaults: [(device: DeviceID, fault: HostFaultPlan.Fault)] {
    machine.kernel.devices.indices.flatMap { device in
      (machine.server(of: device)?.faults.faults ?? []).map { (device, $0) }
    }
  }

  /// The first line, in the order in which they run, that can fail with the error.
  private func fallibleSite(
    in function: FunctionID, _ errno: Errno, _ visited: inout [FunctionID], isRoot: Bool = false
  ) -> Site? {
    if !isRoot {
      if visited.contains(function) { return nil }
      visited.append(function)
    }
    for (position, info) in function.lines(in: release).enumerated() {
      let site = Site(function, UInt8(position))
      if info.note.failsWith.contains(errno) { return site }
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
    let answers: [Datum] = hostFaults.map { device, fault in
      [
        "place": .text(fault.opcode.name), "errno": .text(fault.errno.name), "left": .count(fault.remaining),
        "fired": false, "device": .count(device), "by": "host",
      ]
    }
    let planned = plannedRows()
    if planned.isEmpty, answers.isEmpty { return rowsAnswer(rows, empty: "no failure is asked for") }
    let tables = [rows, answers, planned].filter { !$0.isEmpty }
    return Answer(
      ["rows": .list(rows + answers + planned)],
      text: tables.map { Table(["rows": .list($0)]).rendered(options) }.joined(separator: "\n"))
  }
}
