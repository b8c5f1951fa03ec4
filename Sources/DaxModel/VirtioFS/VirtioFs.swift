/// `struct virtio_fs`: one instance of the file system device, as its driver sees it.
///
/// - Kernel: fs/fuse/virtio_fs.c
public struct VirtioFs: Hashable, Sendable {
  public let device: DeviceID
  /// Who keeps it: the device, and each mount. Not used where the struct is devres memory.
  public var references = 1
  public var tag: Handle<Tag>?
  /// The array of queue structures.
  public var queues: Handle<QueueArray>?
  /// How many queues: one of high priority and the request queues.
  public var queueCount = 0
  /// `window_kaddr`: the reviewer's remark (1) is about this assignment.
  public var windowAddress = KernelAddress.null
  /// `window_phys_addr`.
  public var windowPhysical = PhysicalAddress(0)
  /// `window_len`.
  public var windowLength = ByteCount(0)
  /// `dax_dev`; NULL without a window.
  public var daxDevice: Handle<DaxDevice>?

  init(device: DeviceID) { self.device = device }
}

/// The tag, copied out of the device's configuration.
public struct Tag: Hashable, Sendable {
  public var text: String
}

/// `struct virtio_fs_vq[]`.
public struct QueueArray: Hashable, Sendable {
  public var count: Int
}

extension VirtioFs: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
    visitor.field("references", .signed(Int64(references)))
    visitor.field("tag", tag)
    visitor.field("vqs", queues)
    visitor.field("nvqs", .number(UInt64(queueCount)))
    visitor.field("window_kaddr", windowAddress)
    visitor.field("window_phys_addr", windowPhysical)
    visitor.field("window_len", windowLength)
    visitor.field("dax_dev", daxDevice)
  }
}

extension Tag: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("text", .text(text)) }
}

extension QueueArray: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("count", .number(UInt64(count)))
  }
}
