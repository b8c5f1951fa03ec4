import DaxModel

// The command that copies a folder of the real world to the host of the model.

extension Session {
  /// The most that is copied: all files of a folder together.
  private static var sharedBytes: UInt64 { 256 << 20 }
  private static var sharedFiles: Int { 10_000 }
  /// How much is read at a time.
  private static var piece: Int { 1 << 20 }

  mutating func share(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let token = try line.argument(0, "the folder", example: "share Examples/machines")
    if token.text.split(separator: "/").contains("..") {
      throw Diagnostic(
        "a path with `..` is not shared", at: token,
        hint: "write the path of the folder itself, such as /srv/files")
    }
    guard var server = machine.server(of: device) else {
      throw Diagnostic("the device has no server", at: line.command)
    }
    let tree: SharedTree
    switch host.listTree(token.text, limit: Self.sharedFiles) {
    case .success(let listed): tree = listed
    case .failure(let failure): throw cannotShare(token, failure.reason)
    }
    let total = tree.files.reduce(UInt64(0)) { $0 &+ min($1.size, 1 << 40) }
    if total > Self.sharedBytes {
      throw cannotShare(token, "its files have \(total) bytes, and at most \(Self.sharedBytes) are copied")
    }
    for folder in tree.folders {
      do throws(Errno) {
        if (try? server.files.resolve(folder)) == nil { try server.files.hostMakeFolder(folder) }
      } catch {
        throw cannotShare(token, "`\(escapeControls(folder))` cannot be made on the host: \(error.meaning)")
      }
    }
    var done: UInt64 = 0
    defer { host.showProgress(nil) }
    var (count, leftOut) = (0, tree.leftOut)
    for file in tree.files {
      switch try copy(file, of: token, to: &server, after: done, of: total, line) {
      case .success(let bytes): (count, done) = (count + 1, done + bytes)
      case .failure(let failure): leftOut.append(.init(path: file.path, reason: failure.reason))
      }
    }
    let (device, whole) = (device, server)
    debugger.timeline.change { _ = $0.changeServer(of: device) { $0 = whole } }
    note(.other("share \(token.text)", "a workload has no step that shares a folder"))
    return shareAnswer(files: count, folders: tree.folders.count, leftOut, done)
  }

  private func cannotShare(_ token: Token, _ reason: String) -> Diagnostic {
    Diagnostic("`\(escapeControls(token.text))` cannot be shared: \(reason)", at: token)
  }

  /// Copies a file, which is read piece by piece. Returns how many bytes it has, or why it cannot be read: then nothing
  /// has changed.
  private mutating func copy(
    _ file: SharedFile, of folder: Token, to server: inout FuseServer, after before: UInt64, of total: UInt64,
    _ line: Invocation
  ) throws(Diagnostic) -> Result<UInt64, FileFailure> {
    let name = escapeControls(file.path)
    var content: [UInt8] = []
    while content.count < file.size {
      let offset = UInt64(content.count)
      if host.isInterrupted() {
        failureCode = 130
        throw Diagnostic("interrupted after \(before + offset) of \(total) bytes", at: line.command)
      }
      host.showProgress("\(name): \((before + offset) >> 20) of \(total >> 20) MiB")
      let wanted = Int(min(UInt64(Self.piece), file.size - offset))
      switch host.readShared(folder.text, file.path, offset: offset, count: wanted) {
      case .success(let bytes) where bytes.isEmpty:
        let reason = "it has become shorter meanwhile: \(offset) bytes rather than \(file.size)"
        return .failure(FileFailure(reason: reason))
      case .success(let bytes): content += bytes
      case .failure(let failure): return .failure(failure)
      }
    }
    do throws(Errno) {
      if (try? server.files.resolve(file.path)) != nil { try server.hostRemove(file.path) }
      try server.files.hostCreate(file.path, .bytes([]), isWritable: file.isWritable)
      try server.files.hostWrite(file.path, content, at: FileOffset(0))
    } catch {
      throw cannotShare(folder, "`\(name)` cannot be made on the host: \(error.meaning)")
    }
    return .success(UInt64(content.count))
  }

  private func shareAnswer(
    files count: Int, folders: Int, _ leftOut: [SharedTree.LeftOut], _ bytes: UInt64
  ) -> Answer {
    let result: Datum = [
      "files": .count(count), "folders": .count(folders), "bytes": .count(bytes),
      "left_out": .list(leftOut.map { ["name": .text($0.path), "reason": .text($0.reason)] }),
    ]
    let files = count == 1 ? "1 file" : "\(count) files"
    var lines = wrapped("on the host now: \(files), \(bytes) bytes", indent: 0)
    for entry in leftOut { lines += wrapped("left out: \(entry.path): \(entry.reason)", indent: 2) }
    return Answer(result, lines: lines)
  }
}
