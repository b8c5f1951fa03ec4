import DaxShell
import Foundation
import Testing

/// The files of the checkout that the tests were built from.
enum Repository {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Whether expected texts are to be rewritten rather than compared: `DAX_BLESS=1`.
  static let blesses = ProcessInfo.processInfo.environment["DAX_BLESS"] == "1"

  static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
  }

  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: root.appending(path: path))
  }

  /// The files of a folder that end with `suffix`, as paths from the root, sorted.
  static func files(in folder: String, suffix: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
    return (names ?? []).filter { $0.hasSuffix(suffix) }.sorted().map { folder + "/" + $0 }
  }

  /// Compares a file with what it should hold, or rewrites it.
  static func expect(
    _ actual: String, in path: String, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let expected = (try? text(path)) ?? ""
    if actual == expected { return }
    if blesses { return try write(actual, to: path) }
    Issue.record(
      "\(path) is not current (DAX_BLESS=1 rewrites it)\n\(firstDifference(expected, actual))",
      sourceLocation: location)
  }

  /// The first line in which two texts differ, with the lines before it.
  static func firstDifference(_ expected: String, _ actual: String) -> String {
    let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let new = actual.split(separator: "\n", omittingEmptySubsequences: false)
    var line = 0
    while line < min(old.count, new.count), old[line] == new[line] { line += 1 }
    var text = old[max(0, line - 3)..<line].map { "    " + $0 }
    text += old[line...].prefix(3).map { "  - " + $0 }
    text += new[line...].prefix(3).map { "  + " + $0 }
    return "line \(line + 1):\n" + text.joined(separator: "\n")
  }
}

/// Files of the repository, for reading only; what is written stays in memory.
struct RepositoryHost: SessionHost {
  private var written: [String: [UInt8]] = [:]

  mutating func readFile(_ path: String) -> Result<[UInt8], FileFailure> {
    if let bytes = written[path] { return .success(bytes) }
    guard let data = try? Data(contentsOf: Repository.root.appending(path: path)) else {
      return .failure(FileFailure(reason: "no such file"))
    }
    return .success([UInt8](data))
  }

  mutating func writeFile(_ path: String, _ bytes: [UInt8]) -> FileFailure? {
    written[path] = bytes
    return nil
  }

  mutating func listFolder(_ path: String) -> [String] {
    let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
    return Repository.files(in: folder, suffix: ".json").map { String($0.dropFirst(folder.utf8.count + 1)) }
  }
  mutating func listTree(_ folder: String, limit: Int) -> Result<SharedTree, FileFailure> {
    var tree = SharedTree()
    for path in Repository.files(in: folder, suffix: ".txt") {
      guard case .success(let bytes) = readFile(path) else { continue }
      tree.files.append(
        SharedFile(path: String(path.dropFirst(folder.utf8.count + 1)), size: UInt64(bytes.count)))
    }
    return .success(tree)
  }

  mutating func readShared(
    _ folder: String, _ path: String, offset: UInt64, count: Int
  ) -> Result<[UInt8], FileFailure> {
    readFile(folder + "/" + path).map { Array($0.dropFirst(Int(offset)).prefix(count)) }
  }

  mutating func isInterrupted() -> Bool { false }
}

extension Session<RepositoryHost> {
  /// A session as `daxrepl --echo` has it when its output goes to a file.
  static func transcribing() -> Session {
    var options = SessionOptions()
    options.echoes = true
    options.width = 100
    return Session(host: RepositoryHost(), options: options)
  }
}
