import Testing

@testable import DaxModel

/// Every row of `zpci-instructions.json`, and those of the same table that it leaves out.
@Suite struct ZpciCaseTests {
  @Test(arguments: try ZpciCases.load().cases)
  func recorded(_ row: ZpciCase) throws { try row.check(try ZpciCases.load().conventions) }

  @Test(arguments: ZpciTable.rows)
  func more(_ row: ZpciCase) throws { try row.check(try ZpciCases.load().conventions) }

  @Test func everyRowHasANameOfItsOwn() throws {
    let names = try ZpciCases.load().cases.map(\.id)
    #expect(Set(names).count == names.count)
    #expect(names.count >= 102)
  }

  @Test func aRowThatIsNotUnderstoodFails() throws {
    let conventions = try ZpciCases.load().conventions
    for row in [
      ZpciCase("?", "PCILGX", [:], [:], ["kind": "cc"]),
      ZpciCase("?", "PCILG", ["lenght": 8], [:], ["kind": "cc"]),
      ZpciCase("?", "PCILG", [:], ["state": "broken"], ["kind": "cc"]),
      ZpciCase("?", "PCILG", [:], ["region": "soft"], ["kind": "cc"]),
      ZpciCase("?", "PCILG", ["len": 8], [:], ["colour": "red"]),
    ] {
      #expect(throws: UnknownField.self) { try row.check(conventions) }
    }
  }
}
