/// A function that is being run: its arguments and locals, and the line that comes next.
public struct Activation<Function: KernelFunction>: Hashable, Sendable {
  /// The arguments and locals.
  public internal(set) var function: Function
  /// The position of the next line in the function's listing.
  var position: UInt8 = 0

  init(_ function: Function) { self.function = function }

  /// Where it stands.
  var site: Site { Site(Function.id, position) }

  /// Runs the next line and moves on.
  mutating func step(in kernel: inout Kernel, returned: Value) throws(Oops) -> Move {
    let lines = Function.listing(in: kernel.release)
    guard Int(position) < lines.count else { return .returns(.void) }
    switch try function.run(lines[Int(position)], in: &kernel, returned: returned) {
    case .next:
      position += 1
      return Int(position) < lines.count ? .stays : .returns(.void)
    case .jump(let line):
      go(to: line, in: lines)
      return .stays
    case .call(let frame):
      position = Int(position) + 1 < lines.count ? position + 1 : Site.pastTheEnd
      return .calls(frame)
    case .callThen(let frame, let line):
      go(to: line, in: lines)
      return .calls(frame)
    case .done(let value): return .returns(value)
    case .wait(let wait): return .waits(wait)
    }
  }

  /// A line that the release does not have ends the function: there is nothing there to run.
  private mutating func go(to line: Function.Line, in lines: [Function.Line]) {
    position = lines.firstIndex(of: line).map { UInt8($0) } ?? Site.pastTheEnd
  }
}

/// What a frame's line means for the call stack.
enum Move {
  case stays
  case calls(Frame)
  case returns(Value)
  case waits(Wait)
}

/// A frame of a call stack: one case for every kernel function that the model runs a line at a time.
public enum Frame: Hashable, Sendable {
  case deviceDriverAttach(Activation<DeviceDriverAttach>)
  case driverProbeDevice(Activation<DriverProbeDevice>)
  case reallyProbe(Activation<ReallyProbe>)
  case deviceReleaseDriverInternal(Activation<DeviceReleaseDriverInternal>)
  case deviceReleaseDriver(Activation<DeviceReleaseDriver>)
  case deviceUnbindCleanup(Activation<DeviceUnbindCleanup>)
  case devresReleaseAll(Activation<DevresReleaseAll>)
  case vpModernProbe(Activation<VpModernProbe>)
  case virtioDevProbe(Activation<VirtioDevProbe>)
  case virtioDevRemove(Activation<VirtioDevRemove>)
  case vpGetShmRegion(Activation<VpGetShmRegion>)
  case vmGetShmRegion(Activation<VmGetShmRegion>)
  case devmRequestRegion(Activation<DevmRequestRegion>)
  case devmMemremapPages(Activation<DevmMemremapPages>)
  case memremapPages(Activation<MemremapPages>)
  case pagemapRange(Activation<PagemapRange>)
  case memunmapPages(Activation<MemunmapPages>)
  case pageunmapRange(Activation<PageunmapRange>)
  case devmMemremapPagesRelease(Activation<DevmMemremapPagesRelease>)
  case allocDax(Activation<AllocDax>)
  case killDax(Activation<KillDax>)
  case putDax(Activation<PutDax>)
  case daxDirectAccess(Activation<DaxDirectAccess>)
  case daxZeroPageRange(Activation<DaxZeroPageRange>)
  case daxCopyToIter(Activation<DaxCopyToIter>)
  case daxCopyFromIter(Activation<DaxCopyFromIter>)
  case virtioFsProbe(Activation<VirtioFsProbe>)
  case virtioFsReadTag(Activation<VirtioFsReadTag>)
  case virtioFsSetupVqs(Activation<VirtioFsSetupVqs>)
  case virtioFsSetupDax(Activation<VirtioFsSetupDax>)
  case virtioFsDirectAccess(Activation<VirtioFsDirectAccess>)
  case virtioFsZeroPageRange(Activation<VirtioFsZeroPageRange>)
  case virtioFsCopyToIter(Activation<VirtioFsCopyToIter>)
  case virtioFsCopyFromIter(Activation<VirtioFsCopyFromIter>)
  case virtioFsAddInstance(Activation<VirtioFsAddInstance>)
  case virtioFsCleanupDax(Activation<VirtioFsCleanupDax>)
  case virtioFsPercpuExit(Activation<VirtioFsPercpuExit>)
  case virtioFsRemove(Activation<VirtioFsRemove>)
  case virtioFsGetTree(Activation<VirtioFsGetTree>)
  case virtioFsFillSuper(Activation<VirtioFsFillSuper>)
  case virtioKillSb(Activation<VirtioKillSb>)
  case user(Activation<MountUser>)
  case reader(Activation<Reader>)
  case copy(Activation<Copy>)
  case pin(Activation<PagePin>)
}

extension Frame {
  /// Where the frame stands: its function and the line that comes next.
  public var site: Site {
    switch self {
    case .deviceDriverAttach(let activation): activation.site
    case .driverProbeDevice(let activation): activation.site
    case .reallyProbe(let activation): activation.site
    case .deviceReleaseDriverInternal(let activation): activation.site
    case .deviceReleaseDriver(let activation): activation.site
    case .deviceUnbindCleanup(let activation): activation.site
    case .devresReleaseAll(let activation): activation.site
    case .vpModernProbe(let activation): activation.site
    case .virtioDevProbe(let activation): activation.site
    case .virtioDevRemove(let activation): activation.site
    case .vpGetShmRegion(let activation): activation.site
    case .vmGetShmRegion(let activation): activation.site
    case .devmRequestRegion(let activation): activation.site
    case .devmMemremapPages(let activation): activation.site
    case .memremapPages(let activation): activation.site
    case .pagemapRange(let activation): activation.site
    case .memunmapPages(let activation): activation.site
    case .pageunmapRange(let activation): activation.site
    case .devmMemremapPagesRelease(let activation): activation.site
    case .allocDax(let activation): activation.site
    case .killDax(let activation): activation.site
    case .putDax(let activation): activation.site
    case .daxDirectAccess(let activation): activation.site
    case .daxZeroPageRange(let activation): activation.site
    case .daxCopyToIter(let activation): activation.site
    case .daxCopyFromIter(let activation): activation.site
    case .virtioFsProbe(let activation): activation.site
    case .virtioFsReadTag(let activation): activation.site
    case .virtioFsSetupVqs(let activation): activation.site
    case .virtioFsSetupDax(let activation): activation.site
    case .virtioFsDirectAccess(let activation): activation.site
    case .virtioFsZeroPageRange(let activation): activation.site
    case .virtioFsCopyToIter(let activation): activation.site
    case .virtioFsCopyFromIter(let activation): activation.site
    case .virtioFsAddInstance(let activation): activation.site
    case .virtioFsCleanupDax(let activation): activation.site
    case .virtioFsPercpuExit(let activation): activation.site
    case .virtioFsRemove(let activation): activation.site
    case .virtioFsGetTree(let activation): activation.site
    case .virtioFsFillSuper(let activation): activation.site
    case .virtioKillSb(let activation): activation.site
    case .user(let activation): activation.site
    case .reader(let activation): activation.site
    case .copy(let activation): activation.site
    case .pin(let activation): activation.site
    }
  }

  /// Which function it is.
  public var function: FunctionID { site.function }

  /// Runs the next line.
  mutating func step(in kernel: inout Kernel, returned: Value) throws(Oops) -> Move {
    switch self {
    case .deviceDriverAttach(var activation):
      defer { self = .deviceDriverAttach(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .driverProbeDevice(var activation):
      defer { self = .driverProbeDevice(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .reallyProbe(var activation):
      defer { self = .reallyProbe(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .deviceReleaseDriverInternal(var activation):
      defer { self = .deviceReleaseDriverInternal(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .deviceReleaseDriver(var activation):
      defer { self = .deviceReleaseDriver(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .deviceUnbindCleanup(var activation):
      defer { self = .deviceUnbindCleanup(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .devresReleaseAll(var activation):
      defer { self = .devresReleaseAll(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .vpModernProbe(var activation):
      defer { self = .vpModernProbe(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioDevProbe(var activation):
      defer { self = .virtioDevProbe(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioDevRemove(var activation):
      defer { self = .virtioDevRemove(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .vpGetShmRegion(var activation):
      defer { self = .vpGetShmRegion(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .vmGetShmRegion(var activation):
      defer { self = .vmGetShmRegion(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .devmRequestRegion(var activation):
      defer { self = .devmRequestRegion(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .devmMemremapPages(var activation):
      defer { self = .devmMemremapPages(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .memremapPages(var activation):
      defer { self = .memremapPages(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .pagemapRange(var activation):
      defer { self = .pagemapRange(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .memunmapPages(var activation):
      defer { self = .memunmapPages(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .pageunmapRange(var activation):
      defer { self = .pageunmapRange(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .devmMemremapPagesRelease(var activation):
      defer { self = .devmMemremapPagesRelease(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .allocDax(var activation):
      defer { self = .allocDax(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .killDax(var activation):
      defer { self = .killDax(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .putDax(var activation):
      defer { self = .putDax(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .daxDirectAccess(var activation):
      defer { self = .daxDirectAccess(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .daxZeroPageRange(var activation):
      defer { self = .daxZeroPageRange(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .daxCopyToIter(var activation):
      defer { self = .daxCopyToIter(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .daxCopyFromIter(var activation):
      defer { self = .daxCopyFromIter(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsProbe(var activation):
      defer { self = .virtioFsProbe(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsReadTag(var activation):
      defer { self = .virtioFsReadTag(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsSetupVqs(var activation):
      defer { self = .virtioFsSetupVqs(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsSetupDax(var activation):
      defer { self = .virtioFsSetupDax(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsDirectAccess(var activation):
      defer { self = .virtioFsDirectAccess(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsZeroPageRange(var activation):
      defer { self = .virtioFsZeroPageRange(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsCopyToIter(var activation):
      defer { self = .virtioFsCopyToIter(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsCopyFromIter(var activation):
      defer { self = .virtioFsCopyFromIter(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsAddInstance(var activation):
      defer { self = .virtioFsAddInstance(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsCleanupDax(var activation):
      defer { self = .virtioFsCleanupDax(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsPercpuExit(var activation):
      defer { self = .virtioFsPercpuExit(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsRemove(var activation):
      defer { self = .virtioFsRemove(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsGetTree(var activation):
      defer { self = .virtioFsGetTree(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioFsFillSuper(var activation):
      defer { self = .virtioFsFillSuper(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .virtioKillSb(var activation):
      defer { self = .virtioKillSb(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .user(var activation):
      defer { self = .user(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .reader(var activation):
      defer { self = .reader(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .copy(var activation):
      defer { self = .copy(activation) }
      return try activation.step(in: &kernel, returned: returned)
    case .pin(var activation):
      defer { self = .pin(activation) }
      return try activation.step(in: &kernel, returned: returned)
    }
  }
}

extension Frame: Inspectable {
  /// The function, the line that comes next, and the locals.
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("function", .text(function.name))
    visitor.field("position", .number(UInt64(site.position)))
    inspectLocals(&visitor)
  }

  /// The arguments and locals alone.
  public func inspectLocals<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    switch self {
    case .deviceDriverAttach(let activation): activation.function.inspect(&visitor)
    case .driverProbeDevice(let activation): activation.function.inspect(&visitor)
    case .reallyProbe(let activation): activation.function.inspect(&visitor)
    case .deviceReleaseDriverInternal(let activation): activation.function.inspect(&visitor)
    case .deviceReleaseDriver(let activation): activation.function.inspect(&visitor)
    case .deviceUnbindCleanup(let activation): activation.function.inspect(&visitor)
    case .devresReleaseAll(let activation): activation.function.inspect(&visitor)
    case .vpModernProbe(let activation): activation.function.inspect(&visitor)
    case .virtioDevProbe(let activation): activation.function.inspect(&visitor)
    case .virtioDevRemove(let activation): activation.function.inspect(&visitor)
    case .vpGetShmRegion(let activation): activation.function.inspect(&visitor)
    case .vmGetShmRegion(let activation): activation.function.inspect(&visitor)
    case .devmRequestRegion(let activation): activation.function.inspect(&visitor)
    case .devmMemremapPages(let activation): activation.function.inspect(&visitor)
    case .memremapPages(let activation): activation.function.inspect(&visitor)
    case .pagemapRange(let activation): activation.function.inspect(&visitor)
    case .memunmapPages(let activation): activation.function.inspect(&visitor)
    case .pageunmapRange(let activation): activation.function.inspect(&visitor)
    case .devmMemremapPagesRelease(let activation): activation.function.inspect(&visitor)
    case .allocDax(let activation): activation.function.inspect(&visitor)
    case .killDax(let activation): activation.function.inspect(&visitor)
    case .putDax(let activation): activation.function.inspect(&visitor)
    case .daxDirectAccess(let activation): activation.function.inspect(&visitor)
    case .daxZeroPageRange(let activation): activation.function.inspect(&visitor)
    case .daxCopyToIter(let activation): activation.function.inspect(&visitor)
    case .daxCopyFromIter(let activation): activation.function.inspect(&visitor)
    case .virtioFsProbe(let activation): activation.function.inspect(&visitor)
    case .virtioFsReadTag(let activation): activation.function.inspect(&visitor)
    case .virtioFsSetupVqs(let activation): activation.function.inspect(&visitor)
    case .virtioFsSetupDax(let activation): activation.function.inspect(&visitor)
    case .virtioFsDirectAccess(let activation): activation.function.inspect(&visitor)
    case .virtioFsZeroPageRange(let activation): activation.function.inspect(&visitor)
    case .virtioFsCopyToIter(let activation): activation.function.inspect(&visitor)
    case .virtioFsCopyFromIter(let activation): activation.function.inspect(&visitor)
    case .virtioFsAddInstance(let activation): activation.function.inspect(&visitor)
    case .virtioFsCleanupDax(let activation): activation.function.inspect(&visitor)
    case .virtioFsPercpuExit(let activation): activation.function.inspect(&visitor)
    case .virtioFsRemove(let activation): activation.function.inspect(&visitor)
    case .virtioFsGetTree(let activation): activation.function.inspect(&visitor)
    case .virtioFsFillSuper(let activation): activation.function.inspect(&visitor)
    case .virtioKillSb(let activation): activation.function.inspect(&visitor)
    case .user(let activation): activation.function.inspect(&visitor)
    case .reader(let activation): activation.function.inspect(&visitor)
    case .copy(let activation): activation.function.inspect(&visitor)
    case .pin(let activation): activation.function.inspect(&visitor)
    }
  }
}
