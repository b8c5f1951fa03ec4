import DaxModel

// Commands that go back and forth in the history.

extension Session {
  mutating func back(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let count = try line.count(0, "the number of steps", unless: 1)
    guard debugger.timeline.step > 0 || count == 0 else {
      throw Diagnostic("this is the beginning of the history", at: line.command)
    }
    return went(to: max(0, debugger.timeline.step - count))
  }

  mutating func goto(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let token = try line.argument(0, "the number of the step", example: "goto 12")
    let last = debugger.timeline.last
    let target = token.text == "end" ? last : try token.count("the number of the step")
    guard target <= last else {
      throw Diagnostic(
        "step \(target) has not happened: the history ends at \(last)", at: token,
        hint: "`goto end` goes there; `step` goes on from it")
    }
    return went(to: target)
  }

  /// Goes to a moment and shows where the current task stands there.
  private mutating func went(to target: Int) -> Answer {
    _ = debugger.timeline.go(to: target)
    if device >= machine.kernel.devices.count { device = 0 }
    // Whoever ran the next line goes on with it; where history says nothing of that, whoever ran the last one.
    let next = debugger.timeline.task(ofStep: target) ?? debugger.timeline.task(ofStep: target - 1)
    let known = [next, debugger.current].compactMap { $0.flatMap(machine.task) }.first
    debugger.current = (known ?? machine.tasks.last { !$0.isFinished })?.id
    var result = standing(debugger.current ?? 0)
    if debugger.current == nil { result.set("task", .null) }
    result.set("event", "moved")
    result.set("stopped", .text(machine.oops == nil ? "step" : "oops"))
    result.set("step", .count(target))
    result.set("last", .count(debugger.timeline.last))
    result.set("state", .hex(machine.digest))
    if let oops = machine.oops { result.set("oops", oopsRecord(oops)) }
    let place = journal.place(of: target)
    result.set("before", .optional(place.flatMap { $0.isInside ? nil : $0.text }))
    result.set("inside", .optional(place.flatMap { $0.isInside ? $0.text : nil }))
    let around = place.map { ", \($0.isInside ? "inside" : "before") `\($0.text)`" } ?? ""
    let head = escapeControls("at step \(target) of \(debugger.timeline.last)\(around)")
    var lines = [DaxShell.fit(head, columns: options.width, asciiOnly: options.asciiOnly)]
    if let oops = machine.oops { lines += troubleLines(.oops(oops)) }
    if let current = debugger.current {
      lines += standingLines(current, machine.task(current)?.result.map { .finished($0) } ?? .done)
    }
    return Answer(result, lines: lines)
  }
}
