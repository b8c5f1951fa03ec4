/// Something that belongs to a device and is given back when its driver leaves.
public struct DevresNode: Hashable, Sendable {
  /// What is given back, and how.
  public enum Content: Hashable, Sendable {
    /// `devm_kzalloc()`: freed.
    case memory(DeviceMemoryBlock)
    /// `devm_request_mem_region()`: released.
    case region(PhysicalRange)
    /// `devm_memremap_pages()`: unmapped.
    case memremap(Handle<DevPagemap>)
    /// `devm_add_action()`: called.
    case action(DeviceAction)
    /// `devres_open_group()`.
    case groupOpen(Int)
    /// `devres_close_group()`.
    case groupClose(Int)
  }

  public var content: Content
  /// The line that added it.
  public var addedAt: Site
}

/// Memory that is freed with the device.
public enum DeviceMemoryBlock: Hashable, Sendable {
  case fs(Handle<VirtioFs>)
  case tag(Handle<Tag>)
  case queues(Handle<QueueArray>)
  case pagemap(Handle<DevPagemap>)
}

/// A callback that runs when the driver leaves.
public enum DeviceAction: Hashable, Sendable {
  /// The reviewed patch: wait for the pagemap's reference count, then free it.
  case percpuExit(Handle<DevPagemap>)
  /// Since 5.10: kill and drop this DAX device.
  case cleanupDax(Handle<DaxDevice>)
  /// The reviewed patch: kill and drop the DAX device that `fs` points to when the action runs.
  case cleanupDaxOf(Handle<VirtioFs>)
}

/// The managed resources of one device, oldest first. They are given back newest first.
///
/// - Kernel: drivers/base/devres.c
public struct DevresList: Hashable, Sendable {
  public internal(set) var nodes: [DevresNode] = []

  public init() {}

  /// `devres_add()`.
  mutating func add(_ content: DevresNode.Content, at site: Site) {
    nodes.append(DevresNode(content: content, addedAt: site))
  }

  /// The first half of `devres_release_all()`: takes the whole list, newest first.
  mutating func takeAll() -> [DevresNode] {
    defer { nodes = [] }
    return nodes.reversed()
  }

  /// `devm_remove_action()`: forgets the newest such action without running it. False if there is none.
  mutating func remove(_ action: DeviceAction) -> Bool {
    guard let index = nodes.lastIndex(where: { $0.content == .action(action) }) else { return false }
    nodes.remove(at: index)
    return true
  }

  /// `devres_remove_group()`: forgets the marks of a group and keeps what lies between them. False, with a
  /// warning in Linux, if there is no such group.
  mutating func removeGroup(_ id: Int) -> Bool {
    guard let open = nodes.lastIndex(where: { $0.content == .groupOpen(id) }) else { return false }
    if let close = nodes[open...].firstIndex(where: { $0.content == .groupClose(id) }) {
      nodes.remove(at: close)
    }
    nodes.remove(at: open)
    return true
  }

  /// `devres_release_group()`: takes what lies in a group, newest first, with the marks of the group and of
  /// every group that lies wholly inside it. An open group reaches to the end of the list.
  mutating func takeGroup(_ id: Int) -> [DevresNode] {
    guard let open = nodes.lastIndex(where: { $0.content == .groupOpen(id) }) else { return [] }
    let close = nodes[open...].firstIndex { $0.content == .groupClose(id) }
    let span = open..<(close.map { $0 + 1 } ?? nodes.count)
    let inside = nodes[span]
    func isWhollyInside(_ group: Int) -> Bool {
      let opens = inside.contains { $0.content == .groupOpen(group) }
      let closesInside = inside.contains { $0.content == .groupClose(group) }
      let closesOutside = nodes[span.upperBound...].contains { $0.content == .groupClose(group) }
      return opens && (closesInside || !closesOutside)
    }
    var kept: [DevresNode] = []
    var taken: [DevresNode] = []
    for node in inside {
      switch node.content {
      case .groupOpen(let group), .groupClose(let group):
        if group == id || isWhollyInside(group) { taken.append(node) } else { kept.append(node) }
      case .memory, .region, .memremap, .action:
        taken.append(node)
      }
    }
    nodes.replaceSubrange(span, with: kept)
    return taken.reversed()
  }
}

extension DevresNode.Content {
  /// What it is, in the words of the kernel.
  public var summary: String {
    switch self {
    case .memory(.fs(let handle)): "devm_kzalloc struct virtio_fs#\(handle.slot)"
    case .memory(.tag(let handle)): "devm_kzalloc tag#\(handle.slot)"
    case .memory(.queues(let handle)): "devm_kcalloc virtqueues#\(handle.slot)"
    case .memory(.pagemap(let handle)): "devm_kzalloc pagemap#\(handle.slot)"
    case .region(let range): "devm_request_mem_region \(range)"
    case .memremap(let handle): "devm_memremap_pages pagemap#\(handle.slot)"
    case .action(.percpuExit(let handle)): "action virtio_fs_percpu_exit(pagemap#\(handle.slot))"
    case .action(.cleanupDax(let handle)): "action virtio_fs_cleanup_dax(dax_device#\(handle.slot))"
    case .action(.cleanupDaxOf(let handle)): "action virtio_fs_cleanup_dax(virtio_fs#\(handle.slot))"
    case .groupOpen(let id): "group \(id) opens"
    case .groupClose(let id): "group \(id) closes"
    }
  }
}

extension DevresNode: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("what", .text(content.summary))
  }
}
