import DaxModel

// Commands that look at where the machine stands.

extension Session {
  /// Rows as data and as a table, or a sentence if there are none.
  func rowsAnswer(_ rows: [Datum], empty: String) -> Answer {
    let result: Datum = ["rows": .list(rows)]
    return Answer(result, text: rows.isEmpty ? empty + "\n" : Table(result).rendered(options))
  }

  mutating func list(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let standing = debugger.current.flatMap { machine.site(of: $0) } ?? machine.oops?.site
    let function: FunctionID
    if let token = line.arguments.first {
      function = try FunctionNames.find(token)
    } else if let site = standing {
      function = site.function
    } else {
      function = .virtioFsSetupDax
    }
    let infos = function.lines(in: release)
    guard !infos.isEmpty else {
      throw Diagnostic(
        "Linux \(release.name) has no \(function.name)()", at: line.arguments.first ?? line.command)
    }
    let stops = debugger.breakpoints.filter { $0.function == function }
    let width = infos.map { $0.name.count }.max() ?? 0
    var lines = hanging("\(function.name)()  ", "\(function.file), Linux \(release.name)")
    var rows: [Datum] = []
    for (position, info) in infos.enumerated() {
      let isHere = standing == Site(function, UInt8(position))
      let isStop = stops.contains { $0.line == info.name || ($0.line == nil && position == 0) }
      rows.append([
        "line": .text(info.name), "cursor": .bool(isHere), "breakpoint": .bool(isStop),
        "note": .text(info.note.what),
        "fails_with": .texts(info.note.failsWith.map { $0.name }),
        "calls": .texts(info.note.calls.map { $0.name }),
      ])
      let mark = (isHere ? "=>" : "  ") + (isStop ? "*" : " ")
      let note = hanging(mark + " " + pad(info.name, columns: width) + "  ", info.note.what)
      lines.append(options.styledIf(isHere, note[0], .bold))
      lines += note.dropFirst()
    }
    return Answer(
      [
        "function": .text(function.name), "file": .text(function.file), "kernel": .text(release.name),
        "rows": .list(rows),
      ], lines: lines)
  }

  mutating func whereIs(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    var id = debugger.current ?? machine.tasks.last { !$0.isFinished }?.id
    if let token = line.arguments.first { id = try token.count("the number of the task") }
    guard let id, let task = machine.task(id) else {
      return Answer(["rows": []], lines: ["no task is running"])
    }
    var rows: [Datum] = []
    var lines = [
      "task \(task.id) (\(task.name))" + (task.result.map { " has finished: it returned \($0)" } ?? "")
    ]
    for (depth, frame) in task.stack.enumerated().reversed() {
      let site = frame.site
      let lineName =
        depth == task.stack.count - 1
        ? site.line(in: release) : callingLine(of: site, callee: task.stack[depth + 1].site.function)
      rows.append([
        "depth": .count(depth), "function": .text(site.function.name), "line": .text(lineName),
        "file": .text(site.function.file),
      ])
      lines.append("  \(depth)  \(site.function.name).\(lineName)  (\(site.function.file))")
    }
    if let oops = machine.oops { lines.append(oopsLine(oops, "; `oops` says why")) }
    return Answer(["task": .count(id), "name": .text(task.name), "rows": .list(rows)], lines: lines)
  }

  /// The line from which a frame has called: it stands at a later one, or at the one that a loop or a branch has sent it to.
  private func callingLine(of site: Site, callee: FunctionID) -> String {
    let infos = site.function.lines(in: release)
    let position = Int(site.position)
    let calling = infos.indices.filter { infos[$0].note.calls.contains(callee) }
    if infos.indices.contains(position - 1), !infos[position - 1].note.calls.isEmpty,
      calling.isEmpty || calling.contains(position - 1)
    {
      return infos[position - 1].name
    }
    let index = calling.last { $0 <= position } ?? calling.first
    return index.map { infos[$0].name } ?? site.line(in: release)
  }

  mutating func log(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let entries = machine.kernel.log.entries
    let count = try line.count(0, "the number of lines", unless: entries.count)
    let rows: [Datum] = entries.suffix(count).map { entry in
      ["level": .text(entry.level.name), "who": .text(entry.who), "text": .text(entry.text)]
    }
    let lines = entries.suffix(count).map { entry in
      let text = "<\(entry.level.rawValue)> \(escapeControls(entry.line))"
      return options.styledIf(entry.level.rawValue <= 4, text, .yellow)
    }
    return Answer(["rows": .list(rows)], lines: lines.isEmpty ? ["the kernel log is empty"] : lines)
  }

  mutating func iomem(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    var rows: [Datum] = []
    var lines: [String] = []
    for (depth, resource) in machine.kernel.iomem.flattened {
      rows.append([
        "depth": .count(depth), "start": .hex(resource.range.start.rawValue),
        "end": .hex(resource.range.end.rawValue),
        "name": .text(resource.name), "busy": .bool(resource.isBusy),
      ])
      let range =
        hexDigits(resource.range.start.rawValue, width: 10) + "-"
        + hexDigits(resource.range.end.rawValue, width: 10)
      lines.append(String(repeating: "  ", count: depth) + range + " : " + escapeControls(resource.name))
    }
    return Answer(["rows": .list(rows)], lines: lines)
  }

  mutating func oops(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    guard let oops = machine.oops else {
      let none: Datum = ["kind": nil, "function": nil, "line": nil, "address": nil, "message": nil]
      return Answer(none, lines: ["the machine is alive"])
    }
    return Answer(oopsRecord(oops), lines: troubleLines(.oops(oops)))
  }

  // MARK: Differences

  mutating func diff(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 2)
    let now = debugger.timeline.step
    var (first, second) = (max(0, now - 1), now)
    if let token = line.arguments.first { first = try momentNumber(token) }
    if line.arguments.count > 1 { second = try momentNumber(line.arguments[1]) }
    guard let old = debugger.timeline.moment(first), let new = debugger.timeline.moment(second) else {
      throw Diagnostic("these moments are not remembered", at: line.command)
    }
    let changes = changeRecords(from: old, to: new)
    return Answer(
      [
        "from": .count(first), "to": .count(second), "changed": .count(changes.count), "rows": .list(changes),
      ],
      text: changesText(changes, title: "from step \(first) to step \(second)"))
  }

  private func momentNumber(_ token: Token) throws(Diagnostic) -> Int {
    let number = try token.count("the number of the step")
    guard number <= debugger.timeline.last else {
      throw Diagnostic("the history ends at step \(debugger.timeline.last)", at: token)
    }
    return number
  }

  func changeRecords(from old: Machine, to new: Machine) -> [Datum] {
    var (before, after) = (FactList(), FactList())
    old.inspect(&before)
    new.inspect(&after)
    return FactList.changes(from: before, to: after).map { change in
      [
        "path": .text(Self.naming(change.path, old, new)), "before": .optional(change.before?.description),
        "after": .optional(change.after?.description),
      ]
    }
  }

  /// A path with the number of a task rather than its place among the tasks.
  private static func naming(_ path: String, _ old: Machine, _ new: Machine) -> String {
    let head = "task["
    guard path.hasPrefix(head), let end = path.firstIndex(of: "]"),
      let place = Int(path[path.index(path.startIndex, offsetBy: head.count)..<end])
    else { return path }
    let tasks = new.tasks.indices.contains(place) ? new.tasks : old.tasks
    return tasks.indices.contains(place) ? "\(head)\(tasks[place].id)\(path[end...])" : path
  }

  /// Each field that changed, with what it held: `-` marks what is gone, `+` what is new, `~` what changed.
  func changesText(_ changes: [Datum], title: String) -> String {
    if changes.isEmpty { return "\(title): nothing\n" }
    var table = Table(columns: [.init(""), .init("field"), .init("before"), .init("after")])
    for change in changes {
      let (before, after) = (change["before"] ?? .null, change["after"] ?? .null)
      let mark = before == .null ? "+" : after == .null ? "-" : "~"
      table.rows.append([
        .init(mark), .init(change["path"]?.inline ?? ""), .init(before == .null ? "" : before.inline),
        .init(after == .null ? "" : after.inline, .bold),
      ])
    }
    return "\(title):\n" + table.rendered(options)
  }

  mutating func history(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let now = debugger.timeline.step
    let count = try line.count(0, "the number of steps", limit: 1000, unless: 10)
    var rows: [Datum] = []
    var lines: [String] = []
    var (tasks, names): (Set<TaskID>, [String]) = ([], [])
    // Walking forwards through a copy costs one step a line; asking for each moment costs far more.
    var past = debugger.timeline
    for step in max(0, now - count)..<now where past.go(to: step) {
      let task = past.task(ofStep: step)
      let place = task.flatMap { past.machine.site(of: $0) }?.description(in: past.machine.kernel.release)
      let name = task.flatMap { past.machine.task($0)?.name }
      rows.append([
        "step": .count(step + 1), "task": task.map { .count($0) } ?? .null, "name": .optional(name),
        "ran": .optional(place),
      ])
      if let task { tasks.insert(task) }
      lines.append("#\(step + 1) " + (place ?? "a change from outside"))
      names.append(task.map { "  task \($0)" + (name.map { " (\($0))" } ?? "") } ?? "")
    }
    // With one task it is always the same.
    if tasks.count > 1 { lines = zip(lines, names).map { $0 + $1 } }
    lines.append("=> at step \(now) of \(debugger.timeline.last)")
    return Answer(
      ["step": .count(now), "last": .count(debugger.timeline.last), "rows": .list(rows)], lines: lines)
  }
}

extension SessionOptions {
  /// The text in a style where a condition holds.
  func styledIf(_ condition: Bool, _ text: String, _ style: Style) -> String {
    condition ? styled(text, style) : text
  }
}
