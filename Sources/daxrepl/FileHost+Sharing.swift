import DaxShell
import Glibc

/// Folders that are shared with the guest: for reading only, and never beyond the folder.
///
/// Every part of a path is opened on its own and without following links, so that nobody can put one in the way.
extension FileHost {
  /// How deep folders may stand in each other.
  private static let deepest = 64

  mutating func listTree(_ folder: String, limit: Int) -> Result<SharedTree, FileFailure> {
    let descriptor = open(Self.expanded(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      return .failure(errno == ENOTDIR ? FileFailure(reason: "it is not a folder") : FileFailure(code: errno))
    }
    defer { close(descriptor) }
    var tree = SharedTree()
    let root = Self.canonical(Self.expanded(folder)) ?? ""
    if let failure = Self.list(descriptor, "", root, 0, limit, &tree) { return .failure(failure) }
    return .success(tree)
  }

  /// Adds what a folder holds, and the folders in it.
  private static func list(
    _ folder: Int32, _ path: String, _ root: String, _ depth: Int, _ limit: Int, _ tree: inout SharedTree
  ) -> FileFailure? {
    if depth == deepest { return FileFailure(reason: "folders stand too deep in each other") }
    if Signals.isWaiting(.interrupt) { return FileFailure(code: EINTR) }
    let (names, unreadable, code) = Self.names(in: folder)
    if code != 0 { return FileFailure(code: code) }
    for name in unreadable {
      if tree.files.count + tree.folders.count + tree.leftOut.count >= limit {
        return FileFailure(reason: "it holds more than \(limit) files and folders")
      }
      tree.leftOut.append(
        .init(path: path.isEmpty ? name : path + "/" + name, reason: "its name is not UTF-8"))
    }
    for name in names {
      let here = path.isEmpty ? name : path + "/" + name
      var status = stat()
      guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        tree.leftOut.append(.init(path: here, reason: FileFailure(code: errno).reason))
        continue
      }
      if tree.files.count + tree.folders.count + tree.leftOut.count >= limit {
        return FileFailure(reason: "it holds more than \(limit) files and folders")
      }
      switch status.st_mode & S_IFMT {
      case S_IFREG:
        let isWritable = status.st_mode & S_IWUSR != 0
        tree.files.append(
          SharedFile(path: here, size: UInt64(max(status.st_size, 0)), isWritable: isWritable))
      case S_IFDIR:
        let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard inner >= 0 else {
          tree.leftOut.append(.init(path: here, reason: FileFailure(code: errno).reason))
          continue
        }
        defer { close(inner) }
        tree.folders.append(here)
        if let failure = list(inner, here, root, depth + 1, limit, &tree) { return failure }
      case S_IFLNK:
        tree.leftOut.append(.init(path: here, reason: reason(forLink: here, in: root)))
      default: tree.leftOut.append(.init(path: here, reason: "it is neither a file nor a folder"))
      }
    }
    return nil
  }

  /// The names in a folder, sorted, those that are no text, escaped, and an error number.
  private static func names(in folder: Int32) -> ([String], [String], Int32) {
    // The stream closes its descriptor, and the folder is still needed.
    let copy = fcntl(folder, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { return ([], [], errno) }
    guard let stream = fdopendir(copy) else {
      let code = errno
      close(copy)
      return ([], [], code)
    }
    defer { closedir(stream) }
    var (names, escaped): ([String], [String]) = ([], [])
    while let entry = readdir(stream) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if let name = String(validating: bytes, as: UTF8.self) {
        if name != ".", name != ".." { names.append(name) }
      } else {
        escaped.append(Self.escaped(bytes))
      }
    }
    return (names.sorted(), escaped.sorted(), 0)
  }

  /// Bytes that are no text: what is not ASCII as `\xff`.
  private static func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return 0x20..<0x7f ~= byte
        ? String(UnicodeScalar(byte)) : "\\x" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }

  /// Why a symbolic link is left out.
  private static func reason(forLink path: String, in root: String) -> String {
    guard let target = canonical(root + "/" + path) else { return "it is a symbolic link that leads nowhere" }
    let isInside = target == root || target.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    return isInside
      ? "it is a symbolic link, and what it leads to is shared anyway"
      : "it is a symbolic link that leads out of the folder"
  }

  /// A path without links and dots; nil if it leads nowhere.
  private static func canonical(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  mutating func readShared(
    _ folder: String, _ path: String, offset: UInt64, count: Int
  ) -> Result<[UInt8], FileFailure> {
    var descriptor = open(Self.expanded(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return .failure(FileFailure(code: errno)) }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if part.isEmpty || part == "." || part == ".." {
        close(descriptor)
        return .failure(FileFailure(reason: "its path leads out of the folder"))
      }
      // A pipe in the place of a file must not hold the shell up.
      let kind = index == parts.count - 1 ? O_NONBLOCK : O_DIRECTORY
      let next = openat(descriptor, String(part), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
      let code = errno
      close(descriptor)
      guard next >= 0 else {
        return .failure(
          code == ELOOP ? FileFailure(reason: "it has become a symbolic link") : FileFailure(code: code))
      }
      descriptor = next
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .failure(FileFailure(code: errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      return .failure(FileFailure(reason: "it is no regular file any more"))
    }
    return Self.read(descriptor, offset, count)
  }

  private static func read(_ descriptor: Int32, _ offset: UInt64, _ count: Int) -> Result<
    [UInt8], FileFailure
  > {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, filled in
      while filled < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
        let read = pread(descriptor, rest.baseAddress, rest.count, off_t(clamping: offset &+ UInt64(filled)))
        if read == 0 { return }
        if read < 0 {
          if errno == EINTR, !Signals.isWaiting(.interrupt) { continue }
          code = errno
          return
        }
        filled += read
      }
    }
    return code == 0 ? .success(bytes) : .failure(FileFailure(code: code))
  }
}
