/// Every kernel function that the model runs a line at a time: the table of contents of the house.
///
/// The raw value is the name in Linux. Each function has a file of that name in the folder of its layer.
public enum FunctionID: String, Hashable, Sendable, CaseIterable {
  case deviceDriverAttach = "device_driver_attach"
  case driverProbeDevice = "__driver_probe_device"
  case reallyProbe = "really_probe"
  case deviceReleaseDriverInternal = "device_release_driver_internal"
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
  case fuseSimpleRequest = "fuse_simple_request"
  case fuseSendInit = "fuse_send_init"
  case fuseDaxConnAlloc = "fuse_dax_conn_alloc"
  case fuseConnDestroy = "fuse_conn_destroy"
  case fuseEvictInode = "fuse_evict_inode"
  case fuseLookup = "fuse_lookup"
  case fusePermission = "fuse_permission"
  case fuseReaddir = "fuse_readdir"
  case fuseGetxattr = "fuse_getxattr"
  case fuseCreateOpen = "fuse_create_open"
  case fuseOpen = "fuse_open"
  case fuseRelease = "fuse_release"
  case fuseFileLlseek = "fuse_file_llseek"
  case fuseDoGetattr = "fuse_do_getattr"
  case fuseDoSetattr = "fuse_do_setattr"
  case fuseFileFallocate = "fuse_file_fallocate"
  case fuseFsync = "fuse_fsync"
  case fuseWritepages = "fuse_writepages"
  case fuseReadahead = "fuse_readahead"
  case fuseReadFolio = "fuse_read_folio"
  case filemapRead = "filemap_read"
  case filemapFault = "filemap_fault"
  case pageCacheSyncRa = "page_cache_sync_ra"
  case pageCacheAsyncRa = "page_cache_async_ra"
  case invalidateInodePages2 = "invalidate_inode_pages2_range"
  case fusePerformWrite = "fuse_perform_write"
  case fuseCopyFileRange = "fuse_copy_file_range"
  case fuseFileReadIter = "fuse_file_read_iter"
  case fuseFileWriteIter = "fuse_file_write_iter"
  case fuseDirectWrite = "fuse_direct_io"
  case fuseDaxReadIter = "fuse_dax_read_iter"
  case fuseDaxWriteIter = "fuse_dax_write_iter"
  case fuseIomapBegin = "fuse_iomap_begin"
  case fuseUpgradeDaxMapping = "fuse_upgrade_dax_mapping"
  case fuseSetupNewDaxMapping = "fuse_setup_new_dax_mapping"
  case fuseSetupOneMapping = "fuse_setup_one_mapping"
  case allocDaxMapping = "alloc_dax_mapping"
  case allocDaxMappingReclaim = "alloc_dax_mapping_reclaim"
  case inodeInlineReclaimOneDmap = "inode_inline_reclaim_one_dmap"
  case lookupAndReclaimDmap = "lookup_and_reclaim_dmap"
  case reclaimOneDmapLocked = "reclaim_one_dmap_locked"
  case fuseDaxBreakLayouts = "fuse_dax_break_layouts"
  case fuseDaxFreeMemWorker = "fuse_dax_free_mem_worker"
  case fuseDaxFault = "__fuse_dax_fault"
  case daxIomapRw = "dax_iomap_rw"
  case daxIomapIter = "dax_iomap_iter"
  case daxIomapPmdFault = "dax_iomap_pmd_fault"
  case daxIomapPteFault = "dax_iomap_pte_fault"
  case linkPathWalk = "link_path_walk"
  case doSysOpen = "do_sys_openat2"
  case doExec = "do_execveat_common"
  case doUmount = "do_umount"
  case ksysPread = "ksys_pread64"
  case ksysMmap = "ksys_mmap_pgoff"
  case vmMunmap = "__vm_munmap"
  case fileCall = "file_call"
  case access
  case user
  case reader
  case copy
  case pin

  /// The name in Linux.
  public var name: String { rawValue }

  /// The file of the kernel's source that holds the function; `the model` for the tasks that stand for users.
  public var file: String {
    switch self {
    case .deviceDriverAttach, .driverProbeDevice, .reallyProbe, .deviceReleaseDriverInternal,
      .deviceReleaseDriver, .deviceUnbindCleanup:
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
    case .fuseSimpleRequest:
      "fs/fuse/dev.c"
    case .fuseSendInit, .fuseConnDestroy, .fuseEvictInode:
      "fs/fuse/inode.c"
    case .fuseDaxConnAlloc, .fuseDaxReadIter, .fuseDaxWriteIter, .fuseIomapBegin, .fuseUpgradeDaxMapping,
      .fuseSetupNewDaxMapping, .fuseSetupOneMapping, .allocDaxMapping, .allocDaxMappingReclaim,
      .inodeInlineReclaimOneDmap, .lookupAndReclaimDmap, .reclaimOneDmapLocked, .fuseDaxBreakLayouts,
      .fuseDaxFreeMemWorker, .fuseDaxFault:
      "fs/fuse/dax.c"
    case .fuseLookup, .fuseCreateOpen, .fuseDoGetattr, .fuseDoSetattr, .fusePermission:
      "fs/fuse/dir.c"
    case .fuseOpen, .fuseRelease, .fuseFileFallocate, .fuseFsync, .fuseWritepages, .fuseReadahead,
      .fuseReadFolio, .fuseFileReadIter, .fuseFileWriteIter, .fusePerformWrite, .fuseDirectWrite,
      .fuseFileLlseek, .fuseCopyFileRange:
      "fs/fuse/file.c"
    case .filemapRead, .filemapFault:
      "mm/filemap.c"
    case .pageCacheSyncRa, .pageCacheAsyncRa:
      "mm/readahead.c"
    case .invalidateInodePages2:
      "mm/truncate.c"
    case .daxIomapRw, .daxIomapIter, .daxIomapPmdFault, .daxIomapPteFault:
      "fs/dax.c"
    case .fuseReaddir:
      "fs/fuse/readdir.c"
    case .fuseGetxattr:
      "fs/fuse/xattr.c"
    case .linkPathWalk:
      "fs/namei.c"
    case .doUmount:
      "fs/namespace.c"
    case .doExec:
      "fs/exec.c"
    case .doSysOpen:
      "fs/open.c"
    case .ksysPread:
      "fs/read_write.c"
    case .ksysMmap, .vmMunmap:
      "mm/mmap.c"
    case .fileCall, .access, .user, .reader, .copy, .pin: "the model"
    }
  }

  /// The lines in source order as a release has them, with the changes that are tried; empty if the release does not
  /// have the function.
  public func lines(in release: KernelRelease) -> [LineInfo] {
    var listing = LineListing(release: release)
    visit(&listing)
    return listing.lines
  }

  /// Every line that the function has in any release, and those that only `try` can add, in no release's order.
  public var everyLine: [LineInfo] {
    var listing = LineListing(release: nil)
    visit(&listing)
    return listing.lines
  }

  /// Shows the type of the function to a visitor.
  private func visit(_ visitor: inout LineListing) {
    switch self {
    case .deviceDriverAttach: visitor.visit(DeviceDriverAttach.self)
    case .driverProbeDevice: visitor.visit(DriverProbeDevice.self)
    case .reallyProbe: visitor.visit(ReallyProbe.self)
    case .deviceReleaseDriverInternal: visitor.visit(DeviceReleaseDriverInternal.self)
    case .deviceReleaseDriver: visitor.visit(DeviceReleaseDriver.self)
    case .deviceUnbindCleanup: visitor.visit(DeviceUnbindCleanup.self)
    case .devresReleaseAll: visitor.visit(DevresReleaseAll.self)
    case .vpModernProbe: visitor.visit(VpModernProbe.self)
    case .virtioDevProbe: visitor.visit(VirtioDevProbe.self)
    case .virtioDevRemove: visitor.visit(VirtioDevRemove.self)
    case .vpGetShmRegion: visitor.visit(VpGetShmRegion.self)
    case .vmGetShmRegion: visitor.visit(VmGetShmRegion.self)
    case .devmRequestRegion: visitor.visit(DevmRequestRegion.self)
    case .devmMemremapPages: visitor.visit(DevmMemremapPages.self)
    case .memremapPages: visitor.visit(MemremapPages.self)
    case .pagemapRange: visitor.visit(PagemapRange.self)
    case .memunmapPages: visitor.visit(MemunmapPages.self)
    case .pageunmapRange: visitor.visit(PageunmapRange.self)
    case .devmMemremapPagesRelease: visitor.visit(DevmMemremapPagesRelease.self)
    case .allocDax: visitor.visit(AllocDax.self)
    case .killDax: visitor.visit(KillDax.self)
    case .putDax: visitor.visit(PutDax.self)
    case .daxDirectAccess: visitor.visit(DaxDirectAccess.self)
    case .daxZeroPageRange: visitor.visit(DaxZeroPageRange.self)
    case .daxCopyToIter: visitor.visit(DaxCopyToIter.self)
    case .daxCopyFromIter: visitor.visit(DaxCopyFromIter.self)
    case .virtioFsCopyToIter: visitor.visit(VirtioFsCopyToIter.self)
    case .virtioFsCopyFromIter: visitor.visit(VirtioFsCopyFromIter.self)
    case .copy: visitor.visit(Copy.self)
    case .virtioFsProbe: visitor.visit(VirtioFsProbe.self)
    case .virtioFsReadTag: visitor.visit(VirtioFsReadTag.self)
    case .virtioFsSetupVqs: visitor.visit(VirtioFsSetupVqs.self)
    case .virtioFsSetupDax: visitor.visit(VirtioFsSetupDax.self)
    case .virtioFsDirectAccess: visitor.visit(VirtioFsDirectAccess.self)
    case .virtioFsZeroPageRange: visitor.visit(VirtioFsZeroPageRange.self)
    case .virtioFsAddInstance: visitor.visit(VirtioFsAddInstance.self)
    case .virtioFsCleanupDax: visitor.visit(VirtioFsCleanupDax.self)
    case .virtioFsPercpuExit: visitor.visit(VirtioFsPercpuExit.self)
    case .virtioFsRemove: visitor.visit(VirtioFsRemove.self)
    case .virtioFsGetTree: visitor.visit(VirtioFsGetTree.self)
    case .virtioFsFillSuper: visitor.visit(VirtioFsFillSuper.self)
    case .virtioKillSb: visitor.visit(VirtioKillSb.self)
    case .fuseSimpleRequest: visitor.visit(FuseSimpleRequest.self)
    case .fuseSendInit: visitor.visit(FuseSendInit.self)
    case .fuseDaxConnAlloc: visitor.visit(FuseDaxConnAlloc.self)
    case .fuseConnDestroy: visitor.visit(FuseConnDestroy.self)
    case .fuseEvictInode: visitor.visit(FuseEvictInode.self)
    case .fuseLookup: visitor.visit(FuseLookup.self)
    case .fusePermission: visitor.visit(FusePermission.self)
    case .fuseReaddir: visitor.visit(FuseReaddir.self)
    case .fuseGetxattr: visitor.visit(FuseGetxattr.self)
    case .fuseCreateOpen: visitor.visit(FuseCreateOpen.self)
    case .fuseOpen: visitor.visit(FuseOpenFile.self)
    case .fuseRelease: visitor.visit(FuseReleaseFile.self)
    case .fuseFileLlseek: visitor.visit(FuseFileLlseek.self)
    case .fuseDoGetattr: visitor.visit(FuseDoGetattr.self)
    case .fuseDoSetattr: visitor.visit(FuseDoSetattr.self)
    case .fuseFileFallocate: visitor.visit(FuseFileFallocate.self)
    case .fuseFsync: visitor.visit(FuseFsyncFile.self)
    case .fuseWritepages: visitor.visit(FuseWritepages.self)
    case .fuseReadahead: visitor.visit(FuseReadahead.self)
    case .fuseReadFolio: visitor.visit(FuseReadFolio.self)
    case .filemapRead: visitor.visit(FilemapRead.self)
    case .filemapFault: visitor.visit(FilemapFault.self)
    case .pageCacheSyncRa: visitor.visit(PageCacheSyncRa.self)
    case .pageCacheAsyncRa: visitor.visit(PageCacheAsyncRa.self)
    case .invalidateInodePages2: visitor.visit(InvalidateInodePages2.self)
    case .fusePerformWrite: visitor.visit(FusePerformWrite.self)
    case .fuseCopyFileRange: visitor.visit(FuseCopyRange.self)
    case .fuseFileReadIter: visitor.visit(FuseFileReadIter.self)
    case .fuseFileWriteIter: visitor.visit(FuseFileWriteIter.self)
    case .fuseDirectWrite: visitor.visit(FuseDirectWrite.self)
    case .fuseDaxReadIter: visitor.visit(FuseDaxReadIter.self)
    case .fuseDaxWriteIter: visitor.visit(FuseDaxWriteIter.self)
    case .fuseIomapBegin: visitor.visit(FuseIomapBegin.self)
    case .fuseUpgradeDaxMapping: visitor.visit(FuseUpgradeDaxMapping.self)
    case .fuseSetupNewDaxMapping: visitor.visit(FuseSetupNewDaxMapping.self)
    case .fuseSetupOneMapping: visitor.visit(FuseSetupOneMapping.self)
    case .allocDaxMapping: visitor.visit(AllocDaxMapping.self)
    case .allocDaxMappingReclaim: visitor.visit(AllocDaxMappingReclaim.self)
    case .inodeInlineReclaimOneDmap: visitor.visit(InodeInlineReclaimOneDmap.self)
    case .lookupAndReclaimDmap: visitor.visit(LookupAndReclaimDmap.self)
    case .reclaimOneDmapLocked: visitor.visit(ReclaimOneDmapLocked.self)
    case .fuseDaxBreakLayouts: visitor.visit(FuseDaxBreakLayouts.self)
    case .fuseDaxFreeMemWorker: visitor.visit(FuseDaxFreeMemWorker.self)
    case .fuseDaxFault: visitor.visit(FuseDaxFault.self)
    case .daxIomapRw: visitor.visit(DaxIomapRw.self)
    case .daxIomapIter: visitor.visit(DaxIomapIter.self)
    case .daxIomapPmdFault: visitor.visit(DaxIomapPmdFault.self)
    case .daxIomapPteFault: visitor.visit(DaxIomapPteFault.self)
    case .linkPathWalk: visitor.visit(LinkPathWalk.self)
    case .doSysOpen: visitor.visit(DoSysOpen.self)
    case .doExec: visitor.visit(DoExec.self)
    case .doUmount: visitor.visit(DoUmount.self)
    case .ksysPread: visitor.visit(KsysPread.self)
    case .ksysMmap: visitor.visit(KsysMmap.self)
    case .vmMunmap: visitor.visit(VmMunmap.self)
    case .fileCall: visitor.visit(FileCall.self)
    case .access: visitor.visit(UserAccess.self)
    case .user: visitor.visit(MountUser.self)
    case .reader: visitor.visit(Reader.self)
    case .pin: visitor.visit(PagePin.self)
    }
  }
}

/// The lines of one function: of a release, or all that there are.
private struct LineListing {
  let release: KernelRelease?
  var lines: [LineInfo] = []

  mutating func visit<Function: KernelFunction>(_ function: Function.Type) {
    let lines = release.map { Function.listing(in: $0) } ?? Array(Function.Line.allCases)
    self.lines = lines.map { LineInfo(name: $0.rawValue, note: $0.note) }
  }
}
