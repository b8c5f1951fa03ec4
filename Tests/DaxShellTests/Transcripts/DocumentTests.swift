import Testing

@testable import DaxShell

/// The sessions in README.md and in `docs`: each block marked `daxrepl` is run in a session of its own.
@Suite struct DocumentTests {
  static let documents = ["README.md"] + Repository.files(in: "docs", suffix: ".md")

  @Test(arguments: documents) func sessions(_ path: String) throws {
    let text = try Repository.text(path)
    try Repository.expect(Self.running(text), in: path)
  }

  @Test func blocksAreFound() {
    let text = "a\n```daxrepl\ndax> version\nold\n```\nb\n"
    #expect(Self.running(text) == "a\n```daxrepl\ndax> version\ndaxrepl \(daxreplVersion)\n```\nb\n")
    #expect(Self.running("```sh\ndax> version\n```\n") == "```sh\ndax> version\n```\n")
    // What a script echoes is an answer, and is not run again.
    let script = Self.running(
      "```daxrepl\ndax> explore probe faults=1 export=a\ndax> new kernel=patch-v2\n"
        + "dax> explore probe faults=1 export=a\ndax> source a\ndax> back\n```\n")
    #expect(script.contains("\ndax> delete\n") && Self.running(script) == script)
  }

  @Test(arguments: documents) func linksLeadSomewhere(_ path: String) throws {
    let folder = path.contains("/") ? "docs/" : ""
    for part in try Repository.text(path).split(separator: "](").dropFirst() {
      let link = part.prefix { $0 != ")" && $0 != "#" }
      if link.isEmpty || link.hasPrefix("http") { continue }
      let target = Repository.root.appending(path: folder + link)
      #expect((try? target.checkResourceIsReachable()) == true, "\(path): \(link)")
    }
  }

  /// The text with what its sessions print today.
  static func running(_ text: String) -> String {
    var result: [Substring] = []
    var session: Session<RepositoryHost>?
    // Commands of a script that the last command has run: they are part of its answer.
    var echoed: ArraySlice<Substring> = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if session == nil {
        result.append(line)
        if line == "```daxrepl" { session = .transcribing() }
      } else if line.hasPrefix("```") {
        session = nil
        result.append(line)
      } else if isCommand(line) {
        if line == echoed.first {
          echoed.removeFirst()
          continue
        }
        // Only text has the line before its answer.
        if session?.options.format != .text { result.append(line) }
        guard let reply = session?.run(String(line.dropFirst(5))) else { continue }
        let answer = (reply.output + reply.diagnostics).split(
          separator: "\n", omittingEmptySubsequences: false
        ).dropLast()
        result += answer
        echoed = answer.filter(isCommand).dropFirst()[...]
      }
    }
    return result.joined(separator: "\n")
  }

  private static func isCommand(_ line: Substring) -> Bool {
    line.hasPrefix("dax> ") || line.hasPrefix("...> ")
  }
}
