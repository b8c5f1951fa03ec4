/// `daxbench [NAME…] [--runs N] [--markdown] [--list]`.
@main
struct Daxbench {
  /// Every benchmark there is. A new one is a file with a `static let` and a word here.
  static let all: [Benchmark] = [
    .directAccess, .directAccessTask, .steps, .memory, .terabyte, .readPage, .writePage, .readRange,
    .writeRange, .zpciRead,
    .zpciWrite, .accessLog, .request, .readFilePage, .readFile, .writeFile, .fileMemory, .exploreReaders,
    .explorePins, .exploreUnbind,
  ]

  var names: [String] = []
  var runs = 11
  var isMarkdown = false
  /// Set in the child process that measures one row: the benchmark and the index of the row.
  var row: (name: String, index: Int)?

  static func main() {
    var program = Daxbench()
    var words = CommandLine.arguments.dropFirst()
    while let word = words.popFirst() {
      switch word {
      case "--list":
        for benchmark in all { print("\(benchmark.name): \(benchmark.summary)") }
        return
      case "--markdown": program.isMarkdown = true
      case "--runs":
        guard let runs = words.popFirst().flatMap({ Int($0) }), runs > 0 else {
          fail("--runs needs a number of at least 1")
        }
        program.runs = runs
      case "--row":
        guard let name = words.popFirst(), let index = words.popFirst().flatMap({ Int($0) }) else {
          fail("--row needs a name and an index")
        }
        program.row = (name, index)
      default:
        guard all.contains(where: { $0.name == word }) else {
          fail("there is no benchmark '\(word)'; --list names them")
        }
        program.names.append(word)
      }
    }
    if let row = program.row {
      program.measureRow(named: row.name, index: row.index)
    } else {
      program.measureAll()
    }
  }

  private func measureRow(named name: String, index: Int) {
    guard let rows = Self.all.first(where: { $0.name == name })?.rows, rows.indices.contains(index) else {
      fail("there is no row \(index) of '\(name)'")
    }
    print(measure(rows[index], runs: runs).line, terminator: "")
  }

  private func measureAll() {
    var table = Table()
    for benchmark in Self.all where names.isEmpty || names.contains(benchmark.name) {
      var first: Measurement?
      for (index, row) in benchmark.rows.enumerated() {
        let arguments = ["--row", benchmark.name, String(index), "--runs", String(runs)]
        guard let result = runAgain(arguments).flatMap(Measurement.init(line:)) else {
          fail("'\(benchmark.name)', row '\(row.label)', failed")
        }
        if let first, first.unit == "ns", result.unit == "ns", first.checksum != result.checksum {
          fail("'\(benchmark.name)', row '\(row.label)', did not do the work of the first row")
        }
        first = first ?? result
        let isComparable = first?.unit == result.unit
        table.add(
          benchmark.name, row.label, result, reference: isComparable ? first?.median ?? 0 : 0)
      }
    }
    print(isMarkdown ? table.markdown : table.text, terminator: "")
  }
}
