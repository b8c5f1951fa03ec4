import DaxModel
import Foundation
import Testing

/// docs/fidelity.md speaks of functions, lines and switches: they must exist.
@Suite struct FidelityTableTests {
  /// The cells of every row that states a fact.
  private static let rows: [[String]] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try? String(contentsOf: root.appendingPathComponent("docs/fidelity.md"), encoding: .utf8)
    let lines = (text ?? "").split(separator: "\n").filter { $0.hasPrefix("| ") }
    let cells = lines.map { line in
      line.dropFirst().dropLast().components(separatedBy: " | ")
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
    return cells.filter { $0.count > 1 && $0[1] != "status" && $0[1] != "---" }
  }()

  @Test func everyFactIsModelledSimplifiedOrLeftOut() {
    #expect(Self.rows.count > 150)
    for row in Self.rows {
      #expect(row.count == 3, "\(row)")
      #expect(["modelled", "simplified", "left out"].contains(row[1]), "\(row)")
      #expect(row.allSatisfy { !$0.isEmpty }, "\(row)")
    }
  }

  @Test func theLinesThatItNamesExist() {
    var function: FunctionID?
    for row in Self.rows {
      for word in Self.quoted(row[2]) {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        // `.line` belongs to the function before it.
        if !parts[0].isEmpty { function = FunctionID(rawValue: parts[0]) }
        guard parts.count == 2, let function else { continue }
        #expect(Self.lines(of: function).contains(parts[1]), "\(function.name).\(parts[1]) in \(row)")
      }
    }
  }

  @Test func theSwitchesThatItNamesExist() {
    let known = Set(ReleaseSwitch.allCases.map(\.name))
    for row in Self.rows {
      guard let start = row[2].range(of: "switch") else { continue }
      for word in Self.quoted(String(row[2][start.upperBound...].prefix { $0 != ";" })) {
        #expect(known.contains(word), "\(word) in \(row)")
      }
    }
  }

  private static func quoted(_ text: String) -> [String] {
    let parts = text.components(separatedBy: "`")
    return parts.indices.filter { $0 % 2 == 1 }.map { parts[$0] }
  }

  private static func lines(of function: FunctionID) -> Set<String> {
    Set(KernelRelease.builds.flatMap { function.lines(in: $0).map(\.name) })
  }
}
