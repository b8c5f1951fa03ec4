/// Where to stop: at the first line of a function, or at one of its lines.
public struct Breakpoint: Hashable, Sendable {
  /// Its number, from 1.
  public let id: Int
  /// The function.
  public let function: FunctionID
  /// The line's name; nil for the function's entry.
  public let line: String?

  /// Whether a task that stands at `site` stands at the breakpoint.
  func matches(_ site: Site, in release: KernelRelease) -> Bool {
    guard site.function == function else { return false }
    guard let line else { return site.position == 0 }
    return site.line(in: release) == line
  }
}

/// Why a run has stopped.
public enum StopReason: Hashable, Sendable {
  /// It has done what it was asked for.
  case done
  /// It stands at a breakpoint.
  case breakpoint(Int)
  /// The task's first function has returned.
  case finished(Value)
  /// The task waits; another could run.
  case blocked(Wait)
  /// The task waits for what can never come.
  case hung(Hang)
  /// The machine has died.
  case oops(Oops)
  /// The user has asked to stop.
  case interrupted
}

/// What a run did and why it has stopped.
public struct Run: Sendable {
  /// What happened, line by line; of a long run the first few thousand.
  public internal(set) var events: [StepEvent] = []
  /// What happened last.
  public internal(set) var last: StepEvent?
  /// How many lines ran.
  public internal(set) var count = 0
  /// Why it has stopped.
  public internal(set) var stop = StopReason.done
  /// The requests that were sent; of many the first few thousand.
  public internal(set) var requests: [FuseExchange] = []
  /// The numbers of the breakpoints at which it would have stopped if it had heeded them.
  public internal(set) var passed: [Int] = []

  /// A run that has not run a line.
  public init(stop: StopReason = .done) { self.stop = stop }

  /// The most events that are kept.
  private static let eventLimit = 4096

  mutating func note(_ event: StepEvent) {
    count += 1
    last = event
    if events.count < Run.eventLimit { events.append(event) }
    for case .sent(let exchange) in event.observations where requests.count < Run.eventLimit {
      requests.append(exchange)
    }
  }

  /// Notes that it has gone on where breakpoints are.
  public mutating func pass(_ breakpoints: [Int]) {
    for id in breakpoints where !passed.contains(id) { passed.append(id) }
  }
}

/// Steps tasks of a machine, forwards and backwards, and stops where asked.
public struct Debugger: Sendable {
  /// The machine and its history.
  public var timeline: Timeline
  /// Where to stop.
  public private(set) var breakpoints: [Breakpoint] = []
  /// The task that is stepped.
  public var current: TaskID?
  private var lastBreakpoint = 0

  public init(_ machine: Machine) { timeline = Timeline(machine) }

  public var machine: Machine { timeline.machine }

  /// Adds a breakpoint.
  public mutating func addBreakpoint(_ function: FunctionID, line: String?) -> Breakpoint {
    if let present = breakpoints.first(where: { $0.function == function && $0.line == line }) {
      return present
    }
    lastBreakpoint += 1
    let breakpoint = Breakpoint(id: lastBreakpoint, function: function, line: line)
    breakpoints.append(breakpoint)
    return breakpoint
  }

  /// Removes a breakpoint. False if there is none with that number.
  public mutating func removeBreakpoint(_ id: Int) -> Bool {
    let before = breakpoints.count
    breakpoints.removeAll { $0.id == id }
    return breakpoints.count != before
  }

  /// Removes all breakpoints.
  public mutating func removeAllBreakpoints() { breakpoints.removeAll() }

  /// Runs the task until `isReached` says so after a line, or something else stops it.
  ///
  /// - Parameters:
  ///   - task: The task to run.
  ///   - heedsBreakpoints: Whether breakpoints stop it.
  ///   - runsWorkers: Whether kernel threads that it kicks run as soon as they can, as with one processor.
  ///   - isInterrupted: Asked now and then; true stops it.
  ///   - isReached: Asked after each line.
  public mutating func run(
    _ task: TaskID, heedsBreakpoints: Bool = true, runsWorkers: Bool = false,
    isInterrupted: () -> Bool = { false },
    until isReached: (Machine) -> Bool
  ) -> Run {
    var run = Run()
    if !heedsBreakpoints, let hit = breakpointHit(task) { run.pass([hit]) }
    while true {
      if runsWorkers, machine.givesWay(task), let stop = runWorkers(&run, isInterrupted) {
        run.stop = stop
        return run
      }
      if let stop = stopBeforeLine(task) {
        run.stop = stop
        return run
      }
      guard let event = timeline.advance(task) else { return run }
      run.note(event)
      if case .died(let oops) = event.outcome {
        run.stop = .oops(oops)
        return run
      }
      if let result = machine.task(task)?.result {
        run.stop = .finished(result)
        return run
      }
      if case .blocked = event.outcome, !runsWorkers || machine.runnableWorker == nil,
        let stop = stopBeforeLine(task)
      {
        run.stop = stop
        return run
      }
      if isReached(machine) { return run }
      if let hit = breakpointHit(task) {
        if heedsBreakpoints {
          run.stop = .breakpoint(hit)
          return run
        }
        run.pass([hit])
      }
      if run.count & 0xff == 0, isInterrupted() {
        run.stop = .interrupted
        return run
      }
    }
  }

  /// Runs kernel threads until none can run. Why the whole run ends there, if it does.
  private mutating func runWorkers(_ run: inout Run, _ isInterrupted: () -> Bool) -> StopReason? {
    while let worker = machine.runnableWorker, let event = timeline.advance(worker) {
      run.note(event)
      if case .died(let oops) = event.outcome { return .oops(oops) }
      if machine.task(worker)?.isFinished == true { timeline.reap(worker) }
      if run.count & 0xff == 0, isInterrupted() { return .interrupted }
    }
    return nil
  }

  /// Why the task cannot run a line now; nil if it can.
  private func stopBeforeLine(_ task: TaskID) -> StopReason? {
    if let oops = machine.oops { return .oops(oops) }
    if machine.isRunnable(task) { return nil }
    if let hang = machine.hangs.first(where: { $0.task == task }) { return .hung(hang) }
    switch machine.task(task)?.state {
    case .blocked(let wait): return .blocked(wait)
    case .finished(let value): return .finished(value)
    case .ready, .none: return .done
    }
  }

  private func breakpointHit(_ task: TaskID) -> Int? {
    if breakpoints.isEmpty { return nil }
    guard let site = machine.site(of: task) else { return nil }
    return breakpoints.first { $0.matches(site, in: machine.kernel.release) }?.id
  }
}
