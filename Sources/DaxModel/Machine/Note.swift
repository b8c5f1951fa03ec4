/// What there is to say about one line of a kernel function.
///
/// `explain`, `list`, the documents and the error texts all read the same notes.
public struct Note: Hashable, Sendable {
  /// One sentence: what the line does.
  public var what: String
  /// Why it is there, or what surprises; may be empty.
  public var why: String
  /// The errors that the line itself can produce. A line that only calls another function lists none:
  /// the lines of that function do.
  public var failsWith: [Errno]
  /// The functions that the line calls, in order.
  public var calls: [FunctionID]

  init(_ what: String, why: String = "", failsWith: [Errno] = [], calls: [FunctionID] = []) {
    self.what = what
    self.why = why
    self.failsWith = failsWith
    self.calls = calls
  }
}

/// One line of a function as a listing shows it.
public struct LineInfo: Hashable, Sendable {
  /// The line's name, such as `remapPages`.
  public var name: String
  /// What it does.
  public var note: Note
}

/// A place in the kernel: a function and a line of it.
public struct Site: Hashable, Sendable {
  /// The function.
  public var function: FunctionID
  /// The position of the line in the function's listing for the machine's release, from 0.
  public var position: UInt8

  /// The line at a position of a function's listing.
  public init(_ function: FunctionID, _ position: UInt8) {
    self.function = function
    self.position = position
  }

  /// The position of a function that has run its last line and waits for what that called to return.
  static let pastTheEnd = UInt8.max

  /// The name of the line, or `return` where all lines have run.
  public func line(in release: KernelRelease) -> String {
    let lines = function.lines(in: release)
    return Int(position) < lines.count ? lines[Int(position)].name : "return"
  }

  /// `virtio_fs_setup_dax.remapPages`.
  public func description(in release: KernelRelease) -> String {
    "\(function.name).\(line(in: release))"
  }
}
