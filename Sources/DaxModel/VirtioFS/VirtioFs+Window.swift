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

  /// `window_phys_addr + offset` for a page frame: the shift is missing.
  ///
  /// So it was in 6.17-rc1 to rc5, when `pfn_t` became a plain number. Read as a frame it is 4096 times too large.
  @inlinable
  public func unshiftedFrame(at offset: PageOffset) -> PageFrameNumber {
    PageFrameNumber(windowPhysical.advanced(by: offset.bytes).rawValue)
  }

  /// The page frame that `virtio_fs_direct_access()` of a release hands out, without flags.
  public func frameHandedOut(at offset: PageOffset, by release: KernelRelease) -> PageFrameNumber {
    release.has(.pfnIsAddress) ? unshiftedFrame(at: offset) : windowFrame(at: offset)
  }

  /// `nr_pages > max_nr_pages ? max_nr_pages : nr_pages`.
  ///
  /// The signed count is converted to size_t for the comparison, so a negative one is huge in it.
  @inlinable
  public static func clamp(_ pages: Int64, to maximum: PageCount) -> Int64 {
    UInt64(bitPattern: pages) > maximum.rawValue ? Int64(bitPattern: maximum.rawValue) : pages
  }

  /// What `virtio_fs_direct_access()` answers, all at once, without flags and with the frame as it should be.
  ///
  /// - Complexity: O(1).
  @inlinable
  public func directAccess(at offset: PageOffset, pages: Int64) -> DirectAccess {
    DirectAccess(
      pages: VirtioFs.clamp(pages, to: pagesLeft(from: offset)), address: windowAddress(at: offset),
      frame: windowFrame(at: offset))
  }
}
