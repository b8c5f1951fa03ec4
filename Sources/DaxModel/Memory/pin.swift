/// A user who pins a page of the window, as get_user_pages() does for direct I/O, and unpins it later or never.
public struct PagePin: KernelFunction {
  public enum Line: String, KernelLine {
    case lookupPagemap, mapPage, getPage, putPagemap, putPage, unmapPage
  }

  public static let id = FunctionID.pin
  public var frame: Frame { .pin(Activation(self)) }

  /// The page's frame, found through the page tables of a mapping.
  let page: PageFrameNumber
  /// Whether the pin is for good: the page is never put.
  let isKept: Bool
  var pagemap: Handle<DevPagemap>?
  var error: Errno?

  init(page: PageFrameNumber, isKept: Bool = false) {
    self.page = page
    self.isKept = isKept
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    if release.has(.pfnIsAddress) {
      return [.mapPage, .lookupPagemap, .getPage, .putPagemap, .putPage, .unmapPage]
    }
    return release.has(.idlePagesCountZero)
      ? [.lookupPagemap, .mapPage, .getPage, .putPagemap, .putPage, .unmapPage]
      : [.lookupPagemap, .getPage, .putPagemap, .putPage]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lookupPagemap:
      pagemap = try kernel.getDevPagemap(page)
      guard pagemap == nil else { return .next }
      error = .EFAULT
      return kernel.release.has(.pfnIsAddress) ? .jump(.unmapPage) : .fail(.EFAULT)
    case .mapPage:
      try kernel.mapPage(page)
      return .next
    case .getPage:
      if try !kernel.tryGetPage(page) { error = .ENOMEM }
      return .next
    case .putPagemap:
      if let pagemap { try kernel.putDevPagemap(pagemap) }
      guard let error else { return isKept ? .done(.success) : .next }
      return kernel.release.has(.idlePagesCountZero) ? .jump(.unmapPage) : .fail(error)
    case .putPage:
      try kernel.putPage(page)
      return kernel.release.has(.idlePagesCountZero) ? .next : .done(.success)
    case .unmapPage:
      try kernel.putPage(page)
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("pfn", page)
    visitor.field("kept", .flag(isKept))
    visitor.field("pgmap", pagemap)
    visitor.field("error", error.map { .text("\($0)") } ?? .none)
  }
}

extension PagePin.Line {
  public var note: Note {
    switch self {
    case .lookupPagemap:
      Note(
        "get_dev_pagemap(): finds the pagemap while it is alive; once it is killed the pin fails.",
        failsWith: [.EFAULT])
    case .mapPage:
      Note(
        "The page fault that has put the page into the page table took a reference to it.",
        why:
          "Since 6.15 an idle page counts 0, and a page with count 0 cannot be pinned. The fault goes to the page "
          + "of the frame that direct_access handed out; if there is none, it is an oops.")
    case .getPage:
      Note("try_get_page(): the page is pinned, unless its count is zero already.", failsWith: [.ENOMEM])
    case .putPagemap:
      Note(
        "Drops the brief reference to the pagemap; the page's count keeps the page.",
        why: "Who holds the page for good ends here.")
    case .putPage:
      Note(
        "put_page(): the pin ends.",
        why: "If the struct page has been removed meanwhile, this touches freed memory.")
    case .unmapPage: Note("The page leaves the page table, and is idle again.")
    }
  }
}
