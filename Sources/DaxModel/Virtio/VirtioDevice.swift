/// The number of a device on the machine, from 0.
public typealias DeviceID = Int

/// A virtio-fs device and the driver core's view of it.
public struct VirtioDevice: Hashable, Sendable {
  /// Status bits of the virtio specification, section 2.1.
  public struct Status: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let acknowledge = Status(rawValue: 1)
    public static let driver = Status(rawValue: 2)
    public static let driverOK = Status(rawValue: 4)
    public static let featuresOK = Status(rawValue: 8)
    public static let failed = Status(rawValue: 128)
  }

  /// Whether the transport's own driver has taken the device.
  public enum Registration: Hashable, Sendable {
    /// It has: the virtio bus knows the device.
    case registered
    /// It has refused it.
    case refused(Errno)
    /// It never came back from the capability list.
    case lost
  }

  /// Its name on the virtio bus, such as `virtio0`.
  public let name: String
  public let attachment: AttachedDevice
  /// The tag in the device's configuration, without the padding.
  public let tag: String
  /// The number of request queues in the device's configuration.
  public let requestQueueCount: Int

  public internal(set) var registration = Registration.registered
  public internal(set) var status: Status = [.acknowledge]
  /// Whether a driver is bound to it.
  public internal(set) var isBound = false
  /// `vdev->priv`.
  public internal(set) var driverData: Handle<VirtioFs>?
  /// The virtqueues that exist now.
  public internal(set) var queues: [Virtqueue] = []
  /// What the driver core gives back when the driver leaves.
  public internal(set) var devres = DevresList()

  /// The PCI function, if it is one.
  public var pciFunction: PciFunction? {
    if case .pci(let function) = attachment { function } else { nil }
  }

  public var transport: Transport { attachment.transport }
}

/// A queue between driver and device.
public struct Virtqueue: Hashable, Sendable {
  /// `hiprio`, or `requests.N`.
  public var name: String
  /// Whether requests may be put on it.
  public var isConnected: Bool
}

extension VirtioDevice: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("name", .text(name))
    visitor.field("status", .hex(UInt64(status.rawValue)))
    visitor.field("bound", .flag(isBound))
    visitor.field("priv", driverData)
    for index in queues.indices {
      visitor.enter("queue", index)
      visitor.field("name", .text(queues[index].name))
      visitor.field("connected", .flag(queues[index].isConnected))
      visitor.leave()
    }
    visitor.list("devres", devres.nodes)
  }
}
