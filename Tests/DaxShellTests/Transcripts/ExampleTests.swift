import DaxModel
import Testing

@testable import DaxShell

/// The scripts in `Examples`: each prints what its transcript says, and meets its own expectations.
@Suite struct ExampleTests {
  static let scripts = Repository.files(in: "Examples", suffix: ".dax")

  @Test func thereAreExamples() {
    #expect(Self.scripts.count >= 5)
  }

  @Test(arguments: scripts) func transcript(_ path: String) throws {
    var session = Session.transcribing()
    var output = ""
    session.runScript(try Repository.text(path), named: path) { reply in
      output += reply.output + reply.diagnostics
    }
    #expect(session.exitCode == 0)
    try Repository.expect(output, in: path.dropLast(4) + ".transcript")
  }

  /// Examples are read on narrow screens and in mails.
  @Test(arguments: scripts) func proseIsNarrow(_ path: String) throws {
    for line in try Repository.text(path).split(separator: "\n") where line.hasPrefix("#") {
      #expect(line.count <= 100, "\(path): \(line)")
    }
  }

  /// `unwind.dax` lets every line of a probe fail that can fail, in Linux 6.12.
  @Test func unwindMissesNoLine() throws {
    let script = try Repository.text("Examples/unwind.dax")
    let release = KernelRelease.v6_12
    var functions: [FunctionID] = [.driverProbeDevice]
    var next = 0
    while next < functions.count {
      for info in functions[next].lines(in: release) {
        functions += info.note.calls.filter { !functions.contains($0) }
      }
      next += 1
    }
    #expect(functions.contains(.virtioFsSetupDax))
    for function in functions {
      for info in function.lines(in: release) where !info.note.failsWith.isEmpty {
        #expect(script.contains("inject \(function.name).\(info.name) "), "\(function.name).\(info.name)")
      }
    }
  }
}
