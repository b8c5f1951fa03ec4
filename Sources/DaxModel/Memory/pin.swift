/// A user who pins a page of the window, as get_user_pages() does for direct I/O, and unpins it later.
public struct PagePin: KernelFunction {
  public enum Line: String, KernelLine { case lookupPagemap, getPage, putPagemap, putPage }

  public static let id = FunctionID.pin
  public var frame: Frame { .pin(Activation(self)) }

  /// The page's frame, found through the page tables of a mapping.
  let page: PageFrameNumber
  var pagemap: Handle<DevPagemap>?
  var error: Errno?

  init(page: PageFrameNumber) { self.page = page }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lookupPagemap, .getPage, .putPagemap, .putPage]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .lookupPagemap:
      pagemap = try kernel.getDevPagemap(page)
      return pagemap == nil ? .fail(.EFAULT) : .next
    case .getPage:
      if try !kernel.tryGetPage(page) { error = .ENOMEM }
      return .next
    case .putPagemap:
      if let pagemap { try kernel.putDevPagemap(pagemap) }
      return error.map { .fail($0) } ?? .next
    case .putPage:
      try kernel.putPage(page)
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("pfn", page)
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
    case .getPage:
      Note("try_get_page(): the page is pinned, unless its count is zero already.", failsWith: [.ENOMEM])
    case .putPagemap: Note("Drops the brief reference to the pagemap; the page's count keeps the page.")
    case .putPage:
      Note(
        "put_page(): the pin ends.",
        why: "If the struct page has been removed meanwhile, this touches freed memory.")
    }
  }
}
