import Foundation

@testable import DaxModel
@testable import DaxShell

/// A host with files in memory, and those of the repository behind them, to be read only.
struct TestHost: SessionHost {
  var files: [String: [UInt8]] = [:]
  /// A folder that can be shared, in place of the real ones.
  var tree = SharedTree()
  var shared: [String: [UInt8]] = [:]
  /// What folders hold, in place of the real ones.
  var folders: [String: [String]] = [:]
  /// How often the shell may ask before the answer is that the user wants to stop.
  var patience = Int.max
  private(set) var polls = 0
  /// Whether nothing can be written.
  var isReadOnly = false
  /// What the shell has said of how far it has come.
  var progress: [String?] = []

  /// The folder that holds `Package.swift`.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  mutating func readFile(_ path: String) -> Result<[UInt8], FileFailure> {
    if let bytes = files[path] { return .success(bytes) }
    if let bytes = Self.examples[path] { return .success(bytes) }
    guard !path.utf8.contains(0), let data = try? Data(contentsOf: Self.root.appending(path: path)) else {
      return .failure(FileFailure(reason: "no such file"))
    }
    return .success([UInt8](data))
  }

  /// The files that the examples of the commands read, read once.
  private static let examples: [String: [UInt8]] = {
    let folder = "Examples/machines/"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path + "/" + folder)) ?? []
    let pairs = names.compactMap { name in
      (try? Data(contentsOf: root.appending(path: folder + name))).map { (folder + name, [UInt8]($0)) }
    }
    return Dictionary(pairs) { $1 }
  }()

  mutating func writeFile(_ path: String, _ bytes: [UInt8]) -> FileFailure? {
    if isReadOnly { return FileFailure(reason: "read-only") }
    files[path] = bytes
    return nil
  }

  mutating func listFolder(_ path: String) -> [String] {
    if let names = folders[path] { return names }
    let folder = Self.root.appending(path: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.map { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder.appending(path: name).path, isDirectory: &isFolder)
      return isFolder.boolValue ? name + "/" : name
    }.sorted()
  }

  mutating func showProgress(_ text: String?) { progress.append(text) }

  mutating func listTree(_ folder: String, limit: Int) -> Result<SharedTree, FileFailure> {
    if !tree.files.isEmpty { return .success(tree) }
    var tree = SharedTree()
    for name in listFolder(folder) where !name.hasSuffix("/") {
      guard case .success(let bytes) = readFile(folder + "/" + name) else { continue }
      tree.files.append(SharedFile(path: name, size: UInt64(bytes.count)))
    }
    return tree.files.isEmpty ? .failure(FileFailure(reason: "no such file")) : .success(tree)
  }

  mutating func readShared(
    _ folder: String, _ path: String, offset: UInt64, count: Int
  ) -> Result<[UInt8], FileFailure> {
    if tree.files.isEmpty {
      return readFile(folder + "/" + path).map { Array($0.dropFirst(Int(offset)).prefix(count)) }
    }
    guard let bytes = shared[path] else { return .failure(FileFailure(reason: "no such file")) }
    return .success(Array(bytes.dropFirst(Int(offset)).prefix(count)))
  }

  mutating func isInterrupted() -> Bool {
    polls += 1
    return polls > patience
  }

  /// Counts anew.
  mutating func rest() { polls = 0 }
}

/// A session for tests.
struct TestShell {
  var session: Session<TestHost>

  init(_ format: SessionOptions.Format = .text, files: [String: String] = [:]) {
    var options = SessionOptions()
    options.format = format
    session = Session(host: TestHost(), options: options)
    for (name, text) in files { session.host.files[name] = Array(text.utf8) }
  }

  /// Runs lines; gives all they write to standard output.
  @discardableResult
  mutating func run(_ lines: String...) -> String {
    var output = ""
    for line in lines { output += session.run(line).output }
    return output
  }

  /// Runs a line that is misused; gives what it writes to standard error.
  mutating func complaint(_ line: String) -> String { session.run(line).diagnostics }

  /// Runs a script; gives standard output and standard error.
  mutating func script(_ text: String, named name: String = "test.dax") -> (output: String, errors: String) {
    var (output, errors) = ("", "")
    session.runScript(text, named: name) { reply in
      output += reply.output
      errors += reply.diagnostics
    }
    return (output, errors)
  }

  /// What a program reads for one line, without changing how the session writes.
  mutating func json(_ line: String) throws -> JSON {
    let format = session.options.format
    session.options.format = .json
    defer { session.options.format = format }
    return try JSON(session.run(line).output)
  }

  /// The result of a line that works.
  mutating func result(_ line: String) throws -> JSON { try json(line)["result"] }

  /// The number of the present step.
  mutating func step() throws -> JSON { try result("history 0")["step"] }

  /// The digest of the whole machine.
  var digest: UInt64 { session.machine.digest }
}
