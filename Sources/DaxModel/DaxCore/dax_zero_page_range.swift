/// `dax_zero_page_range()`: clears pages of a DAX device.
public struct DaxZeroPageRange: KernelFunction {
  public enum Line: String, KernelLine { case checkAlive, checkCount, callDriver, returnResult }

  public static let id = FunctionID.daxZeroPageRange
  public var frame: Frame { .daxZeroPageRange(Activation(self)) }

  let daxDevice: Handle<DaxDevice>?
  let offset: PageOffset
  let pages: UInt64

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.zeroPageRangeRequired) ? [.checkAlive, .checkCount, .callDriver, .returnResult] : []
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkAlive:
      let device = try kernel.followDaxDevice(daxDevice)
      return device.flags.contains(.alive) ? .next : .fail(.ENXIO)
    case .checkCount:
      return pages == 1 ? .next : .fail(.EIO)
    case .callDriver:
      return .call(VirtioFsZeroPageRange(daxDevice: daxDevice, offset: offset, pages: pages))
    case .returnResult:
      return .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dax_dev", daxDevice)
    visitor.field("pgoff", offset)
    visitor.field("nr_pages", .number(pages))
  }
}

extension Kernel {
  /// Follows a pointer to a DAX device that nobody has checked for NULL.
  func followDaxDevice(_ handle: Handle<DaxDevice>?) throws(Oops) -> DaxDevice {
    guard let handle else {
      throw Oops(
        kind: .nullDereference, site: here, address: KernelAddress(8),
        message: "There is no DAX device: its pointer is NULL, and the flags behind it are read.")
    }
    return try daxDevices.read(handle, at: here)
  }
}

extension DaxZeroPageRange.Line {
  public var note: Note {
    switch self {
    case .checkAlive: Note("Refuses a device that has been killed: -ENXIO.")
    case .checkCount: Note("Clears exactly one page at a time; any other number is -EIO.")
    case .callDriver: Note("Asks the driver.", calls: [.virtioFsZeroPageRange])
    case .returnResult: Note("Hands the result on.")
    }
  }
}
