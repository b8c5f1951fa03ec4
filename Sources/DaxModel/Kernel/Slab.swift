/// A pointer to an object in a slab. It knows when what it points to has been freed.
public struct Handle<Object: Hashable & Sendable>: Hashable, Sendable {
  /// Which slot of the slab.
  public let slot: Int
  /// Which object in that slot: freed slots are used again, as the kernel's allocator does.
  let generation: Int
}

/// Memory that C would allocate, for objects of one kind.
///
/// The slab knows what was freed and by which line, so that a stale pointer is an oops that names it, and
/// what was never freed is seen at the end. Each device has slots of its own, so that the slots do not tell which of two
/// devices came first: with one device they are 0, 1, 2, …, with two the second has 1, 3, 5, ….
public struct Slab<Object: Hashable & Sendable>: Hashable, Sendable {
  private struct Slot: Hashable {
    var generation = 0
    /// One, or none where it has been freed: who reads a field of it, or changes one, does so in place.
    var object: [Object] = []
    var freedAt: Site?
  }

  /// The C type, for messages.
  public let typeName: String
  private var slots: [Slot] = []
  /// Slots that were freed, oldest first.
  private var unused: [Int] = []
  /// How many objects are allocated.
  public private(set) var count = 0

  private let release: KernelRelease
  /// Slots of one device follow each other at this distance.
  private let devices: Int

  init(_ typeName: String, _ release: KernelRelease, devices: Int = 1) {
    self.typeName = typeName
    self.release = release
    self.devices = max(devices, 1)
  }

  /// The allocated objects with their slots, in the order of the slots.
  public var live: [(slot: Int, object: Object)] {
    slots.indices.compactMap { slot in slots[slot].object.first.map { (slot, $0) } }
  }

  /// Pointers to the allocated objects, in the order of the slots.
  public var handles: [Handle<Object>] {
    slots.indices.compactMap { slot in
      slots[slot].object.isEmpty ? nil : Handle(slot: slot, generation: slots[slot].generation)
    }
  }

  /// Puts an object into the slot that the device has freed last, or into a new one.
  mutating func allocate(_ object: Object, for device: DeviceID = 0) -> Handle<Object> {
    count += 1
    if let place = unused.lastIndex(where: { $0 % devices == device % devices }) {
      let slot = unused.remove(at: place)
      slots[slot].object = [object]
      return Handle(slot: slot, generation: slots[slot].generation)
    }
    var slot = device % devices
    while slot < slots.count, !slots[slot].object.isEmpty || slots[slot].generation > 0 { slot += devices }
    while slots.count <= slot { slots.append(Slot()) }
    slots[slot].object = [object]
    return Handle(slot: slot, generation: 0)
  }

  /// Whether the object is still allocated.
  @inline(__always)
  public func isLive(_ handle: Handle<Object>) -> Bool {
    slots.indices.contains(handle.slot) && slots[handle.slot].generation == handle.generation
      && !slots[handle.slot].object.isEmpty
  }

  /// The object; nil if it has been freed. For looking only: the kernel itself uses `read`.
  @inline(__always)
  public func peek(_ handle: Handle<Object>) -> Object? {
    isLive(handle) ? slots[handle.slot].object[0] : nil
  }

  /// The line that freed what the handle points to; nil if it is still allocated.
  func freedAt(_ handle: Handle<Object>) -> Site? {
    isLive(handle) ? nil : slots.indices.contains(handle.slot) ? slots[handle.slot].freedAt : nil
  }

  /// Reads the object through its pointer; an oops if it has been freed. Who wants one field of it copies only that.
  @inline(__always)
  func read(_ handle: Handle<Object>, at site: Site) throws(Oops) -> Object {
    if isLive(handle) { return slots[handle.slot].object[0] }
    throw staleUse(handle, at: site)
  }

  /// Writes the object through its pointer; an oops if it has been freed.
  mutating func write(_ handle: Handle<Object>, _ object: Object, at site: Site) throws(Oops) {
    guard isLive(handle) else { throw staleUse(handle, at: site) }
    slots[handle.slot].object[0] = object
  }

  /// Changes the object where it is, without a copy of what it holds; an oops if it has been freed.
  @inline(__always)
  mutating func change<Result>(
    _ handle: Handle<Object>, at site: Site, _ body: (inout Object) -> Result
  ) throws(Oops) -> Result {
    guard isLive(handle) else { throw staleUse(handle, at: site) }
    return body(&slots[handle.slot].object[0])
  }

  /// `kfree()`; an oops if it has been freed before.
  mutating func free(_ handle: Handle<Object>, at site: Site) throws(Oops) {
    guard isLive(handle) else { throw staleUse(handle, at: site) }
    slots[handle.slot].object = []
    slots[handle.slot].generation += 1
    slots[handle.slot].freedAt = site
    unused.append(handle.slot)
    count -= 1
  }

  /// The oops of a use after free, naming the line that freed the object.
  @inline(never)
  private func staleUse(_ handle: Handle<Object>, at site: Site) -> Oops {
    let freed = freedAt(handle).map { "was freed by \($0.description(in: release))" } ?? "never existed"
    return Oops(
      kind: .useAfterFree, site: site, address: .null,
      message: "\(typeName)#\(handle.slot) is used here, but it \(freed).")
  }
}

extension Slab: Inspectable where Object: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for (slot, object) in live {
      visitor.enter("object", slot)
      object.inspect(&visitor)
      visitor.leave()
    }
  }
}
