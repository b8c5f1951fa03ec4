extension Frame {
  /// Runs the next line.
  mutating func step(
    in kernel: inout Kernel, returned: Value, runsOn: Bool = false
  ) throws(Oops) -> Move {
    switch consume self {
    case .deviceDriverAttach(var activation):
      defer { self = .deviceDriverAttach(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .driverProbeDevice(var activation):
      defer { self = .driverProbeDevice(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .reallyProbe(var activation):
      defer { self = .reallyProbe(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .deviceReleaseDriverInternal(var activation):
      defer { self = .deviceReleaseDriverInternal(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .deviceReleaseDriver(var activation):
      defer { self = .deviceReleaseDriver(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .deviceUnbindCleanup(var activation):
      defer { self = .deviceUnbindCleanup(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .devresReleaseAll(var activation):
      defer { self = .devresReleaseAll(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .vpModernProbe(var activation):
      defer { self = .vpModernProbe(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioDevProbe(var activation):
      defer { self = .virtioDevProbe(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioDevRemove(var activation):
      defer { self = .virtioDevRemove(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .vpGetShmRegion(var activation):
      defer { self = .vpGetShmRegion(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .vmGetShmRegion(var activation):
      defer { self = .vmGetShmRegion(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .devmRequestRegion(var activation):
      defer { self = .devmRequestRegion(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .devmMemremapPages(var activation):
      defer { self = .devmMemremapPages(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .memremapPages(var activation):
      defer { self = .memremapPages(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .pagemapRange(var activation):
      defer { self = .pagemapRange(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .memunmapPages(var activation):
      defer { self = .memunmapPages(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .pageunmapRange(var activation):
      defer { self = .pageunmapRange(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .devmMemremapPagesRelease(var activation):
      defer { self = .devmMemremapPagesRelease(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .allocDax(var activation):
      defer { self = .allocDax(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .killDax(var activation):
      defer { self = .killDax(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .putDax(var activation):
      defer { self = .putDax(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .daxDirectAccess(var activation):
      defer { self = .daxDirectAccess(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .daxZeroPageRange(var activation):
      defer { self = .daxZeroPageRange(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .daxCopyToIter(var activation):
      defer { self = .daxCopyToIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .daxCopyFromIter(var activation):
      defer { self = .daxCopyFromIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsProbe(var activation):
      defer { self = .virtioFsProbe(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsReadTag(var activation):
      defer { self = .virtioFsReadTag(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsSetupVqs(var activation):
      defer { self = .virtioFsSetupVqs(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsSetupDax(var activation):
      defer { self = .virtioFsSetupDax(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsDirectAccess(var activation):
      defer { self = .virtioFsDirectAccess(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsZeroPageRange(var activation):
      defer { self = .virtioFsZeroPageRange(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsCopyToIter(var activation):
      defer { self = .virtioFsCopyToIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsCopyFromIter(var activation):
      defer { self = .virtioFsCopyFromIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsAddInstance(var activation):
      defer { self = .virtioFsAddInstance(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsCleanupDax(var activation):
      defer { self = .virtioFsCleanupDax(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsPercpuExit(var activation):
      defer { self = .virtioFsPercpuExit(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsRemove(var activation):
      defer { self = .virtioFsRemove(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsGetTree(var activation):
      defer { self = .virtioFsGetTree(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioFsFillSuper(var activation):
      defer { self = .virtioFsFillSuper(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .virtioKillSb(var activation):
      defer { self = .virtioKillSb(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseSimpleRequest(var activation):
      defer { self = .fuseSimpleRequest(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseSendInit(var activation):
      defer { self = .fuseSendInit(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDaxConnAlloc(var activation):
      defer { self = .fuseDaxConnAlloc(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseConnDestroy(var activation):
      defer { self = .fuseConnDestroy(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseEvictInode(var activation):
      defer { self = .fuseEvictInode(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseLookup(var activation):
      defer { self = .fuseLookup(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fusePermission(var activation):
      defer { self = .fusePermission(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseReaddir(var activation):
      defer { self = .fuseReaddir(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseGetxattr(var activation):
      defer { self = .fuseGetxattr(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseCreateOpen(var activation):
      defer { self = .fuseCreateOpen(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseOpen(var activation):
      defer { self = .fuseOpen(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseRelease(var activation):
      defer { self = .fuseRelease(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseFileLlseek(var activation):
      defer { self = .fuseFileLlseek(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDoGetattr(var activation):
      defer { self = .fuseDoGetattr(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDoSetattr(var activation):
      defer { self = .fuseDoSetattr(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseFileFallocate(var activation):
      defer { self = .fuseFileFallocate(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseFsync(var activation):
      defer { self = .fuseFsync(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseWritepages(var activation):
      defer { self = .fuseWritepages(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseReadahead(var activation):
      defer { self = .fuseReadahead(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseReadFolio(var activation):
      defer { self = .fuseReadFolio(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .filemapRead(var activation):
      defer { self = .filemapRead(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .filemapFault(var activation):
      defer { self = .filemapFault(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .pageCacheSyncRa(var activation):
      defer { self = .pageCacheSyncRa(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .pageCacheAsyncRa(var activation):
      defer { self = .pageCacheAsyncRa(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .invalidateInodePages2(var activation):
      defer { self = .invalidateInodePages2(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fusePerformWrite(var activation):
      defer { self = .fusePerformWrite(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseCopyFileRange(var activation):
      defer { self = .fuseCopyFileRange(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseFileReadIter(var activation):
      defer { self = .fuseFileReadIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseFileWriteIter(var activation):
      defer { self = .fuseFileWriteIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDirectWrite(var activation):
      defer { self = .fuseDirectWrite(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDaxReadIter(var activation):
      defer { self = .fuseDaxReadIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDaxWriteIter(var activation):
      defer { self = .fuseDaxWriteIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseIomapBegin(var activation):
      defer { self = .fuseIomapBegin(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseUpgradeDaxMapping(var activation):
      defer { self = .fuseUpgradeDaxMapping(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseSetupNewDaxMapping(var activation):
      defer { self = .fuseSetupNewDaxMapping(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseSetupOneMapping(var activation):
      defer { self = .fuseSetupOneMapping(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .allocDaxMapping(var activation):
      defer { self = .allocDaxMapping(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .allocDaxMappingReclaim(var activation):
      defer { self = .allocDaxMappingReclaim(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .inodeInlineReclaimOneDmap(var activation):
      defer { self = .inodeInlineReclaimOneDmap(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .lookupAndReclaimDmap(var activation):
      defer { self = .lookupAndReclaimDmap(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .reclaimOneDmapLocked(var activation):
      defer { self = .reclaimOneDmapLocked(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDaxBreakLayouts(var activation):
      defer { self = .fuseDaxBreakLayouts(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDaxFreeMemWorker(var activation):
      defer { self = .fuseDaxFreeMemWorker(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fuseDaxFault(var activation):
      defer { self = .fuseDaxFault(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .daxIomapRw(var activation):
      defer { self = .daxIomapRw(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .daxIomapIter(var activation):
      defer { self = .daxIomapIter(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .daxIomapPmdFault(var activation):
      defer { self = .daxIomapPmdFault(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .daxIomapPteFault(var activation):
      defer { self = .daxIomapPteFault(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .linkPathWalk(var activation):
      defer { self = .linkPathWalk(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .doSysOpen(var activation):
      defer { self = .doSysOpen(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .doExec(var activation):
      defer { self = .doExec(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .doUmount(var activation):
      defer { self = .doUmount(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .ksysPread(var activation):
      defer { self = .ksysPread(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .ksysMmap(var activation):
      defer { self = .ksysMmap(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .vmMunmap(var activation):
      defer { self = .vmMunmap(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .fileCall(var activation):
      defer { self = .fileCall(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .access(var activation):
      defer { self = .access(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .user(var activation):
      defer { self = .user(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .reader(var activation):
      defer { self = .reader(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .copy(var activation):
      defer { self = .copy(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    case .pin(var activation):
      defer { self = .pin(activation) }
      return try activation.step(in: &kernel, returned: returned, runsOn: runsOn)
    }
  }
}
