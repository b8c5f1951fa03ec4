// What `explain` says about files, from a read to the host.

extension Topic {
  /// Words of files and of the page cache; nil for a topic of another layer.
  var fileText: String? {
    switch self {
    case .range:
      "A range is 2 MiB of the window, at a multiple of 2 MiB: struct fuse_dax_mapping in fs/fuse/dax.c. It is free, or it holds one piece of a file, which is 2 MiB of it at a multiple of 2 MiB. Each inode has a tree of its ranges by the number of the piece. The count of a range is 1 while it is idle and more while somebody uses it. `info ranges` lists them, `picture` draws them, `a4m#3` is piece 3 of a4m."
    case .mount:
      "A mount makes a session with the server out of a bound device: `mount TAG dax`. virtio_fs_fill_super() cuts the window into ranges and sends INIT, in which driver and server agree on features, among them map_alignment and DAX for each inode: flag 0x1 is ASYNC_READ, 0x8 ATOMIC_O_TRUNC, 0x20 BIG_WRITES, 0x400000 MAX_PAGES, 0x4000000 MAP_ALIGNMENT, 0x40000000 INIT_EXT, and bit 33 HAS_INODE_DAX. A mount without a window is -EINVAL with dax or dax=always. If INIT fails the mount stands all the same, and every request after it is -ECONNREFUSED. A second mount of a tag shares the session of the first. An unmount is -EBUSY while files are open or mapped; it ends with DESTROY."
    case .setupmapping:
      "SETUPMAPPING asks the server to map a piece of a file into the window: struct fuse_setupmapping_in. fh is -1, so the server opens the file itself; foffset is where in the file, len how much (2 MiB, also for a file of one byte), moffset where in the window. flags=1 is for writing, 2 for reading, 3 for both. The answer has no body. Only when a range is missing, or is there for reading and is to be written, is it sent. An error of it is what the read returns; a fault of 2 MiB tries one page once more."
    case .removemapping:
      "REMOVEMAPPING asks the server to take pieces out of the window: how many, and moffset and len of each, up to 256 in one request. Reclaim sends one for each range, the eviction of an inode one for all ranges of the file, the highest first. Between the two nothing changes in the file: what was stored is there already. If it fails the kernel uses the range again all the same."
    case .pageCache:
      "The page cache is the guest's own memory for pages of files. Files without DAX go through it: a read sends READ and copies from there, a store through a mapping makes a page dirty until fsync() or the writeback sends WRITE. With DAX there are no such pages; the host's page cache is seen through the window. `info pagecache` lists them, `mount myfs dax=never` uses them."
    case .hole:
      "A hole is a piece of a file that has no blocks; it reads as zeros. `fallocate mode=punch` makes one, and so does a size that grows. fuse_iomap_begin() also calls it a hole when a read lies behind the end of the file: IOMAP_HOLE, and nothing is mapped or sent for it."
    case .sigbus:
      "SIGBUS ends a load or a store through a mapping that has no page behind it: in a page that lies wholly behind the end of the file, or when the server refuses the piece. It goes to the process. If the host cuts the file without the guest's knowledge, the page table still leads to the window, and it is the device's process that gets SIGBUS: see `explain device-death`."
    case .deviceDeath:
      "A device dies when the guest touches a place of the window where the host has nothing: no mapping, a page behind the end of the host's file, or a store to what is mapped for reading. The process that runs the virtual machine gets SIGBUS or a fault that it cannot answer, and the machine ends with it. The guest's kernel sees no error; the model calls it an oops of the kind device-death."
    case .pmd:
      "A PTE is a page table entry of 4 KiB, a PMD one of 2 MiB, as long as a range. dax_iomap_pmd_fault() enters a PMD if address and file offset agree within 2 MiB, mapping and file hold all of it, and no private copy is wanted; else dax_iomap_pte_fault() enters one page. Up to 6.14 the frame must carry the flags DEV and MAP for a PMD. `info mappings` counts both."
    case .mmap:
      "mmap() maps a piece of a file into the process, and sends nothing. The first load or store of a page is a fault, which sets up the range and enters a page. A shared mapping with DAX leads to the host's bytes without a copy; a private one is copied a page at a time, when it is stored to. MAP_SYNC is refused, since virtio-fs does not call its DAX device synchronous. `mmap 3 0 4M prot=rw`, then `load 1 0 16` and `store 1 0 text=hi`."
    case .coherence:
      "Coherence is who sees whose writes, and when. With DAX there is one copy of the bytes, the host's, so both sides see them at once. Without it the guest has pages of its own and forgets them when a file is opened again: close-to-open. Sizes are attributes with either, believed for as long as the server has said (`host timeout=1`), so the guest does not see at once that the host has cut a file or let it grow."
    case .inodeDax:
      "Per-inode DAX: with dax=inode, or without an option from 5.17 on, a regular file uses DAX if there is a window, INIT has agreed on FUSE_HAS_INODE_DAX, and the server says so of this file (FUSE_ATTR_DAX). It is decided when the inode is made and stays so while it is in memory. `host inode-dax=yes` offers it, `host file a size=4M dax=yes` asks for it. dax=always uses DAX for every regular file, dax=never for none."
    case .variant:
      "A variant is a program that serves the device, with its rules for mappings: strict is the specification, the others are what virtiofsd, crosvm, libkrun, Dragonball and the QEMU branches of 2019 and 2021 do. They differ in what they refuse (alignment, a piece behind the end of the file, a place that is in use), in whether REMOVEMAPPING does anything, and in how they map: dragonball always for reading. `host variant=crosvm align=none` chooses one."
    case .reclaim:
      "Reclaim takes ranges back. The worker, fuse_dax_free_mem_worker(), begins when fewer than a fifth of all ranges are free, at the latest when none is, and takes up to ten, in the order in which they were set up. A read or write that finds nothing free takes an idle range of its own file, inline, or waits for one. A fault only waits. Each range costs a REMOVEMAPPING; a range in use stays. In the model the worker is a task named kworker."
    case .inode:
      "An inode is what the kernel knows of a file, by whatever name: size and other attributes, how often the server was asked for it (nlookup), whether it uses DAX, its tree of ranges or its pages. It stays in memory when nobody uses it any more, with its ranges; unlink() and drop_caches let it go, and then fuse_evict_inode() sends REMOVEMAPPING and FORGET. `info inodes` lists them."
    case .locks:
      "Three locks belong to a file. i_rwsem is the inode's: shared by reads through the window, exclusive for writes and truncates. invalidate_lock (i_mmap_sem before 5.15) is shared by faults, and exclusive where pages go away: truncate, reclaim. dax->sem guards the tree of ranges: shared to look up, exclusive to change. They are taken in this order. `info locks` shows who holds and who waits."
    case .request:
      "A request is a message of the FUSE protocol from guest to host: LOOKUP, OPEN, READ, SETUPMAPPING and so on, with the number of the inode and its arguments. fuse_simple_request() puts it on a virtqueue and waits for the answer; FORGET has none. File commands show theirs with arrows, `requests` draws the last ones, `host fail REQUEST ERRNO` answers one with an error."
    default: nil
    }
  }
}
