import DaxModel

// Commands that make a machine.

extension Session {
  /// Replaces the machine, as one moment of the history.
  mutating func install(_ configuration: MachineConfiguration) {
    let machine = Machine(configuration)
    debugger.timeline.change { $0 = machine }
    debugger.current = nil
    device = 0
    note(.restart)
  }

  /// Starts the machine anew, as one moment of the history, with another configuration or the same. The files of the
  /// hosts stay, as they are now.
  ///
  /// - Returns: What is to be said of that, in lines.
  mutating func restart(_ configuration: MachineConfiguration) -> [String] {
    var configuration = configuration
    let wasUsed = machine.kernel.devices.contains { $0.isBound } || !machine.kernel.superblocks.live.isEmpty
    var count = 0
    for index in configuration.devices.indices {
      guard var files = machine.server(of: index)?.files else { continue }
      files.forgetOrphans()
      configuration.devices[index].files = files
      count += files.files.count
    }
    let chosen = device
    install(configuration)
    device = chosen
    guard wasUsed else { return [] }
    return wrapped(
      "The machine has started anew: no driver is bound, and nothing is mounted."
        + (count == 0 ? "" : " The host still has \(counted(count, "file"))."), indent: 2)
  }

  mutating func new(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(
      arguments: 0,
      options: [
        "arch", "kernel", "window", "transport", "base", "assume", "mio", "zpci", "tag", "queues", "altmap",
        "stack",
      ])
    let platform = try Platform(line)
    let release =
      try line[option: "kernel"].map { token throws(Diagnostic) in try Self.release(token) } ?? .v6_12
    let transport =
      try line.choice("transport", among: Transport.allCases.map { $0.rawValue })
      .flatMap(Transport.init(rawValue:)) ?? .pci
    try platform.check(transport, at: line[option: "transport"] ?? line.command)
    try platform.check(release, at: line[option: "mio"] ?? line.command)
    let synthetic = try syntheticDevice(line, transport, release, platform)
    var configuration = platform.machine(release, [synthetic])
    configuration.keepsMemmapInWindow = try line.choice("altmap", among: ["yes", "no"]) == "yes"
    configuration.stackHoldsGarbage = try line.choice("stack", among: ["zero", "garbage"]) == "garbage"
    install(configuration)
    return machineAnswer()
  }

  /// A device from the options `window`, `base`, `tag` and `queues`.
  func syntheticDevice(
    _ line: Invocation, _ transport: Transport, _ release: KernelRelease, _ platform: Platform,
    from start: PhysicalAddress? = nil, slot: PciSlot = .virtioFsDefault, tag: String = "myfs"
  ) throws(Diagnostic) -> MachineConfiguration.Device {
    try platform.checkBase(line[option: "base"])
    let start = start ?? MachineConfiguration.windowBase(on: platform.architecture)
    var window: ByteCount? = MachineConfiguration.windowLength
    if let token = line[option: "window"] {
      window = token.text == "none" ? nil : ByteCount(try token.unsigned("the window"))
    }
    let base =
      try line[option: "base"].map { token throws(Diagnostic) in
        PhysicalAddress(try token.unsigned("the base address"))
      } ?? MachineConfiguration.place(for: window, from: start)
    let queues =
      try line[option: "queues"].map { token throws(Diagnostic) in
        try token.count("the number of request queues", limit: 1024)
      } ?? 1
    let tag = line[option: "tag"]?.text ?? tag
    guard tag.utf8.count <= 36 else {
      throw Diagnostic(
        "a tag has at most 36 bytes, this one has \(tag.utf8.count)", at: line[option: "tag"] ?? line.command)
    }
    do throws(WindowLayoutError) {
      let attachment = try MachineConfiguration.syntheticDevice(
        transport: transport, release: release, window: window, base: base, slot: slot)
      return MachineConfiguration.Device(attachment, tag: tag, requestQueues: queues)
    } catch {
      throw Diagnostic(
        error.message, at: line[option: "base"] ?? line[option: "window"] ?? line.command, hint: error.hint)
    }
  }

  static func release(_ token: Token) throws(Diagnostic) -> KernelRelease {
    let names = KernelRelease.all.map { $0.name }
    if let release = KernelRelease.named(token.text) { return release }
    throw Diagnostic(
      "no kernel release is called `\(token.text)`", at: token,
      hint: didYouMean(token.text, among: names) ?? "there are " + listed(names, "and"))
  }

  /// What the machine is, as `new`, `use`, `transport` and `reset` answer it.
  ///
  /// - Parameter more: Lines behind the others.
  func machineAnswer(_ more: [String] = []) -> Answer {
    let chosen = machine.kernel.devices[device]
    let region = chosen.attachment.linuxLookup(id: 0, rules: release.shmLookupRules).outcome.region
    var result: Datum = [
      "arch": .text(release.architecture.rawValue), "kernel": .text(release.name),
      "window_len": .count(region?.length.rawValue ?? 0),
      "transport": .text(chosen.transport.rawValue),
    ]
    result.set("base", region.map { .hex($0.address.rawValue) } ?? .null)
    result.set("tag", .text(chosen.tag))
    result.set("queues", .count(chosen.requestQueueCount))
    result.set("device", .text(chosen.name))
    result.set("slot", chosen.pciFunction.map { .text($0.slot.description) } ?? .null)
    if release.architecture == .s390x {
      result.set("assume", .optional(platform.assumption?.rawValue))
      result.set("mio", .bool(platform.zpci.hasMIO))
      result.set("zpci", .optional(platform.rulesName))
    }
    let window = region.map { "a window of \(sizeText($0.length)) at \($0.address)" } ?? "no window"
    let place = chosen.pciFunction.map { " at \($0.slot)" } ?? ""
    var lines = wrapped(
      "\(release.architecture.rawValue), Linux \(release.name), \(chosen.transport.rawValue)\(place): \(window)",
      indent: 0)
    if region != nil {
      lines += (platform.remarks(chosen) + lookupRemarks).flatMap { wrapped($0, indent: 2) }
    }
    switch chosen.registration {
    case .registered: break
    case .refused(let errno):
      lines.append("virtio-pci has refused the device: \(errno) (\(errno.meaning))")
    case .lost:
      lines.append("virtio-pci never came back from the capability list: `task` shows where it hangs")
    }
    if chosen.transport == .ccw, let reason = Transport.ccw.noRegionReason {
      lines += wrapped(reason, indent: 2)
    }
    return Answer(result, lines: lines + more)
  }

  /// What comes before the search for a region on this machine, in a sentence, if it matters.
  var lookupRemarks: [String] {
    guard release.has(.asksLengthTooEarly) else { return [] }
    return [
      machine.configuration.stackHoldsGarbage
        ? "virtio_get_shm_region() tests what the stack holds, and lets it pass: stack=garbage."
        : "virtio_get_shm_region() tests a length on the stack, which is 0, and never looks for the window."
    ]
  }

  mutating func transport(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    guard let token = line.arguments.first else { return machineAnswer() }
    let names = Transport.allCases.map { $0.rawValue }
    guard let transport = NameMatch.find(token.text, in: names).name.flatMap(Transport.init(rawValue:)) else {
      throw unknownName(token, kind: "transport", among: names, hint: "there are " + listed(names, "and"))
    }
    try platform.check(transport, at: token)
    var configuration = machine.configuration
    let old = configuration.devices[device]
    let region = old.attachment.linuxLookup(id: 0, rules: release.shmLookupRules).outcome.region
    do throws(WindowLayoutError) {
      configuration.devices[device].attachment = try MachineConfiguration.syntheticDevice(
        transport: transport, release: release, window: region?.length ?? MachineConfiguration.windowLength,
        base: region?.address)
    } catch {
      throw Diagnostic(error.message, at: token, hint: error.hint)
    }
    return machineAnswer(restart(configuration))
  }

  mutating func device(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1, options: ["window", "base", "tag", "queues"])
    let first = line.arguments.first
    if first?.text == "add" { return try addDevice(line) }
    if let option = line.options.first {
      throw Diagnostic(
        "only `device add` takes options", at: option.name, hint: "for example: device add window=64M")
    }
    guard let first else { return devicesAnswer() }
    let number = try first.count("the device number")
    guard machine.kernel.devices.indices.contains(number) else {
      throw Diagnostic(
        "there is no device \(number)", at: first,
        hint: "the devices are 0 to \(machine.kernel.devices.count - 1); `device add` adds one")
    }
    device = number
    return devicesAnswer()
  }

  /// A device more: the machine starts anew, since devices are found when it starts.
  private mutating func addDevice(_ line: Invocation) throws(Diagnostic) -> Answer {
    var configuration = machine.configuration
    let number = configuration.devices.count
    guard number < 8 else { throw Diagnostic("a machine has at most 8 devices", at: line.command) }
    let base = MachineConfiguration.windowBase(on: release.architecture)
    let start = configuration.devices.reduce(base) { start, device in
      let window = device.attachment.linuxLookup(id: 0, rules: release.shmLookupRules).outcome.region?.range
      return max(start, window?.end ?? start)
    }
    guard let slot = PciSlot(bus: 1, device: UInt8(number), function: 0) else { return devicesAnswer() }
    configuration.devices.append(
      try syntheticDevice(line, .pci, release, platform, from: start, slot: slot, tag: "fs\(number)"))
    let lines = restart(configuration)
    var answer = devicesAnswer()
    answer.text = (answer.text ?? "") + lines.map { $0 + "\n" }.joined()
    return answer
  }

  private func devicesAnswer() -> Answer {
    Answer(["device": .count(device), "devices": .list(deviceRecords())], text: devicesText())
  }

  mutating func reset(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    return machineAnswer(restart(machine.configuration))
  }
}

/// `64 MiB`, `8 GiB`, or bytes in hexadecimal where no unit fits.
func sizeText(_ length: ByteCount) -> String {
  for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] as [(String, UInt64)] {
    let size: UInt64 = 1 << shift
    if length.rawValue >= size, length.rawValue % size == 0 { return "\(length.rawValue / size) \(unit)" }
  }
  return length.rawValue < 1024 ? "\(length.rawValue) bytes" : "\(length) bytes"
}
