import DaxModel

extension Session {
  func sessionEstimate(_ table: CostTable) -> Answer { Answer(["rows": []], lines: ["later"]) }
}
