import DaxModel

// `x`: words of memory, and what an address is on either architecture.

/// What an address is on an architecture, and what becomes of an ordinary access there.
private struct Reading {
  /// An ordinary access: what, and by whom.
  struct Access {
    var kind = PlainAccess.Kind.load
    var origin = PlainAccess.Origin.kernel

    /// `a load`, `a store by a program that has mapped the BAR`.
    var text: String {
      let by: String =
        switch origin {
        case .kernel: ""
        case .kernelNoFault: " that is prepared for a fault"
        case .userMapping: " by a program that has mapped it"
        case .userBuffer: " for a program that hands it to write() as a buffer"
        }
      return "a \(kind.rawValue)" + by
    }
  }

  var access: Access
  var architecture: Architecture
  var address: KernelAddress
  var meaning: String
  var outcome: PlainAccess.Outcome
  /// Whether it is the place on the other architecture that the same window has.
  var isSamePlace = false

  init(_ kernel: Kernel, _ address: KernelAddress, _ access: Access, isSamePlace: Bool = false) {
    architecture = kernel.architecture
    self.access = access
    self.address = address
    self.isSamePlace = isSamePlace
    meaning = kernel.meaning(of: address).sentence(on: kernel.architecture)
    outcome = kernel.plainAccess(access.kind, at: address, from: access.origin)
  }

  private var oops: Oops? { if case .oops(let oops) = outcome { oops } else { nil } }

  /// `data`, `oops 0038`, `oops bad-address`, `EFAULT`, `SIGILL`.
  var ending: String {
    switch outcome {
    case .data: "data"
    case .oops(let oops): "oops " + (oops.program?.digits ?? oops.kind.rawValue)
    case .errno(let errno): errno.name
    case .signal(let signal): signal.name
    }
  }

  /// The same as the end of a sentence.
  private var consequence: String {
    switch outcome {
    case .data: "gives data"
    case .oops(let oops): "is an oops (\(oops.program?.digits ?? oops.kind.rawValue))"
    case .errno(let errno): "fails with \(errno)"
    case .signal(let signal):
      "ends in \(signal.name) (si_code \(signal.code)" + (signal.program.map { ", \($0.digits)" } ?? "") + ")"
    }
  }

  var record: Datum {
    [
      "arch": .text(architecture.rawValue), "address": .hex(address.rawValue), "meaning": .text(meaning),
      "outcome": .text(ending), "kind": .optional(oops?.kind.rawValue),
      "program": .optional(oops?.program?.digits), "message": .optional(oops?.message),
      "same_place": .bool(isSamePlace),
    ]
  }

  var line: String {
    // A window that ordinary instructions reach has no place of its own: it is where its physical address is.
    let condition = architecture == .x86_64 ? " if its physical address is the same there" : ""
    let place = isSamePlace ? "\(address), the same place of the window\(condition), is " : ""
    return "\(place)\(meaning): \(access.text) \(consequence)"
  }
}

extension Session {
  mutating func examine(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2, options: ["access", "by"])
    let token = try line.argument(0, "the address", example: "x window 4")
    var access = Reading.Access()
    if let word = try line.choice("access", among: PlainAccess.Kind.allCases.map { $0.rawValue }) {
      access.kind = PlainAccess.Kind(rawValue: word) ?? .load
    }
    switch try line.choice("by", among: ["kernel", "nofault", "mapping", "buffer"]) {
    case "nofault": access.origin = .kernelNoFault
    case "mapping": access.origin = .userMapping
    case "buffer": access.origin = .userBuffer
    default: break
    }
    let (address, offset) = try addressNamed(token)
    let count = try line.count(1, "the number of words", limit: 512, unless: 4)
    var rows: [Datum] = []
    var lines: [String] = []
    var fault: String?
    for index in 0..<UInt64(count) {
      let at = address.advanced(by: ByteCount(8 * index))
      do throws(Oops) {
        let word = try machine.kernel.examine(at)
        rows.append(["address": .hex(at.rawValue), "value": .hex(word)])
        lines.append("\(at): 0x\(hexDigits(word, width: 16))")
      } catch {
        fault = error.message
        let program = error.program.map { ", \($0.digits)" } ?? ""
        lines.append("\(at): a load here would be an oops (\(error.kind.rawValue)\(program))")
        lines += wrapped(error.message, indent: 2)
        break
      }
    }
    if machine.kernel.architecture == .s390x, !rows.isEmpty {
      lines += wrapped(
        "s390x is big-endian: a word that a little-endian device wrote looks reversed.", indent: 2)
    }
    let readings = readings(of: address, windowOffset: offset, access)
    for reading in readings {
      lines += hanging("  \(pad(reading.architecture.rawValue, columns: 8))", reading.line)
    }
    return Answer(
      [
        "rows": .list(rows), "fault": .optional(fault), "meaning": .text(readings[0].meaning),
        "architectures": .list(readings.map { $0.record }),
      ], lines: lines)
  }

  /// What the address is here, what the number is on the other architecture, and what the same place of the window
  /// is there.
  private func readings(
    of address: KernelAddress, windowOffset: ByteCount?, _ access: Reading.Access
  ) -> [Reading] {
    let other = otherMachine()
    var readings = [Reading(machine.kernel, address, access), Reading(other.kernel, address, access)]
    if let windowOffset, let start = windowStart(in: other) {
      readings.append(Reading(other.kernel, start.advanced(by: windowOffset), access, isSamePlace: true))
    }
    return readings
  }

  /// The same machine on the other architecture, with the device probed.
  private func otherMachine() -> Machine {
    var configuration = machine.configuration
    let architecture: Architecture = configuration.release.architecture == .s390x ? .x86_64 : .s390x
    configuration.release = configuration.release.built(for: architecture)
    configuration.ram = MachineConfiguration.ram(on: architecture)
    var other = Machine(configuration)
    _ = other.run(other.startProbe(device))
    return other
  }

  /// Where the window begins: as the driver knows it, or as it would take it from the BAR.
  private func windowStart(in machine: Machine) -> KernelAddress? {
    let kernel = machine.kernel
    if kernel.window(of: device) != nil, let fs = kernel.instance(of: device) { return fs.windowAddress }
    let lookup = kernel.devices[device].attachment.linuxLookup(id: 0, rules: kernel.release.shmLookupRules)
    return lookup.outcome.region.map { kernel.architecture.kernelAddress(of: $0.address) }
  }

  /// A kernel address: a number, `window`, `window+OFFSET`, `pgoff:N` or `phys:ADDRESS`; and where in the window.
  private func addressNamed(_ token: Token) throws(Diagnostic) -> (KernelAddress, ByteCount?) {
    func number(_ text: Substring, _ name: String) throws(Diagnostic) -> UInt64 {
      try Token(String(text), column: token.column, length: token.length).unsigned(name)
    }
    if token.text.hasPrefix("phys:") {
      let physical = PhysicalAddress(try number(token.text.dropFirst(5), "the physical address"))
      return (machine.kernel.architecture.kernelAddress(of: physical), nil)
    }
    let isWindow = token.text.hasPrefix("window")
    guard isWindow || token.text.hasPrefix("pgoff:") else {
      if token.text.utf8.first.map({ $0 < UInt8(ascii: "0") || $0 > UInt8(ascii: "9") }) ?? true {
        throw Diagnostic(
          "`\(token.text)` is no address", at: token,
          hint: "write a number, window, window+0x1000, pgoff:1 or phys:0x8000000000")
      }
      return (KernelAddress(try token.unsigned("the address")), nil)
    }
    let isThere = machine.kernel.window(of: device) != nil || machine.kernel.architecture == .s390x
    guard isThere, let start = windowStart(in: machine) else {
      let name = machine.kernel.devices[device].name
      throw Diagnostic(
        "there is no window to look into", at: token,
        hint: windowStart(in: machine) == nil
          ? "\(name) has none; `new` makes a machine whose device has one, on PCI" : "`probe` first")
    }
    var offset = ByteCount(0)
    let rest = token.text.dropFirst(6)
    if !isWindow {
      offset = PageOffset(try number(rest, "the page offset")).bytes
    } else if !rest.isEmpty {
      guard rest.first == "+" else {
        throw Diagnostic(
          "`\(token.text)` is no address", at: token, hint: "write window, window+0x1000 or pgoff:1")
      }
      offset = ByteCount(try number(rest.dropFirst(), "the offset"))
    }
    return (start.advanced(by: offset), offset)
  }
}
