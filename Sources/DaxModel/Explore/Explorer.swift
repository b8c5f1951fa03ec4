/// Runs every order of the lines of a machine's tasks, and says what goes wrong in any of them.
///
/// The search is breadth first, so what it finds is reached by as few lines as possible. It begins at the present state of
/// a machine and goes on until there is nothing new, a limit is reached, or nobody asks it to go on.
///
///     var explorer = Explorer(machine)
///     while explorer.advance(states: 10_000) {}
///     for violation in explorer.violations { print(violation.message) }
public struct Explorer: Sendable {
  /// What is searched, and how far.
  public struct Options: Hashable, Sendable {
    /// How many failures may be injected on the way, at any line that can fail and in any answer of a server.
    public var faults = 0
    /// How many lines a schedule may have; nil for any number.
    public var depth: Int?
    /// What is checked besides oopses, hangs and leaks.
    public var invariants = Invariant.allCases
    /// Where to stop for lack of memory: 1 GiB unless told otherwise.
    public var memory = ByteCount(1 << 30)

    public init() {}
  }

  /// Why a search has not gone to the end.
  public enum Limit: Hashable, Sendable {
    case depth(Int)
    case memory(ByteCount)
  }

  /// The machine that it began with.
  public let root: Machine
  public let options: Options
  /// What ran: one line is one transition.
  public private(set) var transitions = 0
  /// Lines from the first state to those that are looked at now.
  public private(set) var depth = 0
  /// How many transitions are oopses: nothing follows from them.
  public private(set) var deaths = 0
  /// How many states stand for a machine on which nothing can run: all has ended, or it hangs.
  public private(set) var ends = 0
  /// The lines that have run.
  public private(set) var coverage = Coverage()
  /// Why it has not gone to the end, if it has not.
  public private(set) var limit: Limit?

  private var kernels = Interner<Kernel>()
  private var tasks = Interner<KernelTask>()
  /// Whether a task has come to its end, by its number.
  private var hasEnded: [Bool] = []
  private let taskCount: Int
  private var states: StateStore
  private var effects = EffectTable()
  /// The next state to look at.
  private var next = 0
  /// The first state that is a line further.
  private var levelEnd = 1
  /// The failures that each line can have.
  private var failures: [Site: [Errno]] = [:]
  private var troubles = TroubleList()
  private let leaksBefore: [String]

  /// A search that begins at a machine's present state, with all of its tasks that have not finished.
  ///
  /// A machine that has died has nothing to search.
  public init(_ machine: Machine, _ options: Options = Options()) {
    root = machine
    self.options = options
    let running = machine.oops == nil ? machine.tasks.filter { !$0.isFinished } : []
    leaksBefore = running.contains { $0.stack.count > 1 } ? [] : machine.kernel.leaks
    taskCount = running.count
    states = StateStore(columns: running.count + 1 + (options.faults > 0 ? 1 : 0))
    var kernel = machine.kernel
    kernel.forgetPath()
    var row = [kernels.number(kernel)]
    for task in running { row.append(number(task)) }
    states.start(row + (options.faults > 0 ? [UInt32(clamping: options.faults)] : []))
  }

  /// How many states have been found.
  public var stateCount: Int { states.count }
  /// How many of them have not been looked at.
  public var frontier: Int { states.count - next }
  /// Whether every state has been looked at.
  public var isComplete: Bool { frontier == 0 && limit == nil }
  /// About how many bytes the search holds.
  public var bytes: ByteCount {
    ByteCount(UInt64(states.bytes + effects.bytes + kernels.bytes(extra: 1024) + tasks.bytes(extra: 512)))
  }

  /// Looks at up to so many more states.
  ///
  /// - Returns: Whether there is more to do.
  /// - Complexity: O(1) for each transition, but for those that no state before had.
  public mutating func advance(states count: Int) -> Bool {
    let end = count > Int.max - next ? Int.max : next + count
    while next < end, next < states.count {
      if next == levelEnd {
        depth += 1
        levelEnd = states.count
      }
      if let wanted = options.depth, depth >= wanted {
        limit = .depth(wanted)
        return false
      }
      expand(next)
      next += 1
      if next & 0xfff == 0, bytes.rawValue > options.memory.rawValue {
        limit = .memory(options.memory)
        return false
      }
    }
    return next < states.count
  }

  /// Enters what follows from a state.
  private mutating func expand(_ state: Int) {
    let kernel = states[state, 0]
    let mayFail = options.faults > 0 && states[state, taskCount + 1] > 0
    var canMove = false
    for place in 1..<(taskCount + 1) {
      let task = states[state, place]
      if hasEnded[Int(task)] { continue }
      let key = UInt64(kernel) << 32 | UInt64(task)
      for index in effects.find(key) ?? run(key) {
        let outcome = effects.outcomes[index]
        if outcome.choice > 0, !mayFail { break }
        canMove = true
        transitions += 1
        if let trouble = outcome.trouble {
          troubles.note(
            Int(trouble), at: TroubleList.Sighting(state: state, task: place, choice: Int(outcome.choice)))
        }
        guard let after = outcome.kernel else {
          deaths += 1
          continue
        }
        states.insert(
          after: state, task: place, number: outcome.task, kernel: after, choice: Int(outcome.choice),
          spends: outcome.choice > 0)
      }
    }
    if !canMove { end(state) }
  }

  // MARK: What a line does

  private mutating func number(_ task: KernelTask) -> UInt32 {
    var task = task
    task.forgetWait()
    let number = tasks.number(task)
    if Int(number) == hasEnded.count { hasEnded.append(task.isFinished) }
    return number
  }

  /// Runs the next line of a task on a kernel, once for each way in which it can end.
  private mutating func run(_ key: UInt64) -> Range<Int> {
    let kernel = kernels.parts[Int(key >> 32)]
    let task = tasks.parts[Int(key & 0xffff_ffff)]
    guard let site = task.stack.last?.site, let ordinary = outcome(of: task, on: kernel, site) else {
      return effects.remember(key, [])
    }
    coverage.mark(site)
    var found = [ordinary]
    if options.faults > 0 {
      for (index, errno) in failures(at: site).enumerated() {
        guard let failed = outcome(of: task, on: kernel, site, failure: (index, errno)) else { continue }
        found.append(failed)
      }
    }
    return effects.remember(key, found)
  }

  private mutating func failures(at site: Site) -> [Errno] {
    if let known = failures[site] { return known }
    let lines = site.function.lines(in: root.kernel.release)
    var errnos = Int(site.position) < lines.count ? lines[Int(site.position)].note.failsWith : []
    if site == .sendRequest { errnos = FuseSimpleRequest.likelyErrors }
    failures[site] = errnos
    return errnos
  }

  /// One way in which a line ends; nil if it waits, or if the failure is not one that it has here.
  private mutating func outcome(
    of task: KernelTask, on before: Kernel, _ site: Site, failure: (index: Int, errno: Errno)? = nil
  ) -> EffectTable.Outcome? {
    var (kernel, task) = (before, task)
    if let failure, !kernel.arm(failure.errno, at: site, of: task) { return nil }
    let choice = UInt8(clamping: failure.map { $0.index + 1 } ?? 0)
    do throws(Oops) {
      if case .blocked = try task.step(in: &kernel) { return nil }
    } catch {
      if let failure, !kernel.hasFailed(failure.errno, at: site, of: before) { return nil }
      let trouble = troubles.number(Trouble(kind: .oops(error.kind), sites: [error.site], texts: []))
      return EffectTable.Outcome(kernel: nil, task: 0, choice: choice, trouble: trouble)
    }
    if let failure, !kernel.hasFailed(failure.errno, at: site, of: before) { return nil }
    let observations = kernel.endLine()
    kernel.forgetPath()
    var trouble: UInt32?
    for invariant in options.invariants where trouble == nil {
      guard invariant.breach(from: before, to: kernel, observations) != nil else { continue }
      trouble = troubles.number(Trouble(kind: .invariant(invariant), sites: [site], texts: []))
    }
    return EffectTable.Outcome(
      kernel: kernels.number(kernel), task: number(task), choice: choice, trouble: trouble)
  }

  // MARK: The end

  /// Judges a state in which nothing can run.
  private mutating func end(_ state: Int) {
    ends += 1
    let kernel = kernels.parts[Int(states[state, 0])]
    let stuck = (1..<(taskCount + 1)).map { tasks.parts[Int(states[state, $0])] }.filter { !$0.isFinished }
    let sighting = TroubleList.Sighting(state: state, task: 0, choice: 0)
    if !stuck.isEmpty {
      let kind: Violation.Kind = machine(at: state).stuck().deadlock.isEmpty ? .hang : .deadlock
      let trouble = Trouble(
        kind: kind, sites: stuck.compactMap { $0.stack.last?.site }, texts: stuck.map { $0.name })
      troubles.note(Int(troubles.number(trouble)), at: sighting)
      return
    }
    let leaks = kernel.leaks.filter { !leaksBefore.contains($0) }
    if !leaks.isEmpty {
      troubles.note(Int(troubles.number(Trouble(kind: .leak, sites: [], texts: leaks))), at: sighting)
    }
    for invariant in options.invariants {
      guard let text = invariant.breachAtEnd(of: kernel) else { continue }
      let trouble = Trouble(kind: .invariant(invariant), sites: [], texts: [text])
      troubles.note(Int(troubles.number(trouble)), at: sighting)
    }
  }

  /// The machine in a state, without what came before: its log is empty.
  func machine(at state: Int) -> Machine {
    let running = (1..<(taskCount + 1)).map { tasks.parts[Int(states[state, $0])] }
    return root.with(kernels.parts[Int(states[state, 0])], running)
  }

  // MARK: What was found

  /// What was found, in the order of the number of lines to it.
  ///
  /// - Complexity: O(n) in the lines of all schedules, which are run again for what they have to say.
  public var violations: [Violation] {
    troubles.found.map { trouble, sighting in violation(trouble, sighting) }
  }

  /// What was found, in words that do not say how to come there.
  public var verdicts: [String] {
    troubles.found.map { trouble, _ in
      let places = trouble.sites.map { $0.description(in: root.kernel.release) }
      return ([trouble.kind.description] + places + (trouble.kind == .leak ? trouble.texts : [])).joined(
        separator: " ")
    }
  }

  private func violation(_ trouble: Trouble, _ sighting: TroubleList.Sighting) -> Violation {
    var schedule = schedule(to: sighting.state)
    let before = schedule.replayed(on: root)
    var (machine, message) = (before, "")
    if sighting.task > 0 {
      let step = step(from: sighting.state, task: sighting.task, choice: sighting.choice)
      schedule.steps.append(step)
      let event = machine.take(step)
      message = machine.oops?.message ?? ""
      if case .invariant(let invariant) = trouble.kind {
        message = invariant.breach(from: before.kernel, to: machine.kernel, event?.observations ?? []) ?? ""
      }
    } else if trouble.sites.isEmpty {
      message = trouble.texts.joined(separator: "; ")
    } else {
      message = machine.stuck().hangs.map { "Task \($0.task): \($0.message)" }.joined(separator: " ")
    }
    return Violation(
      kind: trouble.kind, site: trouble.sites.first, message: message, schedule: schedule,
      digest: machine.digest)
  }

  /// The shortest schedule to a state, by its number in the order in which they were found.
  ///
  /// - Complexity: O(n) in the number of its lines.
  public func schedule(to state: Int) -> Schedule {
    guard state >= 0, state < states.count else { return Schedule() }
    var steps: [Schedule.Step] = []
    var state = state
    while let origin = states.origin(of: state) {
      steps.append(step(from: origin.parent, task: origin.task, choice: origin.choice))
      state = origin.parent
    }
    return Schedule(steps.reversed())
  }

  private func step(from state: Int, task place: Int, choice: Int) -> Schedule.Step {
    let task = tasks.parts[Int(states[state, place])]
    let site = task.stack.last?.site ?? Site(.reallyProbe, 0)
    let errnos = failures[site] ?? []
    return Schedule.Step(
      task: task.id, name: task.name, site: site,
      fault: choice > 0 && choice <= errnos.count ? errnos[choice - 1] : nil)
  }
}
