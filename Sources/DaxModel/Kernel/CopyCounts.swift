/// How bytes of files have moved, counted by layer: what a read or a write costs by each way that it can take.
///
/// A buffered read copies twice (`pageFill`, `pageRead`), a read with DAX once (`daxRead`), and a load through a mapping
/// not at all (`load`). Requests by kind are counted by the server: see ``FuseStatistics``.
///
/// It tells only how the kernel came to where it is, so a search forgets it as it forgets the log.
public struct CopyCounts: Hashable, Sendable {
  /// A way that bytes take, or a step of one.
  public enum Layer: String, Hashable, Sendable, CaseIterable {
    /// READ: the server copies bytes of the host's file into the page cache.
    case pageFill = "page-fill"
    /// The kernel copies bytes of the page cache to the caller.
    case pageRead = "page-read"
    /// The kernel copies bytes of the caller into the page cache.
    case pageWrite = "page-write"
    /// READ with O_DIRECT: the server copies bytes of the host's file to the caller.
    case directRead = "direct-read"
    /// WRITE: the server copies bytes of the page cache or of the caller into the host's file.
    case serverWrite = "server-write"
    /// The kernel copies bytes of the window to the caller.
    case daxRead = "dax-read"
    /// The kernel copies bytes of the caller into the window.
    case daxWrite = "dax-write"
    /// A fault copies a page for a private mapping.
    case pageCopy = "page-copy"
    /// The program loads through a mapping: the kernel copies nothing.
    case load
    /// The program stores through a mapping: the kernel copies nothing.
    case store

    /// Whether the kernel or the server copies the bytes, rather than the program touching them where they are.
    public var isCopy: Bool { self != .load && self != .store }
  }

  /// What one layer has moved.
  public struct Transfer: Hashable, Sendable {
    /// How many pieces: copies without a break, requests, or accesses.
    public internal(set) var count: UInt64 = 0
    /// Bytes in all of them.
    public internal(set) var bytes: UInt64 = 0

    public init() {}
  }

  /// What a page fault of a mapping ended in.
  public enum Fault: String, Hashable, Sendable, CaseIterable {
    /// One page of a file with DAX was entered, or copied for a private mapping.
    case page = "pte"
    /// 2 MiB of a file with DAX were entered at once.
    case huge = "pmd"
    /// A page of the page cache was entered.
    case cached = "page-cache"
  }

  /// How often each instruction was used to reach the window, in the order of first use.
  public private(set) var instructions: [AccessLog.Tally] = []
  private var transfers = [Transfer](repeating: Transfer(), count: Layer.allCases.count)
  private var faults = [UInt64](repeating: 0, count: Fault.allCases.count)

  public init() {}

  /// What a layer has moved.
  public subscript(layer: Layer) -> Transfer { transfers[layer.index] }

  /// How many page faults ended so.
  public subscript(fault: Fault) -> UInt64 { faults[fault.index] }

  /// Whether nothing has moved and nothing has faulted.
  public var isEmpty: Bool { self == CopyCounts() }

  /// Bytes that were copied, once for each copy, whatever the layer.
  public var bytesCopied: UInt64 {
    Layer.allCases.reduce(0) { $1.isCopy ? $0 + self[$1].bytes : $0 }
  }

  /// Counts a piece of so many bytes.
  @inline(__always)
  mutating func add(_ layer: Layer, _ bytes: UInt64) {
    transfers[layer.index].count &+= 1
    transfers[layer.index].bytes &+= bytes
  }

  /// Counts the instructions of a copy.
  mutating func add(_ tallies: [AccessLog.Tally]) {
    for tally in tallies { add(tally.instruction, tally.count) }
  }

  /// Counts instructions of a kind.
  mutating func add(_ instruction: AccessInstruction, _ count: UInt64 = 1) {
    if let index = instructions.firstIndex(where: { $0.instruction == instruction }) {
      instructions[index].count &+= count
    } else {
      instructions.append(AccessLog.Tally(instruction: instruction, count: count))
    }
  }

  /// Counts a page fault.
  mutating func add(_ fault: Fault) { faults[fault.index] &+= 1 }
}

extension CopyCounts {
  /// What has been counted since another moment of the same kernel.
  public func since(_ before: CopyCounts) -> CopyCounts {
    var difference = self
    for index in transfers.indices {
      difference.transfers[index].count &-= before.transfers[index].count
      difference.transfers[index].bytes &-= before.transfers[index].bytes
    }
    for index in faults.indices { difference.faults[index] &-= before.faults[index] }
    for tally in before.instructions {
      guard let index = difference.instructions.firstIndex(where: { $0.instruction == tally.instruction })
      else { continue }
      difference.instructions[index].count &-= tally.count
    }
    difference.instructions.removeAll { $0.count == 0 }
    return difference
  }
}

extension CopyCounts.Layer {
  @inline(__always)
  fileprivate var index: Int {
    switch self {
    case .pageFill: 0
    case .pageRead: 1
    case .pageWrite: 2
    case .directRead: 3
    case .serverWrite: 4
    case .daxRead: 5
    case .daxWrite: 6
    case .pageCopy: 7
    case .load: 8
    case .store: 9
    }
  }
}

extension CopyCounts.Fault {
  @inline(__always)
  fileprivate var index: Int {
    switch self {
    case .page: 0
    case .huge: 1
    case .cached: 2
    }
  }
}

extension CopyCounts: Inspectable {
  /// What is not zero.
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for layer in Layer.allCases where self[layer].count > 0 {
      visitor.enter("layer", layer.index)
      visitor.field("name", .text(layer.rawValue))
      visitor.field("count", .number(self[layer].count))
      visitor.field("bytes", .number(self[layer].bytes))
      visitor.leave()
    }
    for (index, tally) in instructions.enumerated() {
      visitor.enter("instructions", index)
      visitor.field("name", .text(tally.instruction.name))
      visitor.field("count", .number(tally.count))
      visitor.leave()
    }
    for fault in Fault.allCases where self[fault] > 0 {
      visitor.enter("faults", fault.index)
      visitor.field("name", .text(fault.rawValue))
      visitor.field("count", .number(self[fault]))
      visitor.leave()
    }
  }
}
