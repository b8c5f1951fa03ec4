import DaxModel

// The command that writes a session down as a workload.

extension Session {
  mutating func trace(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    settleTrace()
    guard let verb = line.arguments.first else { return traceAnswer() }
    guard NameMatch.find(verb.text, in: ["export"]).name != nil else {
      throw unknownName(
        verb, kind: "action of trace", among: ["export"], hint: "for example: trace export my.json")
    }
    let path = try line.argument(1, "the file", example: "trace export my.json")
    if let oops = machine.oops {
      throw Diagnostic(
        "the machine has died in \(oops.site.description(in: release)), and a workload cannot tell of that",
        at: verb, hint: "`back` goes to before it")
    }
    let (datum, leftOut) = try workload(named: path, line)
    let bytes = Array(Self.text(of: datum).utf8)
    if let failure = host.writeFile(path.text, bytes) {
      failureCode = 66
      throw Diagnostic("`\(escapeControls(path.text))` cannot be written: \(failure.reason)", at: path)
    }
    let count = datum["steps"]?.elements.count ?? 0
    let text =
      "\(counted(count, "step")) written to \(escapeControls(path.text)); `conform \(escapeControls(path.text))` runs them"
    return Answer(
      [
        "file": .text(path.text), "steps": .count(count), "bytes": .count(bytes.count),
        "exact_on": datum["exact_on"] ?? .null, "left_out": .texts(leftOut),
      ], lines: wrapped(text, indent: 0) + leftOut.flatMap { wrapped("left out: \($0)", indent: 2) })
  }

  /// The steps so far.
  private func traceAnswer() -> Answer {
    let rows: [Datum] = trace.steps(upTo: debugger.timeline.step).enumerated().map { index, entry in
      let value = entry.outcome?.value
      return [
        "step": .count(index), "what": .text(entry.action.text),
        "result": .optional(value.map { "\($0)" } ?? entry.openResult),
        "requests": .count(entry.outcome?.exchanges.count ?? requestsSoFar(of: entry, at: index)),
      ]
    }
    return rowsAnswer(rows, empty: "no steps: mounts, system calls and what is done on the host are noted")
  }

  /// How many requests there were in something that has not come to its end.
  private func requestsSoFar(of entry: Trace.Entry, at index: Int) -> Int {
    let steps = trace.steps(upTo: debugger.timeline.step)
    let end =
      steps.indices.contains(index + 1)
      ? steps[index + 1].firstRequest : machine.server(of: entry.device)?.log.count ?? entry.firstRequest
    return end > entry.firstRequest ? Int(end - entry.firstRequest) : 0
  }

  /// The session as a workload that `conform` passes.
  private mutating func workload(
    named path: Token, _ line: Invocation
  ) throws(Diagnostic) -> (Datum, leftOut: [String]) {
    let entries = trace.steps(upTo: debugger.timeline.step)
    let chosen = entries.last?.device ?? device
    let base = path.text.split(separator: "/").last.map { String($0) } ?? "session"
    var export = TraceExport(
      name: base.hasSuffix(".json") ? String(base.dropLast(5)) : base, release: release,
      setup: machine.configuration.devices[chosen].server.with(
        window: machine.kernel.window(of: chosen)?.length),
      seeds: trace.seeds, hung: machine.hangs.first?.task,
      addresses: trace.mappings
        + machine.kernel.process.mappings.enumerated().compactMap { index, mapping in
          mapping.map { Trace.MappingPlace(id: index + 1, address: $0.address) }
        })
    let workload: Workload
    let datum: Datum
    do throws(WorkloadFailure) {
      datum = try export.workload(entries)
      workload = try Workload(datum)
    } catch {
      throw Diagnostic(
        "the session cannot be written as a workload: \(escapeControls(error.message))", at: line.command,
        hint: "`trace` lists its steps, and docs/conformance.md says what a workload holds")
    }
    var host = host
    let report = Conformance.check(workload, on: release) { host.isInterrupted() }
    self.host = host
    if report.wasInterrupted {
      failureCode = 130
      throw Diagnostic("interrupted: nothing has been written", at: line.command)
    }
    guard let difference = report.divergence else { return (datum, export.leftOut) }
    let place = difference.step.map { "step \($0) (\(difference.action))" } ?? "the machine"
    throw Diagnostic(
      "the steps alone do not lead to this session: at \(place), \(difference.field) would be \(escapeControls(difference.actual.inline)) rather than \(escapeControls(difference.expected.inline))",
      at: line.command,
      hint:
        (export.leftOut.first.map { "what was left out may be missed: \(escapeControls($0)); " } ?? "")
        + "a workload has no failures asked for with `inject`, no changed lines and no tasks side by side, and in it a worker that is kicked runs at once"
    )
  }

  /// JSON with one step a line.
  private static func text(of workload: Datum) -> String {
    let fields = workload.fields.map { field in
      guard field.name == "steps" else { return " \"\(field.name)\": \(field.value.json)" }
      return " \"steps\": [\n" + field.value.elements.map { "  " + $0.json }.joined(separator: ",\n") + "\n ]"
    }
    return "{\n" + fields.joined(separator: ",\n") + "\n}\n"
  }
}

extension FuseServerConfiguration {
  /// The same with the window that the driver has found.
  fileprivate func with(window: ByteCount?) -> FuseServerConfiguration {
    var copy = self
    copy.windowLength = window ?? ByteCount(0)
    return copy
  }
}

extension Trace.Entry {
  /// What stands for the result of what has none.
  fileprivate var openResult: String? {
    switch action {
    case .mount, .umount, .call, .reads: outcome == nil ? "has not come to its end" : nil
    default: nil
    }
  }
}

extension Trace.Action {
  /// What was done, in a few words.
  var text: String {
    switch self {
    case .restart: "another machine"
    case .mount(let tag, let option): "mount \(tag) \(option.rawValue)"
    case .umount(let tag): "umount \(tag)"
    case .call(let call, _): call.text
    case .reads(let descriptor, let step, _, let calls):
      "\(counted(calls, "pread")) of \(descriptor) from 0x0 on, \(step) bytes each"
    case .host(let action): action.text
    case .other(let text, _): text
    }
  }
}

extension SystemCall {
  /// The call with its arguments.
  fileprivate var text: String {
    switch self {
    case .open(let path, let flags): "open \(path) 0\(String(flags.rawValue, radix: 8))"
    case .close(let descriptor), .fsync(let descriptor, _), .fstat(let descriptor): "\(name) \(descriptor)"
    case .pread(let descriptor, let offset, let iter), .pwrite(let descriptor, let offset, let iter):
      "\(name) \(descriptor) \(hex(offset)) \(iter.count)"
    case .mmap(let descriptor, let request):
      "mmap \(descriptor) \(hex(request.offset)) \(request.length) prot=\(request.protection)"
    case .munmap(let id, let piece), .mprotect(let id, let piece, _):
      "\(name) \(id)" + (piece.map { " \(hex($0.offset)) \($0.length)" } ?? "")
    case .load(let id, let offset, let iter), .store(let id, let offset, let iter):
      "\(name) \(id) \(hex(offset)) \(iter.count)"
    case .msync(let id, let offset, let length, _): "msync \(id) \(hex(offset)) \(length)"
    case .ftruncate(let descriptor, let size): "ftruncate \(descriptor) \(size)"
    case .truncate(let path, let size): "truncate \(path) \(size)"
    case .fallocate(let descriptor, let mode, let offset, let length):
      "fallocate \(descriptor) \(hex(offset)) \(length) mode=\(mode)"
    case .stat(let path), .unlink(let path), .exec(let path): "\(name) \(path)"
    case .getdents(let descriptor, _): "\(name) \(descriptor)"
    case .lseek(let descriptor, let offset, let whence): "lseek \(descriptor) \(hex(offset)) \(whence)"
    case .dropCaches(let what): "drop_caches \(what)"
    case .sendfile(let descriptor, let offset, let length): "sendfile \(descriptor) \(hex(offset)) \(length)"
    case .copyFileRange(let from, let offset, let to, let target, let length):
      "copy_file_range \(from) \(hex(offset)) \(to) \(hex(target)) \(length)"
    }
  }
}

extension WorkloadAction {
  /// What is done on the host, in a few words.
  fileprivate var text: String {
    switch self {
    case .hostRead(let name, let offset, let length): "host read \(name) \(hex(offset)) \(length)"
    case .hostWrite(let name, let offset, let length, _): "host write \(name) \(hex(offset)) \(length)"
    case .hostTruncate(let name, let size): "host truncate \(name) \(size)"
    case .hostAppendZeros(let name, let count): "host append \(name) \(count)"
    case .hostFail(let opcode, let nth, let errno): "host fail \(opcode.name) \(errno.name) nth=\(nth)"
    default: "host"
    }
  }
}
