import Foundation
import Testing

@testable import DaxModel
@testable import DaxShell

/// What the shell shows of releases, and of the two bugs of 2025.
@Suite struct ReleaseCommandTests {
  @Test("releases marks switches whose release is not confirmed, and says so below")
  func unconfirmed() throws {
    var shell = TestShell()
    let text = shell.run("releases")
    #expect(text.contains("\npinsDelayUnmap *"))
    #expect(text.contains("\npfnIsAddress  "))
    #expect(text.contains("\n* in which release it changed is not confirmed\n"))
    for row in try shell.result("releases")["switches"].elements {
      #expect(row["unconfirmed"] == .bool(row["source"].text?.contains("UNCONFIRMED") == true))
    }
    #expect(try shell.result("explain pfnIsAddress")["unconfirmed"] == false)
    #expect(try shell.result("diff-release 5.15 6.1")["differences"][0]["unconfirmed"] == false)
    #expect(!shell.run("diff-release 6.17-rc1 6.17").contains("confirmed"))
  }

  // MARK: Neighbours

  /// `from | to | switch | on or off | builds` of each difference between two neighbours, by hand.
  static let changes: [[String]] = {
    let path = TestHost.root.appending(path: "Tests/DaxModelTests/Fixtures/release-changes.txt")
    let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
  }()

  static let neighbours = zip(KernelRelease.all, KernelRelease.all.dropFirst()).map { [$0.name, $1.name] }

  @Test(
    "diff-release between neighbours has the rows of the table, and no others", arguments: neighbours,
    ["x86_64", "s390x"])
  func neighbour(_ pair: [String], _ architecture: String) throws {
    var shell = TestShell()
    shell.run("new arch=\(architecture)")
    let answer = try shell.result("diff-release \(pair[0]) \(pair[1])")
    #expect(answer["arch"] == .text(architecture))
    let rows = answer["differences"].elements.map { row in
      #expect(row["from"] != row["to"])
      return (row["switch"].text ?? "") + (row["to"] == true ? " on" : " off")
    }
    let table = Self.changes.filter {
      $0[0] == pair[0] && $0[1] == pair[1] && !$0[2].isEmpty && $0[2] != "-"
        && ["both", architecture].contains($0[4])
    }
    #expect(rows.sorted() == table.map { "\($0[2]) \($0[3])" }.sorted())
    #expect(Set(rows).count == rows.count)
  }

  @Test("The table of changes has rows for every pair of neighbours")
  func pairs() {
    #expect(Self.changes.count > 40)
    for pair in Self.neighbours {
      #expect(Self.changes.contains { $0[0] == pair[0] && $0[1] == pair[1] }, "\(pair)")
    }
  }

  @Test("releases names runs of releases")
  func runs() {
    var shell = TestShell()
    let lines = shell.run("releases").split(separator: "\n")
    for (name, span) in [
      ("claimsWholeBar", "patch-v2"), ("pfnCarriesFlags", "to 6.12"), ("idlePagesCountZero", "6.15 on"),
      ("asksLengthTooEarly", "6.16 - 6.17-rc1"), ("announcesTag", "7.3"), ("zoneDevice", "all"),
      ("refusesMissingTeardown", "5.10 - 5.15"),
    ] {
      let line = lines.first { $0.hasPrefix(name + " ") } ?? ""
      #expect(line.contains(" \(span) "), "\(line)")
    }
  }

  @Test("6.16 finds the window only if the stack holds garbage", arguments: ["6.16", "6.17-rc1"])
  func stack(_ release: String) throws {
    var shell = TestShell()
    #expect(shell.run("new kernel=\(release)").contains("never looks for the window"))
    #expect(try shell.result("probe")["return"] == 0)
    #expect(try shell.result("direct_access 0 1")["errno"] == "EOPNOTSUPP")
    #expect(shell.run("new kernel=\(release) stack=garbage").contains("lets it pass"))
    shell.run("probe")
    #expect(try shell.result("direct_access 0 1")["return"] == 1)
    #expect(!shell.run("new kernel=6.15").contains("stack"))
  }

  @Test("6.17-rc1 shows the physical address where the frame should be; a page fault dies of it")
  func frame() throws {
    var shell = TestShell()
    shell.run("new kernel=6.17-rc1 stack=garbage", "probe")
    let access = try shell.result("direct_access 5 1")
    #expect(access["pfn"] == "0x8000005000" && access["pfn_is_address"] == true)
    let walk = try shell.result("walk 5")["rows"].elements
    #expect(walk[3]["value"] == "0x8000005000")
    #expect(walk[3]["note"] == "physical, not shifted: as a frame it lies at 0x8000005000000")
    #expect(walk[4]["note"] == "there is none: the address is not mapped")
    #expect(walk[5]["note"] == "the linear map: window_kaddr 0xffff890000000000 + offset")
    shell.run("start pin 5")
    let end = try shell.result("continue")
    #expect(end["oops"]["line"] == "mapPage" && end["oops"]["kind"] == "bad-address")
    shell.run("new kernel=6.17", "probe")
    #expect(try shell.result("direct_access 5 1")["pfn"] == "0x8000005")
    #expect(try shell.result("walk 5")["rows"].elements[3]["value"] == "0x8000005")
  }
}
