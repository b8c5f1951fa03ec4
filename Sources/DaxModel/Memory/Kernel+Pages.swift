// References to pages and pagemaps: mm/memremap.c, include/linux/mm.h, lib/percpu-refcount.c.

extension Kernel {
  /// `get_dev_pagemap()`: the pagemap of a frame, with a reference, while it is alive.
  mutating func getDevPagemap(_ frame: PageFrameNumber) throws(Oops) -> Handle<DevPagemap>? {
    ran(.getDevPagemap)
    guard let owner = memory.pagemaps.first(where: { $0.range.contains(frame.address) }) else { return nil }
    var pagemap = try pagemaps.read(owner.pagemap, at: here)
    guard pagemap.ref.tryGetLive() else { return nil }
    try pagemaps.write(owner.pagemap, pagemap, at: here)
    return owner.pagemap
  }

  /// `put_dev_pagemap()`.
  mutating func putDevPagemap(_ handle: Handle<DevPagemap>) throws(Oops) { try percpuRefPut(handle) }

  /// `percpu_ref_kill()` on a pagemap's reference count.
  mutating func percpuRefKill(_ handle: Handle<DevPagemap>) throws(Oops) {
    var pagemap = try followReference(handle)
    if pagemap.ref.state != .live {
      warn("percpu_ref_kill called more than once on \(releaseCallback(of: pagemap).rawValue)")
    }
    let isLast = pagemap.ref.kill()
    if pagemap.ref.count < 0 {
      warn("percpu ref (\(releaseCallback(of: pagemap).rawValue)) <= 0 after switching to atomic")
    }
    try pagemaps.write(handle, pagemap, at: here)
    if isLast { try releaseReference(handle) }
  }

  /// `percpu_ref_put_many()` on a pagemap's reference count; runs the release callback at zero.
  mutating func percpuRefPut(_ handle: Handle<DevPagemap>, _ number: Int64 = 1) throws(Oops) {
    var pagemap = try followReference(handle)
    let isLast = pagemap.ref.put(number)
    try pagemaps.write(handle, pagemap, at: here)
    if isLast { try releaseReference(handle) }
  }

  /// `wait_for_completion()` on a pagemap's completion: whether the wait is over.
  mutating func waitForCompletion(of handle: Handle<DevPagemap>) throws(Oops) -> Bool {
    var pagemap = try pagemaps.read(handle, at: here)
    guard pagemap.completion.isInitialised else {
      throw zeroedCompletion(of: handle, in: "wait_for_completion()")
    }
    guard pagemap.completion.tryWait() else { return false }
    try pagemaps.write(handle, pagemap, at: here)
    return true
  }

  /// `percpu_ref_exit()` on a pagemap's reference count.
  mutating func percpuRefExit(_ handle: Handle<DevPagemap>) throws(Oops) {
    var pagemap = try pagemaps.read(handle, at: here)
    pagemap.ref.exit()
    try pagemaps.write(handle, pagemap, at: here)
  }

  /// The pagemap, whose reference count is about to be changed; an oops if the count has no memory.
  private func followReference(_ handle: Handle<DevPagemap>) throws(Oops) -> DevPagemap {
    let pagemap = try pagemaps.read(handle, at: here)
    if pagemap.ref.hasCounters { return pagemap }
    throw Oops(
      kind: .nullDereference, site: here, address: .null,
      message:
        "The reference count of pagemap#\(handle.slot) has no counters: it is \(pagemap.ref.state.rawValue).")
  }

  private func zeroedCompletion(of handle: Handle<DevPagemap>, in function: StaticString) -> Oops {
    Oops(
      kind: .nullDereference, site: here, address: KernelAddress(8),
      message: "\(function) finds no wait list: the completion of pagemap#\(handle.slot) is zeroed memory.")
  }

  private func releaseCallback(of pagemap: DevPagemap) -> AtomicFunction {
    pagemap.isReferenceOfDriver ? .virtioFsPercpuRelease : .devPagemapPercpuRelease
  }

  /// The release callback: the driver's `virtio_fs_percpu_release()` or `dev_pagemap_percpu_release()`.
  private mutating func releaseReference(_ handle: Handle<DevPagemap>) throws(Oops) {
    var pagemap = try pagemaps.read(handle, at: here)
    ran(releaseCallback(of: pagemap))
    guard pagemap.completion.isInitialised else { throw zeroedCompletion(of: handle, in: "complete()") }
    pagemap.completion.complete()
    try pagemaps.write(handle, pagemap, at: here)
  }

  /// `try_get_page()`: false, with a warning, for a page whose count is zero: it is on its way out.
  mutating func tryGetPage(_ frame: PageFrameNumber) throws(Oops) -> Bool {
    let section = try section(of: frame)
    let count = memory.pages[section].pageCount(frame)
    guard count > 0 else {
      warn("page count of pfn \(frame) is \(count)")
      return false
    }
    memory.pages[section].setPageCount(frame, count + 1)
    return true
  }

  /// `put_page()`: at zero a device page drops the reference it holds on its pagemap, unless zero only means idle.
  mutating func putPage(_ frame: PageFrameNumber) throws(Oops) {
    let section = try section(of: frame)
    let count = memory.pages[section].pageCount(frame) - 1
    memory.pages[section].setPageCount(frame, count)
    if count == 0, !release.has(.idlePagesCountZero) { try percpuRefPut(memory.pages[section].pagemap) }
  }

  /// A page fault maps the page, which from 6.15 on takes a reference to it.
  mutating func mapPage(_ frame: PageFrameNumber) throws(Oops) {
    let section = try section(of: frame)
    memory.pages[section].setPageCount(frame, memory.pages[section].pageCount(frame) + 1)
  }

  /// Whether somebody holds a page besides the page tables.
  func isPinned(_ frame: PageFrameNumber) -> Bool {
    memory.pages.first { $0.contains(frame) }.map { $0.pageCount(frame) > 1 } ?? false
  }

  /// `dax_layout_busy_page_range()`: the first pinned page of the window that holds a byte of a piece of a file.
  func pinnedPage(
    of inode: Handle<FuseInode>, from start: UInt64, through end: UInt64
  ) throws(Oops) -> PageFrameNumber? {
    let connection = try connections.read(inodes.read(inode, at: here).connection, at: here)
    guard let dax = connection.dax, let window = instance(of: connection.device)?.windowPhysical else {
      return nil
    }
    for section in memory.pages {
      for page in section.touched where page.count > 1 && page.frame.address >= window {
        let offset = page.frame.address.rawValue - window.rawValue
        let range = Int(clamping: offset / FuseConnDax.rangeSize)
        guard range < dax.ranges.count, dax.ranges[range].inode == inode else { continue }
        let place = dax.ranges[range].index * FuseConnDax.rangeSize + offset % FuseConnDax.rangeSize
        if place <= end, place + pageSize > start { return page.frame }
      }
    }
    return nil
  }

  /// The index of the struct pages that cover a frame; an oops if there are none.
  private func section(of frame: PageFrameNumber) throws(Oops) -> Int {
    if let index = memory.pages.firstIndex(where: { $0.contains(frame) }) { return index }
    if release.has(.pfnIsAddress) {
      throw Oops(
        kind: .badAddress, site: here, address: architecture.pageStruct(of: frame),
        message:
          "The struct page of pfn \(frame) is touched, and there never was one: the number is a physical address."
      )
    }
    throw Oops(
      kind: .badAddress, site: here, address: architecture.pageStruct(of: frame),
      message: "The struct page of pfn \(frame) is touched, but the memmap around it has been removed.")
  }

  /// One `put_page()` for every page of a pagemap, as unmapping did until 5.17.
  ///
  /// Untouched pages are counted together: the cost is in proportion to the pages that were touched.
  mutating func putEveryPage(of handle: Handle<DevPagemap>) throws(Oops) {
    for index in memory.pages.indices where memory.pages[index].pagemap == handle {
      let section = memory.pages[index]
      let untouched = Int64(clamping: section.count.rawValue) - Int64(section.touched.count)
      let freedTouched = section.touched.filter { $0.count == 1 }.count
      let dropped = (section.idleCount == 1 ? untouched : 0) + Int64(freedTouched)
      let touched = section.touched.map { DevicePages.Touched(frame: $0.frame, count: $0.count - 1) }
      memory.pages[index].idleCount -= 1
      memory.pages[index].touched = touched.filter { $0.count != section.idleCount - 1 }
      if dropped > 0 { try percpuRefPut(handle, dropped) }
    }
  }
}
