/// The instructions that s390 uses for a copy, worked out without making it.
///
/// - Complexity: O(number of runs), or of instructions where they are not aligned.
public struct ZpciPlan: Hashable, Sendable {
  /// Instructions of one kind and length in a row, which the rules treat alike.
  public struct Run: Hashable, Sendable {
    public var instruction: ZpciInstruction
    public var length: UInt64
    /// Where the first of them is, on the PCI side.
    public var offset: UInt64
    public var count: UInt64
    /// The rule that each of them breaks; nil if it goes through.
    public var broken: ZpciRule?
    /// Whether it is not aligned to its length: a region may refuse that.
    public var isUnaligned: Bool
  }

  public private(set) var runs: [Run] = []

  /// - Parameters:
  ///   - direction: Loads for `toIter`, stores otherwise.
  ///   - offset: The address on the PCI side.
  ///   - memory: The address on the memory side.
  ///   - length: Bytes to copy.
  ///   - chunking: How the copy is cut.
  ///   - rules: What the instructions are checked against.
  public init(
    _ direction: CopyDirection, offset: UInt64, memory: UInt64, length: UInt64, _ chunking: ZpciChunking,
    _ rules: ZpciRules = .strict
  ) {
    let isRead = direction == .toIter
    let function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
    let longest = isRead ? ZpciChunking.longestSingle : ZpciChunking.longestBlock
    var rest = CopyPiece(offset: offset, address: memory, length: length)
    while rest.length > 0 {
      let (size, repetitions) = chunking.next(rest, longest: longest)
      // Those that are aligned to their length, a power of two, are judged alike.
      let count = (size | rest.offset) & (size - 1) == 0 ? repetitions : 1
      let request = ZpciRequest(function.handle, space: 0, length: size)
      let isBlock = size > ZpciChunking.longestSingle
      let broken =
        isBlock
        ? function.blockStoreVerdict(request, offset: rest.offset, source: rest.address, rules)
        : function.loadStoreVerdict(request, offset: rest.offset, rules)
      add(
        Run(
          instruction: isRead ? .pcilg : isBlock ? .pcistb : .pcistg, length: size, offset: rest.offset,
          count: count, broken: broken, isUnaligned: !isBlock && rest.offset & (size - 1) != 0))
      rest.drop(size &* count)
    }
  }

  /// How many instructions there are.
  public var count: UInt64 { runs.reduce(0) { $0 + $1.count } }

  /// The first run that is refused.
  public var firstRefused: Run? { runs.first { $0.broken != nil } }

  private mutating func add(_ run: Run) {
    guard var last = runs.last else { return runs.append(run) }
    (last.offset, last.count) = (run.offset, run.count)
    if last == run { runs[runs.count - 1].count += run.count } else { runs.append(run) }
  }
}
