/// `kill_dax()`: no new users of the DAX device, and the present ones have left when it returns.
public struct KillDax: KernelFunction {
  public enum Line: String, KernelLine { case checkDevice, clearAlive, flipReaders, waitForReaders }

  public static let id = FunctionID.killDax
  public var frame: Frame { .killDax(Activation(self)) }

  let daxDevice: Handle<DaxDevice>?
  /// The side of `dax_srcu` that must empty.
  var side = 0

  /// Kills a DAX device; nothing happens if it is nil, for NULL.
  public init(daxDevice: Handle<DaxDevice>?) { self.daxDevice = daxDevice }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkDevice, .clearAlive, .flipReaders, .waitForReaders]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkDevice:
      return daxDevice == nil ? .done(.void) : .next
    case .clearAlive:
      guard let daxDevice else { return .done(.void) }
      var device = try kernel.daxDevices.read(daxDevice, at: kernel.here)
      device.flags.remove(.alive)
      try kernel.daxDevices.write(daxDevice, device, at: kernel.here)
      return .next
    case .flipReaders:
      side = kernel.srcu.flip()
      return .next
    case .waitForReaders:
      if !kernel.srcu.isEmpty(side) { return .wait(.srcu(side: side)) }
      try quiesce(in: &kernel)
      return .done(.void)
    }
  }

  private func quiesce(in kernel: inout Kernel) throws(Oops) {
    guard let daxDevice else { return }
    var device = try kernel.daxDevices.read(daxDevice, at: kernel.here)
    device.isQuiesced = true
    try kernel.daxDevices.write(daxDevice, device, at: kernel.here)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dax_dev", daxDevice)
    visitor.field("side", .number(UInt64(side)))
  }
}

extension KillDax.Line {
  public var note: Note {
    switch self {
    case .checkDevice: Note("Does nothing for NULL.")
    case .clearAlive:
      Note(
        "Clears ALIVE: from here on direct_access answers -ENXIO and copies move 0 bytes.",
        why: "It is about new users only. References to pages are another matter.")
    case .flipReaders: Note("Begins synchronize_srcu(): readers that come now count on the other side.")
    case .waitForReaders:
      Note(
        "Sleeps until every reader that took dax_read_lock() before has released it.",
        why: "After that nobody uses an address that direct_access has given out.")
    }
  }
}
