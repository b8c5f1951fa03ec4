/// A copy through the window as it is handed from function to function: the arguments that they share.
public struct WindowCopy: Hashable, Sendable {
  /// The DAX device that the caller holds.
  let daxDevice: Handle<DaxDevice>?
  let direction: CopyDirection
  /// Where in the window it begins, in bytes.
  let offset: UInt64
  /// Bytes; direct_access may allow fewer.
  var length: UInt64
  let iter: IovIter
  /// How it is made; nil for the machine's own way.
  let engine: CopyEngine?
  /// The device whose server shows files in the window; nil for what the window holds by itself.
  var host: DeviceID?
  /// What direct_access gave: the first byte of the page that `offset` lies in.
  var address = KernelAddress.null

  /// `pgoff`: the page of the window that it begins in.
  var page: PageOffset { PageOffset(offset >> pageShift) }
  /// Bytes from the start of that page.
  var offsetInPage: UInt64 { offset & (pageSize - 1) }

  /// Does it. The C function returns the bytes that were copied; an engine that hears of a failed
  /// instruction hands the error on.
  func run(in kernel: inout Kernel) throws(Oops) -> Value {
    if let daxDevice { kernel.observe(.usedAddress(of: daxDevice)) }
    kernel.ran(direction == .toIter ? .copyToIter : .copyFromIter)
    if let host { return try kernel.copyFile(self, of: host) }
    let report = try kernel.copy(direction, address, offset: offsetInPage, length, iter, by: engine)
    return report.errno.map { .error($0) } ?? .int(Int64(clamping: report.copied))
  }

  func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("dax_dev", daxDevice)
    visitor.field("direction", .text(direction.rawValue))
    visitor.field("pos", .number(offset))
    visitor.field("bytes", .number(length))
    visitor.field("addr", address)
    if let engine { visitor.field("engine", .text(engine.name)) }
    for (index, segment) in iter.segments.enumerated() {
      visitor.enter("iov", index)
      visitor.field("base", .hex(segment.address))
      visitor.field("len", .number(segment.length))
      visitor.leave()
    }
    if let absent = iter.absentPage { visitor.field("absent_page", .hex(absent)) }
  }
}
