/// A change to the lines of a kernel function that somebody tries: another order, one line less, one line more.
///
/// It changes what the machine runs, not what a release is: the sources are the release's, with this patch.
public struct LineEdit: Hashable, Sendable {
  /// What happens to the line.
  public enum Change: Hashable, Sendable {
    /// It is not run any more.
    case drop
    /// It stands right before another line, wherever it stood; if the release does not have it, it is added.
    case before(String)
    /// It stands right behind another line, wherever it stood; if the release does not have it, it is added.
    case after(String)
  }

  public var function: FunctionID
  /// The name of the line.
  public var line: String
  public var change: Change

  public init(_ function: FunctionID, _ line: String, _ change: Change) {
    self.function = function
    self.line = line
    self.change = change
  }

  /// Applies the change. Lines that are not there leave the listing as it is.
  fileprivate func apply<Line: KernelLine>(to lines: inout [Line]) {
    guard let line = Line(rawValue: line) else { return }
    switch change {
    case .drop: lines.removeAll { $0 == line }
    case .before(let name): move(line, to: name, behind: 0, in: &lines)
    case .after(let name): move(line, to: name, behind: 1, in: &lines)
    }
  }

  private func move<Line: KernelLine>(_ line: Line, to name: String, behind: Int, in lines: inout [Line]) {
    guard name != line.rawValue, lines.contains(where: { $0.rawValue == name }) else { return }
    lines.removeAll { $0 == line }
    guard let place = lines.firstIndex(where: { $0.rawValue == name }) else { return }
    lines.insert(line, at: place + behind)
  }
}

extension KernelFunction {
  /// The lines that run: those of the release, with the changes that are tried. This is what `list` prints.
  static func listing(in release: KernelRelease) -> [Line] {
    var lines = lines(in: release)
    for edit in release.edits where edit.function == id { edit.apply(to: &lines) }
    return lines
  }
}

extension LineEdit: CustomStringConvertible {
  /// `virtio_fs_setup_dax: registerExit after remapPages`.
  public var description: String {
    switch change {
    case .drop: "\(function.name): no \(line)"
    case .before(let other): "\(function.name): \(line) before \(other)"
    case .after(let other): "\(function.name): \(line) after \(other)"
    }
  }
}
