/// `__fuse_dax_fault()`: a page of a file with DAX is touched that is not in the page tables.
public struct FuseDaxFault: KernelFunction {
  public enum Line: String, KernelLine {
    case waitForRange, lockInvalidate, pmdFault, pteFault, checkFault, unlockInvalidate
  }

  public static let id = FunctionID.fuseDaxFault
  public var frame: Frame { .fuseDaxFault(Activation(self)) }

  let mapping: MappingID
  /// Where in the file.
  let offset: UInt64
  let isWrite: Bool
  let isHuge: Bool
  var isRetry = false
  var bits = FaultBits()

  init(mapping: MappingID, offset: UInt64, isWrite: Bool, isHuge: Bool) {
    (self.mapping, self.offset, self.isWrite, self.isHuge) = (mapping, offset, isWrite, isHuge)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.waitForRange, .lockInvalidate, .pmdFault, .pteFault, .checkFault, .unlockInvalidate]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let area = kernel.process.mapping(mapping) else { return .done(.fault(.sigbus)) }
    switch line {
    case .waitForRange:
      guard isRetry, try kernel.lacksRange(for: area.inode) else { return .next }
      return .wait(.freeRange(try kernel.inodes.read(area.inode, at: kernel.here).connection))
    case .lockInvalidate:
      return kernel.lockShared(.invalidate(area.inode))
    case .pmdFault:
      return isHuge
        ? .call(DaxIomapPmdFault(mapping: mapping, offset: offset, isWrite: isWrite), then: .checkFault)
        : .next
    case .pteFault:
      return .call(DaxIomapPteFault(mapping: mapping, offset: offset, isWrite: isWrite))
    case .checkFault:
      isRetry = returned.errno == (kernel.release.has(.readsWaitForRange) ? .ENOSPC : .EAGAIN)
      if case .fault(let given) = returned { bits = given }
      if let errno = returned.errno, !isRetry { bits = errno == .ENOMEM ? .outOfMemory : .sigbus }
      return .next
    case .unlockInvalidate:
      kernel.unlock(.invalidate(area.inode))
      return isRetry ? .jump(.waitForRange) : .done(.fault(bits))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vma", .number(UInt64(mapping)))
    visitor.field("pgoff", .number(offset >> pageShift))
    visitor.field("write", .flag(isWrite))
    visitor.field("huge", .flag(isHuge))
    visitor.field("retry", .flag(isRetry))
    visitor.field("ret", .text("\(bits)"))
  }
}

extension FuseDaxFault.Line {
  public var note: Note {
    switch self {
    case .waitForRange:
      Note(
        "The second time waits for a free range of the window; no signal ends that.",
        why:
          "It holds no lock here, so that the worker can free one. What its callers hold is another matter.")
    case .lockInvalidate: Note("Takes the invalidate lock, to be shared: nobody takes ranges away meanwhile.")
    case .pmdFault: Note("Tries to map 2 MiB at once.", calls: [.daxIomapPmdFault])
    case .pteFault: Note("Maps one page.", calls: [.daxIomapPteFault])
    case .checkFault:
      Note("-EAGAIN, or -ENOSPC in the reviewed series, is not told to anybody: there was no range.")
    case .unlockInvalidate: Note("Drops the lock; tries again, or returns.")
    }
  }
}
