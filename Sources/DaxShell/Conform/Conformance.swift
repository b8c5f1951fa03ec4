import DaxModel

/// Where the model differs from what a real kernel did.
struct Divergence: Hashable {
  /// The step, from 0; nil if it is about the workload as a whole.
  var step: Int?
  /// What was done there.
  var action: String
  /// The result that differs, or `requests.N`.
  var field: String
  var expected: Datum
  var actual: Datum
}

/// How a workload went on the model.
struct Conformance: Hashable {
  /// The workload's name.
  var name: String
  /// The release on which it ran.
  var release: String
  /// Whether the requests were compared one by one.
  var isExact: Bool
  /// How many steps it has.
  var steps: Int
  /// The first difference.
  var divergence: Divergence?
  /// Whether the user has stopped it.
  var wasInterrupted = false

  /// A file that is no workload, and why not.
  init(unreadable name: String, on release: KernelRelease, _ reason: String) {
    self.init(name: name, release: release.name, isExact: false, steps: 0)
    divergence = Divergence(action: "", field: "workload", expected: "a workload", actual: .text(reason))
  }

  init(name: String, release: String, isExact: Bool, steps: Int) {
    (self.name, self.release, self.isExact, self.steps) = (name, release, isExact, steps)
  }

  var hasPassed: Bool { divergence == nil && !wasInterrupted }

  /// Runs a workload on a release, up to the first difference.
  static func check(
    _ workload: Workload, on release: KernelRelease, isInterrupted: () -> Bool = { false }
  ) -> Conformance {
    let isExact = workload.isExact(on: release)
    var report = Conformance(
      name: workload.name, release: release.name, isExact: isExact, steps: workload.steps.count)
    if let flaw = workload.flaw {
      report.divergence = Divergence(
        action: "", field: "workload", expected: "a workload that can be run", actual: .text(flaw))
      return report
    }
    var runner: WorkloadRunner
    do throws(WorkloadFailure) {
      runner = try WorkloadRunner(workload, on: release)
    } catch {
      report.divergence = Divergence(
        action: "", field: "machine", expected: "a machine for the workload", actual: .text(error.message))
      return report
    }
    var rules = ReclaimRules(window: workload.device.window)
    for (index, step) in workload.steps.enumerated() {
      let outcome = runner.run(step.action, isInterrupted)
      if outcome.trouble == .interrupted || isInterrupted() {
        report.wasInterrupted = true
        return report
      }
      let isLast = index == workload.steps.count - 1
      var difference = step.difference(from: outcome, isExact: isExact, hangs: workload.hangs && isLast)
      if difference == nil, !isExact { difference = outcome.difference(from: &rules) }
      if var difference {
        (difference.step, difference.action) = (index, step.name)
        report.divergence = difference
        return report
      }
    }
    if isExact, let line = runner.machine.firstUnlogged(of: workload.kernelLog) {
      report.divergence = Divergence(action: "", field: "kernel_log", expected: .text(line), actual: .null)
    }
    return report
  }
}

extension Machine {
  /// The first of some lines, in their order, that the kernel has not logged. `fuse: ` before a line is its module's name.
  fileprivate func firstUnlogged(of lines: [String]) -> String? {
    var messages = kernel.log.entries.map { $0.line }[...]
    return lines.first { line in
      let wanted = line.hasPrefix("fuse: ") ? String(line.dropFirst(6)) : line
      guard let place = messages.firstIndex(of: wanted) else { return true }
      messages = messages[(place + 1)...]
      return false
    }
  }
}

extension Workload.Step {
  /// The first difference between what was recorded and what the model does.
  fileprivate func difference(
    from outcome: WorkloadRunner.Outcome, isExact: Bool, hangs: Bool
  ) -> Divergence? {
    switch outcome.trouble {
    // Who dies does not return either.
    case .hung where hangs, .died where hangs: return nil
    case .some(let trouble):
      let expected: Datum = hangs ? "hangs" : .text(resultText)
      return Divergence(action: "", field: "end", expected: expected, actual: .text(trouble.message))
    case .none where hangs:
      return Divergence(action: "", field: "end", expected: "hangs", actual: .text(outcome.resultText))
    case .none: break
    }
    for result in results {
      let actual = outcome[result.name] ?? .null
      if !result.value.agrees(with: actual, as: result.name) {
        return Divergence(action: "", field: result.name, expected: result.value, actual: actual)
      }
    }
    if !isExact || !hasRequests { return nil }
    for place in 0..<max(requests.count, outcome.requests.count) {
      let expected = place < requests.count ? requests[place] : nil
      let actual = place < outcome.requests.count ? outcome.requests[place] : nil
      if !(expected.flatMap { expected in actual.map { expected.agrees(with: $0) } } ?? false) {
        return Divergence(
          action: "", field: "requests.\(place)", expected: .optional(expected?.description),
          actual: .optional(actual?.description))
      }
    }
    return nil
  }

  private var resultText: String { text(of: results) }
}

extension WorkloadRunner.Outcome {
  fileprivate var resultText: String { text(of: results) }

  /// The first request that breaks a rule.
  fileprivate func difference(from rules: inout ReclaimRules) -> Divergence? {
    for (place, request) in requests.enumerated() {
      if let problem = rules.broken(by: request, about: inodes[place]) {
        return Divergence(
          action: "", field: "requests.\(place)", expected: .text(problem), actual: .text(request.description)
        )
      }
    }
    return nil
  }
}

/// `ret=0 errno=0`.
private func text(of results: [Field]) -> String {
  results.isEmpty
    ? "comes to its end" : results.map { "\($0.name)=\($0.value.cellText)" }.joined(separator: " ")
}
