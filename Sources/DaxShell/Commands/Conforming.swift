import DaxModel

// The command that holds the model to what real kernels did.

extension Session {
  mutating func conform(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1, options: ["kernel"])
    let token = try line.argument(
      0, "a workload or a folder of workloads", example: "conform Examples/workloads")
    let release =
      try line[option: "kernel"].map { token throws(Diagnostic) in try Self.release(token) } ?? release
    let folder = token.text.hasSuffix("/") ? token.text : token.text + "/"
    let names = host.listFolder(token.text).filter { $0.hasSuffix(".json") }.sorted()
    // A file alone must be a workload; in a folder what is none is a row that has not passed.
    let alone = names.isEmpty ? try workload(token) : nil
    var reports: [Conformance] = []
    defer { host.showProgress(nil) }
    for index in 0..<max(names.count, 1) {
      let title = alone?.name ?? names[index]
      host.showProgress("\(index) of \(max(names.count, 1)): \(escapeControls(title))")
      let read: Result<Workload, WorkloadFailure> =
        alone.map { .success($0) } ?? workload(folder + title, named: String(title.dropLast(5)))
      reports.append(check(read, named: String(title.dropLast(5)), on: release))
      if reports.last?.wasInterrupted == true || host.isInterrupted() {
        failureCode = 130
        throw Diagnostic("interrupted after \(index) of \(max(names.count, 1)) workloads", at: line.command)
      }
    }
    if reports.contains(where: { !$0.hasPassed }) { fail(as: 2) }
    return conformAnswer(reports)
  }

  private mutating func check(
    _ read: Result<Workload, WorkloadFailure>, named name: String, on release: KernelRelease
  ) -> Conformance {
    switch read {
    case .success(let workload):
      var host = host
      defer { self.host = host }
      return Conformance.check(workload, on: release) { host.isInterrupted() }
    case .failure(let failure): return Conformance(unreadable: name, on: release, failure.message)
    }
  }

  /// A file of a folder. What is no regular file is not opened: a pipe would wait for ever.
  private mutating func workload(_ path: String, named name: String) -> Result<Workload, WorkloadFailure> {
    switch host.readRegularFile(path) {
    case .failure(let failure): return .failure(WorkloadFailure("it cannot be read: \(failure.reason)"))
    case .success(let bytes):
      do throws(WorkloadFailure) {
        return .success(try Workload(bytes, named: name))
      } catch {
        return .failure(error)
      }
    }
  }

  private mutating func workload(_ token: Token) throws(Diagnostic) -> Workload {
    let bytes: [UInt8]
    switch host.readFile(token.text) {
    case .success(let read): bytes = read
    case .failure(.isFolder):
      failureCode = 66
      throw Diagnostic(
        "there are no recordings in `\(escapeControls(token.text))`", at: token,
        hint: "the name of a recording ends in .json")
    case .failure(let failure):
      failureCode = 66
      throw Diagnostic("`\(escapeControls(token.text))` cannot be read: \(failure.reason)", at: token)
    }
    do throws(WorkloadFailure) {
      return try Workload(bytes, named: token.text.split(separator: "/").last.map { String($0) })
    } catch {
      throw Diagnostic(
        "`\(escapeControls(token.text))` is no workload: \(escapeControls(error.message))", at: token,
        hint: "docs/conformance.md says what a workload looks like")
    }
  }
}
