/// How a session shows things and when it stops.
public struct SessionOptions: Hashable, Sendable {
  /// How results are written.
  public enum Format: String, Hashable, Sendable, CaseIterable { case text, json, csv, markdown }
  public var format = Format.text
  /// Write each line before its result, as in a transcript.
  public var echoes = false
  /// Go on after a failed command in a script.
  public var keepsGoing = false
  /// A person is typing: no stop at errors, empty line repeats stepping.
  public var isInteractive = false
  /// Only ASCII in pictures and tables.
  public var asciiOnly = false
  /// Escape sequences for bold and colour are allowed.
  public var usesColor = false
  /// Show the window after each command that has changed what is in it.
  var picturesWindow = false
  /// Columns that may be used.
  public var width = 100
  public init() {}
}
