/// `devm_memremap_pages_release()`: the managed release of a mapping. In 5.1 it does the unmapping itself.
public struct DevmMemremapPagesRelease: KernelFunction {
  public enum Line: String, KernelLine {
    case memunmapPages
    case killReference, putPages, removeMemory, untrackPfn, erasePagemap, checkAltmap
    // what 5.2 puts between the puts and the removal
    case waitForReference, exitReference
  }

  public static let id = FunctionID.devmMemremapPagesRelease
  public var frame: Frame { .devmMemremapPagesRelease(Activation(self)) }

  let pagemap: Handle<DevPagemap>

  public static func lines(in release: KernelRelease) -> [Line] {
    if !release.has(.zoneDevice) { return [] }
    return release.has(.unmapWaits)
      ? [.memunmapPages]
      : [.killReference, .putPages, .removeMemory, .untrackPfn, .erasePagemap, .checkAltmap]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .memunmapPages:
      return .call(MemunmapPages(pagemap: pagemap))
    case .killReference:
      try kernel.percpuRefKill(pagemap)
    case .putPages:
      try kernel.putEveryPage(of: pagemap)
    case .waitForReference:
      return try kernel.waitForCompletion(of: pagemap) ? .next : .wait(.completion(pagemap))
    case .exitReference:
      try kernel.percpuRefExit(pagemap)
    case .removeMemory:
      kernel.ran(.memHotplugBegin)
      try kernel.removeRange(of: pagemap)
      kernel.ran(.memHotplugDone)
    case .untrackPfn:
      if let range = try kernel.pagemaps.read(pagemap, at: kernel.here).range {
        kernel.untrackPfn(kernel.widenedToSections(range))
      }
    case .erasePagemap:
      kernel.erasePagemap(pagemap)
    case .checkAltmap:
      try kernel.checkAltmap(pagemap)
    }
    return .next
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("pgmap", pagemap) }
}

extension DevmMemremapPagesRelease.Line {
  public var note: Note {
    switch self {
    case .memunmapPages: Note("Unmaps the range.", calls: [.memunmapPages])
    case .killReference: Note("Calls the driver's kill callback: no new users of the pages.")
    case .putPages:
      Note(
        "Puts every page once; each that reaches zero drops its reference to the pagemap.",
        why:
          "Nobody waits here. A pinned page keeps its reference, and its struct page goes away in the next line."
      )
    case .waitForReference:
      Note(
        "Sleeps until the reference count has reached zero.",
        why: "Linux 5.2 has it here. No release listed does, but `try` can add it.")
    case .exitReference: Note("Frees the reference count, as 5.2 does here.")
    case .removeMemory:
      Note(
        "Removes the struct pages and the linear mapping.",
        why: "The race of the final put: whoever still holds a page touches freed memory with its put_page()."
      )
    case .untrackPfn: Note("Gives up the cache attributes.")
    case .erasePagemap: Note("Takes the pagemap out of the index and waits for an RCU grace period.")
    case .checkAltmap: Note("Warns if struct pages inside the device are still in use.")
    }
  }
}
