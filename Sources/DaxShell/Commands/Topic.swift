/// Things of the kernel that `explain` explains.
enum Topic: String, CaseIterable {
  case dax, window, bar, capability, shmid, pgoff, pfn, kaddr, pagemap, page, memmap, altmap, linearmap =
    "linear-map"
  case devres, percpuRef = "percpu_ref", completion, srcu, iomem, dax_device, release, fault, oops, hang,
    leak, task
  case underflow, review, finalPut = "final-put"

  /// The first sentence.
  var summary: String {
    guard let end = position(of: ". ", in: text) else { return text }
    return String(decoding: text.utf8.prefix(end + 1), as: UTF8.self)
  }

  var text: String {
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
      "A page frame number is a physical address divided by 4096. Up to 6.14, direct_access hands out a pfn_t: the number with flags in its upper bits, DEV (61) and MAP (60) for this window."
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
      "A fault that is injected lets one operation fail once: `inject PLACE ERRNO`. Kernel code then does what it does with that error, line by line, so every path of unwinding can be walked."
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
    }
  }
}
