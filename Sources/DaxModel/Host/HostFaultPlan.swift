/// Which requests the host shall fail.
///
/// One fault for each opcode, which counts requests from the moment it is asked for and happens once.
public struct HostFaultPlan: Hashable, Sendable {
  /// A fault that is waited for.
  public struct Fault: Hashable, Sendable {
    /// Which requests count.
    public var opcode: FuseOpcode
    /// How many are still to come, that which fails included.
    public var remaining: Int
    /// What it fails with.
    public var errno: Errno
  }

  /// By ascending opcode.
  public private(set) var faults: [Fault] = []

  public init() {}

  /// The nth such request from now on fails; 0 takes a fault back that is waited for.
  public mutating func fail(_ opcode: FuseOpcode, nth: Int, with errno: Errno) {
    faults.removeAll { $0.opcode == opcode }
    if nth <= 0 { return }
    let place = faults.firstIndex { $0.opcode.rawValue > opcode.rawValue } ?? faults.endIndex
    faults.insert(Fault(opcode: opcode, remaining: nth, errno: errno), at: place)
  }

  /// Counts a request. The error, if it is the one that fails.
  mutating func strike(_ opcode: FuseOpcode?) -> Errno? {
    guard let place = faults.firstIndex(where: { $0.opcode == opcode }) else { return nil }
    faults[place].remaining -= 1
    return faults[place].remaining == 0 ? faults.remove(at: place).errno : nil
  }
}

extension HostFaultPlan: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for (index, fault) in faults.enumerated() {
      visitor.enter("fault", index)
      visitor.field("opcode", .text(fault.opcode.name))
      visitor.field("remaining", .number(UInt64(max(fault.remaining, 0))))
      visitor.field("errno", .text(fault.errno.name))
      visitor.leave()
    }
  }
}
