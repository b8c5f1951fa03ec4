/// What can be wrong with a line or an end; equal troubles are one finding.
struct Trouble: Hashable, Sendable {
  var kind: Violation.Kind
  /// Where: one line, or where each task hangs.
  var sites: [Site]
  /// What tells it from others of the kind.
  var texts: [String]
}

/// The troubles of a search, and where each was met first.
struct TroubleList: Sendable {
  /// Where a trouble was met: a state, and the line that ran there; task 0 for a state in which nothing can run.
  struct Sighting: Sendable {
    var state: Int
    var task: Int
    var choice: Int
  }

  private var numbers = Interner<Trouble>()
  private var sightings: [Sighting?] = []
  /// The numbers of those that were met, in that order.
  private var met: [Int] = []

  /// The number of a trouble that may be met.
  mutating func number(_ trouble: Trouble) -> UInt32 {
    let number = numbers.number(trouble)
    if Int(number) == sightings.count { sightings.append(nil) }
    return number
  }

  /// Notes where a trouble was met, if it is the first time.
  mutating func note(_ number: Int, at sighting: Sighting) {
    guard sightings[number] == nil else { return }
    sightings[number] = sighting
    met.append(number)
  }

  /// What was met, in the order of being met.
  var found: [(Trouble, Sighting)] {
    met.compactMap { number in sightings[number].map { (numbers.parts[number], $0) } }
  }
}
