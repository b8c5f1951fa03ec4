/// `memunmap_pages()`: device memory leaves the kernel, once nobody uses its pages.
public struct MemunmapPages: KernelFunction {
  public enum Line: String, KernelLine {
    case killReference, putPages, dropReferences, waitForReference, exitReference, unmapRange, checkAltmap
  }

  public static let id = FunctionID.memunmapPages
  public var frame: Frame { .memunmapPages(Activation(self)) }

  let pagemap: Handle<DevPagemap>

  /// Unmaps the range of a pagemap.
  public init(pagemap: Handle<DevPagemap>) { self.pagemap = pagemap }

  public static func lines(in release: KernelRelease) -> [Line] {
    if !release.has(.unmapWaits) || !release.has(.zoneDevice) { return [] }
    return [.killReference, release.has(.pinsDelayUnmap) ? .putPages : .dropReferences, .waitForReference]
      + (release.has(.referenceExitsLast) ? [.unmapRange, .exitReference] : [.exitReference, .unmapRange])
      + [.checkAltmap]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .killReference:
      try kernel.percpuRefKill(pagemap)
      return .next
    case .putPages:
      try kernel.putEveryPage(of: pagemap)
      return .next
    case .dropReferences:
      let pages = kernel.pageTotal(of: pagemap)
      if pages > 0 { try kernel.percpuRefPut(pagemap, pages) }
      return .next
    case .waitForReference:
      return try kernel.waitForCompletion(of: pagemap) ? .next : .wait(.completion(pagemap))
    case .exitReference:
      try kernel.percpuRefExit(pagemap)
      return .next
    case .unmapRange:
      // Only a range that was mapped to the end is unmapped.
      guard kernel.memory.pages.contains(where: { $0.pagemap == pagemap }) else { return .next }
      return .call(PageunmapRange(pagemap: pagemap))
    case .checkAltmap:
      try kernel.checkAltmap(pagemap)
      return .done(.void)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("pgmap", pagemap) }
}

extension Kernel {
  /// The warning about struct pages left over inside the device.
  mutating func checkAltmap(_ pagemap: Handle<DevPagemap>) throws(Oops) {
    let map = try pagemaps.read(pagemap, at: here)
    if let altmap = map.altmap, altmap.allocated.rawValue > 0 {
      warn("failed to free all reserved pages: \(altmap.allocated) left")
    }
  }
}

extension MemunmapPages.Line {
  public var note: Note {
    switch self {
    case .killReference:
      Note("Kills the reference count: lookups by page frame find nothing from here on.")
    case .putPages:
      Note(
        "Puts every page once; each that reaches zero drops its reference to the pagemap.",
        why: "A page that somebody has pinned stays above zero, so the wait below is a wait for the pin.")
    case .dropReferences:
      Note(
        "Drops the references of all pages at once.",
        why: "The page counts are not looked at: a pinned page does not delay the unmap.")
    case .waitForReference:
      Note(
        "Sleeps until the reference count has reached zero.", why: "Uninterruptibly and without a timeout.")
    case .exitReference:
      Note(
        "Frees the reference count.",
        why:
          "Since 6.0 after the pages are unmapped: before, a lookup that had found the pagemap could touch it."
      )
    case .unmapRange: Note("Unmaps the range, if it had been mapped.", calls: [.pageunmapRange])
    case .checkAltmap: Note("Warns if struct pages inside the device are still in use.")
    }
  }
}
