import DaxModel

// Commands about breakpoints.

extension Session {
  mutating func addBreakpoint(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    if line.arguments.isEmpty { return try listBreakpoints(line) }
    let place = try PlaceName.parse(line.arguments[0], in: release, current: currentFunction)
    let breakpoint = debugger.addBreakpoint(place.function, line: place.line)
    let text = place.line.map { "\(place.function.name).\($0)" } ?? place.function.name
    return Answer(
      [
        "breakpoint": .count(breakpoint.id), "function": .text(place.function.name),
        "line": .optional(place.line),
      ],
      lines: ["breakpoint \(breakpoint.id) at \(text)"])
  }

  mutating func deleteBreakpoint(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    guard let token = line.arguments.first else {
      debugger.removeAllBreakpoints()
      return Answer(["breakpoints": []], lines: ["all breakpoints are deleted"])
    }
    let id = try token.count("the number of the breakpoint")
    guard debugger.removeBreakpoint(id) else {
      throw Diagnostic("there is no breakpoint \(id)", at: token, hint: "`breakpoints` lists them")
    }
    return Answer(["deleted": .count(id)], lines: ["breakpoint \(id) is deleted"])
  }

  mutating func listBreakpoints(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 0)
    let rows: [Datum] = debugger.breakpoints.map { breakpoint in
      [
        "breakpoint": .count(breakpoint.id), "function": .text(breakpoint.function.name),
        "line": .optional(breakpoint.line),
      ]
    }
    return rowsAnswer(rows, empty: "there are no breakpoints")
  }
}
