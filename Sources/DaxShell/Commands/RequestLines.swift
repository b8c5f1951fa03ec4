import DaxModel

extension Site {
  /// The request that the line sends, if it gets an answer; nil if the line sends none.
  ///
  /// Directories have requests of their own, such as `OPENDIR`: those have to be named.
  func request(in release: KernelRelease) -> FuseOpcode? {
    switch (function, line(in: release)) {
    case (.fuseSendInit, "sendInit"): .initialize
    case (.fuseConnDestroy, "sendDestroy"): .destroy
    case (.fuseLookup, "sendLookup"): .lookup
    case (.fuseCreateOpen, "sendCreate"): .create
    case (.fuseOpen, "sendOpen"): .open
    case (.fuseRelease, "sendFlush"): .flush
    case (.fuseRelease, "sendRelease"): .release
    case (.fuseReaddir, "sendReaddir"): .readdir
    case (.fuseGetxattr, "sendGetxattr"): .getxattr
    case (.fuseDoGetattr, "sendGetattr"): .getattr
    case (.fuseDoSetattr, "sendSetattr"): .setattr
    case (.fuseFileLlseek, "sendLseek"): .lseek
    case (.fuseFileFallocate, "sendFallocate"): .fallocate
    case (.fuseFsync, "sendFsync"): .fsync
    case (.fuseReadahead, "sendRead"), (.fuseReadFolio, "sendRead"), (.fuseFileReadIter, "sendRead"): .read
    case (.fusePerformWrite, "sendWrite"), (.fuseWritepages, "sendWrite"), (.fuseDirectWrite, "sendWrite"):
      .write
    case (.fuseCopyFileRange, "sendCopy"): .copyFileRange
    case (.fuseEvictInode, "sendRemove"), (.reclaimOneDmapLocked, "sendRemove"): .removeMapping
    case (.fuseSetupOneMapping, "sendSetup"): .setupMapping
    default: nil
    }
  }
}
