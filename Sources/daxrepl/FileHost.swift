import DaxShell
import Glibc

/// The outside world of a session: files through system calls, Ctrl-C through ``Signals``.
struct FileHost: SessionHost {
  /// The largest file that is read, in bytes; scripts, listings and traces are far smaller.
  static let sizeLimit = 64 << 20

  /// Bytes of a file's beginning that are searched for a zero byte, which no text has.
  private static let probedBytes = 8 << 10

  private var progress = ProgressLine()

  mutating func readFile(_ path: String) -> Result<[UInt8], FileFailure> { read(path, mustBeRegular: false) }

  mutating func readRegularFile(_ path: String) -> Result<[UInt8], FileFailure> {
    read(path, mustBeRegular: true)
  }

  private func read(_ path: String, mustBeRegular: Bool) -> Result<[UInt8], FileFailure> {
    // A pipe that nobody writes to would hold up who opens it.
    let flags = O_RDONLY | O_CLOEXEC | (mustBeRegular ? O_NONBLOCK : 0)
    let descriptor = open(Self.expanded(path), flags)
    guard descriptor >= 0 else { return .failure(FileFailure(code: errno)) }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .failure(FileFailure(code: errno)) }
    let kind = status.st_mode & S_IFMT
    if kind == S_IFDIR { return .failure(.isFolder) }
    if mustBeRegular, kind != S_IFREG { return .failure(.isNotRegular) }
    if kind == S_IFREG, Int(status.st_size) > Self.sizeLimit { return .failure(.isTooLarge) }

    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(Int(status.st_size), Self.sizeLimit) + 1)
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { break }
      if count < 0 {
        // Ctrl-C while a pipe has nothing to say. The notice stays for whoever ends the command.
        if errno == EINTR, !Signals.isWaiting(.interrupt) { continue }
        return .failure(FileFailure(code: errno))
      }
      bytes.append(contentsOf: chunk[..<count])
      // Pipes and devices do not tell their size beforehand.
      if bytes.count > Self.sizeLimit { return .failure(.isTooLarge) }
    }
    if bytes.prefix(Self.probedBytes).contains(0) { return .failure(.isBinary) }
    return .success(bytes)
  }

  mutating func writeFile(_ path: String, _ bytes: [UInt8]) -> FileFailure? {
    let descriptor = open(Self.expanded(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      return errno == EISDIR ? .isFolder : FileFailure(code: errno)
    }
    let failure = bytes.withUnsafeBytes { Output.send($0, to: descriptor) }
    // A full disk may be reported only now.
    let closing = close(descriptor) == 0 ? 0 : errno
    let code = failure != 0 ? failure : closing
    return code == 0 ? nil : FileFailure(code: code)
  }

  mutating func listFolder(_ path: String) -> [String] {
    let folder = path.isEmpty ? "." : Self.expanded(path)
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      // A name that is not UTF-8 cannot be typed, and so not be completed either.
      guard let name, name != ".", name != ".." else { continue }
      names.append(Self.isFolder(entry.pointee.d_type, folder + "/" + name) ? name + "/" : name)
    }
    return names.sorted()
  }

  mutating func showProgress(_ text: String?) {
    if let text { progress.show(text) } else { progress.end() }
  }

  mutating func isInterrupted() -> Bool { Signals.take(.interrupt) }

  /// A path with a leading `~/` replaced by the home folder, as a shell would do it.
  static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = Environment["HOME"] else { return path }
    return home + path.dropFirst()
  }

  private static func isFolder(_ type: UInt8, _ path: String) -> Bool {
    switch Int(type) {
    case Int(DT_DIR): return true
    case Int(DT_LNK), Int(DT_UNKNOWN):
      var status = stat()
      return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    default: return false
    }
  }
}

extension FileFailure {
  static let isNotRegular = FileFailure(reason: "it is no regular file")
  static let isBinary = FileFailure(reason: "it is a binary file, not text")
  static let isTooLarge = FileFailure(reason: "it is larger than 64 MiB, the most that is read")

  /// The reason behind an error number of the system.
  init(code: Int32) {
    switch code {
    case ENOENT: self.init(reason: "no such file")
    case ENOTDIR: self.init(reason: "a part of its path is not a folder")
    case EACCES, EPERM: self.init(reason: "permission denied")
    case EINTR: self.init(reason: "interrupted")
    case ENOSPC: self.init(reason: "no space left on the disk")
    default: self.init(reason: strerror(code).map { String(cString: $0) } ?? "error \(code)")
    }
  }
}

/// The environment of the process.
enum Environment {
  /// A variable's value; `nil` if it is not set or empty.
  static subscript(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
