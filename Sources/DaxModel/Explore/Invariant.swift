/// Something that must be so in every state of a kernel, or at the end.
public enum Invariant: String, Hashable, Sendable, CaseIterable {
  /// No reference count is ever negative.
  case references
  /// No page is in use when its struct page and its pagemap go.
  case pages
  /// No address of the window is used after `kill_dax()` has returned.
  case access
  /// A device without a driver has no managed resources when everything has ended.
  case devres
  /// Each resource is claimed at most once.
  case claims

  /// What it demands, in a sentence.
  public var sentence: String {
    switch self {
    case .references: "No reference count is ever negative."
    case .pages: "No page is in use when its struct page and its pagemap go."
    case .access: "No address of the window is used after kill_dax() has returned."
    case .devres: "A device without a driver has no managed resources when everything has ended."
    case .claims: "Each resource is claimed at most once."
    }
  }

  /// How a line has broken it; nil if it has not.
  ///
  /// - Parameters:
  ///   - before: The kernel before the line.
  ///   - after: The kernel after it.
  ///   - observations: What happened inside it.
  /// - Complexity: O(n) in what the kernel holds.
  public func breach(from before: Kernel, to after: Kernel, _ observations: [Observation]) -> String? {
    switch self {
    case .references: after.negativeCount.flatMap { before.negativeCount == nil ? $0 : nil }
    case .pages: before.pageLost(to: after)
    case .access: after.accessAfterKill(observations)
    case .devres: nil
    case .claims: after.doubleClaim.flatMap { before.doubleClaim == nil ? $0 : nil }
    }
  }

  /// How it is broken where every task has ended; nil if it is not.
  public func breachAtEnd(of kernel: Kernel) -> String? {
    guard self == .devres else { return nil }
    let device = kernel.devices.first { !$0.isBound && !$0.devres.nodes.isEmpty }
    return device.map {
      "\($0.name) has no driver and still has \($0.devres.nodes.count) managed resource(s), the newest "
        + "\($0.devres.nodes.last?.content.summary ?? "")."
    }
  }
}

extension Kernel {
  /// A reference count below zero, in a sentence.
  fileprivate var negativeCount: String? {
    for (slot, pagemap) in pagemaps.live where pagemap.ref.count < 0 {
      return "The reference count of pagemap#\(slot) is \(pagemap.ref.count)."
    }
    for (slot, fs) in filesystems.live where fs.references < 0 {
      return "virtio_fs#\(slot) has \(fs.references) references."
    }
    for (slot, superblock) in superblocks.live where superblock.mounts < 0 {
      return "super_block#\(slot) has \(superblock.mounts) mounts."
    }
    for section in memory.pages {
      for page in section.touched where page.count < 0 {
        return "The page count of pfn \(page.frame) is \(page.count)."
      }
    }
    return srcu.readers.contains { $0 < 0 } ? "dax_srcu has fewer than no readers." : nil
  }

  /// A page in use that has no struct page any more in a later kernel, in a sentence.
  fileprivate func pageLost(to after: Kernel) -> String? {
    if memory.pages.count == after.memory.pages.count { return nil }
    for section in memory.pages where !after.memory.pages.contains(where: { $0.first == section.first }) {
      for page in section.touched where page.count > max(section.idleCount, 0) {
        return
          "The struct page of pfn \(page.frame) is removed while somebody uses the page (count \(page.count))."
      }
    }
    return nil
  }

  /// An address that was used although nobody may any more, in a sentence.
  fileprivate func accessAfterKill(_ observations: [Observation]) -> String? {
    for observation in observations {
      guard case .usedAddress(of: let handle) = observation else { continue }
      guard let device = daxDevices.peek(handle) else {
        return "An address of the window is used, and its dax_device#\(handle.slot) has been freed."
      }
      if device.isQuiesced {
        return "An address of the window is used after kill_dax() of dax_device#\(handle.slot) has returned."
      }
    }
    return nil
  }

  /// Two claims of one thing, in a sentence.
  fileprivate var doubleClaim: String? {
    let owners = memory.pagemaps
    for (index, owner) in owners.enumerated() {
      for other in owners[(index + 1)...] where owner.range.overlaps(other.range) {
        return "pagemap#\(owner.pagemap.slot) and pagemap#\(other.pagemap.slot) both own \(other.range)."
      }
    }
    for (index, instance) in instances.enumerated() where instances[(index + 1)...].contains(instance) {
      return "virtio_fs#\(instance.slot) stands in the list of instances twice."
    }
    for root in iomem.roots {
      for (index, claim) in root.children.enumerated() {
        for other in root.children[(index + 1)...] where claim.range.overlaps(other.range) {
          return "\(claim.name) and \(other.name) both claim \(other.range)."
        }
      }
    }
    return nil
  }
}
