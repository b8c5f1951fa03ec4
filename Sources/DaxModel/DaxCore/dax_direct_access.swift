/// Which results of `direct_access` the caller wants; both may be NULL.
public struct AccessOutputs: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let address = AccessOutputs(rawValue: 1)
  public static let frame = AccessOutputs(rawValue: 2)
  public static let both: AccessOutputs = [.address, .frame]
}

/// `dax_direct_access()`: where in memory a page offset of a DAX device is, and for how many pages.
public struct DaxDirectAccess: KernelFunction {
  public enum Line: String, KernelLine { case checkDevice, checkAlive, checkCount, callDriver, clampResult }

  public static let id = FunctionID.daxDirectAccess
  public var frame: Frame { .daxDirectAccess(Activation(self)) }

  let daxDevice: Handle<DaxDevice>?
  let offset: PageOffset
  /// `nr_pages`, a signed long.
  let pages: Int64
  let outputs: AccessOutputs

  init(daxDevice: Handle<DaxDevice>?, offset: PageOffset, pages: Int64, outputs: AccessOutputs = .both) {
    self.daxDevice = daxDevice
    self.offset = offset
    self.pages = pages
    self.outputs = outputs
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkDevice, .checkAlive, .checkCount, .callDriver, .clampResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let daxDevice else { return .fail(.EOPNOTSUPP) }
    switch line {
    case .checkDevice:
      return .next
    case .checkAlive:
      return try kernel.isAlive(daxDevice) ? .next : .fail(.ENXIO)
    case .checkCount:
      if pages >= 0 { return .next }
      return kernel.release.has(.returnsNegativeCount)
        ? .done(.access(DirectAccess(pages: pages))) : .fail(.EINVAL)
    case .callDriver:
      return .call(VirtioFsDirectAccess(daxDevice: daxDevice, offset: offset, pages: pages, outputs: outputs))
    case .clampResult:
      guard case .access(var access) = returned else { return .done(returned) }
      access.pages = access.pages == 0 ? Errno.ERANGE.returnValue : min(access.pages, pages)
      return .done(.access(access))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dax_dev", daxDevice)
    visitor.field("pgoff", offset)
    visitor.field("nr_pages", .signed(pages))
    visitor.field("outputs", .number(UInt64(outputs.rawValue)))
  }
}

extension DaxDirectAccess.Line {
  public var note: Note {
    switch self {
    case .checkDevice: Note("Refuses a NULL device: -EOPNOTSUPP.")
    case .checkAlive: Note("Refuses a device that has been killed: -ENXIO.")
    case .checkCount:
      Note(
        "Refuses a negative number of pages: -EINVAL.",
        why: "Up to 5.15 the negative number itself is returned, as if it were an error code.")
    case .callDriver: Note("Asks the driver.", calls: [.virtioFsDirectAccess])
    case .clampResult:
      Note(
        "Turns 0 pages into -ERANGE and answers no more than was asked for.",
        why: "Only the exact end of the window is caught by this: see the underflow in the driver.")
    }
  }
}
