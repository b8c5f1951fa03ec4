/// A user of the window who copies: takes the read lock, asks for an address, copies, and lets go.
///
/// It stands for one round of `dax_iomap_iter()`: what a read or a write of a file comes to in the end. It
/// keeps the pointer to the DAX device that it was started with, as a mount does.
public struct Copy: KernelFunction {
  public enum Line: String, KernelLine { case lock, directAccess, checkAccess, copy, checkCopied, unlock }

  public static let id = FunctionID.copy
  public var frame: Frame { .copy(Activation(self)) }

  var copy: WindowCopy
  var side = 0
  var result = Value.success

  init(_ copy: WindowCopy) { self.copy = copy }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lock, .directAccess, .checkAccess, .copy, .checkCopied, .unlock]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lock:
      if copy.length == 0 { return .done(.success) }
      side = kernel.srcu.lock()
      return .next
    case .directAccess:
      let pages = (copy.offsetInPage + copy.length + pageSize - 1) >> pageShift
      return .call(
        DaxDirectAccess(
          daxDevice: copy.daxDevice, offset: copy.page, pages: Int64(clamping: pages), outputs: .address))
    case .checkAccess:
      guard case .access(let access) = returned, access.pages >= 0, let address = access.address else {
        result = .error(returned.errno ?? .EIO)
        return .jump(.unlock)
      }
      copy.address = address
      let reach = PageCount(UInt64(access.pages)).bytes.rawValue
      copy.length = min(copy.length, reach > copy.offsetInPage ? reach - copy.offsetInPage : 0)
      return .next
    case .copy:
      switch copy.direction {
      case .toIter: return .call(DaxCopyToIter(copy: copy))
      case .fromIter, .zero: return .call(DaxCopyFromIter(copy: copy))
      }
    case .checkCopied:
      result = returned == .int(0) && copy.length > 0 ? .error(.EFAULT) : returned
      return .next
    case .unlock:
      kernel.srcu.unlock(side)
      return .done(result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    copy.inspect(&visitor)
    visitor.field("id", .number(UInt64(side)))
    visitor.field("result", .text("\(result)"))
  }
}

extension Copy.Line {
  public var note: Note {
    switch self {
    case .lock:
      Note(
        "dax_read_lock(): as long as it is held, kill_dax() waits.",
        why: "A copy of nothing ends before it: 0.")
    case .directAccess: Note("Asks where the page is.", calls: [.daxDirectAccess])
    case .checkAccess:
      Note("Copies no more than direct_access has allowed; an error is passed on.")
    case .copy:
      Note(
        "Copies the bytes.",
        why: "The reviewer's remark (3): whoever copies here takes the window for memory.",
        calls: [.daxCopyToIter, .daxCopyFromIter])
    case .checkCopied:
      Note("Nothing copied is -EFAULT; fewer bytes than wanted are a short read or write.")
    case .unlock: Note("dax_read_unlock().")
    }
  }
}
