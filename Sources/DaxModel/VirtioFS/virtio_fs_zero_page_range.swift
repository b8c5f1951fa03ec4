/// `virtio_fs_zero_page_range()`: clears pages of the window.
public struct VirtioFsZeroPageRange: KernelFunction {
  public enum Line: String, KernelLine { case directAccess, clearPages }

  public static let id = FunctionID.virtioFsZeroPageRange
  public var frame: Frame { .virtioFsZeroPageRange(Activation(self)) }

  let daxDevice: Handle<DaxDevice>?
  let offset: PageOffset
  let pages: UInt64

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.zeroPageRangeRequired) ? [.directAccess, .clearPages] : []
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .directAccess:
      return .call(
        DaxDirectAccess(
          daxDevice: daxDevice, offset: offset, pages: Int64(bitPattern: pages), outputs: .address))
    case .clearPages:
      if let errno = returned.errno { return .fail(errno) }
      guard case .access(let access) = returned, let address = access.address else { return .done(returned) }
      let bytes = PageCount(pages).bytes.rawValue
      let zeros = IovIter([IovIter.Segment(address: 0, length: bytes)])
      let report = try kernel.copy(.zero, address, bytes, zeros)
      return .done(report.errno.map { .error($0) } ?? .success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dax_dev", daxDevice)
    visitor.field("pgoff", offset)
    visitor.field("nr_pages", .number(pages))
  }
}

extension VirtioFsZeroPageRange.Line {
  public var note: Note {
    switch self {
    case .directAccess: Note("Asks the DAX core for the address.", calls: [.daxDirectAccess])
    case .clearPages:
      Note(
        "Clears the pages with a plain memset().",
        why:
          "It clears as many as were asked for, even if direct_access said fewer. On s390x the window is no "
          + "memory, and the first store is an oops.")
    }
  }
}
