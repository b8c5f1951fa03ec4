import Testing

@testable import DaxShell

/// Ctrl-C in a search, how far it has come, and the fixed set of searches.
@Suite("Long searches") struct ExploreStopTests {
  static let long = "explore remove pin reader reader:1"

  /// A shell that is told to stop when it asks for the so many and first time.
  private func shell(patience: Int, isInteractive: Bool = false) -> TestShell {
    var shell = ExploreTests.probed()
    if isInteractive { shell.session.beginConversation() }
    shell.session.host.rest()
    shell.session.host.patience = patience
    return shell
  }

  @Test("A person stops it, sees what was found, and goes on")
  func interactive() throws {
    var shell = shell(patience: 1, isInteractive: true)
    let reply = shell.session.run(Self.long)
    #expect(reply.diagnostics.isEmpty && reply.output.contains("\nIt was stopped: "))
    #expect(reply.output.contains("\n1  ") && reply.output.contains("\nthe shortest way to 1:\n"))
    #expect(reply.next == .read && shell.session.exitCode == 0)
    shell.session.host.rest()
    let answer = try shell.result(Self.long)
    #expect(answer["complete"] == false && !answer["violations"].elements.isEmpty)
    #expect(answer["stopped"].text?.hasPrefix("It was stopped: ") == true)
    shell.session.host.patience = .max
    #expect(shell.run("explore remove").contains("every order of remove (task 2)"))
  }

  @Test("A script ends with exit code 130, with what was found", arguments: SessionOptions.Format.allCases)
  func script(_ format: SessionOptions.Format) throws {
    var shell = shell(patience: 3)
    shell.session.options.format = format
    let (output, errors) = shell.script(Self.long + " export=found.dax\nversion\n")
    #expect(shell.session.exitCode == 130)
    #expect(!output.contains("daxrepl 0.1.0") && !output.contains("\"version\""))
    #expect(errors.contains("test.dax:1:1: error: interrupted after "))
    #expect(output.contains("bad-address"))
    if format == .json {
      let result = try JSON(output)["result"]
      #expect(result["complete"] == false && result["exported"] == "found.dax")
    }
    #expect(shell.session.host.files["found.dax"] != nil)
  }

  @Test("An export of a stopped search leads to what it says")
  func exported() throws {
    var shell = shell(patience: 1, isInteractive: true)
    let answer = try shell.result(Self.long + " export=found.dax")
    shell.session.host.patience = .max
    shell.run("source found.dax")
    #expect(answer["violations"][0]["state"] == .text("0x" + String(shell.digest, radix: 16)))
  }

  @Test("A long search says how far it has come, and takes that away at the end")
  func progress() {
    var shell = shell(patience: .max)
    shell.run(Self.long)
    let texts = shell.session.host.progress
    #expect(texts.count > 2 && texts.last == .some(nil))
    #expect(
      texts.dropLast().allSatisfy { $0?.contains(" lines deep") == true && $0?.contains("\n") == false })
    shell.session.host.progress = []
    shell.run("verify 6.12 case=pin")
    #expect(shell.session.host.progress == ["pin, Linux 6.12", nil])
    shell.session.host.progress = []
    shell.run("verify 6.12 case=nope", "explore nope")
    #expect(shell.session.host.progress == [])
  }

  // MARK: The fixed set

  @Test("verify has a row for each search and release, in that order")
  func verify() throws {
    var shell = TestShell()
    let rows = try shell.result("verify patch-v2 6.12")["rows"].elements
    #expect(rows.count == 14)
    #expect(rows.prefix(3).map { $0["case"] } == ["probe-fault", "probe-fault", "bind-again"])
    for row in rows {
      #expect(row.names == ["case", "kernel", "states", "transitions", "complete", "found"])
      #expect(row["complete"] == true && row["states"].isNumber && row["transitions"].isNumber)
    }
    let clean = rows.filter { $0["kernel"] == "6.12" && $0["found"] == [] }.map { $0["case"] }
    #expect(clean == ["probe-fault", "bind-again", "two-devices", "mount-user"])
    let again = try shell.result("verify patch-v2 case=bind-again")["rows"].elements
    #expect(again == rows.filter { $0["kernel"] == "patch-v2" && $0["case"] == "bind-again" })
    let text = shell.run("verify 5.10 case=pin")
    #expect(
      text.hasPrefix("pin: an unbind, and somebody who pins a page of the window and puts it\n  5.10  "))
    #expect(text.hasSuffix(" states  nothing\n") || text.contains("nothing\n"))
  }

  @Test("What is wrong with verify is said")
  func wrongVerify() {
    var shell = TestShell()
    #expect(shell.complaint("verify 6.21").contains("did you mean"))
    #expect(shell.complaint("verify nope").contains("no kernel release is called `nope`"))
    #expect(shell.complaint("verify case=pni").contains("`pni` is no value for case"))
    #expect(shell.complaint("verify csae=pin").contains("did you mean `case`?"))
    shell.session.host.rest()
    shell.session.host.patience = 1
    #expect(shell.complaint("verify 6.12").contains("interrupted after 1 search\n"))
    #expect(shell.session.exitCode == 130)
  }
}
