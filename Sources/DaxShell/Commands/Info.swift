import DaxModel

/// What `info` can show.
enum InfoTopic: String, CaseIterable {
  case machine, device, devices, config, bars, capabilities, queues, devres, dax, window, pages, pagemap, refs
  case completion, srcu, slabs, instances, ranges, tasks, locals, faults, breakpoints, log, iomem, memmap,
    functions
  case mounts, inodes, mappings, pagecache, locks, copies, history, zpci, host, requests

  var summary: String {
    switch self {
    case .machine: "architecture, release, devices and history"
    case .device: "the current device: status, driver, registration"
    case .devices: "all devices"
    case .config: "the PCI configuration space in bytes"
    case .bars: "the base address registers with their sizes"
    case .capabilities: "the PCI capability list, decoded"
    case .queues: "the virtqueues"
    case .devres: "the managed resources, newest first"
    case .dax: "the DAX device: flags and driver data"
    case .window: "kernel address, physical address and length of the window"
    case .pages: "struct pages of device memory"
    case .pagemap: "the pagemaps: range, reference count, completion"
    case .refs: "reference counts of pagemaps, instances and pages"
    case .completion: "the completions of the pagemaps"
    case .srcu: "readers inside dax_srcu"
    case .slabs: "allocated objects by type"
    case .instances: "what can be mounted, by tag"
    case .ranges: "each 2 MiB range of the window: its state, its piece of a file, its place on the lists"
    case .tasks: "the tasks"
    case .locals: "arguments and locals of the function that is running"
    case .faults: "failures that were asked for"
    case .breakpoints: "the breakpoints"
    case .log: "the kernel log"
    case .iomem: "who owns which physical addresses"
    case .memmap: "what the struct pages cost"
    case .functions: "the kernel functions that the model has"
    case .mounts: "what is mounted, and with which DAX mode"
    case .inodes: "the files that the guest knows, with sizes, users and ranges"
    case .mappings: "what the process has mapped, and how many pages are in its page tables"
    case .pagecache: "pages of files without DAX, and which of them are dirty"
    case .locks: "who holds which lock, who waits for it, and the ring of a deadlock"
    case .copies: "how bytes of files have moved, by layer, with faults and requests"
    case .history: "the last steps"
    case .host: "the server of the current device: how it is set up, its files"
    case .requests: "the last requests of the guest to the server"
    case .zpci: "the zPCI functions of an s390x machine, their cookies and counters"
    }
  }
}

extension Session {
  mutating func info(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3)
    let names = InfoTopic.allCases.map { $0.rawValue }
    guard let token = line.arguments.first else {
      let rows: [Datum] = InfoTopic.allCases.map {
        ["topic": .text($0.rawValue), "shows": .text($0.summary)]
      }
      return rowsAnswer(rows, empty: "")
    }
    guard let topic = NameMatch.find(token.text, in: names).name.flatMap(InfoTopic.init(rawValue:)) else {
      throw unknownName(token, kind: "topic of info", among: names, hint: "`info` alone lists them")
    }
    let rest = Invocation(
      raw: line.raw, command: token, arguments: Array(line.arguments.dropFirst()), options: line.options)
    switch topic {
    case .log: return try log(rest)
    case .iomem: return try iomem(rest)
    case .pages: return try pages(rest)
    case .history: return try history(rest)
    default: try rest.check(arguments: 0)
    }
    switch topic {
    case .bars: return barsAnswer()
    case .capabilities: return capabilitiesAnswer()
    case .tasks: return tasksAnswer()
    case .faults: return faultsAnswer()
    case .breakpoints: return try listBreakpoints(rest)
    case .config: return configAnswer()
    case .zpci: return zpciAnswer()
    case .requests: return requestsAnswer(20)
    case .ranges: return rangesAnswer()
    case .inodes: return inodesAnswer()
    case .mappings: return mappingsAnswer()
    case .pagecache: return pageCacheAnswer()
    case .locks: return locksAnswer()
    case .copies: return copiesAnswer()
    case .devices: return Answer(["rows": .list(deviceRecords())], text: devicesText())
    default: return rowsAnswer(rows(topic), empty: "there is nothing of that kind now")
    }
  }

  private func rows(_ topic: InfoTopic) -> [Datum] {
    let kernel = machine.kernel
    let chosen = kernel.devices[device]
    switch topic {
    case .machine: return machineRows()
    case .device:
      return facts(chosen).filter { $0["field"]?.inline.hasPrefix("devres") != true }
    case .queues:
      return chosen.queues.map { ["queue": .text($0.name), "connected": .bool($0.isConnected)] }
    case .devres:
      return chosen.devres.nodes.reversed().map { node in
        ["resource": .text(node.content.summary), "added_by": .text(node.addedAt.description(in: release))]
      }
    case .dax:
      return kernel.daxDevices.live.map { slot, dax in
        [
          "dax_device": .count(slot), "alive": .bool(dax.flags.contains(.alive)),
          "flags": .texts(dax.flags.names),
          "private": .text("virtio_fs#\(dax.driverData.slot)"), "zero_page_range": .bool(dax.canZeroPages),
        ]
      }
    case .window:
      guard let fs = kernel.instance(of: device), kernel.window(of: device) != nil else { return [] }
      return [
        [
          "kaddr": .hex(fs.windowAddress.rawValue), "phys_addr": .hex(fs.windowPhysical.rawValue),
          "len": .count(fs.windowLength.rawValue), "pages": .count(fs.windowLength.pages.rawValue),
        ]
      ]
    case .pagemap, .completion: return pagemapRows(topic)
    case .refs: return referenceRows()
    case .srcu: return facts(kernel.srcu)
    case .slabs: return slabRows()
    case .instances:
      return kernel.instances.map { handle in
        let fs = kernel.filesystems.peek(handle)
        let tag = fs?.tag.flatMap { kernel.tags.peek($0) }?.text
        return [
          "instance": .text("virtio_fs#\(handle.slot)"), "tag": .optional(tag), "freed": .bool(fs == nil),
        ]
      }
    case .mounts:
      return kernel.superblocks.live.map { slot, mounted in
        [
          "super_block": .count(slot), "tag": .text(mounted.tag), "mode": .text(mounted.mode.rawValue),
          "dax": .bool(mounted.daxDevice != nil), "mounts": .count(mounted.mounts),
        ]
      }
    case .host: return hostRows()
    case .locals: return localRows()
    case .memmap:
      return kernel.memory.pages.map { section in
        let window = section.count.bytes
        let cost = section.count.rawValue * MemoryMap.pageStructSize
        return [
          "pages": .count(section.count.rawValue), "bytes_of_window": .count(window.rawValue),
          "bytes_of_memmap": .count(cost),
          "kept_in": .text(kernel.keepsMemmapInWindow ? "the window" : "RAM"),
        ]
      }
    case .functions:
      return FunctionID.allCases.filter { !$0.lines(in: release).isEmpty }.map { function in
        [
          "function": .text(function.name), "file": .text(function.file),
          "lines": .count(function.lines(in: release).count),
        ]
      }
    case .bars, .capabilities, .config, .devices, .zpci, .requests: return []
    case .ranges, .inodes, .mappings, .pagecache, .locks, .copies: return []
    case .pages, .tasks, .faults, .breakpoints, .log, .iomem, .history: return []
    }
  }

  private func facts<Part: Inspectable>(_ part: Part) -> [Datum] {
    var list = FactList()
    part.inspect(&list)
    return list.entries.map { ["field": .text($0.path), "value": .text($0.fact.description)] }
  }

  private func machineRows() -> [Datum] {
    let last = debugger.timeline.last
    let platform = platform
    let isS390x = platform.architecture == .s390x
    let zpci: [Datum] = [
      ["field": "assume", "value": .optional(platform.assumption?.rawValue)],
      ["field": "mio", "value": .bool(platform.zpci.hasMIO)],
      ["field": "zpci", "value": .optional(platform.rulesName)],
    ]
    return [
      ["field": "arch", "value": .text(release.architecture.rawValue)],
      ["field": "kernel", "value": .text(release.name)],
      ["field": "devices", "value": .count(machine.kernel.devices.count)],
      ["field": "current device", "value": .text(machine.kernel.devices[device].name)],
      ["field": "dump", "value": .optional(dumpName)],
      ["field": "step", "value": .count(debugger.timeline.step)],
      ["field": "last step", "value": .count(last)], ["field": "alive", "value": .bool(machine.oops == nil)],
      ["field": "digest", "value": .hex(machine.digest)],
    ] + (isS390x ? zpci : [])
  }

  private func pagemapRows(_ topic: InfoTopic) -> [Datum] {
    machine.kernel.pagemaps.live.map { slot, map in
      if topic == .completion {
        return [
          "pagemap": .count(slot), "initialised": .bool(map.completion.isInitialised),
          "done": .count(UInt64(map.completion.done)),
        ]
      }
      return [
        "pagemap": .count(slot), "start": map.range.map { .hex($0.start.rawValue) } ?? .null,
        "end": map.range.map { .hex($0.end.rawValue) } ?? .null, "ref_state": .text(map.ref.state.rawValue),
        "ref": .int(map.ref.count), "completion_done": .count(UInt64(map.completion.done)),
        "owner_of_ref": .text(map.isReferenceOfDriver ? "driver" : "pagemap"),
      ]
    }
  }

  private func referenceRows() -> [Datum] {
    let kernel = machine.kernel
    var rows: [Datum] = kernel.pagemaps.live.map { slot, map in
      [
        "object": .text("pagemap#\(slot)"), "count": .int(map.ref.count),
        "state": .text(map.ref.state.rawValue),
      ]
    }
    rows += kernel.filesystems.live.map { slot, fs in
      // As managed memory it goes with the device, whoever uses it.
      release.has(.fsIsDeviceManaged)
        ? ["object": .text("virtio_fs#\(slot)"), "count": .null, "state": "not counted: managed memory"]
        : ["object": .text("virtio_fs#\(slot)"), "count": .count(fs.references), "state": "counted"]
    }
    for section in kernel.memory.pages {
      rows += section.touched.map { page in
        ["object": .text("page \(page.frame)"), "count": .count(page.count), "state": "in use"]
      }
    }
    return rows
  }

  private func slabRows() -> [Datum] {
    let kernel = machine.kernel
    return [
      ["type": "struct virtio_fs", "allocated": .count(kernel.filesystems.count)],
      ["type": "virtio_fs tag", "allocated": .count(kernel.tags.count)],
      ["type": "struct virtio_fs_vq[]", "allocated": .count(kernel.queueArrays.count)],
      ["type": "struct dev_pagemap", "allocated": .count(kernel.pagemaps.count)],
      ["type": "struct dax_device", "allocated": .count(kernel.daxDevices.count)],
      ["type": "struct super_block", "allocated": .count(kernel.superblocks.count)],
    ]
  }

  private func localRows() -> [Datum] {
    guard let id = debugger.current, let frame = machine.task(id)?.stack.last else { return [] }
    var list = FactList()
    frame.inspectLocals(&list)
    return list.entries.map { ["local": .text($0.path), "value": .text($0.fact.description)] }
  }

  private func configAnswer() -> Answer {
    guard let config = machine.kernel.devices[device].pciFunction?.config else {
      return Answer(["rows": []], lines: ["the device has no PCI configuration space"])
    }
    var rows: [Datum] = []
    var lines: [String] = []
    let width = config.count > 256 ? 3 : 2
    for start in stride(from: 0, to: config.count, by: 16) {
      let bytes = config.bytes[start..<min(start + 16, config.count)]
      if start >= 256, bytes.allSatisfy({ $0 == 0 }) { continue }
      let text = bytes.map { hexDigits(UInt64($0), width: 2) }.joined(separator: " ")
      rows.append(["offset": .hex(UInt64(start)), "bytes": .text(text)])
      lines.append(hexDigits(UInt64(start), width: width) + ": " + text)
    }
    return Answer(["rows": .list(rows)], lines: lines)
  }
}
