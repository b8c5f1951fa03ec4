/// `pageunmap_range()`: takes one range of device memory out of the kernel's memory.
public struct PageunmapRange: KernelFunction {
  public enum Line: String, KernelLine { case removeFromZone, removeMemory, untrackPfn, erasePagemap }

  public static let id = FunctionID.pageunmapRange
  public var frame: Frame { .pageunmapRange(Activation(self)) }

  let pagemap: Handle<DevPagemap>

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.unmapWaits) && release.has(.zoneDevice)
      ? [.removeFromZone, .removeMemory, .untrackPfn, .erasePagemap] : []
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .removeFromZone:
      kernel.ran(.memHotplugBegin)
      kernel.ran(.removePfnRangeFromZone)
    case .removeMemory:
      try kernel.removeRange(of: pagemap)
      kernel.ran(.memHotplugDone)
    case .untrackPfn:
      if let range = try kernel.pagemaps.read(pagemap, at: kernel.here).range { kernel.untrackPfn(range) }
    case .erasePagemap:
      kernel.erasePagemap(pagemap)
    }
    return .next
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("pgmap", pagemap) }
}

extension Kernel {
  /// `arch_remove_memory()` on a pagemap's range; pages of an altmap go back to the device.
  mutating func removeRange(of pagemap: Handle<DevPagemap>) throws(Oops) {
    var map = try pagemaps.read(pagemap, at: here)
    if let range = map.range { removeMemory(pagemap, range) }
    map.altmap?.allocated = PageCount(0)
    try pagemaps.write(pagemap, map, at: here)
  }
}

extension PageunmapRange.Line {
  public var note: Note {
    switch self {
    case .removeFromZone: Note("Takes the memory hot-plug lock and the range out of ZONE_DEVICE.")
    case .removeMemory:
      Note(
        "Removes the struct pages and the linear mapping, and drops the lock.",
        why: "Whoever still holds one of the pages, or the window's kernel address, now holds nothing.")
    case .untrackPfn: Note("Gives up the cache attributes.")
    case .erasePagemap: Note("Takes the pagemap out of the index and waits for an RCU grace period.")
    }
  }
}
