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
    for file in tree.files {
      done += try copy(file, of: token, to: &server, after: done, of: total, line)
    }
    let (device, whole) = (device, server)
    debugger.timeline.change { _ = $0.changeServer(of: device) { $0 = whole } }
    note(.other("share \(token.text)", "a workload has no step that shares a folder"))
    return shareAnswer(tree, done)
  }

  private func cannotShare(_ token: Token, _ reason: String) -> Diagnostic {
    Diagnostic("`\(escapeControls(token.text))` cannot be shared: \(reason)", at: token)
  }

  /// Copies a file piece by piece. Returns its bytes.
  private mutating func copy(
    _ file: SharedFile, of folder: Token, to server: inout FuseServer, after before: UInt64, of total: UInt64,
    _ line: Invocation
  ) throws(Diagnostic) -> UInt64 {
    let name = escapeControls(file.path)
    do throws(Errno) {
      if (try? server.files.resolve(file.path)) != nil { try server.hostRemove(file.path) }
      try server.files.hostCreate(file.path, .bytes([]), isWritable: file.isWritable)
    } catch {
      throw cannotShare(folder, "`\(name)` cannot be made on the host: \(error.meaning)")
    }
    var offset: UInt64 = 0
    while offset < file.size {
      if host.isInterrupted() {
        failureCode = 130
        throw Diagnostic("interrupted after \(before + offset) of \(total) bytes", at: line.command)
      }
      host.showProgress("\(name): \((before + offset) >> 20) of \(total >> 20) MiB")
      let wanted = Int(min(UInt64(Self.piece), file.size - offset))
      let bytes: [UInt8]
      switch host.readShared(folder.text, file.path, offset: offset, count: wanted) {
      case .success(let read): bytes = read
      case .failure(let failure):
        throw cannotShare(folder, "`\(name)` cannot be read any more: \(failure.reason)")
      }
      if bytes.isEmpty {
        throw cannotShare(
          folder, "`\(name)` has become shorter meanwhile: \(offset) bytes rather than \(file.size)")
      }
      do throws(Errno) {
        try server.files.hostWrite(file.path, bytes, at: FileOffset(offset))
      } catch {
        throw cannotShare(folder, "`\(name)` cannot be written on the host: \(error.meaning)")
      }
      offset += UInt64(bytes.count)
    }
    return offset
  }

  private func shareAnswer(_ tree: SharedTree, _ bytes: UInt64) -> Answer {
    let leftOut: [Datum] = tree.leftOut.map { ["name": .text($0.path), "reason": .text($0.reason)] }
    let result: Datum = [
      "files": .count(tree.files.count), "folders": .count(tree.folders.count), "bytes": .count(bytes),
      "left_out": .list(leftOut),
    ]
    let files = tree.files.count == 1 ? "1 file" : "\(tree.files.count) files"
    var lines = wrapped("on the host now: \(files), \(bytes) bytes", indent: 0)
    for entry in tree.leftOut { lines += wrapped("left out: \(entry.path): \(entry.reason)", indent: 2) }
    return Answer(result, lines: lines)
  }
}
