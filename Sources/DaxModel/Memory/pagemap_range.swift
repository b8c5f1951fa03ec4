/// `pagemap_range()`: makes one range of device memory part of the kernel's memory.
public struct PagemapRange: KernelFunction {
  public enum Line: String, KernelLine {
    case checkStartOwner, checkEndOwner, checkRam, storePagemap, trackPfn, checkPluggable, beginHotplug,
      addMemory
    case moveToZone, initPages, getReferences
    case errAddMemory, errKasan, errPfnRemap
  }

  public static let id = FunctionID.pagemapRange
  public var frame: Frame { .pagemapRange(Activation(self)) }

  let pagemap: Handle<DevPagemap>
  var error: Errno?

  init(pagemap: Handle<DevPagemap>) { self.pagemap = pagemap }

  public static func lines(in release: KernelRelease) -> [Line] {
    if release.has(.roundsToSections) || !release.has(.zoneDevice) { return [] }
    return release.has(.checksPluggableRange)
      ? [
        .checkStartOwner, .checkEndOwner, .checkRam, .storePagemap, .trackPfn, .checkPluggable, .beginHotplug,
        .addMemory, .moveToZone, .initPages, .getReferences, .errAddMemory, .errKasan, .errPfnRemap,
      ]
      : [
        .checkStartOwner, .checkEndOwner, .checkRam, .storePagemap, .trackPfn, .beginHotplug, .addMemory,
        .moveToZone, .initPages, .getReferences, .errAddMemory, .errKasan, .errPfnRemap,
      ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let map = try kernel.pagemaps.read(pagemap, at: kernel.here)
    guard let range = map.range else { return .fail(.EINVAL) }
    switch line {
    case .checkStartOwner:
      return try kernel.hasOwner(range.start, nil) ? .fail(.ENOMEM) : .next
    case .checkEndOwner:
      return try kernel.hasOwner(range.end, nil) ? .fail(.ENOMEM) : .next
    case .checkRam:
      return kernel.intersectsRam(range) ? .fail(.ENXIO) : .next
    case .storePagemap:
      return kernel.storePagemap(pagemap, range).map { .fail($0) } ?? .next
    case .trackPfn:
      return kernel.trackPfn(range).map { unwind($0, to: .errPfnRemap) } ?? .next
    case .checkPluggable:
      return kernel.isPluggable(range) ? .next : unwind(.EINVAL, to: .errKasan)
    case .beginHotplug:
      return kernel.beginHotplug().map { unwind($0, to: .errKasan) } ?? .next
    case .addMemory:
      return kernel.addMemory(range).map { unwind($0, to: .errAddMemory) } ?? .next
    case .moveToZone:
      kernel.moveToZone()
      return .next
    case .initPages:
      try kernel.initPages(pagemap, range)
      return .next
    case .getReferences:
      try kernel.getPageReferences(pagemap)
      return .done(.success)
    case .errAddMemory:
      return .next
    case .errKasan:
      kernel.untrackPfn(range)
      return .next
    case .errPfnRemap:
      kernel.erasePagemap(pagemap)
      return .fail(error ?? .EINVAL)
    }
  }

  private mutating func unwind(_ errno: Errno, to line: Line) -> Flow<Line> {
    error = errno
    return .jump(line)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("pgmap", pagemap)
    visitor.field("error", error.map { .text("\($0)") } ?? .none)
  }
}

extension PagemapRange.Line {
  public var note: Note {
    switch self {
    case .checkStartOwner, .checkEndOwner:
      Note(
        self == .checkStartOwner
          ? "Refuses if a pagemap owns the first page already."
          : "Refuses if a pagemap owns the last page already.",
        failsWith: [.ENOMEM])
    case .checkRam: Note("Refuses a range that touches System RAM.", failsWith: [.ENXIO])
    case .storePagemap:
      Note("Enters the pagemap for every page frame of the range.", failsWith: [.ENOMEM])
    case .trackPfn: Note("Settles the cache attributes of the range.", failsWith: [.EINVAL])
    case .checkPluggable:
      Note(
        "Refuses a range that the linear map cannot reach.",
        why: "On s390 a window in a BAR fails here: its address is a cookie far above all memory.",
        failsWith: [.EINVAL])
    case .beginHotplug:
      Note("Takes the memory hot-plug lock and adds the KASAN shadow.", failsWith: [.ENOMEM])
    case .addMemory:
      Note(
        "Adds the range to the linear map and makes room for its struct pages.",
        why:
          "Start and length must be multiples of 2 MiB, or it is -EINVAL with a warning: the misaligned window.",
        failsWith: [.E2BIG, .EINVAL, .ENOMEM, .EEXIST])
    case .moveToZone: Note("Moves the range into ZONE_DEVICE and drops the hot-plug lock.")
    case .initPages:
      Note(
        "Fills in the struct pages: count 1, since 6.15 0, reserved, pointing back to the pagemap.",
        why: "64 bytes for each 4096: a 64th of the window, taken from RAM.")
    case .getReferences:
      Note("Takes one reference to the pagemap for every page.")
    case .errAddMemory: Note("Removes the KASAN shadow.")
    case .errKasan: Note("Gives up the cache attributes.")
    case .errPfnRemap: Note("Takes the pagemap out of the index and returns the error.")
    }
  }
}
