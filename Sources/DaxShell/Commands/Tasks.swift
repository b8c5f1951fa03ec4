import DaxModel

// Commands about tasks and the users of the window.

extension Session {
  /// The function in which the current task stands.
  var currentFunction: FunctionID? { debugger.current.flatMap { machine.site(of: $0)?.function } }

  mutating func task(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    guard let token = line.arguments.first else { return tasksAnswer() }
    let id = try token.count("the number of the task")
    guard machine.task(id) != nil else {
      throw Diagnostic(
        "there is no task \(id)", at: token,
        hint: machine.tasks.isEmpty ? "`start` and `spawn` make tasks" : "`task` lists them")
    }
    debugger.current = id
    return stepAnswer(id, Run(stop: machine.task(id)?.result.map { .finished($0) } ?? .done))
  }

  func tasksAnswer() -> Answer {
    let hangs = machine.hangs
    let rows: [Datum] = machine.tasks.map { task in
      let state =
        switch task.state {
        case .finished(let value): "returned \(value)"
        case .ready: "ready"
        case .blocked(let wait):
          hangs.contains { $0.task == task.id }
            ? "hung: waits for \(wait.summary)"
            : machine.kernel.isOver(wait) ? "ready: the wait is over" : "waits for \(wait.summary)"
        }
      return [
        "task": .count(task.id), "name": .text(task.name), "current": .bool(task.id == debugger.current),
        "state": .text(state), "at": .optional(machine.site(of: task.id)?.description(in: release)),
      ]
    }
    return rowsAnswer(rows, empty: "there are no tasks: `start probe` makes one")
  }

  mutating func spawn(_ line: Invocation) throws(Diagnostic) -> Answer {
    if let word = line.arguments.first, StartedCall(rawValue: word.text) != nil {
      _ = try TaskWord.parse(word, device: device, devices: machine.kernel.devices.count)
    }
    try line.check(arguments: 2, options: ["times", "steps"])
    try requireAlive(line)
    let token = try line.argument(0, "who to start", example: "spawn reader 0")
    return try spawnTask(token, offset: line.arguments.dropFirst().first, line, keepsCurrent: true)
  }

  /// The task that a word asks for, with what stands beside the word.
  func request(_ token: Token, offset: Token?, _ line: Invocation) throws(Diagnostic) -> TaskRequest {
    var request = try TaskWord.parse(token, device: device, devices: machine.kernel.devices.count)
    if let offset {
      guard request.kind.takesOffset else {
        throw Diagnostic(
          "`\(offset.text)` is too much here", at: offset, hint: "see `help \(line.command.text)`")
      }
      request.offset = PageOffset(try offset.unsigned("the page offset"))
    }
    if let times = line[option: "times"] { request.rounds = try times.unsigned("times") }
    return request
  }

  mutating func spawnTask(
    _ token: Token, offset: Token?, _ line: Invocation, keepsCurrent: Bool = false
  ) throws(Diagnostic) -> Answer {
    let request = try request(token, offset: offset, line)
    let steps = try line[option: "steps"].map { token throws(Diagnostic) in try token.count("steps") } ?? 0
    var attempt = machine
    guard attempt.start(request) != nil else { throw request.refusal(at: token) }
    let before = debugger.current.flatMap { machine.task($0)?.isFinished == false ? $0 : nil }
    let task = debugger.timeline.change { $0.start(request) ?? 0 }
    var run = Run()
    if steps > 0 {
      var left = steps
      run = advance(task, heedsBreakpoints: false) { _ in
        left -= 1
        return left == 0
      }
      try checkInterrupted(run, line)
    }
    debugger.current = keepsCurrent ? before ?? task : task
    var answer = stepAnswer(task, run)
    let isCurrent = debugger.current == task
    answer.text =
      "task \(task) (\(request.kind.rawValue)) is there"
      + (isCurrent ? "" : "; `task \(task)` makes it the current one") + "\n" + (answer.text ?? "")
    return answer
  }
}
