/// A failure that was asked for: the nth time the place is reached, the operation there fails.
public struct Fault: Hashable, Sendable {
  /// Where the failure happens.
  public enum Place: Hashable, Sendable {
    /// The fallible operation of one line.
    case site(Site)
    /// An operation, wherever it is called from.
    case operation(Operation)
  }

  /// Where it happens.
  public var place: Place
  /// What the operation returns.
  public var errno: Errno
  /// How often the place must still be reached before it fails: 1 is the next time.
  public var countdown: Int
  /// Whether it has happened. A fault happens once.
  public var hasFired = false

  public init(_ place: Place, _ errno: Errno, nth: Int = 1) {
    self.place = place
    self.errno = errno
    self.countdown = max(nth, 1)
  }
}

/// A kernel primitive that can fail, under its kernel name.
public enum Operation: String, Hashable, Sendable, CaseIterable {
  /// A test that the line itself makes: made to fail, it finds what it looks for.
  case check
  case kzalloc
  case devmKzalloc = "devm_kzalloc"
  case devresAlloc = "devres_alloc"
  case percpuRefInit = "percpu_ref_init"
  case idaAlloc = "ida_alloc"
  case newInode = "new_inode"
  case findVqs = "find_vqs"
  case requestRegion = "__request_region"
  case xarrayStore = "xa_store_range"
  case trackPfnRemap = "track_pfn_remap"
  case kasanAddZeroShadow = "kasan_add_zero_shadow"
  case addPages = "__add_pages"
  case kobjectAdd = "kobject_add"
  case finalizeFeatures = "finalize_features"
  case getDevPagemap = "get_dev_pagemap"
}

/// Every failure that was asked for. The operations that can fail consult it; the lines carry no test code.
public struct FaultPlan: Hashable, Sendable {
  /// In the order in which they were asked for.
  public private(set) var faults: [Fault] = []

  /// Asks for a failure.
  public mutating func arm(_ fault: Fault) { faults.append(fault) }

  /// Forgets every failure that was asked for.
  public mutating func clear() { faults.removeAll() }

  /// Forgets those that have happened.
  mutating func forgetFired() {
    if !faults.isEmpty { faults.removeAll { $0.hasFired } }
  }

  /// Whether `operation`, run by the line at `site`, is to fail now, and with what.
  mutating func consume(_ operation: Operation, at site: Site) -> Errno? {
    if faults.isEmpty { return nil }
    var result: Errno?
    for index in faults.indices where !faults[index].hasFired {
      switch faults[index].place {
      case .site(let place) where place == site: break
      case .operation(let place) where place == operation: break
      default: continue
      }
      if faults[index].countdown > 1 {
        faults[index].countdown -= 1
      } else if result == nil {
        faults[index].countdown = 0
        faults[index].hasFired = true
        result = faults[index].errno
      }
    }
    return result
  }
}

extension Fault: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    switch place {
    case .site(let site):
      visitor.field("function", .text(site.function.name))
      visitor.field("position", .number(UInt64(site.position)))
    case .operation(let operation):
      visitor.field("operation", .text(operation.rawValue))
    }
    visitor.field("errno", .text(errno.name))
    visitor.field("countdown", .signed(Int64(countdown)))
    visitor.field("fired", .flag(hasFired))
  }
}
