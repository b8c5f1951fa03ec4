/// A user of the window: takes the read lock, asks for an address, loads a word through it, and lets go.
///
/// It stands for one page's worth of `dax_iomap_iter()`. It keeps the pointer to the DAX device that it was
/// started with, as a mount does.
public struct Reader: KernelFunction {
  public enum Line: String, KernelLine { case lock, directAccess, load, unlock, again }

  public static let id = FunctionID.reader
  public var frame: Frame { .reader(Activation(self)) }

  let daxDevice: Handle<DaxDevice>?
  let offset: PageOffset
  /// How often it still reads.
  var rounds: UInt64
  var side = 0
  var result = Value.void

  init(daxDevice: Handle<DaxDevice>?, offset: PageOffset, rounds: UInt64 = 1) {
    self.daxDevice = daxDevice
    self.offset = offset
    self.rounds = rounds
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lock, .directAccess, .load, .unlock, .again]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lock:
      side = kernel.srcu.lock()
      return .next
    case .directAccess:
      return .call(DaxDirectAccess(daxDevice: daxDevice, offset: offset, pages: 1))
    case .load:
      result = returned
      if case .access(let access) = returned, access.pages > 0, let address = access.address {
        if let daxDevice { kernel.observe(.usedAddress(of: daxDevice)) }
        result = .int(Int64(bitPattern: try kernel.load(address)))
      }
      return .next
    case .unlock:
      kernel.srcu.unlock(side)
      return .next
    case .again:
      if rounds > 1 {
        rounds -= 1
        return .jump(.lock)
      }
      return .done(result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dax_dev", daxDevice)
    visitor.field("pgoff", offset)
    visitor.field("rounds", .number(rounds))
    visitor.field("id", .number(UInt64(side)))
    visitor.field("result", .text("\(result)"))
  }
}

extension Reader.Line {
  public var note: Note {
    switch self {
    case .lock:
      Note(
        "dax_read_lock(): as long as it is held, kill_dax() waits.",
        why: "It must span the call of direct_access and every use of the address that it gives.")
    case .directAccess: Note("Asks where the page is.", calls: [.daxDirectAccess])
    case .load:
      Note(
        "Loads 8 bytes through the kernel address, if there is one.",
        why: "The reviewer's remark (3): a plain load. On x86-64 the window is memory and this is right.")
    case .unlock: Note("dax_read_unlock(): the address must not be used any more.")
    case .again: Note("Reads again if it was started for several rounds; else returns the word or the error.")
    }
  }
}
