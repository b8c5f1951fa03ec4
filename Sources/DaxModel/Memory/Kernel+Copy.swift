// Copies between the window and memory: the one place where an engine meets the kernel.

extension Kernel {
  /// The engine that copies use: the one that was chosen, or what this kernel does on this architecture.
  public var copyEngine: CopyEngine { chosenEngine ?? .natural(on: architecture) }

  /// Runs an engine between a kernel address of the window and an iterator, and notes what it did.
  ///
  /// - Parameters:
  ///   - address: What direct_access handed out: the first byte of a page.
  ///   - offset: Where to begin, in bytes from there.
  ///   - engine: How this copy is made; nil for `copyEngine`.
  /// - Throws: The oops that a plain access to what is not memory is.
  mutating func copy(
    _ direction: CopyDirection, _ address: KernelAddress, offset: UInt64 = 0, _ length: UInt64,
    _ iter: IovIter, by engine: CopyEngine? = nil
  ) throws(Oops) -> CopyReport {
    let engine = engine ?? copyEngine
    let report = withPort(to: address, zeros: direction == .zero) { port in
      port.copy(direction, at: offset, length, iter, by: engine)
    }
    observe(.copied(report))
    if case .plainAccess(let address) = report.stop {
      _ = try translate(address, for: .copy)
      throw Oops(
        kind: .badAddress, site: here, address: address, message: "The window does not reach so far.")
    }
    return report
  }

  /// Opens a port to what stands behind a kernel address.
  ///
  /// The port takes the bytes over, so that they are changed in place.
  ///
  /// - Parameter zeros: Whether the memory on the other side holds zeros rather than being the processes'.
  mutating func withPort<Result>(
    to address: KernelAddress, zeros: Bool = false, recordsRuns: Bool = true,
    _ body: (inout AccessPort) -> Result
  ) -> Result {
    let connection = connect(address)
    let window = memory.physical
    memory.physical = SparseMemory()
    let other = zeros ? SparseMemory(background: .zeros) : memory.user
    if !zeros { memory.user = SparseMemory() }
    var port = AccessPort(connection.wiring, window: window, memory: other, recordsRuns: recordsRuns)
    let result = body(&port)
    memory.physical = port.window.close()
    if !zeros { memory.user = port.memory.close() }
    if let device = connection.device { zpci?.functions[device] = port.function }
    return result
  }

  /// What stands behind a kernel address: memory, or a BAR of a PCI function.
  func connect(_ address: KernelAddress) -> (wiring: AccessPort.Wiring, device: DeviceID?) {
    var wiring = AccessPort.Wiring(address: address, backing: PhysicalAddress(address.rawValue))
    if let zpci {
      (wiring.rules, wiring.hasMIO) = (zpci.rules, zpci.hasMIO)
      if let (entry, offset) = zpci.bar(at: address, base: release.cookieBase),
        let function = zpci.functions[entry.device]
      {
        (wiring.function, wiring.bar, wiring.barOffset) = (function, entry.bar, offset)
        return (wiring, entry.device)
      }
    }
    if let physical = architecture.physicalAddress(of: address) {
      wiring.backing = physical
      wiring.plainReach = memory.reach(from: physical)
    }
    return (wiring, nil)
  }
}

extension CopyEngine {
  /// What the merged code does: plain copies, whatever the architecture.
  public static func natural(on architecture: Architecture) -> CopyEngine {
    switch architecture {
    case .x86_64: .x86(X86Copy())
    case .s390x: .s390Memcpy(S390Memcpy())
    }
  }
}

extension MemoryMap {
  /// How many bytes from an address on are mapped without a gap.
  func reach(from address: PhysicalAddress) -> UInt64 {
    var next = address.rawValue
    while let range = range(at: PhysicalAddress(next)) {
      next = range.end.rawValue &+ 1
      if next == 0 { break }
    }
    return next &- address.rawValue
  }

  private func range(at address: PhysicalAddress) -> PhysicalRange? {
    linear.first { $0.contains(address) } ?? ram.first { $0.contains(address) }
  }
}

extension Machine {
  /// Chooses how copies are made from now on; nil for what the kernel does by itself.
  public mutating func choose(_ engine: CopyEngine?) { kernel.chosenEngine = engine }

  /// Opens the window of a device to copy engines: the way in for engines of one's own.
  ///
  ///     let report = machine.withWindow(0) { port in
  ///       port.copy(.toIter, at: 8192, 4096, IovIter(buffers: [4096], on: .x86_64), by: MyEngine())
  ///     }
  ///
  /// What would kill the machine is only reported. Offsets count from the start of the window, and may go past
  /// its end: a plain access dies there.
  ///
  /// - Parameters:
  ///   - device: The device whose window it is.
  ///   - recordsRuns: Whether each access is kept, or just counted.
  ///   - body: Gets the port.
  /// - Returns: What `body` returns; nil if the device has no window.
  /// - Complexity: O(1) but for the body. Opening costs as much as a few copies of a page.
  public mutating func withWindow<Result>(
    _ device: DeviceID, recordsRuns: Bool = true, _ body: (inout AccessPort) -> Result
  ) -> Result? {
    guard let fs = kernel.instance(of: device), kernel.window(of: device) != nil else { return nil }
    return kernel.withPort(to: fs.windowAddress, recordsRuns: recordsRuns, body)
  }
}
