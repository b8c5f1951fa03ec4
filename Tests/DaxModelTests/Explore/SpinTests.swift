import Foundation
import Testing

@testable import DaxModel

/// The search against SPIN, which knows nothing of it: models in Promela, written by hand after what the functions do.
///
/// Partial-order reduction is off on that side, so both must come to the same numbers.
@Suite(.enabled(if: Spin.isThere, "SPIN or a C compiler is not installed: no comparison with it"))
struct SpinTests {
  /// One configuration, for both sides.
  struct Configuration: Sendable, CustomTestStringConvertible {
    var model: String
    var readers = 0
    var rounds = 1
    var pins = 0
    var holds = 0
    /// What must be found, by hand.
    var dies: Bool
    var hangs: Bool

    var definitions: [String] {
      ["READERS=\(readers)", "ROUNDS=\(rounds)", "PINS=\(pins)", "HOLDS=\(holds)"]
    }
    var testDescription: String { "\(model): " + definitions.joined(separator: " ") }

    /// The machine with the tasks of the model.
    func machine() throws -> Machine {
      let release: KernelRelease = model == "readers" ? .v6_12 : model == "pins" ? .v5_10 : .patchV2
      var machine = try Machine.probed(release, window: ByteCount(2 << 20))
      switch model {
      case "readers": machine.start("kill", KillDax(daxDevice: machine.kernel.daxDevice(of: 0)).frame)
      case "pins":
        let pagemap = try #require(machine.kernel.pagemaps.handles.first)
        machine.start("unmap", MemunmapPages(pagemap: pagemap).frame)
      default: machine.startRemove(0)
      }
      for _ in 0..<readers { machine.startReader(0, at: PageOffset(0), rounds: UInt64(rounds)) }
      for _ in 0..<pins { machine.startPin(0, at: PageOffset(0)) }
      for _ in 0..<holds { machine.startPin(0, at: PageOffset(0), isKept: true) }
      return machine
    }
  }

  static let configurations = [
    Configuration(model: "readers", readers: 2, dies: true, hangs: false),
    Configuration(model: "readers", readers: 2, rounds: 2, dies: true, hangs: false),
    Configuration(model: "pins", pins: 2, dies: false, hangs: false),
    Configuration(model: "pins", pins: 1, holds: 1, dies: false, hangs: true),
    Configuration(model: "unbind", readers: 1, pins: 1, dies: true, hangs: false),
    Configuration(model: "unbind", pins: 1, dies: true, hangs: false),
    Configuration(model: "unbind", pins: 1, holds: 1, dies: true, hangs: true),
  ]

  @Test("The same states, the same transitions, the same verdicts", arguments: configurations)
  func agreement(_ configuration: Configuration) throws {
    var explorer = Explorer(try configuration.machine())
    while explorer.advance(states: 10_000) {}
    #expect(explorer.isComplete)
    let kinds = explorer.violations.map(\.kind.word)
    #expect(kinds.contains("oops") == configuration.dies)
    #expect(kinds.contains("hang") == configuration.hangs)

    let spin = try Spin(configuration.model, configuration.definitions)
    let count = try spin.run([])
    // SPIN keeps the state in which a machine has died, and counts the way to the first state as one.
    #expect(explorer.stateCount + explorer.deaths == count.states)
    #expect(explorer.transitions + 1 == count.transitions)
    #expect(try spin.run(["FIND_OOPS"]).hasErrors == configuration.dies)
    #expect(try spin.run(["FIND_HANG"]).hasErrors == configuration.hangs)
  }
}

/// A model in Promela, and what SPIN says about it.
private struct Spin {
  struct Result {
    var states: Int
    var transitions: Int
    var hasErrors: Bool
  }

  struct Failure: Error {
    var text: String
  }

  let model: String
  let definitions: [String]

  init(_ model: String, _ definitions: [String]) throws {
    self.model = model
    self.definitions = definitions
  }

  static let isThere = Spin.path(of: "spin") != nil && Spin.path(of: "cc") != nil

  private static func path(of tool: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/\(tool)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Makes the checker of the model and runs it to the end.
  func run(_ purpose: [String]) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "daxmodel-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for file in ["\(model).pml", "reader.inc", "pin.inc", "monitor.inc"] {
      try Fixtures.text("promela/\(file)").write(
        to: folder.appending(path: file), atomically: true, encoding: .utf8)
    }
    let defined = (definitions + purpose).map { "-D" + $0 }
    _ = try call("spin", ["-a", "-o1", "-o2", "-o3"] + defined + ["\(model).pml"], in: folder)
    _ = try call("cc", ["-O1", "-w", "-DNOREDUCE", "-DSAFETY", "-o", "pan", "pan.c"], in: folder)
    let text = try call(folder.appending(path: "pan").path, ["-E", "-m1000000", "-w22"], in: folder)
    guard let states = number(before: "states, stored", in: text),
      let transitions = number(before: "transitions (=", in: text)
    else { throw Failure(text: text) }
    return Result(states: states, transitions: transitions, hasErrors: !text.contains("errors: 0"))
  }

  private func number(before words: String, in text: String) -> Int? {
    guard let line = text.split(separator: "\n").first(where: { $0.contains(words) }) else { return nil }
    return line.split(separator: " ").first.flatMap { Int($0) }
  }

  private func call(_ tool: String, _ arguments: [String], in folder: URL) throws -> String {
    let process = Process()
    guard let path = tool.hasPrefix("/") ? tool : Spin.path(of: tool) else {
      throw Failure(text: "no \(tool)")
    }
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(text: text) }
    return text
  }
}
