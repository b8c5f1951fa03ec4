// The arithmetic of direct_access on the window: the lines of `virtio_fs_direct_access()` do it step by step.

extension VirtioFs {
  /// `max_nr_pages`: pages from an offset to the end of the window.
  ///
  /// Unsigned and unchecked, as in C: past the window it wraps to almost 2^64.
  @inlinable
  public func pagesLeft(from offset: PageOffset) -> PageCount {
    PageCount(windowLength.pages.rawValue &- offset.rawValue)
  }

  /// `window_kaddr + offset`.
  @inlinable
  public func windowAddress(at offset: PageOffset) -> KernelAddress {
    windowAddress.advanced(by: offset.bytes)
  }

  /// `PHYS_PFN(window_phys_addr + offset)`.
  @inlinable
  public func windowFrame(at offset: PageOffset) -> PageFrameNumber {
    windowPhysical.advanced(by: offset.bytes).frame
  }

  /// `nr_pages > max_nr_pages ? max_nr_pages : nr_pages`.
  ///
  /// The signed count is converted to size_t for the comparison, so a negative one is huge in it.
  @inlinable
  public static func clamp(_ pages: Int64, to maximum: PageCount) -> Int64 {
    UInt64(bitPattern: pages) > maximum.rawValue ? Int64(bitPattern: maximum.rawValue) : pages
  }

  /// What `virtio_fs_direct_access()` answers, all at once and without the flags of the `pfn_t`.
  ///
  /// - Complexity: O(1).
  @inlinable
  public func directAccess(at offset: PageOffset, pages: Int64) -> DirectAccess {
    DirectAccess(
      pages: VirtioFs.clamp(pages, to: pagesLeft(from: offset)), address: windowAddress(at: offset),
      frame: windowFrame(at: offset))
  }
}
