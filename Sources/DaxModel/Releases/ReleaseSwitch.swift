/// One way in which Linux kernels differ on this path. Code asks for the switch, never for a version number.
public enum ReleaseSwitch: UInt8, Hashable, Sendable, CaseIterable {
  case missingRegionIsFatal
  case draftCapability
  case checksBarIndex
  case checksRegionOverflow
  case asksLengthTooEarly
  case claimsWholeBar
  case requestsRegion
  case driverOwnsReference
  case waitRegisteredBeforeRemap
  case refusesMissingTeardown
  case allocatesDaxDeviceFirst
  case allocDaxReturnsNull
  case daxIsOptional
  case zeroPageRangeRequired
  case roundsToSections
  case checksPluggableRange
  case checksAddressWhenAdding
  case unmapWaits
  case pinsDelayUnmap
  case idlePagesCountZero
  case referenceExitsLast
  case returnsNegativeCount
  case pfnCarriesFlags
  case pfnIsAddress
  case copyIsDriverOperation
  case fsIsDeviceManaged
  case refusesNewlineInTag
  case announcesTag
  case mapsQueuesToProcessors
  case instancesInSysfs
  case drainsQueuesOnRemove
  case failureNamesDriver
  case logsFailureLast
  case mountsOnce
  case refusesDaxWithoutDevice
  case daxOptionHasModes
  case zeroLengthReadLoops
  case mapsForWritingAlways
  case removesOneByOne
  case splitsStraddlingWrites
  case readsWaitForRange
  case breaksFirstPageOnly
  case splitsReadahead
  case alignsReadahead
  case forgetsAllAttributes
  case zoneDevice
  case usesMio
  case cookieInBit62
  case copiesByRuleB

  /// The name by which `releases` and `diff-release` call it.
  public var name: String {
    switch self {
    case .missingRegionIsFatal: "missingRegionIsFatal"
    case .draftCapability: "draftCapability"
    case .checksBarIndex: "checksBarIndex"
    case .checksRegionOverflow: "checksRegionOverflow"
    case .asksLengthTooEarly: "asksLengthTooEarly"
    case .claimsWholeBar: "claimsWholeBar"
    case .requestsRegion: "requestsRegion"
    case .driverOwnsReference: "driverOwnsReference"
    case .waitRegisteredBeforeRemap: "waitRegisteredBeforeRemap"
    case .refusesMissingTeardown: "refusesMissingTeardown"
    case .allocatesDaxDeviceFirst: "allocatesDaxDeviceFirst"
    case .allocDaxReturnsNull: "allocDaxReturnsNull"
    case .daxIsOptional: "daxIsOptional"
    case .zeroPageRangeRequired: "zeroPageRangeRequired"
    case .roundsToSections: "roundsToSections"
    case .checksPluggableRange: "checksPluggableRange"
    case .checksAddressWhenAdding: "checksAddressWhenAdding"
    case .unmapWaits: "unmapWaits"
    case .pinsDelayUnmap: "pinsDelayUnmap"
    case .idlePagesCountZero: "idlePagesCountZero"
    case .referenceExitsLast: "referenceExitsLast"
    case .returnsNegativeCount: "returnsNegativeCount"
    case .pfnCarriesFlags: "pfnCarriesFlags"
    case .pfnIsAddress: "pfnIsAddress"
    case .copyIsDriverOperation: "copyIsDriverOperation"
    case .fsIsDeviceManaged: "fsIsDeviceManaged"
    case .refusesNewlineInTag: "refusesNewlineInTag"
    case .announcesTag: "announcesTag"
    case .mapsQueuesToProcessors: "mapsQueuesToProcessors"
    case .instancesInSysfs: "instancesInSysfs"
    case .drainsQueuesOnRemove: "drainsQueuesOnRemove"
    case .failureNamesDriver: "failureNamesDriver"
    case .logsFailureLast: "logsFailureLast"
    case .mountsOnce: "mountsOnce"
    case .refusesDaxWithoutDevice: "refusesDaxWithoutDevice"
    case .daxOptionHasModes: "daxOptionHasModes"
    case .zeroLengthReadLoops: "zeroLengthReadLoops"
    case .mapsForWritingAlways: "mapsForWritingAlways"
    case .removesOneByOne: "removesOneByOne"
    case .splitsStraddlingWrites: "splitsStraddlingWrites"
    case .readsWaitForRange: "readsWaitForRange"
    case .breaksFirstPageOnly: "breaksFirstPageOnly"
    case .splitsReadahead: "splitsReadahead"
    case .alignsReadahead: "alignsReadahead"
    case .forgetsAllAttributes: "forgetsAllAttributes"
    case .zoneDevice: "zoneDevice"
    case .usesMio: "usesMio"
    case .cookieInBit62: "cookieInBit62"
    case .copiesByRuleB: "copiesByRuleB"
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
    case .asksLengthTooEarly:
      "The lookup of a region refuses length 0 before it has asked: it tests what the caller's struct held."
    case .claimsWholeBar:
      "The transport claims the whole BAR for the region and nobody ever releases it."
    case .requestsRegion:
      "The driver reserves exactly the window in the resource tree: -EBUSY when something is in the way."
    case .driverOwnsReference:
      "The driver allocates the pagemap's reference count and completion, and gives callbacks to kill it."
    case .waitRegisteredBeforeRemap:
      "The wait for page references is registered before the remap, so it runs after the pages are gone."
    case .refusesMissingTeardown:
      "A reference count of the driver's needs callbacks that kill it and wait for it, or it is -EINVAL."
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
    case .idlePagesCountZero:
      "The page count of an idle page is 0, and only a mapping or a pin makes it more; before, it is 1."
    case .referenceExitsLast:
      "percpu_ref_exit() comes after the pages are unmapped, not right after the wait."
    case .returnsNegativeCount:
      "dax_direct_access() hands a negative page count back as if it were an error; later -EINVAL."
    case .pfnCarriesFlags:
      "The pfn that direct_access hands out carries the flags DEV (bit 61) and MAP (bit 60)."
    case .pfnIsAddress:
      "The pfn that direct_access hands out is the physical address, not shifted: 4096 times too large."
    case .copyIsDriverOperation:
      "The driver has copy_to_iter and copy_from_iter operations; later the DAX core copies by itself."
    case .fsIsDeviceManaged:
      "struct virtio_fs is devres memory and is freed with the device; later it is counted."
    case .refusesNewlineInTag:
      "A tag with a newline in it is refused: -EINVAL."
    case .announcesTag:
      "The tag is written to the log when it has been read."
    case .mapsQueuesToProcessors:
      "Request queues are spread over the processors."
    case .instancesInSysfs:
      "Each instance is a kobject under /sys/fs/virtiofs and announces itself with an event."
    case .drainsQueuesOnRemove:
      "Removal unlinks the instance and drains its queues before the reset."
    case .failureNamesDriver:
      "The log line of a failed probe names the driver."
    case .logsFailureLast:
      "A failed probe is logged after its resources have been given back: if that hangs, nothing is logged."
    case .mountsOnce:
      "A device is mounted at most once (-EBUSY), and an unknown tag is -ENOENT; later mounts share one superblock."
    case .refusesDaxWithoutDevice:
      "Asking for DAX where the device has no window is -EINVAL; before, the option is silently ignored."
    case .daxOptionHasModes:
      "The mount option dax takes always, inode or never; before, it is a flag."
    case .zeroLengthReadLoops:
      "A read of 0 bytes of a file with DAX never comes back: the length is not asked for before the loop."
    case .mapsForWritingAlways:
      "Ranges are mapped for reading and writing at once; later for reading first, and for writing on the first write."
    case .removesOneByOne:
      "One REMOVEMAPPING carries one range; later up to 256."
    case .splitsStraddlingWrites:
      "A write over the end of a file goes through the window up to there, and the rest to the server; later all of it."
    case .readsWaitForRange:
      "A read that finds no free range lets go of all (-ENOSPC) and waits; later it takes one away from its own file."
    case .breaksFirstPageOnly:
      "Before a file is cut its first page alone is taken out of the page tables; meant was the whole file."
    case .splitsReadahead:
      "A window that is as long as its marked part is not merged with the next one, and only the marked page moves it."
    case .alignsReadahead:
      "A window that a marked page has asked for ends on a multiple of four pages."
    case .forgetsAllAttributes:
      "A write makes all that is known of the file stale; later its size and times, but not its mode and owner."
    case .zoneDevice:
      "Device memory can have struct pages (ZONE_DEVICE); without, devm_memremap_pages() is a stub: -ENXIO."
    case .usesMio:
      "Where the processor has MIO, BARs are mapped by page tables and are reached by the MIO instructions."
    case .cookieInBit62:
      "The flag of an iomem cookie is bit 62, below the addresses of MIO; before, bit 63."
    case .copiesByRuleB:
      "Copies to and from PCI memory move what fits into 8 bytes or a block; before, aligned powers of two."
    }
  }

  /// Where that is known from.
  public var source: String {
    switch self {
    case .missingRegionIsFatal, .driverOwnsReference, .waitRegisteredBeforeRemap:
      "virtio_fs_setup_dax() of PATCH v2 18/30, May 2019; later revisions of the series"
    case .refusesMissingTeardown:
      "mm/memremap.c, commit 50f44ee7248a, June 2019; gone with such counts in 5.17 (release UNCONFIRMED)"
    case .draftCapability, .claimsWholeBar:
      "PATCH v2 15/30, get_shm_region for PCI, May 2019"
    case .checksBarIndex: "virtio_pci_find_shm_cap(), March 2022"
    case .checksRegionOverflow: "vp_get_shm_region(), as merged for 5.10"
    case .asksLengthTooEarly:
      "include/linux/virtio_config.h, commit 206cc44588f7, 6.16-rc1; reverted by ced17ee32a99 in August 2025"
    case .requestsRegion: "virtio_fs_setup_dax(), v3 of August 2020, merged for 5.10"
    case .allocatesDaxDeviceFirst, .daxIsOptional: "virtio_fs_setup_dax(), 6.9 (release UNCONFIRMED)"
    case .allocDaxReturnsNull, .zeroPageRangeRequired:
      "drivers/dax/super.c alloc_dax(), changed between 5.7 and 5.10 (release UNCONFIRMED)"
    case .roundsToSections:
      "kernel/memremap.c of 4.20 and mm/memory_hotplug.c check_pfn_span(), since 5.3 (UNCONFIRMED)"
    case .checksPluggableRange: "mm/memremap.c pagemap_range(), 5.12 (release UNCONFIRMED)"
    case .checksAddressWhenAdding:
      "mm/memory_hotplug.c check_hotplug_memory_addressable(), read in 5.10.13; up to 5.11 (UNCONFIRMED)"
    case .unmapWaits: "kernel/memremap.c, commit 50f44ee7248a, June 2019"
    case .pinsDelayUnmap: "mm/memremap.c memunmap_pages(), changed in 5.18 (UNCONFIRMED)"
    case .idlePagesCountZero:
      "mm/memremap.c and fs/dax.c, commit 38607c62b34b, 6.15"
    case .referenceExitsLast: "mm/memremap.c memunmap_pages(), commit 1e57ffb6e3fd, 6.0 (UNCONFIRMED)"
    case .returnsNegativeCount:
      "drivers/dax/super.c dax_direct_access(), read in 5.10 and 6.12 (release UNCONFIRMED)"
    case .pfnCarriesFlags: "virtio_fs_direct_access(), up to 6.14 (release UNCONFIRMED)"
    case .pfnIsAddress:
      "virtio_fs_direct_access(), commit 21aa65bf82a7, 6.17-rc1; e1bf212d0604 mends it in rc6"
    case .copyIsDriverOperation: "drivers/dax/super.c, commit 7ac5360cd4d0, 5.17 or 5.18 (UNCONFIRMED)"
    case .fsIsDeviceManaged: "virtio_fs_probe() of PATCH v2 11/30"
    case .refusesNewlineInTag:
      "fs/fuse/virtio_fs.c virtio_fs_read_tag(), as recorded on 6.1 and 6.12 (release UNCONFIRMED)"
    case .announcesTag:
      "fs/fuse/virtio_fs.c virtio_fs_read_tag(), as recorded on 7.2 and 7.3, not on 6.12 (release UNCONFIRMED)"
    case .mapsQueuesToProcessors: "fs/fuse/virtio_fs.c virtio_fs_map_queues()"
    case .instancesInSysfs: "fs/fuse/virtio_fs.c virtio_fs_add_instance()"
    case .drainsQueuesOnRemove: "fs/fuse/virtio_fs.c virtio_fs_remove()"
    case .failureNamesDriver: "drivers/base/dd.c, as recorded on 6.1 and 6.12"
    case .logsFailureLast:
      "drivers/base/dd.c really_probe(), read in 5.10.13; later call_driver_probe() logs (release UNCONFIRMED)"
    case .mountsOnce:
      "virtio_fs_fill_super() of PATCH v2 11/30"
    case .refusesDaxWithoutDevice:
      "virtio_fs_fill_super(), 5.12 and stable 5.10"
    case .daxOptionHasModes:
      "virtio_fs_parse_param(), 5.17 (release UNCONFIRMED)"
    case .zeroLengthReadLoops:
      "fs/dax.c dax_iomap_rw(), commit 17d9c15c9b9e, 6.0 and stable 5.15 (release UNCONFIRMED)"
    case .mapsForWritingAlways: "fuse_setup_one_mapping() of PATCH v2 21/30 (INFERRED)"
    case .removesOneByOne: "fuse_removemapping() of PATCH v2 26/30"
    case .splitsStraddlingWrites: "fuse_dax_write_iter() of PATCH v2 28/30"
    case .readsWaitForRange: "fuse_dax_read_iter() of PATCH v2 28/30"
    case .breaksFirstPageOnly: "fuse_dax_break_layouts(); mended by 7851bf649d42, also in stable 6.1 and 6.12"
    case .splitsReadahead:
      "mm/readahead.c page_cache_sync_ra() and page_cache_async_ra(), read in 6.12 and 6.6 (release UNCONFIRMED)"
    case .alignsReadahead:
      "mm/readahead.c page_cache_async_ra(), posted in June 2025, read in 6.19 and 6.12 (release UNCONFIRMED)"
    case .forgetsAllAttributes: "fs/fuse/file.c, fs/fuse/dir.c: commits fa5eee57e33e and c6c745b81033, 5.16"
    case .zoneDevice:
      "mm/Kconfig, include/linux/memremap.h; on s390x absent in 6.12, present in 7.2, possible since 6.17 (UNCONFIRMED)"
    case .usesMio: "arch/s390/pci/pci.c, commit 71ba41c9b1d9, 5.2"
    case .cookieInBit62:
      "arch/s390/include/asm/pci_io.h, commit 52d04d408185, November 2021, stable 5.3 and later"
    case .copiesByRuleB:
      "arch/s390/include/asm/pci_io.h, commit 80df7d6af7f6, 6.8 and stable 6.1"
    }
  }

  /// Whether the source leaves open in which release it changed; the sentence itself is known.
  public var isUnconfirmed: Bool {
    switch self {
    case .refusesMissingTeardown, .allocatesDaxDeviceFirst, .daxIsOptional, .allocDaxReturnsNull,
      .zeroPageRangeRequired, .roundsToSections, .checksPluggableRange, .checksAddressWhenAdding,
      .pinsDelayUnmap,
      .referenceExitsLast, .returnsNegativeCount, .pfnCarriesFlags, .copyIsDriverOperation,
      .refusesNewlineInTag, .announcesTag, .logsFailureLast, .daxOptionHasModes, .zeroLengthReadLoops,
      .splitsReadahead, .alignsReadahead, .zoneDevice:
      true
    default: false
    }
  }
}
