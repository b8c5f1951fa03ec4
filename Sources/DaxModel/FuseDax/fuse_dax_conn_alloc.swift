/// `fuse_dax_conn_alloc()`: divides the window into ranges of 2 MiB.
public struct FuseDaxConnAlloc: KernelFunction {
  public enum Line: String, KernelLine {
    case checkDevice, allocate, lock, directAccess, checkAccess, initRanges, returnResult
  }

  public static let id = FunctionID.fuseDaxConnAlloc
  public var frame: Frame { .fuseDaxConnAlloc(Activation(self)) }

  let connection: Handle<FuseConnection>
  let daxDevice: Handle<DaxDevice>?
  var side = 0
  var error: Errno?
  var pages: Int64 = 0

  init(_ connection: Handle<FuseConnection>, daxDevice: Handle<DaxDevice>?) {
    (self.connection, self.daxDevice) = (connection, daxDevice)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkDevice, .allocate, .lock, .directAccess, .checkAccess, .initRanges, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkDevice:
      return daxDevice == nil ? .done(.success) : .next
    case .allocate:
      return kernel.fails(.kzalloc) == nil ? .next : .fail(.ENOMEM)
    case .lock:
      side = kernel.srcu.lock()
      return .next
    case .directAccess:
      return .call(
        DaxDirectAccess(
          daxDevice: daxDevice, offset: PageOffset(0), pages: Int64(UInt64.max >> 12), outputs: []))
    case .checkAccess:
      kernel.srcu.unlock(side)
      error = returned.errno
      if case .access(let access) = returned { pages = access.pages }
      return error == nil ? .next : .jump(.returnResult)
    case .initRanges:
      if let errno = kernel.fails(.kzalloc) {
        error = errno
        return .next
      }
      let count = Int(clamping: pages / 512)
      guard let daxDevice else { return .next }
      try kernel.changeConnection(connection) { $0.dax = FuseConnDax(daxDevice: daxDevice, count: count) }
      return .next
    case .returnResult:
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("fc", connection)
    visitor.field("dax_dev", daxDevice)
    visitor.field("nr_pages", .signed(pages))
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension FuseDaxConnAlloc.Line {
  public var note: Note {
    switch self {
    case .checkDevice: Note("Without a DAX device there is nothing to do.")
    case .allocate: Note("Allocates the state of the window.", failsWith: [.ENOMEM])
    case .lock: Note("dax_read_lock().")
    case .directAccess:
      Note(
        "Asks how long the window is, by asking for more pages than there can be.",
        why: "Neither address nor frame is wanted, just the number.", calls: [.daxDirectAccess])
    case .checkAccess: Note("dax_read_unlock(). An error fails the mount.")
    case .initRanges:
      Note(
        "Makes a range of every 2 MiB and puts them on the free list, first to last.",
        why:
          "What is left at the end is not used. A window of less than 2 MiB has no range: whoever needs one waits for ever.",
        failsWith: [.ENOMEM])
    case .returnResult: Note("Returns the result.")
    }
  }
}
