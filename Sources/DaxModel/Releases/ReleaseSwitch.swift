/// One way in which Linux kernels differ on this path. Code asks for the switch, never for a version number.
public enum ReleaseSwitch: UInt8, Hashable, Sendable, CaseIterable {
  case missingRegionIsFatal
  case draftCapability
  case checksBarIndex
  case checksRegionOverflow
  case claimsWholeBar
  case requestsRegion
  case driverOwnsReference
  case waitRegisteredBeforeRemap
  case allocatesDaxDeviceFirst
  case allocDaxReturnsNull
  case daxIsOptional
  case zeroPageRangeRequired
  case roundsToSections
  case checksPluggableRange
  case checksAddressWhenAdding
  case unmapWaits
  case pinsDelayUnmap
  case referenceExitsLast
  case returnsNegativeCount
  case pfnCarriesFlags
  case fsIsDeviceManaged
  case refusesNewlineInTag
  case mapsQueuesToProcessors
  case instancesInSysfs
  case drainsQueuesOnRemove
  case failureNamesDriver

  /// The name by which `releases` and `diff-release` call it.
  public var name: String {
    switch self {
    case .missingRegionIsFatal: "missingRegionIsFatal"
    case .draftCapability: "draftCapability"
    case .checksBarIndex: "checksBarIndex"
    case .checksRegionOverflow: "checksRegionOverflow"
    case .claimsWholeBar: "claimsWholeBar"
    case .requestsRegion: "requestsRegion"
    case .driverOwnsReference: "driverOwnsReference"
    case .waitRegisteredBeforeRemap: "waitRegisteredBeforeRemap"
    case .allocatesDaxDeviceFirst: "allocatesDaxDeviceFirst"
    case .allocDaxReturnsNull: "allocDaxReturnsNull"
    case .daxIsOptional: "daxIsOptional"
    case .zeroPageRangeRequired: "zeroPageRangeRequired"
    case .roundsToSections: "roundsToSections"
    case .checksPluggableRange: "checksPluggableRange"
    case .checksAddressWhenAdding: "checksAddressWhenAdding"
    case .unmapWaits: "unmapWaits"
    case .pinsDelayUnmap: "pinsDelayUnmap"
    case .referenceExitsLast: "referenceExitsLast"
    case .returnsNegativeCount: "returnsNegativeCount"
    case .pfnCarriesFlags: "pfnCarriesFlags"
    case .fsIsDeviceManaged: "fsIsDeviceManaged"
    case .refusesNewlineInTag: "refusesNewlineInTag"
    case .mapsQueuesToProcessors: "mapsQueuesToProcessors"
    case .instancesInSysfs: "instancesInSysfs"
    case .drainsQueuesOnRemove: "drainsQueuesOnRemove"
    case .failureNamesDriver: "failureNamesDriver"
    }
  }

  /// What it means where it is on.
  public var sentence: String {
    switch self {
    case .missingRegionIsFatal:
      "A device without a cache window cannot be probed at all: -ENXIO."
    case .draftCapability:
      "The shared-memory capability has the draft's 28 bytes with the id at byte 24; the final one is unknown."
    case .checksBarIndex:
      "A capability that names BAR 6 or more is skipped; without the check the number is used as it is."
    case .checksRegionOverflow:
      "Offset plus length is tested for wrapping past 2^64."
    case .claimsWholeBar:
      "The transport claims the whole BAR for the region and nobody ever releases it."
    case .requestsRegion:
      "The driver reserves exactly the window in the resource tree: -EBUSY when something is in the way."
    case .driverOwnsReference:
      "The driver allocates the pagemap's reference count and completion, and gives callbacks to kill it."
    case .waitRegisteredBeforeRemap:
      "The wait for page references is registered before the remap, so it runs after the pages are gone."
    case .allocatesDaxDeviceFirst:
      "alloc_dax() comes before the window is looked for; a scope guard drops the device on failure."
    case .allocDaxReturnsNull:
      "alloc_dax() answers NULL on failure, which the driver turns into -ENOMEM; later an error pointer."
    case .daxIsOptional:
      "A kernel that cannot do DAX at all (-EOPNOTSUPP from alloc_dax) probes the device without a window."
    case .zeroPageRangeRequired:
      "The DAX core knows zero_page_range and refuses operations without it."
    case .roundsToSections:
      "The window is widened to 128 MiB sections; later both ends must be multiples of 2 MiB or it is -EINVAL."
    case .checksPluggableRange:
      "A range beyond what the architecture can map is refused before memory is added."
    case .checksAddressWhenAdding:
      "A range that the linear map cannot reach is refused only when its memory is added, with -E2BIG."
    case .unmapWaits:
      "memunmap_pages() itself waits for the reference count; before, only the driver could."
    case .pinsDelayUnmap:
      "Each page drops its own reference, so a pinned page delays the unmap; later all are dropped at once."
    case .referenceExitsLast:
      "percpu_ref_exit() comes after the pages are unmapped, not right after the wait."
    case .returnsNegativeCount:
      "dax_direct_access() hands a negative page count back as if it were an error; later -EINVAL."
    case .pfnCarriesFlags:
      "The pfn that direct_access hands out carries the flags DEV (bit 61) and MAP (bit 60)."
    case .fsIsDeviceManaged:
      "struct virtio_fs is devres memory and is freed with the device; later it is counted."
    case .refusesNewlineInTag:
      "A tag with a newline in it is refused: -EINVAL."
    case .mapsQueuesToProcessors:
      "Request queues are spread over the processors."
    case .instancesInSysfs:
      "Each instance is a kobject under /sys/fs/virtiofs and announces itself with an event."
    case .drainsQueuesOnRemove:
      "Removal unlinks the instance and drains its queues before the reset."
    case .failureNamesDriver:
      "The log line of a failed probe names the driver."
    }
  }

  /// Where that is known from.
  public var source: String {
    switch self {
    case .missingRegionIsFatal, .driverOwnsReference, .waitRegisteredBeforeRemap:
      "virtio_fs_setup_dax() of PATCH v2 18/30, May 2019; later revisions of the series"
    case .draftCapability, .claimsWholeBar:
      "PATCH v2 15/30, get_shm_region for PCI, May 2019"
    case .checksBarIndex: "virtio_pci_find_shm_cap(), March 2022"
    case .checksRegionOverflow: "vp_get_shm_region(), as merged for 5.10"
    case .requestsRegion: "virtio_fs_setup_dax(), v3 of August 2020, merged for 5.10"
    case .allocatesDaxDeviceFirst, .daxIsOptional: "virtio_fs_setup_dax(), 6.9 (release UNCONFIRMED)"
    case .allocDaxReturnsNull, .zeroPageRangeRequired:
      "drivers/dax/super.c alloc_dax(), changed between 5.7 and 5.10"
    case .roundsToSections:
      "kernel/memremap.c of 4.20 and mm/memory_hotplug.c check_pfn_span(), since 5.3 (UNCONFIRMED)"
    case .checksPluggableRange: "mm/memremap.c pagemap_range()"
    case .checksAddressWhenAdding: "mm/memory_hotplug.c check_hotplug_memory_addressable(), read in 5.10.13"
    case .unmapWaits: "kernel/memremap.c, commit 50f44ee7248a, June 2019"
    case .pinsDelayUnmap: "mm/memremap.c memunmap_pages(), changed in 5.18 (UNCONFIRMED)"
    case .referenceExitsLast: "mm/memremap.c memunmap_pages(), commit 1e57ffb6e3fd, 6.0 (UNCONFIRMED)"
    case .returnsNegativeCount: "drivers/dax/super.c dax_direct_access()"
    case .pfnCarriesFlags: "virtio_fs_direct_access(), up to 6.14"
    case .fsIsDeviceManaged: "virtio_fs_probe() of PATCH v2 11/30"
    case .refusesNewlineInTag: "fs/fuse/virtio_fs.c virtio_fs_read_tag()"
    case .mapsQueuesToProcessors: "fs/fuse/virtio_fs.c virtio_fs_map_queues()"
    case .instancesInSysfs: "fs/fuse/virtio_fs.c virtio_fs_add_instance()"
    case .drainsQueuesOnRemove: "fs/fuse/virtio_fs.c virtio_fs_remove()"
    case .failureNamesDriver: "drivers/base/dd.c, as recorded on 6.1 and 6.12"
    }
  }
}
