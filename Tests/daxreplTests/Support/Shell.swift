import Glibc

/// What the tests of the program know of the commands of the shell: everything else is about the terminal.
enum Shell {
  static let prompt = "dax> "
  /// Leaves the shell.
  static let leave = "quit"
  /// A harmless command, and a part of its output.
  static let command = (line: "version", output: "daxrepl 0.1.0")
  /// A second one, other than the first.
  static let other = (line: "where", output: "no task is running")
  /// The beginning of several commands that have no longer beginning in common.
  static let ambiguous = (typed: "st", candidates: ["start", "step"], summary: "begin a task")
  /// The beginning of one command only.
  static let unique = (typed: "ste", completed: "step ")
  /// Runs until it is interrupted, after some preparation, and what it says then.
  static let endless = (
    preparation: ["probe", "spawn reader 0 times=100000000000"], line: "continue", answer: "interrupted"
  )
  /// A search that takes long, what it says meanwhile, and what it says when it is stopped.
  static let search = (
    preparation: "probe", line: "explore remove user pin pin pin pin reader reader reader",
    progress: " lines deep",
    answer: "It was stopped: "
  )
  /// A command on two lines, and its output.
  static let continued = (first: "shm_region \\", second: "7", output: "no such region")
  /// A command that is misused, and what is said then.
  static let wrong = (line: "stpe", answer: "did you mean `step`?")
  /// A command whose output is longer than a screen of 40 x 10.
  static let long = (line: "help", output: "leave; Ctrl-D does")

  /// The program that was built together with the tests.
  static let program: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let runner = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    let places = [CommandLine.arguments.first ?? "", runner].map { path in
      path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }
    // `swift test` builds both side by side, but may run the tests by a helper of the toolchain.
    let candidates = (places + [".build/debug", ".build/release"]).map { $0 + "/daxrepl" }
    return candidates.first { access($0, X_OK) == 0 } ?? "daxrepl"
  }()
}

/// A folder that lives as long as a test.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/daxrepl-tests-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  deinit { remove(path) }

  /// Makes a file in the folder; gives its path.
  func file(_ name: String, _ text: String) -> String {
    let path = path + "/" + name
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = write(descriptor, text, text.utf8.count)
    close(descriptor)
    return path
  }

  /// The text of a file in the folder, or `nil`.
  func text(of name: String) -> String? {
    let descriptor = open(path + "/" + name, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 {
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func remove(_ path: String) {
    if let stream = opendir(path) {
      var names: [String] = []
      while let entry = readdir(stream) {
        names.append(
          withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
          })
      }
      closedir(stream)
      for name in names where name != "." && name != ".." { remove(path + "/" + name) }
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}
