import DaxModel

// Commands that begin a task.

extension Session {
  mutating func start(_ line: Invocation) throws(Diagnostic) -> Answer {
    let options = ["times", "dax", "text", "seed", "len", "prot", "mode", "buffer"] + CopyArguments.options
    try line.check(arguments: 8, options: options)
    try requireAlive(line)
    let token = try line.argument(0, "what to start", example: "start virtio_fs_setup_dax")
    let names =
      ["probe", "remove", "mount", "umount", "hold", "unpin"] + StartedCall.names + FunctionNames.all
    guard let name = NameMatch.find(token.text, in: names).name else {
      if token.text == "dd" || token.text == "cat" {
        throw Diagnostic(
          "`\(token.text)` makes several system calls, and `start` begins one", at: token,
          hint: "`\(StartedCall.pread.example)` begins a read")
      }
      throw unknownName(
        token, kind: "task or kernel function", among: names, hint: "for example: start probe")
    }
    switch name {
    case "probe", "device_driver_attach": return began { machine, device in machine.startProbe(device) }
    case "remove", "device_release_driver_internal":
      return began { machine, device in machine.startRemove(device) }
    case "reader", "pin", "unpin", "hold", "user":
      let word = Token(name, column: token.column, length: token.length)
      return try spawnTask(word, offset: line.arguments.dropFirst().first, line)
    case "dax_direct_access", "virtio_fs_direct_access":
      let (offset, pages) = try accessArguments(line, first: 1)
      let isDriver = name == "virtio_fs_direct_access"
      return began { $0.startDirectAccess($1, at: offset, pages: pages, driverOnly: isDriver) }
    case "dax_zero_page_range":
      let (offset, pages) = try accessArguments(line, first: 1)
      return began { $0.startZeroPageRange($1, at: offset, pages: UInt64(bitPattern: pages)) }
    case "copy":
      let copy = try CopyArguments(line, first: 1, on: machine.kernel.architecture)
      let engine = try engineOptions(line)
      return began { $0.startCopy($1, copy.direction, at: copy.offset, copy.iter, by: engine) }
    case "mount", "virtio_fs_get_tree", "virtio_fs_fill_super":
      let (tag, option) = try mountArguments(line, first: 1)
      let files = machine.server(of: device)?.files
      let answer = began { machine, _ in machine.startMount(tag, option) }
      note(.mount(tag, option), task: debugger.current, files: files)
      guard name == "virtio_fs_fill_super", let task = debugger.current else { return answer }
      return stepAnswer(
        task,
        advance(task, heedsBreakpoints: false) { $0.site(of: task) == Site(.virtioFsFillSuper, 0) })
    case "umount", "do_umount", "virtio_kill_sb":
      let tag = try mountedTag(try line.argument(1, "the tag", example: "start umount myfs"))
      let answer = began { machine, _ in machine.startUnmount(tag) ?? 0 }
      note(.umount(tag), task: debugger.current)
      guard name == "virtio_kill_sb", let task = debugger.current else { return answer }
      return stepAnswer(
        task, advance(task, heedsBreakpoints: false) { $0.site(of: task) == Site(.virtioKillSb, 0) })
    default:
      if let call = StartedCall.named(name) { return try startCall(call, line) }
      guard let function = FunctionID(rawValue: name) else { return Answer(nil) }
      return try startAt(function, token, line)
    }
  }

  /// Starts a task and makes it the current one.
  mutating func began(_ begin: (inout Machine, DeviceID) -> TaskID) -> Answer {
    let device = device
    let task = debugger.timeline.change { begin(&$0, device) }
    debugger.current = task
    return stepAnswer(task, Run())
  }

  /// Runs a probe, or a remove if a driver is bound, until it stands at the function's first line.
  private mutating func startAt(
    _ function: FunctionID, _ token: Token, _ line: Invocation
  ) throws(Diagnostic) -> Answer {
    guard !function.lines(in: release).isEmpty else {
      throw Diagnostic("Linux \(release.name) has no \(function.name)()", at: token)
    }
    let before = debugger
    let isBound = machine.kernel.devices[device].isBound
    let device = device
    let task: TaskID
    if let current = debugger.current, let running = machine.task(current), !running.isFinished {
      task = current
    } else {
      task = debugger.timeline.change { isBound ? $0.startRemove(device) : $0.startProbe(device) }
    }
    let target = Site(function, 0)
    let run = advance(task, heedsBreakpoints: false) { $0.site(of: task) == target }
    try checkInterrupted(run, line)
    if run.stop == .interrupted {
      debugger.current = task
      return stepAnswer(task, run)
    }
    guard run.stop == .done, machine.site(of: task) == target else {
      debugger = before
      let way = isBound ? "remove" : "probe"
      throw Diagnostic(
        "\(function.name)() is not reached by the \(machine.task(task)?.name ?? way) from here", at: token,
        hint: wayToFileFunction(function) ?? (isBound
          ? "a driver is bound: it may be part of the probe; `remove` first"
          : "`list \(function.name)` shows it"))
    }
    debugger.current = task
    return stepAnswer(task, run)
  }
}
