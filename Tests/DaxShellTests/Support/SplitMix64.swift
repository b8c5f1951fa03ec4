@testable import DaxShell

extension SplitMix64 {
  mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: next() >> 1) % max(limit, 1) }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
