/// Which lines of the kernel have run.
public struct Coverage: Hashable, Sendable {
  /// A function of which something has run, and its lines that have not.
  public struct Gap: Hashable, Sendable {
    public var function: FunctionID
    /// The names of the lines that did not run, in source order.
    public var lines: [String]
  }

  /// A bit for each line, by the order of `FunctionID.allCases`.
  private var reached = [UInt64](repeating: 0, count: FunctionID.allCases.count)
  private static let order = FunctionID.allCases

  public init() {}

  mutating func mark(_ site: Site) {
    guard let place = Coverage.order.firstIndex(of: site.function), site.position < 64 else { return }
    reached[place] |= 1 << UInt64(site.position)
  }

  /// How many lines have run.
  public var count: Int { reached.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The lines that did not run, of functions of which something did.
  public func gaps(in release: KernelRelease) -> [Gap] {
    Coverage.order.enumerated().compactMap { place, function in
      guard reached[place] != 0 else { return nil }
      let lines = function.lines(in: release).enumerated().filter {
        reached[place] & (1 << UInt64($0.offset)) == 0
      }
      return lines.isEmpty ? nil : Gap(function: function, lines: lines.map { $0.element.name })
    }
  }
}
