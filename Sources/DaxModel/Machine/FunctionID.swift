/// Every kernel function that the model runs a line at a time: the table of contents of the house.
///
/// The raw value is the name in Linux. Each function has a file of that name in the folder of its layer.
public enum FunctionID: String, Hashable, Sendable, CaseIterable {
  case driverProbeDevice = "__driver_probe_device"
  case reallyProbe = "really_probe"
  case deviceReleaseDriver = "__device_release_driver"
  case deviceUnbindCleanup = "device_unbind_cleanup"
  case devresReleaseAll = "devres_release_all"
  case vpModernProbe = "vp_modern_probe"
  case virtioDevProbe = "virtio_dev_probe"
  case virtioDevRemove = "virtio_dev_remove"
  case vpGetShmRegion = "vp_get_shm_region"
  case vmGetShmRegion = "vm_get_shm_region"
  case devmRequestRegion = "__devm_request_region"
  case devmMemremapPages = "devm_memremap_pages"
  case memremapPages = "memremap_pages"
  case pagemapRange = "pagemap_range"
  case memunmapPages = "memunmap_pages"
  case pageunmapRange = "pageunmap_range"
  case devmMemremapPagesRelease = "devm_memremap_pages_release"
  case allocDax = "alloc_dax"
  case killDax = "kill_dax"
  case putDax = "put_dax"
  case daxDirectAccess = "dax_direct_access"
  case daxZeroPageRange = "dax_zero_page_range"
  case daxCopyToIter = "dax_copy_to_iter"
  case daxCopyFromIter = "dax_copy_from_iter"
  case virtioFsProbe = "virtio_fs_probe"
  case virtioFsReadTag = "virtio_fs_read_tag"
  case virtioFsSetupVqs = "virtio_fs_setup_vqs"
  case virtioFsSetupDax = "virtio_fs_setup_dax"
  case virtioFsDirectAccess = "virtio_fs_direct_access"
  case virtioFsZeroPageRange = "virtio_fs_zero_page_range"
  case virtioFsCopyToIter = "virtio_fs_copy_to_iter"
  case virtioFsCopyFromIter = "virtio_fs_copy_from_iter"
  case virtioFsAddInstance = "virtio_fs_add_instance"
  case virtioFsCleanupDax = "virtio_fs_cleanup_dax"
  case virtioFsPercpuExit = "virtio_fs_percpu_exit"
  case virtioFsRemove = "virtio_fs_remove"
  case virtioFsGetTree = "virtio_fs_get_tree"
  case virtioFsFillSuper = "virtio_fs_fill_super"
  case virtioKillSb = "virtio_kill_sb"
  case reader
  case copy
  case pin

  /// The name in Linux.
  public var name: String { rawValue }

  /// The file of the kernel's source that holds the function; `the model` for the tasks that stand for users.
  public var file: String {
    switch self {
    case .driverProbeDevice, .reallyProbe, .deviceReleaseDriver, .deviceUnbindCleanup:
      "drivers/base/dd.c"
    case .devresReleaseAll: "drivers/base/devres.c"
    case .vpModernProbe: "drivers/virtio/virtio_pci_modern_dev.c"
    case .virtioDevProbe, .virtioDevRemove: "drivers/virtio/virtio.c"
    case .vpGetShmRegion: "drivers/virtio/virtio_pci_modern.c"
    case .vmGetShmRegion: "drivers/virtio/virtio_mmio.c"
    case .devmRequestRegion: "kernel/resource.c"
    case .devmMemremapPages, .memremapPages, .pagemapRange, .memunmapPages, .pageunmapRange,
      .devmMemremapPagesRelease:
      "mm/memremap.c"
    case .allocDax, .killDax, .putDax, .daxDirectAccess, .daxZeroPageRange, .daxCopyToIter,
      .daxCopyFromIter:
      "drivers/dax/super.c"
    case .virtioFsProbe, .virtioFsReadTag, .virtioFsSetupVqs, .virtioFsSetupDax, .virtioFsDirectAccess,
      .virtioFsZeroPageRange, .virtioFsCopyToIter, .virtioFsCopyFromIter, .virtioFsAddInstance,
      .virtioFsCleanupDax, .virtioFsPercpuExit,
      .virtioFsRemove, .virtioFsGetTree, .virtioFsFillSuper, .virtioKillSb:
      "fs/fuse/virtio_fs.c"
    case .reader, .copy, .pin: "the model"
    }
  }

  /// The lines in source order as a release has them; empty if the release does not have the function.
  public func lines(in release: KernelRelease) -> [LineInfo] {
    switch self {
    case .driverProbeDevice: listing(DriverProbeDevice.self, release)
    case .reallyProbe: listing(ReallyProbe.self, release)
    case .deviceReleaseDriver: listing(DeviceReleaseDriver.self, release)
    case .deviceUnbindCleanup: listing(DeviceUnbindCleanup.self, release)
    case .devresReleaseAll: listing(DevresReleaseAll.self, release)
    case .vpModernProbe: listing(VpModernProbe.self, release)
    case .virtioDevProbe: listing(VirtioDevProbe.self, release)
    case .virtioDevRemove: listing(VirtioDevRemove.self, release)
    case .vpGetShmRegion: listing(VpGetShmRegion.self, release)
    case .vmGetShmRegion: listing(VmGetShmRegion.self, release)
    case .devmRequestRegion: listing(DevmRequestRegion.self, release)
    case .devmMemremapPages: listing(DevmMemremapPages.self, release)
    case .memremapPages: listing(MemremapPages.self, release)
    case .pagemapRange: listing(PagemapRange.self, release)
    case .memunmapPages: listing(MemunmapPages.self, release)
    case .pageunmapRange: listing(PageunmapRange.self, release)
    case .devmMemremapPagesRelease: listing(DevmMemremapPagesRelease.self, release)
    case .allocDax: listing(AllocDax.self, release)
    case .killDax: listing(KillDax.self, release)
    case .putDax: listing(PutDax.self, release)
    case .daxDirectAccess: listing(DaxDirectAccess.self, release)
    case .daxZeroPageRange: listing(DaxZeroPageRange.self, release)
    case .daxCopyToIter: listing(DaxCopyToIter.self, release)
    case .daxCopyFromIter: listing(DaxCopyFromIter.self, release)
    case .virtioFsCopyToIter: listing(VirtioFsCopyToIter.self, release)
    case .virtioFsCopyFromIter: listing(VirtioFsCopyFromIter.self, release)
    case .copy: listing(Copy.self, release)
    case .virtioFsProbe: listing(VirtioFsProbe.self, release)
    case .virtioFsReadTag: listing(VirtioFsReadTag.self, release)
    case .virtioFsSetupVqs: listing(VirtioFsSetupVqs.self, release)
    case .virtioFsSetupDax: listing(VirtioFsSetupDax.self, release)
    case .virtioFsDirectAccess: listing(VirtioFsDirectAccess.self, release)
    case .virtioFsZeroPageRange: listing(VirtioFsZeroPageRange.self, release)
    case .virtioFsAddInstance: listing(VirtioFsAddInstance.self, release)
    case .virtioFsCleanupDax: listing(VirtioFsCleanupDax.self, release)
    case .virtioFsPercpuExit: listing(VirtioFsPercpuExit.self, release)
    case .virtioFsRemove: listing(VirtioFsRemove.self, release)
    case .virtioFsGetTree: listing(VirtioFsGetTree.self, release)
    case .virtioFsFillSuper: listing(VirtioFsFillSuper.self, release)
    case .virtioKillSb: listing(VirtioKillSb.self, release)
    case .reader: listing(Reader.self, release)
    case .pin: listing(PagePin.self, release)
    }
  }

  private func listing<Function: KernelFunction>(
    _ function: Function.Type, _ release: KernelRelease
  ) -> [LineInfo] {
    Function.lines(in: release).map { LineInfo(name: $0.rawValue, note: $0.note) }
  }
}
