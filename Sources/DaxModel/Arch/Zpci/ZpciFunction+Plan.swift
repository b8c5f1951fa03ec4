extension ZpciFunction {
  /// An outcome that was asked for: the nth instruction of its kind from now ends so, whatever it asks.
  ///
  /// The emulation is never busy and seldom in error, so such outcomes have to be made.
  public struct Planned: Hashable, Sendable {
    public var instruction: ZpciInstruction
    public var outcome: ZpciOutcome
    /// How often the instruction must still be run before it ends so: 1 is the next time.
    public var countdown: Int
    /// How many of them in a row end so.
    public var times: Int

    public init(_ instruction: ZpciInstruction, _ outcome: ZpciOutcome, nth: Int = 1, times: Int = 1) {
      self.instruction = instruction
      self.outcome = outcome
      countdown = max(nth, 1)
      self.times = max(times, 1)
    }
  }

  /// The outcome that was asked for, if this run of the instruction is the one that it was asked for.
  ///
  /// Of those that are due the one that was asked for first is taken.
  ///
  /// - Complexity: O(1) if nothing is planned.
  public mutating func plannedOutcome(of instruction: ZpciInstruction) -> ZpciOutcome? {
    if planned.isEmpty { return nil }
    var due: Int?
    for index in planned.indices where planned[index].instruction == instruction {
      if planned[index].countdown > 1 {
        planned[index].countdown -= 1
      } else if due == nil {
        due = index
      }
    }
    guard let due else { return nil }
    let outcome = planned[due].outcome
    planned[due].times -= 1
    if planned[due].times == 0 { planned.remove(at: due) }
    return outcome
  }
}

extension ZpciFunction.Planned: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("instruction", .text(instruction.rawValue))
    switch outcome {
    case .completed(let code, let status):
      visitor.field("cc", .number(UInt64(code.rawValue)))
      visitor.field("status", status.map { .number(UInt64($0.rawValue)) } ?? .none)
    case .program(let exception): visitor.field("program", .text(exception.name))
    case .accessException: visitor.field("program", .text("access exception"))
    }
    visitor.field("countdown", .signed(Int64(countdown)))
    visitor.field("times", .signed(Int64(times)))
  }
}
