/// A line of a kernel function: one atomic action, named in the words of its function.
///
/// The raw value is the name that `list`, `break` and `inject` use.
public protocol KernelLine: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == String {
  /// What the line does, why, and what it may fail with.
  var note: Note { get }
}

/// A kernel function as a value that is run a line at a time.
///
/// The stored properties are the C function's arguments and locals. A value of this kind is a frame of
/// a task's call stack; copying it remembers it.
public protocol KernelFunction: Hashable, Sendable {
  associatedtype Line: KernelLine

  /// Which function this is.
  static var id: FunctionID { get }

  /// The lines in source order as `release` has them.
  static func lines(in release: KernelRelease) -> [Line]

  /// Runs one line.
  ///
  /// - Parameters:
  ///   - line: The line to run.
  ///   - kernel: Everything the kernel holds.
  ///   - returned: What the function that the line before called has returned, as C's `ret` would hold it.
  /// - Returns: What comes next.
  /// - Throws: An oops: the machine dies here. A kernel error is an ordinary return value.
  mutating func run(_ line: Line, in kernel: inout Kernel, returned: Value) throws(Oops) -> Flow<Line>

  /// Shows the arguments and locals to a visitor, always in the same order.
  func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor)

  /// This function as a frame, to be called.
  var frame: Frame { get }
}

/// What comes after a line.
public enum Flow<Line: KernelLine> {
  /// The line that follows.
  case next
  /// Another line: a `goto`, a branch not taken, or a loop.
  case jump(Line)
  /// A call; the line that follows sees what it returns.
  case call(Frame)
  /// A call; the given line sees what it returns.
  case callThen(Frame, Line)
  /// `return`.
  case done(Value)
  /// Nothing yet: the same line runs again when the wait is over.
  case wait(Wait)

  /// Calls a function.
  static func call<Callee: KernelFunction>(_ callee: Callee) -> Flow { .call(callee.frame) }

  /// Calls a function and goes on at `line`.
  static func call<Callee: KernelFunction>(_ callee: Callee, then line: Line) -> Flow {
    .callThen(callee.frame, line)
  }

  /// `return -errno`.
  static func fail(_ errno: Errno) -> Flow { .done(.error(errno)) }
}

/// What a kernel function returns.
public enum Value: Hashable, Sendable {
  /// Nothing: a `void` function.
  case void
  /// An integer.
  case int(Int64)
  /// A negative errno, or `ERR_PTR(-errno)` where a pointer is returned.
  case error(Errno)
  /// A kernel address.
  case address(KernelAddress)
  /// A DAX device; nil is a NULL pointer.
  case daxDevice(Handle<DaxDevice>?)
  /// Whether a shared-memory region was found, and which.
  case region(SharedMemoryRegion?)
  /// What direct_access answers.
  case access(DirectAccess)
  /// What the server answers to a request. It is much larger than all else, so it lies apart.
  indirect case reply(FuseReplyBody)
  /// An inode.
  case inode(Handle<FuseInode>)
  /// A piece of a file in the window, as `iomap_begin` answers it.
  case iomap(Iomap)
  /// A range of the window.
  case range(Int)
  /// The bits of a `vm_fault_t`.
  case fault(FaultBits)
  /// A load or a store ended with a signal.
  case signal(Signal)
  /// What a file is.
  case status(FileStatus)

  /// `return 0`.
  static let success = Value.int(0)

  /// The errno, where the value is an error: `ret < 0` or `IS_ERR(ptr)`.
  public var errno: Errno? {
    switch self {
    case .error(let errno): errno
    case .int(let number): Errno(returnValue: number)
    case .access(let access): Errno(returnValue: access.pages)
    case .reply(let body): body.error
    case .void, .address, .daxDevice, .region, .inode, .iomap, .range, .fault, .signal, .status: nil
    }
  }

  /// The value as a C integer; nil where C would hold a pointer, a struct or nothing.
  public var number: Int64? {
    switch self {
    case .int(let number): number
    case .error(let errno): errno.returnValue
    case .access(let access): access.pages
    case .region(let region): region == nil ? 0 : 1
    case .reply(let body): body.error?.returnValue ?? 0
    case .range(let range): Int64(range)
    case .fault(let bits): Int64(bits.rawValue)
    case .status: 0
    case .void, .address, .daxDevice, .inode, .iomap, .signal: nil
    }
  }
}

extension Signal {
  /// Its name in C.
  public var name: String {
    switch number {
    case 4: "SIGILL"
    case 7: "SIGBUS"
    case 11: "SIGSEGV"
    default: "signal \(number)"
    }
  }
}

extension Value: CustomStringConvertible {
  /// As a debugger would print it: `0`, `-ENOMEM (-12)`, `0xffff890000000000`, `true`.
  public var description: String {
    switch self {
    case .void: "nothing"
    case .int(let number): Errno(returnValue: number).map { "\($0) (\(number))" } ?? "\(number)"
    case .error(let errno): "\(errno) (\(errno.returnValue))"
    case .address(let address): "\(address)"
    case .daxDevice(let device): device.map { "dax_device#\($0.slot)" } ?? "NULL"
    case .region(let region): region.map { "true: \($0.length) @ \($0.address)" } ?? "false"
    case .access(let access): "\(Value.int(access.pages))"
    case .reply(let body): body.error.map { "\($0) (\($0.returnValue))" } ?? "a reply"
    case .iomap(let iomap): "\(iomap)"
    case .inode(let inode): "inode#\(inode.slot)"
    case .range(let range): "range \(range)"
    case .fault(let bits): "\(bits)"
    case .signal(let signal): signal.name + " at offset \(signal.offset)"
    case .status(let status): "inode \(status.inode), \(status.size) bytes"
    }
  }
}
