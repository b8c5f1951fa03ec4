/// The kernel log: a ring that keeps the newest lines, as `dmesg` shows them.
public struct KernelLog: Hashable, Sendable {
  /// How urgent a line is.
  public enum Level: UInt8, Hashable, Sendable {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
    case debug = 7

    /// `err`, `warn`, `notice`, `info`, `debug`.
    public var name: String {
      switch self {
      case .error: "err"
      case .warning: "warn"
      case .notice: "notice"
      case .info: "info"
      case .debug: "debug"
      }
    }
  }

  /// One line.
  public struct Entry: Hashable, Sendable {
    public var level: Level
    /// The prefix that the kernel adds, such as `virtiofs virtio0`; may be empty.
    public var who: String
    public var text: String

    /// The line as `dmesg` prints it, without a time.
    public var line: String { who.isEmpty ? text : "\(who): \(text)" }
  }

  /// Lines to a block. Full blocks are shared between the moments that are remembered.
  private static let blockSize = 32
  /// Full blocks that are kept; older ones are overwritten.
  private static let blockLimit = 32

  private var blocks: [[Entry]] = []
  private var newest: [Entry] = []
  /// How many lines have been overwritten.
  public private(set) var overwritten = 0

  public init() {}

  /// How many lines are kept.
  public var count: Int { blocks.count * KernelLog.blockSize + newest.count }

  /// The lines that are kept, oldest first.
  public var entries: [Entry] { blocks.flatMap { $0 } + newest }

  mutating func append(_ entry: Entry) {
    newest.append(entry)
    guard newest.count == KernelLog.blockSize else { return }
    blocks.append(newest)
    newest = []
    guard blocks.count > KernelLog.blockLimit else { return }
    blocks.removeFirst()
    overwritten += KernelLog.blockSize
  }
}

extension KernelLog: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("overwritten", .number(UInt64(overwritten)))
    for (index, entry) in entries.enumerated() {
      visitor.enter("line", overwritten + index)
      visitor.field("level", .number(UInt64(entry.level.rawValue)))
      visitor.field("text", .text(entry.line))
      visitor.leave()
    }
  }
}
