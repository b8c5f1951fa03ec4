import DaxModel

// The command that holds the model to what real kernels did.

extension Session {
  mutating func conform(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1, options: ["kernel"])
    let token = try line.argument(
      0, "a workload or a folder of workloads", example: "conform Examples/workloads")
    let release =
      try line[option: "kernel"].map { token throws(Diagnostic) in try Self.release(token) } ?? release
    let paths = workloadPaths(token.text)
    var reports: [Conformance] = []
    defer { host.showProgress(nil) }
    for (index, path) in paths.enumerated() {
      let workload = try workload(path, at: token)
      host.showProgress("\(index) of \(paths.count): \(escapeControls(workload.name))")
      var host = host
      let report = Conformance.check(workload, on: release) { host.isInterrupted() }
      self.host = host
      reports.append(report)
      if report.wasInterrupted || self.host.isInterrupted() {
        failureCode = 130
        throw Diagnostic("interrupted after \(index) of \(paths.count) workloads", at: line.command)
      }
    }
    if reports.contains(where: { !$0.hasPassed }) { fail(as: 2) }
    return conformAnswer(reports)
  }

  /// The workloads of a folder in the order of their names; or a path that is one itself.
  private mutating func workloadPaths(_ path: String) -> [String] {
    let names = host.listFolder(path).filter { $0.hasSuffix(".json") }.sorted()
    if names.isEmpty { return [path] }
    return names.map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
  }

  private mutating func workload(_ path: String, at token: Token) throws(Diagnostic) -> Workload {
    let bytes: [UInt8]
    switch host.readFile(path) {
    case .success(let read): bytes = read
    case .failure(let failure):
      failureCode = 66
      throw Diagnostic("`\(escapeControls(path))` cannot be read: \(failure.reason)", at: token)
    }
    do throws(WorkloadFailure) {
      return try Workload(bytes)
    } catch {
      throw Diagnostic(
        "`\(escapeControls(path))` is no workload: \(escapeControls(error.message))", at: token,
        hint: "docs/conformance.md says what a workload looks like")
    }
  }
}
