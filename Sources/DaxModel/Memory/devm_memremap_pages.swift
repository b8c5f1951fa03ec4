/// `devm_memremap_pages()`: gives a range of device memory struct pages until the driver leaves.
///
/// In 5.1 the whole work stands in this function; later it calls `memremap_pages()`. Without ZONE_DEVICE it is the stub
/// of `include/linux/memremap.h`.
public struct DevmMemremapPages: KernelFunction {
  public enum Line: String, KernelLine {
    // 5.1
    case checkReference, alignToSections, checkStartOwner, checkEndOwner, checkRam, storePagemap
    case trackPfn, beginHotplug, addMemory, moveToZone, initPages, getReferences, addRelease, returnAddress
    case releaseNow, errAddMemory, errKasan, errPfnRemap, errArray, returnError
    // what 5.2 asks of a driver in addition
    case checkTeardown
    // since 5.2
    case memremapPages, registerRelease, unmapNow
    // without ZONE_DEVICE
    case warnAndRefuse
  }

  public static let id = FunctionID.devmMemremapPages
  public var frame: Frame { .devmMemremapPages(Activation(self)) }

  let device: DeviceID
  let pagemap: Handle<DevPagemap>
  var error: Errno?
  var address = KernelAddress.null
  /// The range widened to whole sections (5.1).
  var aligned: PhysicalRange?

  init(device: DeviceID, pagemap: Handle<DevPagemap>) {
    self.device = device
    self.pagemap = pagemap
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    if !release.has(.zoneDevice) { return [.warnAndRefuse] }
    return release.has(.roundsToSections)
      ? [
        .checkReference, .alignToSections, .checkStartOwner, .checkEndOwner, .checkRam, .storePagemap,
        .trackPfn,
        .beginHotplug, .addMemory, .moveToZone, .initPages, .getReferences, .addRelease, .returnAddress,
        .releaseNow, .errAddMemory, .errKasan, .errPfnRemap, .errArray, .returnError,
      ]
      : [.memremapPages, .registerRelease, .returnAddress, .unmapNow, .returnError]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .memremapPages:
      return .call(MemremapPages(pagemap: pagemap))
    case .registerRelease:
      if let errno = returned.errno { return .fail(errno) }
      if case .address(let given) = returned { address = given }
      kernel.ran(.devmAddAction)
      if let errno = kernel.fails(.devresAlloc) {
        error = errno
        return .jump(.unmapNow)
      }
      kernel.devices[device].devres.add(.memremap(pagemap), at: kernel.here)
      return .next
    case .returnAddress:
      return .done(.address(address))
    case .unmapNow:
      return .call(MemunmapPages(pagemap: pagemap))
    case .returnError:
      return .fail(error ?? .EINVAL)
    case .warnAndRefuse:
      kernel.warnOnce("device memory cannot have struct pages: this kernel is built without ZONE_DEVICE")
      return .fail(.ENXIO)
    default:
      return try runSections(line, in: &kernel)
    }
  }

  /// The lines of 5.1.
  private mutating func runSections(_ line: Line, in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    let map = try kernel.pagemaps.read(pagemap, at: kernel.here)
    guard let range = map.range else { return .fail(.EINVAL) }
    let widened = aligned ?? range
    switch line {
    case .checkReference:
      return kernel.fails(.check) == nil && map.isReferenceOfDriver ? .next : .fail(.EINVAL)
    case .checkTeardown:
      kernel.warn("Missing reference count teardown definition")
      return .fail(.EINVAL)
    case .alignToSections:
      aligned = kernel.widenedToSections(range)
      return .next
    case .checkStartOwner:
      return try kernel.hasOwner(widened.start, device) ? .fail(.ENOMEM) : .next
    case .checkEndOwner:
      return try kernel.hasOwner(widened.end, device) ? .fail(.ENOMEM) : .next
    case .checkRam:
      return kernel.intersectsRam(widened) ? unwind(.ENXIO, to: .errArray) : .next
    case .storePagemap:
      return kernel.storePagemap(pagemap, range).map { unwind($0, to: .errArray) } ?? .next
    case .trackPfn:
      return kernel.trackPfn(widened).map { unwind($0, to: .errPfnRemap) } ?? .next
    case .beginHotplug:
      return kernel.beginHotplug().map { unwind($0, to: .errKasan) } ?? .next
    case .addMemory:
      return kernel.addMemory(widened).map { unwind($0, to: .errAddMemory) } ?? .next
    case .moveToZone:
      kernel.moveToZone()
      return .next
    case .initPages:
      try kernel.initPages(pagemap, range)
      return .next
    case .getReferences:
      try kernel.getPageReferences(pagemap)
      return .next
    case .addRelease:
      if let errno = kernel.fails(.devresAlloc) { return unwind(errno, to: .releaseNow) }
      kernel.devices[device].devres.add(.memremap(pagemap), at: kernel.here)
      address = kernel.architecture.kernelAddress(of: range.start)
      return .next
    case .releaseNow:
      return .call(DevmMemremapPagesRelease(pagemap: pagemap), then: .returnError)
    case .errAddMemory:
      return .next
    case .errKasan:
      kernel.untrackPfn(widened)
      return .next
    case .errPfnRemap:
      kernel.erasePagemap(pagemap)
      return .next
    case .errArray:
      try kernel.percpuRefKill(pagemap)
      return .next
    case .memremapPages, .registerRelease, .returnAddress, .unmapNow, .returnError, .warnAndRefuse:
      return .next
    }
  }

  private mutating func unwind(_ errno: Errno, to line: Line) -> Flow<Line> {
    error = errno
    return .jump(line)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("pgmap", pagemap)
    visitor.field("error", error.map { .text("\($0)") } ?? .none)
    visitor.field("addr", address)
    visitor.field("align_start", aligned?.start)
    visitor.field("align_end", aligned?.end)
  }
}

extension DevmMemremapPages.Line {
  public var note: Note {
    switch self {
    case .checkReference:
      Note(
        "Refuses a pagemap without a reference count or without a callback to kill it.",
        why: "It returns before anything is killed: whoever waits for the count waits for ever.",
        failsWith: [.EINVAL])
    case .checkTeardown:
      Note(
        "Refuses a reference count of the driver's without a callback that waits for it.",
        why:
          "Linux 5.2 has it here. The reviewed patch has no such callback, so on that kernel its probe is refused, and "
          + "hangs: nothing has been killed, and the wait is registered already. `try` can add it.")
    case .alignToSections:
      Note(
        "Widens the range to whole sections: 128 MiB, on s390x 256 MiB.",
        why: "No error: 5.1 can only add whole sections.")
    case .checkStartOwner, .checkEndOwner:
      Note(
        self == .checkStartOwner
          ? "Refuses if a pagemap owns the first section already."
          : "Refuses if a pagemap owns the last section already.",
        why:
          "It returns at once and does not kill the reference count. In the reviewed patch the wait for it is "
          + "registered already, so giving the resources back hangs.",
        failsWith: [.ENOMEM])
    case .checkRam:
      Note("Refuses a range that touches System RAM.", failsWith: [.ENXIO])
    case .storePagemap:
      Note("Enters the pagemap for every page frame of the range.", failsWith: [.ENOMEM])
    case .trackPfn: Note("Settles the cache attributes of the range.", failsWith: [.EINVAL])
    case .beginHotplug:
      Note("Takes the memory hot-plug lock and adds the KASAN shadow.", failsWith: [.ENOMEM])
    case .addMemory:
      Note(
        "Adds the range to the linear map and makes room for its struct pages.",
        failsWith: [.ENOMEM, .EEXIST])
    case .moveToZone: Note("Moves the range into ZONE_DEVICE and drops the hot-plug lock.")
    case .initPages:
      Note("Fills in the struct pages: count 1, reserved, pointing back to the pagemap.")
    case .getReferences:
      Note("Takes one reference to the pagemap for every page.")
    case .addRelease:
      Note(
        "Registers the release; if that fails, releases at once.",
        why: "It is registered after everything the driver did before, so it runs before all of that.",
        failsWith: [.ENOMEM])
    case .releaseNow: Note("Undoes the mapping.", calls: [.devmMemremapPagesRelease])
    case .errAddMemory: Note("Removes the KASAN shadow.")
    case .errKasan: Note("Gives up the cache attributes.")
    case .errPfnRemap: Note("Takes the pagemap out of the index.")
    case .errArray: Note("Kills the reference count, so that a wait for it ends.")
    case .returnAddress: Note("Returns the kernel address of the first byte: the linear map's.")
    case .returnError: Note("Returns the error as a pointer.")
    case .memremapPages: Note("Maps the range.", calls: [.memremapPages])
    case .registerRelease:
      Note(
        "Passes an error on; else registers the unmapping, or unmaps at once if that fails.",
        failsWith: [.ENOMEM])
    case .unmapNow: Note("Undoes the mapping.", calls: [.memunmapPages])
    case .warnAndRefuse:
      Note(
        "Warns, the first time only, and refuses.",
        why:
          "It is a stub that nobody is meant to call: on s390x it ends every probe with a window until 6.16.",
        failsWith: [.ENXIO])
    }
  }
}
