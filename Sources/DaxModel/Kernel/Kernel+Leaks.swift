extension Kernel {
  /// What nobody will ever give back: things that no bound device and no mount holds. One sentence fragment each.
  ///
  /// Meaningful when no task is running: in the middle of a probe everything looks lost.
  ///
  /// - Complexity: O(n) in the number of things that the kernel holds.
  public var leaks: [String] {
    var owned = Ownership()
    for device in devices where device.isBound { owned.add(device, in: self) }
    for (_, superblock) in superblocks.live { owned.add(superblock.fs, in: self) }
    return lostMemory(owned) + lostSessions() + lostRanges(owned) + lostClaims()
  }

  private struct Ownership {
    var filesystems: [Handle<VirtioFs>] = []
    var tags: [Handle<Tag>] = []
    var queues: [Handle<QueueArray>] = []
    var pagemaps: [Handle<DevPagemap>] = []
    var daxDevices: [Handle<DaxDevice>] = []

    mutating func add(_ device: VirtioDevice, in kernel: Kernel) {
      for node in device.devres.nodes { add(node.content) }
      if let handle = device.driverData { add(handle, in: kernel) }
    }

    mutating func add(_ handle: Handle<VirtioFs>, in kernel: Kernel) {
      guard let fs = kernel.filesystems.peek(handle) else { return }
      filesystems.append(handle)
      if let tag = fs.tag { tags.append(tag) }
      if let array = fs.queues { queues.append(array) }
      if let daxDevice = fs.daxDevice { daxDevices.append(daxDevice) }
    }

    mutating func add(_ content: DevresNode.Content) {
      switch content {
      case .memory(.fs(let handle)): filesystems.append(handle)
      case .memory(.tag(let handle)): tags.append(handle)
      case .memory(.queues(let handle)): queues.append(handle)
      case .memory(.pagemap(let handle)), .memremap(let handle), .action(.percpuExit(let handle)):
        pagemaps.append(handle)
      case .action(.cleanupDax(let handle)): daxDevices.append(handle)
      case .action(.cleanupDaxOf), .region, .groupOpen, .groupClose: break
      }
    }
  }

  private func lostMemory(_ owned: Ownership) -> [String] {
    lost(filesystems, owned.filesystems) + lost(tags, owned.tags) + lost(queueArrays, owned.queues)
      + lost(pagemaps, owned.pagemaps) + lost(daxDevices, owned.daxDevices)
      + devices.filter { !$0.isBound && !$0.queues.isEmpty }.map { "\($0.queues.count) queues of \($0.name)" }
      + devices.filter { !$0.isBound && !$0.devres.nodes.isEmpty }.map {
        "\($0.devres.nodes.count) managed resources of \($0.name)"
      }
  }

  /// Sessions that no superblock has, and inodes that no session has.
  private func lostSessions() -> [String] {
    let sessions = superblocks.live.compactMap { $0.object.connection }
    let inodesOfSessions = inodes.handles.filter { inode in
      inodes.peek(inode).map { sessions.contains($0.connection) } ?? false
    }
    return lost(connections, sessions) + lost(inodes, inodesOfSessions)
  }

  private func lost<Object>(_ slab: Slab<Object>, _ owned: [Handle<Object>]) -> [String] {
    let slots = owned.filter(slab.isLive).map { $0.slot }
    return slab.live.filter { !slots.contains($0.slot) }.map { "\(slab.typeName)#\($0.slot) is not freed" }
  }

  private func lostRanges(_ owned: Ownership) -> [String] {
    let lostPages = memory.pages.filter { !owned.pagemaps.contains($0.pagemap) }
    let lostOwners = memory.pagemaps.filter { !owned.pagemaps.contains($0.pagemap) }
    var lines = lostPages.map { "struct pages from pfn \($0.first) on are not removed" }
    lines += lostOwners.map { "pgmap_array still has \($0.range)" }
    if memory.pages.isEmpty { lines += memory.linear.map { "the linear map still has \($0)" } }
    if memory.pages.isEmpty { lines += memory.tracked.map { "cache attributes of \($0) are still tracked" } }
    return lines
  }

  /// Claims in the resource tree that belong to no bound device. Those of virtio-pci stay for ever by intent.
  private func lostClaims() -> [String] {
    var lines: [String] = []
    for root in iomem.roots where root.name != "System RAM" {
      let device = devices.first { $0.name == root.name || $0.pciFunction?.slot.description == root.name }
      if device?.isBound == true { continue }
      let claims = root.isBusy ? [root] : root.children
      for claim in claims where claim.name != PciFunction.modernOwner {
        lines.append("\(claim.range) is still claimed by \(claim.name)")
      }
    }
    return lines
  }
}
