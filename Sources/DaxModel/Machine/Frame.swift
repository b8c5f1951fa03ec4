/// A frame of a call stack: one case for every kernel function that the model runs a line at a time.
public enum Frame: Hashable, Sendable {
  case deviceDriverAttach(Activation<DeviceDriverAttach>)
  case driverProbeDevice(Activation<DriverProbeDevice>)
  case reallyProbe(Activation<ReallyProbe>)
  case deviceReleaseDriverInternal(Activation<DeviceReleaseDriverInternal>)
  case deviceReleaseDriver(Activation<DeviceReleaseDriver>)
  case deviceUnbindCleanup(Activation<DeviceUnbindCleanup>)
  case devresReleaseAll(Activation<DevresReleaseAll>)
  case vpModernProbe(Activation<VpModernProbe>)
  case virtioDevProbe(Activation<VirtioDevProbe>)
  case virtioDevRemove(Activation<VirtioDevRemove>)
  case vpGetShmRegion(Activation<VpGetShmRegion>)
  case vmGetShmRegion(Activation<VmGetShmRegion>)
  case devmRequestRegion(Activation<DevmRequestRegion>)
  case devmMemremapPages(Activation<DevmMemremapPages>)
  case memremapPages(Activation<MemremapPages>)
  case pagemapRange(Activation<PagemapRange>)
  case memunmapPages(Activation<MemunmapPages>)
  case pageunmapRange(Activation<PageunmapRange>)
  case devmMemremapPagesRelease(Activation<DevmMemremapPagesRelease>)
  case allocDax(Activation<AllocDax>)
  case killDax(Activation<KillDax>)
  case putDax(Activation<PutDax>)
  case daxDirectAccess(Activation<DaxDirectAccess>)
  case daxZeroPageRange(Activation<DaxZeroPageRange>)
  case daxCopyToIter(Activation<DaxCopyToIter>)
  case daxCopyFromIter(Activation<DaxCopyFromIter>)
  case virtioFsProbe(Activation<VirtioFsProbe>)
  case virtioFsReadTag(Activation<VirtioFsReadTag>)
  case virtioFsSetupVqs(Activation<VirtioFsSetupVqs>)
  case virtioFsSetupDax(Activation<VirtioFsSetupDax>)
  case virtioFsDirectAccess(Activation<VirtioFsDirectAccess>)
  case virtioFsZeroPageRange(Activation<VirtioFsZeroPageRange>)
  case virtioFsCopyToIter(Activation<VirtioFsCopyToIter>)
  case virtioFsCopyFromIter(Activation<VirtioFsCopyFromIter>)
  case virtioFsAddInstance(Activation<VirtioFsAddInstance>)
  case virtioFsCleanupDax(Activation<VirtioFsCleanupDax>)
  case virtioFsPercpuExit(Activation<VirtioFsPercpuExit>)
  case virtioFsRemove(Activation<VirtioFsRemove>)
  case virtioFsGetTree(Activation<VirtioFsGetTree>)
  case virtioFsFillSuper(Activation<VirtioFsFillSuper>)
  case virtioKillSb(Activation<VirtioKillSb>)
  case fuseSimpleRequest(Activation<FuseSimpleRequest>)
  case fuseSendInit(Activation<FuseSendInit>)
  case fuseDaxConnAlloc(Activation<FuseDaxConnAlloc>)
  case fuseConnDestroy(Activation<FuseConnDestroy>)
  case fuseEvictInode(Activation<FuseEvictInode>)
  case fuseLookup(Activation<FuseLookup>)
  case fusePermission(Activation<FusePermission>)
  case fuseReaddir(Activation<FuseReaddir>)
  case fuseGetxattr(Activation<FuseGetxattr>)
  case fuseCreateOpen(Activation<FuseCreateOpen>)
  case fuseOpen(Activation<FuseOpenFile>)
  case fuseRelease(Activation<FuseReleaseFile>)
  case fuseFileLlseek(Activation<FuseFileLlseek>)
  case fuseDoGetattr(Activation<FuseDoGetattr>)
  case fuseDoSetattr(Activation<FuseDoSetattr>)
  case fuseFileFallocate(Activation<FuseFileFallocate>)
  case fuseFsync(Activation<FuseFsyncFile>)
  case fuseWritepages(Activation<FuseWritepages>)
  case fuseReadahead(Activation<FuseReadahead>)
  case fuseReadFolio(Activation<FuseReadFolio>)
  case filemapRead(Activation<FilemapRead>)
  case filemapFault(Activation<FilemapFault>)
  case pageCacheSyncRa(Activation<PageCacheSyncRa>)
  case pageCacheAsyncRa(Activation<PageCacheAsyncRa>)
  case invalidateInodePages2(Activation<InvalidateInodePages2>)
  case fusePerformWrite(Activation<FusePerformWrite>)
  case fuseCopyFileRange(Activation<FuseCopyRange>)
  case fuseFileReadIter(Activation<FuseFileReadIter>)
  case fuseFileWriteIter(Activation<FuseFileWriteIter>)
  case fuseDirectWrite(Activation<FuseDirectWrite>)
  case fuseDaxReadIter(Activation<FuseDaxReadIter>)
  case fuseDaxWriteIter(Activation<FuseDaxWriteIter>)
  case fuseIomapBegin(Activation<FuseIomapBegin>)
  case fuseUpgradeDaxMapping(Activation<FuseUpgradeDaxMapping>)
  case fuseSetupNewDaxMapping(Activation<FuseSetupNewDaxMapping>)
  case fuseSetupOneMapping(Activation<FuseSetupOneMapping>)
  case allocDaxMapping(Activation<AllocDaxMapping>)
  case allocDaxMappingReclaim(Activation<AllocDaxMappingReclaim>)
  case inodeInlineReclaimOneDmap(Activation<InodeInlineReclaimOneDmap>)
  case lookupAndReclaimDmap(Activation<LookupAndReclaimDmap>)
  case reclaimOneDmapLocked(Activation<ReclaimOneDmapLocked>)
  case fuseDaxBreakLayouts(Activation<FuseDaxBreakLayouts>)
  case fuseDaxFreeMemWorker(Activation<FuseDaxFreeMemWorker>)
  case fuseDaxFault(Activation<FuseDaxFault>)
  case daxIomapRw(Activation<DaxIomapRw>)
  case daxIomapIter(Activation<DaxIomapIter>)
  case daxIomapPmdFault(Activation<DaxIomapPmdFault>)
  case daxIomapPteFault(Activation<DaxIomapPteFault>)
  case linkPathWalk(Activation<LinkPathWalk>)
  case doSysOpen(Activation<DoSysOpen>)
  case doExec(Activation<DoExec>)
  case doUmount(Activation<DoUmount>)
  case ksysPread(Activation<KsysPread>)
  case ksysMmap(Activation<KsysMmap>)
  case vmMunmap(Activation<VmMunmap>)
  case fileCall(Activation<FileCall>)
  case access(Activation<UserAccess>)
  case user(Activation<MountUser>)
  case reader(Activation<Reader>)
  case copy(Activation<Copy>)
  case pin(Activation<PagePin>)
}

extension Frame {
  /// Where the frame stands: its function and the line that comes next.
  public var site: Site {
    switch self {
    case .deviceDriverAttach(let activation): activation.site
    case .driverProbeDevice(let activation): activation.site
    case .reallyProbe(let activation): activation.site
    case .deviceReleaseDriverInternal(let activation): activation.site
    case .deviceReleaseDriver(let activation): activation.site
    case .deviceUnbindCleanup(let activation): activation.site
    case .devresReleaseAll(let activation): activation.site
    case .vpModernProbe(let activation): activation.site
    case .virtioDevProbe(let activation): activation.site
    case .virtioDevRemove(let activation): activation.site
    case .vpGetShmRegion(let activation): activation.site
    case .vmGetShmRegion(let activation): activation.site
    case .devmRequestRegion(let activation): activation.site
    case .devmMemremapPages(let activation): activation.site
    case .memremapPages(let activation): activation.site
    case .pagemapRange(let activation): activation.site
    case .memunmapPages(let activation): activation.site
    case .pageunmapRange(let activation): activation.site
    case .devmMemremapPagesRelease(let activation): activation.site
    case .allocDax(let activation): activation.site
    case .killDax(let activation): activation.site
    case .putDax(let activation): activation.site
    case .daxDirectAccess(let activation): activation.site
    case .daxZeroPageRange(let activation): activation.site
    case .daxCopyToIter(let activation): activation.site
    case .daxCopyFromIter(let activation): activation.site
    case .virtioFsProbe(let activation): activation.site
    case .virtioFsReadTag(let activation): activation.site
    case .virtioFsSetupVqs(let activation): activation.site
    case .virtioFsSetupDax(let activation): activation.site
    case .virtioFsDirectAccess(let activation): activation.site
    case .virtioFsZeroPageRange(let activation): activation.site
    case .virtioFsCopyToIter(let activation): activation.site
    case .virtioFsCopyFromIter(let activation): activation.site
    case .virtioFsAddInstance(let activation): activation.site
    case .virtioFsCleanupDax(let activation): activation.site
    case .virtioFsPercpuExit(let activation): activation.site
    case .virtioFsRemove(let activation): activation.site
    case .virtioFsGetTree(let activation): activation.site
    case .virtioFsFillSuper(let activation): activation.site
    case .virtioKillSb(let activation): activation.site
    case .fuseSimpleRequest(let activation): activation.site
    case .fuseSendInit(let activation): activation.site
    case .fuseDaxConnAlloc(let activation): activation.site
    case .fuseConnDestroy(let activation): activation.site
    case .fuseEvictInode(let activation): activation.site
    case .fuseLookup(let activation): activation.site
    case .fusePermission(let activation): activation.site
    case .fuseReaddir(let activation): activation.site
    case .fuseGetxattr(let activation): activation.site
    case .fuseCreateOpen(let activation): activation.site
    case .fuseOpen(let activation): activation.site
    case .fuseRelease(let activation): activation.site
    case .fuseFileLlseek(let activation): activation.site
    case .fuseDoGetattr(let activation): activation.site
    case .fuseDoSetattr(let activation): activation.site
    case .fuseFileFallocate(let activation): activation.site
    case .fuseFsync(let activation): activation.site
    case .fuseWritepages(let activation): activation.site
    case .fuseReadahead(let activation): activation.site
    case .fuseReadFolio(let activation): activation.site
    case .filemapRead(let activation): activation.site
    case .filemapFault(let activation): activation.site
    case .pageCacheSyncRa(let activation): activation.site
    case .pageCacheAsyncRa(let activation): activation.site
    case .invalidateInodePages2(let activation): activation.site
    case .fusePerformWrite(let activation): activation.site
    case .fuseCopyFileRange(let activation): activation.site
    case .fuseFileReadIter(let activation): activation.site
    case .fuseFileWriteIter(let activation): activation.site
    case .fuseDirectWrite(let activation): activation.site
    case .fuseDaxReadIter(let activation): activation.site
    case .fuseDaxWriteIter(let activation): activation.site
    case .fuseIomapBegin(let activation): activation.site
    case .fuseUpgradeDaxMapping(let activation): activation.site
    case .fuseSetupNewDaxMapping(let activation): activation.site
    case .fuseSetupOneMapping(let activation): activation.site
    case .allocDaxMapping(let activation): activation.site
    case .allocDaxMappingReclaim(let activation): activation.site
    case .inodeInlineReclaimOneDmap(let activation): activation.site
    case .lookupAndReclaimDmap(let activation): activation.site
    case .reclaimOneDmapLocked(let activation): activation.site
    case .fuseDaxBreakLayouts(let activation): activation.site
    case .fuseDaxFreeMemWorker(let activation): activation.site
    case .fuseDaxFault(let activation): activation.site
    case .daxIomapRw(let activation): activation.site
    case .daxIomapIter(let activation): activation.site
    case .daxIomapPmdFault(let activation): activation.site
    case .daxIomapPteFault(let activation): activation.site
    case .linkPathWalk(let activation): activation.site
    case .doSysOpen(let activation): activation.site
    case .doExec(let activation): activation.site
    case .doUmount(let activation): activation.site
    case .ksysPread(let activation): activation.site
    case .ksysMmap(let activation): activation.site
    case .vmMunmap(let activation): activation.site
    case .fileCall(let activation): activation.site
    case .access(let activation): activation.site
    case .user(let activation): activation.site
    case .reader(let activation): activation.site
    case .copy(let activation): activation.site
    case .pin(let activation): activation.site
    }
  }

  /// Which function it is.
  public var function: FunctionID { site.function }
}
