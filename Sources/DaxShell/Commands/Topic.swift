import DaxModel

/// Things of the kernel that `explain` explains.
enum Topic: String, CaseIterable {
  case dax, window, bar, capability, shmid, pgoff, pfn, kaddr, pagemap, page, memmap, altmap, linearmap =
    "linear-map"
  case devres, percpuRef = "percpu_ref", completion, srcu, iomem, dax_device, release, fault, oops, hang,
    leak, task
  case underflow, review, finalPut = "final-put"
  case zpci, cookie, mio, cc, asceType = "0038"
  case assume, copyToIter = "copy_to_iter", iovIter = "iov_iter", engine, bus
  case range, mount, mmap, inode, request, setupmapping, removemapping, reclaim, pageCache = "page-cache", hole
  case sigbus, deviceDeath = "device-death", pmd, coherence, inodeDax = "inode-dax", variant, locks

  /// Other words under which they are looked for.
  static let aliases: [String: Topic] = [
    "remap": .assume, "memory": .assume, "s390x": .zpci, "copy_from_iter": .copyToIter,
    "ranges": .range, "dmap": .range, "fuse_dax_mapping": .range, "piece": .range, "session": .mount,
    "init": .mount, "destroy": .mount, "umount": .mount, "private": .mmap, "cow": .mmap, "map_sync": .mmap,
    "moffset": .setupmapping, "foffset": .setupmapping, "flags": .setupmapping, "map_alignment": .mount,
    "pagecache": .pageCache, "page_cache": .pageCache, "pte": .pmd, "dax=inode": .inodeDax,
    "dax=always": .inodeDax, "dax=never": .inodeDax, "per-inode": .inodeDax, "per-inode-dax": .inodeDax,
    "dax_inode": .inodeDax, "always": .inodeDax, "never": .inodeDax, "inode-default": .inodeDax,
    "inode-user": .inodeDax, "variants": .variant, "worker": .reclaim, "kworker": .reclaim,
    "inodes": .inode, "lock": .locks, "i_rwsem": .locks, "invalidate_lock": .locks, "dax->sem": .locks,
    "requests": .request, "fuse": .request, "o_direct": .dax, "page-fault": .fault,
  ]

  /// The topic of a word: its own, one that it stands for, or that of the host's programs.
  static func named(_ word: String) -> Topic? {
    let word = word.lowercased()
    return Topic(rawValue: word) ?? aliases[word] ?? (HostVariant(rawValue: word) == nil ? nil : .variant)
  }

  /// The first sentence.
  var summary: String {
    guard let end = position(of: ". ", in: text) else { return text }
    return String(decoding: text.utf8.prefix(end + 1), as: UTF8.self)
  }

  var text: String { fileText ?? kernelText }

  private var kernelText: String {
    switch self {
    case .dax:
      "DAX is direct access: a file system lets programs reach the bytes of a file where they are, without a copy in the page cache. virtio-fs does it through a window of memory into which the host maps pieces of files."
    case .window:
      "The window is shared-memory region 0 of a virtio-fs device: a range of guest-physical addresses behind which the host maps pieces of files. The driver finds it, gives it struct pages and a kernel address, and hands parts of it out through direct_access. Until files are mapped, the model's device answers each untouched word with its own physical address."
    case .bar:
      "A base address register tells where in physical memory a part of a PCI device is. Its size is not stored anywhere: a kernel finds it out by writing ones. That is why a dump does not hold it."
    case .capability:
      "A virtio device describes its parts in vendor-specific PCI capabilities, a linked list in configuration space. Type 8 is a shared-memory region: BAR, id, offset and length, 24 bytes in all. The patches of 2019 had 28 bytes and the id elsewhere."
    case .shmid:
      "A shared-memory region has an id of 8 bits whose meaning the kind of device defines. For virtio-fs, 0 is the cache window, the only one."
    case .pgoff:
      "pgoff_t is a page offset: here into the window, in units of 4096 bytes. direct_access does not check it against the window."
    case .pfn:
      "A page frame number is a physical address divided by 4096. Up to 6.14, direct_access hands out a pfn_t: the number with flags in its upper bits, DEV (61) and MAP (60) for this window. 6.17-rc1 made it a plain number and forgot to divide: what came out was the physical address."
    case .kaddr:
      "A kernel address is what C code follows. The window's is that of the linear map: 0xffff888000000000 plus the physical address. On s390 no such thing exists for PCI memory, which is what the review is about."
    case .pagemap:
      "struct dev_pagemap describes a range of device memory that has struct pages. devm_memremap_pages() makes it; a reference count tells when nobody uses the pages any more; memunmap_pages() takes it all away."
    case .page:
      "struct page is the kernel's record of one page frame, 64 bytes. For this window its count is 1 while nobody uses it (0 from 6.15 on), it is reserved, and it points back to its pagemap."
    case .memmap:
      "The memmap is the array of struct pages: 64 bytes for each 4096, a 64th of the window. A window of 8 GiB costs 128 MiB of RAM."
    case .altmap:
      "An altmap keeps the struct pages of device memory inside that memory instead of in RAM. virtio-fs does not use one, since its window belongs to files. `new altmap=yes` shows what would happen."
    case .linearmap:
      "The linear map shows all of physical memory at one place of the kernel's addresses. Adding device memory to it is what makes the window reachable with plain loads and stores."
    case .devres:
      "devres is the driver core's list of what a driver has taken for a device: memory, regions, actions to run. When the probe fails or the driver leaves, everything is given back, newest first. Order is therefore everything: what is registered last runs first."
    case .percpuRef:
      "percpu_ref is a reference count that is cheap while it lives. percpu_ref_kill() drops the owner's reference and makes the count exact; when it reaches zero a release callback runs. Nobody can know that it is zero before it is killed."
    case .completion:
      "A completion lets one task wait until another says that something is done. It must be initialised: completing zeroed memory is an oops. A wait without a completion to come never ends."
    case .srcu:
      "SRCU lets readers sleep. dax_read_lock() enters a section of dax_srcu; kill_dax() waits until every section that was entered before has been left. It must span direct_access and every use of the address that it gave."
    case .iomem:
      "The resource tree says who owns which physical addresses; /proc/iomem shows it. Claiming a range that is claimed already fails with -EBUSY. A BAR is no claim; what a driver requests inside it is."
    case .dax_device:
      "struct dax_device is what file systems know of such memory. Its bit ALIVE is the gate of everything: kill_dax() clears it, and from then on direct_access answers -ENXIO."
    case .release:
      "Linux changed over the years. A machine runs one release, which is a set of named switches; `releases` shows them, `diff-release A B` what differs, `new kernel=REL` makes a machine."
    case .fault:
      "Two things are called so. A page fault is what the processor raises when a page table leads nowhere: __fuse_dax_fault() then sets up the range and enters a page or 2 MiB, under the invalidate lock. A fault that is injected lets one operation fail once: `inject PLACE ERRNO`. Kernel code then does what it does with that error, line by line, so every path of unwinding can be walked."
    case .oops:
      "An oops is the kernel's death: it touched what it must not. The machine stops there. An error such as -ENOMEM is no oops: it is a return value, and the caller decides."
    case .hang:
      "A task hangs when it waits for what can never come: no other task can move, and nothing it waits for is going to happen. The shell says what it waits for and why that never comes."
    case .leak:
      "A leak is what nobody will ever give back: memory, claims, struct pages that belong to no bound device. `probe` and `remove` report them. The reviewed patch leaks its claim of the BAR."
    case .task:
      "A task is a thread of the kernel with its call stack. A probe is one, a remove is one, a reader is one. The current task is the one that `step` runs; `task N` chooses another, in any order you like."
    case .underflow:
      "direct_access computes window_len / PAGE_SIZE - pgoff without a sign and without a check. At the exact end that is 0, which the core turns into -ERANGE. One page further it wraps to almost 2^64, the call succeeds, and the address lies behind the window."
    case .review:
      "In July 2019 a reviewer asked how the patch could work on s390, where PCI memory needs special instructions. His remarks: (1) window_kaddr is assigned from a PCI region, (2) direct_access hands it out, (3) copies go through it with plain loads and stores."
    case .finalPut:
      "The race of the final put: the reviewed patch registers its wait for page references before it maps the pages. devres runs backwards, so the wait comes after the struct pages are gone, and whoever drops the last reference touches freed memory."
    case .zpci:
      "zPCI is how IBM Z reaches PCI. A BAR is no part of the processor's address space: an instruction names a function by its handle, an address space (a BAR, or 15 for configuration space), an offset and a length. PCILG loads and PCISTG stores up to 8 bytes, PCISTB stores up to 128; there is no block load. `insn` runs one of them, `explain PCILG` lists what it checks, `zpci` shows the functions."
    case .cookie:
      "A cookie is what classic zPCI gives in place of an address: a flag bit, the index of an entry in a table, and an offset of 48 bits. The flag is bit 63 up to 2021 and bit 62 since. readl() and memcpy_fromio() look the entry up and use PCI instructions. No page table maps it, so an ordinary load, store or memcpy() on it is an oops 0038."
    case .mio:
      "MIO came with z15 and Linux 5.2: a BAR is mapped by the page tables, and PCILGI, PCISTGI and PCISTBI take the mapped address in place of a handle. They are still special instructions. What an ordinary load on such an address does, no source says; the model takes an addressing exception, 0005, which is UNCONFIRMED. No emulation has MIO."
    case .cc:
      "The condition code says how an instruction ended. For those of zPCI: 0 done; 1 error, and a status in bits 31 to 24 of the request register says which; 2 busy; 3 invalid handle. Linux makes EIO of 1 and 3, waits a microsecond and tries again at 2, and makes ENXIO of a program interruption. Raw reads then give all ones. `inject PCILG cc=2` makes one busy, which the emulation never is."
    case .assume:
      "`new arch=s390x assume=…` makes a machine that does not exist, to get as far as the copy. Its kernel has ZONE_DEVICE, whatever the release. With remap, devm_memremap_pages() succeeds and hands the cookie or MIO mapping back as if it were an address, which the reviewed patch takes for granted: a plain copy is then an oops. With memory, the window is memory of the guest and not a BAR, which Christian Borntraeger proposed: ordinary instructions reach it."
    case .copyToIter:
      "copy_to_iter() copies from an address into an iov_iter. Buffers of a program are filled as by copy_to_user(), those of the kernel with memcpy(). It returns how many bytes it copied, which are fewer where a page of the program's is missing. Nothing in it asks whether the address is memory, and no architecture can hook in: on s390x it never uses PCI instructions, which is remark (3) of the review. In `copy` and `start copy`, to_iter is out of the window and from_iter into it."
    case .iovIter:
      "struct iov_iter is the memory on the other side of a copy. It lists pieces, with an address and a length each, and how much of them has been used. A program's buffer may have pages that are not there; the copy stops in front of the first that cannot be brought in, and is short. `copy to_iter 0 4096 segments=96,4000 fault=100` makes two pieces, and a missing page in the second."
    case .engine:
      "A copy engine says which instructions move which bytes between the window and memory. By themselves kernels copy plainly: x86 on x86-64, s390-memcpy on s390x, where it is an oops on a cookie. zpci-a and zpci-b are the PCI instructions of memcpy_fromio() by the rule before 6.8 and the one since, mio is the same on mapped addresses, bus is one that you design. `engine` lists and chooses them, `copy to_iter 0 4096 engine=zpci-a` uses one once."
    case .bus:
      "The engine bus is a bus of your own, which no computer has. A cycle moves width bytes and begins at a multiple of alignment in the window, wherever the memory is; order=big turns the bytes of a cycle around; cycles of one byte fill ragged ends, unless bytes=no. `copy to_iter 2 12 engine=bus width=4` shows the cycles."
    case .asceType:
      "0038 is the program interruption code of an ASCE-type exception: an address lies above all that the kernel's page tables can reach. That is what happens to a load or store on an iomem cookie on s390x. The kernel says: Unable to handle kernel pointer dereference in virtual kernel address space."
    default: ""
    }
  }
}
