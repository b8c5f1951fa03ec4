// The steps of mapping device memory, each done in one go: mm/memremap.c, mm/memory_hotplug.c.

extension Kernel {
  /// Whether `get_dev_pagemap()` finds an owner of the address: a conflict, with a warning.
  mutating func hasOwner(_ address: PhysicalAddress, _ device: DeviceID?) throws(Oops) -> Bool {
    let owner = try getDevPagemap(address.frame)
    if let owner { try putDevPagemap(owner) }
    guard owner != nil || fails(.getDevPagemap) != nil else { return false }
    warn("Conflicting mapping in same section: pfn \(address.frame)")
    return true
  }

  /// `region_intersects()`: whether any of the range is System RAM, with a warning.
  mutating func intersectsRam(_ range: PhysicalRange) -> Bool {
    let touches = memory.ram.contains { $0.overlaps(range) }
    guard touches || fails(.check) != nil else { return false }
    let isInside = memory.ram.contains { $0.contains(range) }
    warn("attempted on \(isInside ? "ram" : "mixed") region \(range)")
    return true
  }

  /// `xa_store_range()` into `pgmap_array`.
  mutating func storePagemap(_ pagemap: Handle<DevPagemap>, _ range: PhysicalRange) -> Errno? {
    if let errno = fails(.xarrayStore) { return errno }
    if range.end < range.start { return .EINVAL }
    memory.pagemaps.insert(MemoryMap.Owner(range: range, pagemap: pagemap)) {
      $0.range.start < $1.range.start
    }
    return nil
  }

  /// `pgmap_array_delete()`, with the RCU grace period that follows.
  mutating func erasePagemap(_ pagemap: Handle<DevPagemap>) {
    memory.pagemaps.removeAll { $0.pagemap == pagemap }
  }

  /// `track_pfn_remap()`.
  mutating func trackPfn(_ range: PhysicalRange) -> Errno? {
    ran(.trackPfnRemap)
    if let errno = fails(.trackPfnRemap) { return errno }
    memory.tracked.insert(range) { $0.start < $1.start }
    return nil
  }

  /// `untrack_pfn()`.
  mutating func untrackPfn(_ range: PhysicalRange) {
    ran(.untrackPfn)
    if let index = memory.tracked.firstIndex(of: range) { memory.tracked.remove(at: index) }
  }

  /// `mhp_range_allowed()`: whether the linear map can reach the range.
  mutating func isPluggable(_ range: PhysicalRange) -> Bool {
    let limit = architecture.linearMapSize
    if fails(.check) == nil, range.start <= range.end, range.end.rawValue < limit { return true }
    // Here the end of the range is the byte behind it, and that of the limit the last one.
    log(
      .warning, "",
      "Hotplug memory [\(range.start)-\(range.end.advanced(by: ByteCount(1)))] exceeds maximum addressable range "
        + "[0x0-\(hex(limit - 1))]")
    return false
  }

  /// `mem_hotplug_begin()` and `kasan_add_zero_shadow()`; the lock is dropped again if that fails.
  mutating func beginHotplug() -> Errno? {
    ran(.memHotplugBegin)
    guard let errno = fails(.kasanAddZeroShadow) else { return nil }
    ran(.memHotplugDone)
    return errno
  }

  /// `arch_add_memory()`: the linear map and room for the struct pages; drops the lock if it fails.
  mutating func addMemory(_ range: PhysicalRange) -> Errno? {
    ran(.archAddMemory)
    ran(.addPages)
    if let errno = fails(.addPages) ?? checkAddressable(range) ?? checkSpan(range) {
      ran(.memHotplugDone)
      return errno
    }
    memory.linear.insert(range) { $0.start < $1.start }
    return nil
  }

  /// `check_hotplug_memory_addressable()` of 5.4 to 5.11: later the same is asked before, as `isPluggable`.
  ///
  /// - Kernel: mm/memory_hotplug.c (5.10)
  private mutating func checkAddressable(_ range: PhysicalRange) -> Errno? {
    guard release.has(.checksAddressWhenAdding), range.end.rawValue >= architecture.linearMapSize else {
      return nil
    }
    warn("Hotplugged memory exceeds maximum addressable address, range \(range)")
    return .E2BIG
  }

  /// `check_pfn_span()`: first frame and number of frames must be multiples of a sub-section.
  ///
  /// - Kernel: mm/memory_hotplug.c
  private mutating func checkSpan(_ range: PhysicalRange) -> Errno? {
    let first = range.start.frame.rawValue
    let count = range.length.pages.rawValue
    let unit = release.has(.roundsToSections) ? architecture.sectionSize : MemoryMap.subsectionSize
    let mask = (unit >> pageShift) - 1
    guard (first | count) & mask != 0 else { return nil }
    warn("Misaligned __add_pages start: \(hex(first)) end: \(hex(first &+ count &- 1))")
    return .EINVAL
  }

  /// The range widened to whole sections, as 5.1 adds it.
  func widenedToSections(_ range: PhysicalRange) -> PhysicalRange {
    let mask = architecture.sectionSize - 1
    let start = range.start.rawValue & ~mask
    let end = (range.start.rawValue &+ range.length.rawValue &+ mask) & ~mask
    return PhysicalRange(PhysicalAddress(start), length: ByteCount(end &- start))
  }

  /// `move_pfn_range_to_zone()` and `mem_hotplug_done()`.
  mutating func moveToZone() {
    ran(.movePfnRangeToZone)
    ran(.memHotplugDone)
  }

  /// `memmap_init_zone_device()`: the struct pages in their initial state.
  ///
  /// The first pages of an altmap hold the struct pages themselves and do not belong to the pagemap.
  mutating func initPages(_ pagemap: Handle<DevPagemap>, _ range: PhysicalRange) throws(Oops) {
    ran(.memmapInitZoneDevice)
    var map = try pagemaps.read(pagemap, at: here)
    let reserved = min(map.altmap?.reserved ?? PageCount(0), range.length.pages)
    map.altmap?.allocated = reserved
    try pagemaps.write(pagemap, map, at: here)
    let pages = DevicePages(
      first: range.start.frame.advanced(by: reserved),
      count: PageCount(range.length.pages.rawValue - reserved.rawValue), pagemap: pagemap,
      idleCount: release.has(.idlePagesCountZero) ? 0 : 1)
    memory.pages.insert(pages) { $0.first < $1.first }
  }

  /// `percpu_ref_get_many()`: one reference for every page.
  mutating func getPageReferences(_ pagemap: Handle<DevPagemap>) throws(Oops) {
    var map = try pagemaps.read(pagemap, at: here)
    map.ref.get(pageTotal(of: pagemap))
    try pagemaps.write(pagemap, map, at: here)
  }

  /// How many struct pages point to the pagemap.
  func pageTotal(of pagemap: Handle<DevPagemap>) -> Int64 {
    Int64(
      clamping: memory.pages.reduce(UInt64(0)) { $1.pagemap == pagemap ? $0 + $1.count.rawValue : $0 })
  }

  /// `arch_remove_memory()`: the linear map and the struct pages of the range go away.
  mutating func removeMemory(_ pagemap: Handle<DevPagemap>, _ range: PhysicalRange) {
    ran(.archRemoveMemory)
    memory.pages.removeAll { $0.pagemap == pagemap }
    memory.linear.removeAll { $0.overlaps(range) }
  }
}

extension Array {
  /// Puts an element where the order wants it, behind its equals: the order of arrival leaves no trace.
  fileprivate mutating func insert(_ element: Element, by comesBefore: (Element, Element) -> Bool) {
    insert(element, at: firstIndex { comesBefore(element, $0) } ?? count)
  }
}
