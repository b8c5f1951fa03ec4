/// What is wrong with a dump or a resource file, and where.
public struct DumpError: Error, Hashable, Sendable {
  /// The line: 1-based; the last one if the file ends too early.
  public var line: Int
  /// The column: 1-based, counted in bytes.
  public var column: Int
  /// What is wrong, as a sentence without a full stop.
  ///
  /// May quote characters of the file.
  public var message: String
  /// What to do about it.
  public var hint: String

  public init(line: Int, column: Int, message: String, hint: String) {
    (self.line, self.column, self.message, self.hint) = (line, column, message, hint)
  }
}
