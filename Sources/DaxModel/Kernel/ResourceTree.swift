/// A range of physical addresses with an owner, as `/proc/iomem` shows it.
public struct Resource: Hashable, Sendable {
  public var range: PhysicalRange
  /// Who owns it.
  public var name: String
  /// Whether nobody else may have any of it (`IORESOURCE_BUSY`). A BAR is not busy; a claim is.
  public var isBusy: Bool
  /// What lies inside it, in ascending order.
  public var children: [Resource] = []

  public init(_ range: PhysicalRange, _ name: String, isBusy: Bool) {
    self.range = range
    self.name = name
    self.isBusy = isBusy
  }
}

/// `iomem_resource`: who owns which physical addresses.
///
/// - Kernel: kernel/resource.c
public struct ResourceTree: Hashable, Sendable {
  /// The top level, in ascending order.
  public private(set) var roots: [Resource] = []

  public init() {}

  /// `insert_resource()`: puts a BAR or RAM at the top level. The resource in the way, if there is one.
  mutating func insert(_ resource: Resource) -> Resource? {
    if let conflict = roots.first(where: { $0.range.overlaps(resource.range) }) { return conflict }
    ResourceTree.place(resource, in: &roots)
    return nil
  }

  /// `__request_region()`: claims exactly `range` for `name`.
  ///
  /// Descends into resources that are not busy and contain the range. A range of length zero conflicts
  /// always, as in Linux, where its end lies before its start.
  ///
  /// - Returns: The name of what is in the way; nil if the claim is made.
  mutating func request(_ range: PhysicalRange, for name: String) -> String? {
    guard range.start <= range.end else { return "a range of length zero" }
    return ResourceTree.request(Resource(range, name, isBusy: true), in: &roots)
  }

  private static func request(_ claim: Resource, in level: inout [Resource]) -> String? {
    guard let index = level.firstIndex(where: { $0.range.overlaps(claim.range) }) else {
      place(claim, in: &level)
      return nil
    }
    if level[index].isBusy || !level[index].range.contains(claim.range) { return level[index].name }
    return request(claim, in: &level[index].children)
  }

  /// `__release_region()`: gives a claim back. False if nobody has claimed exactly this range.
  mutating func release(_ range: PhysicalRange) -> Bool {
    ResourceTree.release(range, in: &roots)
  }

  private static func release(_ range: PhysicalRange, in level: inout [Resource]) -> Bool {
    for index in level.indices where level[index].range.contains(range) {
      if level[index].isBusy, level[index].range == range {
        level.remove(at: index)
        return true
      }
      return release(range, in: &level[index].children)
    }
    return false
  }

  private static func place(_ resource: Resource, in level: inout [Resource]) {
    let index = level.firstIndex { $0.range.start > resource.range.start } ?? level.count
    level.insert(resource, at: index)
  }

  /// Every resource with its depth, parents before children.
  public var flattened: [(depth: Int, resource: Resource)] {
    var rows: [(depth: Int, resource: Resource)] = []
    func visit(_ level: [Resource], _ depth: Int) {
      for resource in level {
        rows.append((depth, resource))
        visit(resource.children, depth + 1)
      }
    }
    visit(roots, 0)
    return rows
  }
}

extension Resource: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("start", range.start)
    visitor.field("end", range.end)
    visitor.field("name", .text(name))
    visitor.field("busy", .flag(isBusy))
    visitor.list("child", children)
  }
}

extension ResourceTree: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.list("resource", roots) }
}
