/// A task that somebody asks for by name, with all that it is about.
public struct TaskRequest: Hashable, Sendable {
  /// What the task does.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The driver core binds the driver: for the first time, or again.
    case probe
    /// The driver core unbinds the driver.
    case remove
    /// Somebody reads a word of the window.
    case reader
    /// Somebody pins a page of the window, and puts it later.
    case pin
    /// Somebody has pinned a page already and is about to put it.
    case unpin
    /// Somebody pins a page and never puts it.
    case hold
    /// Somebody mounts the tag, sends a request and unmounts.
    case user
    /// Somebody mounts the tag.
    case mount
    /// Somebody unmounts the tag.
    case umount

    /// What it does, in a line.
    public var summary: String {
      switch self {
      case .probe: "the driver core binds the driver, or binds it again"
      case .remove: "the driver core unbinds the driver"
      case .reader: "somebody asks where a page is and loads a word of it"
      case .pin: "somebody pins a page of the window and puts it later"
      case .unpin: "somebody has pinned a page and is about to put it"
      case .hold: "somebody pins a page and never puts it"
      case .user: "somebody mounts the tag, sends a request and unmounts"
      case .mount: "somebody mounts the tag"
      case .umount: "somebody unmounts the tag"
      }
    }

    /// Whether it is about a page of the window.
    public var takesOffset: Bool {
      switch self {
      case .reader, .pin, .unpin, .hold: true
      case .probe, .remove, .user, .mount, .umount: false
      }
    }
  }

  public var kind: Kind
  /// The device that it is about.
  public var device: DeviceID
  /// The page of the window, for those who are about one.
  public var offset = PageOffset(0)
  /// How often a reader reads.
  public var rounds: UInt64 = 1

  public init(_ kind: Kind, device: DeviceID = 0) {
    self.kind = kind
    self.device = device
  }
}

extension Machine {
  /// Starts a task. Nil if there is nothing for it to work on: no such device, no window, a page that cannot be pinned,
  /// nothing mounted.
  @discardableResult
  public mutating func start(_ request: TaskRequest) -> TaskID? {
    let device = request.device
    guard kernel.devices.indices.contains(device) else { return nil }
    let tag = kernel.devices[device].tag
    return switch request.kind {
    case .probe: startProbe(device)
    case .remove: startRemove(device)
    case .reader: startReader(device, at: request.offset, rounds: request.rounds)
    case .pin: startPin(device, at: request.offset)
    case .unpin: startUnpin(device, at: request.offset)
    case .hold: startPin(device, at: request.offset, isKept: true)
    case .user: startUser(tag, .dax)
    case .mount: startMount(tag, .dax)
    case .umount: startUnmount(tag)
    }
  }
}
