import DaxShell
import Glibc

/// The lines of earlier sessions, kept in a text file: one command a line, oldest first.
///
/// Each line is appended as it is entered, so that shells that run at the same time do not lose each other's
/// lines. The file is cut to its limit when it is read and when the shell leaves.
struct HistoryFile {
  /// How many lines are kept.
  static let limit = 1000

  let path: String

  /// What is read of a file that somebody else has filled: its last part.
  private static let byteLimit = 4 << 20

  /// The file that the environment asks for: `DAXREPL_HISTFILE`, else `daxrepl/history` in the XDG state
  /// folder; `nil` if there is no home folder.
  static func preferred() -> HistoryFile? {
    if let path = Environment["DAXREPL_HISTFILE"] { return HistoryFile(path: FileHost.expanded(path)) }
    if let state = Environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      return HistoryFile(path: state + "/daxrepl/history")
    }
    guard let home = Environment["HOME"] else { return nil }
    return HistoryFile(path: home + "/.local/state/daxrepl/history")
  }

  /// The lines kept, oldest first: none if there is no file yet, and the reason if there is one that cannot
  /// be read.
  func load() -> Result<[String], Failure> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      return errno == ENOENT || errno == ENOTDIR ? .success([]) : .failure(Failure(code: errno))
    }
    defer { close(descriptor) }
    return Self.lines(of: descriptor).map { lines in
      lines.suffix(Self.limit).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// What is kept of a command: nothing if it is empty or begins with a space, which asks for privacy.
  static func entry(for line: String) -> String? {
    guard let first = line.unicodeScalars.first, first != " " else { return nil }
    var scalars = line.unicodeScalars[...]
    while let last = scalars.last, last == " " || last == "\t" { scalars.removeLast() }
    return scalars.isEmpty ? nil : String(scalars)
  }

  /// Adds a line at the end; gives the reason if that does not work.
  func append(_ line: String) -> Failure? {
    makeFolder()
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { return Failure(code: errno) }
    defer { close(descriptor) }
    let code = Output.send(line + "\n", to: descriptor)
    return code == 0 ? nil : Failure(code: code)
  }

  /// Cuts the file to its limit, if it has outgrown it.
  func trim() {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // Another shell may be trimming, too. It sees our result or we see its.
    guard flock(descriptor, LOCK_EX) == 0 else { return }
    guard case .success(let lines) = Self.lines(of: descriptor), lines.count > Self.limit else { return }
    let kept = lines.suffix(Self.limit).flatMap { $0 + [UInt8(ascii: "\n")] }
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { return }
    guard kept.withUnsafeBytes({ Output.send($0, to: descriptor) }) == 0 else { return }
    ftruncate(descriptor, off_t(kept.count))
  }

  /// Why the file could not be used.
  struct Failure: Error {
    var reason: String

    init(code: Int32) { reason = FileFailure(code: code).reason }
  }

  /// The lines that are not empty, as bytes.
  private static func lines(of descriptor: Int32) -> Result<[ArraySlice<UInt8>], Failure> {
    let size = lseek(descriptor, 0, SEEK_END)
    guard size >= 0, lseek(descriptor, max(0, size - off_t(byteLimit)), SEEK_SET) >= 0 else {
      return .failure(Failure(code: errno))
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        return .failure(Failure(code: errno))
      }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return .success(bytes.split(separator: UInt8(ascii: "\n")))
  }

  /// Makes the folders that lead to the file, for the user's eyes only.
  private func makeFolder() {
    for index in path.indices.dropFirst() where path[index] == "/" {
      mkdir(String(path[..<index]), 0o700)
    }
  }
}
