import DaxModel

// Commands that use the window.

extension Session {
  /// `PGOFF NR` from the argument `first` on.
  func accessArguments(_ line: Invocation, first: Int) throws(Diagnostic) -> (PageOffset, Int64) {
    let example = "\(line.command.text) \(first > 0 ? line.arguments[0].text + " " : "")0 1"
    let offset = try line.argument(first, "the page offset", example: example).unsigned("the page offset")
    guard line.arguments.count > first + 1 else { return (PageOffset(offset), 1) }
    return (PageOffset(offset), try line.arguments[first + 1].signed("the number of pages"))
  }

  mutating func directAccess(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2, options: ["layer", "outputs"])
    try requireAlive(line)
    let (offset, pages) = try accessArguments(line, first: 0)
    let isDriver = try line.choice("layer", among: ["driver", "core"]) == "driver"
    let outputs: AccessOutputs =
      switch try line.choice("outputs", among: ["both", "kaddr", "pfn", "none"]) {
      case "kaddr": .address
      case "pfn": .frame
      case "none": []
      default: .both
      }
    let device = device
    let (run, value) = call {
      $0.startDirectAccess(device, at: offset, pages: pages, outputs: outputs, driverOnly: isDriver)
    }
    return accessAnswer(offset, run, value)
  }

  /// Starts a task, runs it to its end and forgets it, whoever is current.
  mutating func call(_ begin: (inout Machine) -> TaskID) -> (Run, Value?) {
    let task = debugger.timeline.change(begin)
    let run = advance(task, heedsBreakpoints: false) { _ in false }
    let value = machine.task(task)?.result
    if value != nil { debugger.timeline.change { $0.reap(task) } }
    return (run, value)
  }

  private func accessAnswer(_ offset: PageOffset, _ run: Run, _ value: Value?) -> Answer {
    var result: Datum = [
      "return": value?.number.map { .int($0) } ?? .null, "errno": .optional(value?.errno?.name),
      "kaddr": .null,
      "pfn": .null, "pfn_flags": [],
    ]
    var lines: [String] = []
    if let value { lines.append("returned \(value)") }
    if case .access(let access) = value {
      result.set("kaddr", access.address.map { .hex($0.rawValue) } ?? .null)
      result.set("pfn", access.frame.map { .hex($0.rawValue) } ?? .null)
      result.set("pfn_flags", .texts(access.flags.names))
      if let address = access.address { lines.append("  kaddr  \(address)") }
      if let frame = access.frame {
        lines.append("  pfn    \(frame)" + (access.flags.names.map { " " + $0 }.joined()))
        if release.has(.pfnIsAddress) {
          result.set("pfn_is_address", true)
          lines.append(
            "  This is the physical address, not its frame \(PhysicalAddress(frame.rawValue).frame): a page fault takes it"
          )
          lines.append("  for a frame and looks for memory at \(frame.address).")
        }
      }
      if access.pages > 0, let window = machine.kernel.window(of: device),
        offset.rawValue >= window.length.pages.rawValue
      {
        result.set("beyond_window", true)
        lines.append(
          "  This lies behind the window, which has \(window.length.pages) pages: the count wrapped.")
      }
    }
    addTrouble(run.stop, to: &result)
    return Answer(result, lines: lines + troubleLines(run.stop.isTrouble ? run.stop : .done))
  }

  mutating func zeroPageRange(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    try requireAlive(line)
    guard release.has(.zeroPageRangeRequired) else {
      throw Diagnostic("Linux \(release.name) has no dax_zero_page_range()", at: line.command)
    }
    let (offset, pages) = try accessArguments(line, first: 0)
    let device = device
    let (run, value) = call { $0.startZeroPageRange(device, at: offset, pages: UInt64(bitPattern: pages)) }
    var result: Datum = [
      "return": value?.number.map { .int($0) } ?? .null, "errno": .optional(value?.errno?.name),
    ]
    addTrouble(run.stop, to: &result)
    let lines = value.map { ["returned \($0)"] } ?? []
    return Answer(result, lines: lines + troubleLines(run.stop.isTrouble ? run.stop : .done))
  }

  mutating func shmRegion(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let id = try line.count(0, "the region's id", limit: 255, unless: 0)
    let attached = machine.kernel.devices[device].attachment
    let lookup = attached.linuxLookup(id: UInt8(id), rules: release.shmLookupRules)
    let strict = attached.strictLookup(id: UInt8(id))
    var lines = [
      "Linux \(release.name): " + outcomeText(lookup.outcome), "strictly:  " + outcomeText(strict),
    ]
    lines += lookup.log.map { "  log   \($0)" }
    lines += lookupRemarks.flatMap { wrapped($0, indent: 2) }
    if let reason = attached.transport.noRegionReason { lines += wrapped(reason, indent: 2) }
    return Answer(
      [
        "linux": outcomeRecord(lookup.outcome), "strict": outcomeRecord(strict),
        "log": .texts(lookup.log.map { $0.description }),
      ], lines: lines)
  }

  private func outcomeRecord(_ outcome: ShmOutcome) -> Datum {
    switch outcome {
    case .found(let region):
      ["found": true, "addr": .hex(region.address.rawValue), "len": .count(region.length.rawValue)]
    case .absent: ["found": false]
    case .failed(let defect): ["error": .text(defect.rawValue)]
    }
  }

  private func outcomeText(_ outcome: ShmOutcome) -> String {
    switch outcome {
    case .found(let region): "found, \(region)"
    case .absent: "no such region"
    case .failed(let defect): "\(defect.rawValue): \(defect.sentence)"
    }
  }
}

extension StopReason {
  /// Whether it is an oops, a hang or a wait.
  var isTrouble: Bool {
    switch self {
    case .oops, .hung, .blocked: true
    case .done, .breakpoint, .finished, .interrupted: false
    }
  }
}
