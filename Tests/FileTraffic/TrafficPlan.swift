import DaxModel

/// Everything that one round does: a machine, its files, and what is done with them, one operation after the other.
public struct TrafficPlan: Hashable, Sendable {
  /// A file that the host has from the beginning.
  public struct File: Hashable, Sendable {
    public var size: Int
    /// Whether it wants DAX, where that is decided for each file.
    public var wantsDax: Bool

    public init(size: Int, wantsDax: Bool) { (self.size, self.wantsDax) = (size, wantsDax) }
  }

  public var release: KernelRelease
  /// How many ranges of 2 MiB the window has.
  public var ranges: Int
  public var option: DaxOption
  public var files: [File]
  /// If not 0, kernel threads do not run as soon as they can, but when this seed says so.
  public var pace: UInt64 = 0
  /// One operation in so many is also run without events, and must leave the same machine.
  public var unwatchedPeriod = 8
  public var operations: [FileOperation]

  public init(
    release: KernelRelease, ranges: Int, option: DaxOption, files: [File], operations: [FileOperation]
  ) {
    (self.release, self.ranges, self.option) = (release, ranges, option)
    (self.files, self.operations) = (files, operations)
  }

  /// In a few words.
  public var title: String {
    let option = option == .unsaid ? "no option" : option.rawValue
    return "Linux \(release.name), \(ranges) range\(ranges == 1 ? "" : "s"), \(option), \(files.count) files"
  }

  /// Where a file lies, from the mount on.
  static func path(_ file: Int) -> String { folder(of: file) + "f\(file)" }

  /// The folder that a file lies in. Each is made with the first file in it.
  static func folder(of file: Int) -> String { ["", "d/", "d/e/"][file % 3] }

  /// How the file system uses DAX.
  var mode: DaxMode { option.mode(in: release) ?? .never }
}

/// A small random number generator with a seed.
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number from 0 to `bound - 1`.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }

  /// True once in so many times.
  mutating func isOne(in bound: Int) -> Bool { below(bound) == 0 }

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }
}
