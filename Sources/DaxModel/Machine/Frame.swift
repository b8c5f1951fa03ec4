/// A function that is being run: its arguments and locals, and the line that comes next.
///
/// Functions differ in size by a factor of ten. Each lies in memory of its own, so that a call hands on one pointer and
/// a line changes its locals where they are.
public struct Activation<Function: KernelFunction>: Hashable, Sendable {
  private struct Body: Hashable, Sendable {
    var function: Function
    var position: UInt8 = 0
  }

  /// Exactly one.
  private var body: [Body]

  init(_ function: Function) { body = [Body(function: function)] }

  /// The arguments and locals.
  public internal(set) var function: Function {
    @inline(__always) get { body[0].function }
    @inline(__always) _modify { yield &body[0].function }
  }

  /// The position of the next line in the function's listing.
  var position: UInt8 {
    @inline(__always) get { body[0].position }
    @inline(__always) _modify { yield &body[0].position }
  }

  /// Where it stands.
  var site: Site { Site(Function.id, position) }

  /// Runs the next line and moves on; if the task runs on, also those behind it until the function calls, returns or
  /// waits, or has work for somebody else.
  mutating func step(in kernel: inout Kernel, returned: Value, runsOn: Bool) throws(Oops) -> Move {
    let lines = Function.listing(in: kernel.release)
    while true {
      kernel.begin(at: site)
      let move = try step(lines, in: &kernel, returned: returned)
      guard runsOn, case .stays = move, kernel.queuedWork.isEmpty else { return move }
    }
  }

  @inline(__always)
  private mutating func step(
    _ lines: [Function.Line], in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Move {
    guard Int(position) < lines.count else { return .returns(.void) }
    switch try function.run(lines[Int(position)], in: &kernel, returned: returned) {
    case .next:
      position += 1
      return Int(position) < lines.count ? .stays : .returns(.void)
    case .jump(let line):
      go(to: line, in: lines)
      return .stays
    case .call(let frame):
      position = Int(position) + 1 < lines.count ? position + 1 : Site.pastTheEnd
      return .calls(frame)
    case .callThen(let frame, let line):
      go(to: line, in: lines)
      return .calls(frame)
    case .done(let value): return .returns(value)
    case .wait(let wait): return .waits(wait)
    }
  }

  /// A line that the release does not have ends the function: there is nothing there to run.
  private mutating func go(to line: Function.Line, in lines: [Function.Line]) {
    position = lines.firstIndex(of: line).map { UInt8($0) } ?? Site.pastTheEnd
  }
}

/// What a frame's line means for the call stack.
enum Move {
  case stays
  case calls(Frame)
  case returns(Value)
  case waits(Wait)
}

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

extension Frame: Inspectable {
  /// The function, the line that comes next, and the locals.
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("function", .text(function.name))
    visitor.field("position", .number(UInt64(site.position)))
    inspectLocals(&visitor)
  }

  /// The arguments and locals alone.
  public func inspectLocals<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    switch self {
    case .deviceDriverAttach(let activation): activation.function.inspect(&visitor)
    case .driverProbeDevice(let activation): activation.function.inspect(&visitor)
    case .reallyProbe(let activation): activation.function.inspect(&visitor)
    case .deviceReleaseDriverInternal(let activation): activation.function.inspect(&visitor)
    case .deviceReleaseDriver(let activation): activation.function.inspect(&visitor)
    case .deviceUnbindCleanup(let activation): activation.function.inspect(&visitor)
    case .devresReleaseAll(let activation): activation.function.inspect(&visitor)
    case .vpModernProbe(let activation): activation.function.inspect(&visitor)
    case .virtioDevProbe(let activation): activation.function.inspect(&visitor)
    case .virtioDevRemove(let activation): activation.function.inspect(&visitor)
    case .vpGetShmRegion(let activation): activation.function.inspect(&visitor)
    case .vmGetShmRegion(let activation): activation.function.inspect(&visitor)
    case .devmRequestRegion(let activation): activation.function.inspect(&visitor)
    case .devmMemremapPages(let activation): activation.function.inspect(&visitor)
    case .memremapPages(let activation): activation.function.inspect(&visitor)
    case .pagemapRange(let activation): activation.function.inspect(&visitor)
    case .memunmapPages(let activation): activation.function.inspect(&visitor)
    case .pageunmapRange(let activation): activation.function.inspect(&visitor)
    case .devmMemremapPagesRelease(let activation): activation.function.inspect(&visitor)
    case .allocDax(let activation): activation.function.inspect(&visitor)
    case .killDax(let activation): activation.function.inspect(&visitor)
    case .putDax(let activation): activation.function.inspect(&visitor)
    case .daxDirectAccess(let activation): activation.function.inspect(&visitor)
    case .daxZeroPageRange(let activation): activation.function.inspect(&visitor)
    case .daxCopyToIter(let activation): activation.function.inspect(&visitor)
    case .daxCopyFromIter(let activation): activation.function.inspect(&visitor)
    case .virtioFsProbe(let activation): activation.function.inspect(&visitor)
    case .virtioFsReadTag(let activation): activation.function.inspect(&visitor)
    case .virtioFsSetupVqs(let activation): activation.function.inspect(&visitor)
    case .virtioFsSetupDax(let activation): activation.function.inspect(&visitor)
    case .virtioFsDirectAccess(let activation): activation.function.inspect(&visitor)
    case .virtioFsZeroPageRange(let activation): activation.function.inspect(&visitor)
    case .virtioFsCopyToIter(let activation): activation.function.inspect(&visitor)
    case .virtioFsCopyFromIter(let activation): activation.function.inspect(&visitor)
    case .virtioFsAddInstance(let activation): activation.function.inspect(&visitor)
    case .virtioFsCleanupDax(let activation): activation.function.inspect(&visitor)
    case .virtioFsPercpuExit(let activation): activation.function.inspect(&visitor)
    case .virtioFsRemove(let activation): activation.function.inspect(&visitor)
    case .virtioFsGetTree(let activation): activation.function.inspect(&visitor)
    case .virtioFsFillSuper(let activation): activation.function.inspect(&visitor)
    case .virtioKillSb(let activation): activation.function.inspect(&visitor)
    case .fuseSimpleRequest(let activation): activation.function.inspect(&visitor)
    case .fuseSendInit(let activation): activation.function.inspect(&visitor)
    case .fuseDaxConnAlloc(let activation): activation.function.inspect(&visitor)
    case .fuseConnDestroy(let activation): activation.function.inspect(&visitor)
    case .fuseEvictInode(let activation): activation.function.inspect(&visitor)
    case .fuseLookup(let activation): activation.function.inspect(&visitor)
    case .fusePermission(let activation): activation.function.inspect(&visitor)
    case .fuseReaddir(let activation): activation.function.inspect(&visitor)
    case .fuseGetxattr(let activation): activation.function.inspect(&visitor)
    case .fuseCreateOpen(let activation): activation.function.inspect(&visitor)
    case .fuseOpen(let activation): activation.function.inspect(&visitor)
    case .fuseRelease(let activation): activation.function.inspect(&visitor)
    case .fuseFileLlseek(let activation): activation.function.inspect(&visitor)
    case .fuseDoGetattr(let activation): activation.function.inspect(&visitor)
    case .fuseDoSetattr(let activation): activation.function.inspect(&visitor)
    case .fuseFileFallocate(let activation): activation.function.inspect(&visitor)
    case .fuseFsync(let activation): activation.function.inspect(&visitor)
    case .fuseWritepages(let activation): activation.function.inspect(&visitor)
    case .fuseReadahead(let activation): activation.function.inspect(&visitor)
    case .fuseReadFolio(let activation): activation.function.inspect(&visitor)
    case .filemapRead(let activation): activation.function.inspect(&visitor)
    case .filemapFault(let activation): activation.function.inspect(&visitor)
    case .pageCacheSyncRa(let activation): activation.function.inspect(&visitor)
    case .pageCacheAsyncRa(let activation): activation.function.inspect(&visitor)
    case .invalidateInodePages2(let activation): activation.function.inspect(&visitor)
    case .fusePerformWrite(let activation): activation.function.inspect(&visitor)
    case .fuseCopyFileRange(let activation): activation.function.inspect(&visitor)
    case .fuseFileReadIter(let activation): activation.function.inspect(&visitor)
    case .fuseFileWriteIter(let activation): activation.function.inspect(&visitor)
    case .fuseDirectWrite(let activation): activation.function.inspect(&visitor)
    case .fuseDaxReadIter(let activation): activation.function.inspect(&visitor)
    case .fuseDaxWriteIter(let activation): activation.function.inspect(&visitor)
    case .fuseIomapBegin(let activation): activation.function.inspect(&visitor)
    case .fuseUpgradeDaxMapping(let activation): activation.function.inspect(&visitor)
    case .fuseSetupNewDaxMapping(let activation): activation.function.inspect(&visitor)
    case .fuseSetupOneMapping(let activation): activation.function.inspect(&visitor)
    case .allocDaxMapping(let activation): activation.function.inspect(&visitor)
    case .allocDaxMappingReclaim(let activation): activation.function.inspect(&visitor)
    case .inodeInlineReclaimOneDmap(let activation): activation.function.inspect(&visitor)
    case .lookupAndReclaimDmap(let activation): activation.function.inspect(&visitor)
    case .reclaimOneDmapLocked(let activation): activation.function.inspect(&visitor)
    case .fuseDaxBreakLayouts(let activation): activation.function.inspect(&visitor)
    case .fuseDaxFreeMemWorker(let activation): activation.function.inspect(&visitor)
    case .fuseDaxFault(let activation): activation.function.inspect(&visitor)
    case .daxIomapRw(let activation): activation.function.inspect(&visitor)
    case .daxIomapIter(let activation): activation.function.inspect(&visitor)
    case .daxIomapPmdFault(let activation): activation.function.inspect(&visitor)
    case .daxIomapPteFault(let activation): activation.function.inspect(&visitor)
    case .linkPathWalk(let activation): activation.function.inspect(&visitor)
    case .doSysOpen(let activation): activation.function.inspect(&visitor)
    case .doExec(let activation): activation.function.inspect(&visitor)
    case .doUmount(let activation): activation.function.inspect(&visitor)
    case .ksysPread(let activation): activation.function.inspect(&visitor)
    case .ksysMmap(let activation): activation.function.inspect(&visitor)
    case .vmMunmap(let activation): activation.function.inspect(&visitor)
    case .fileCall(let activation): activation.function.inspect(&visitor)
    case .access(let activation): activation.function.inspect(&visitor)
    case .user(let activation): activation.function.inspect(&visitor)
    case .reader(let activation): activation.function.inspect(&visitor)
    case .copy(let activation): activation.function.inspect(&visitor)
    case .pin(let activation): activation.function.inspect(&visitor)
    }
  }
}
