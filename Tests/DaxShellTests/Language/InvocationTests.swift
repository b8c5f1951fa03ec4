import Testing

@testable import DaxShell

@Suite struct InvocationTests {
  /// The words in order as `text`, options as `name:=value`, quoted words in double quotes.
  private func shape(_ line: String) throws -> [String] {
    guard let invocation = try Invocation.parse(line) else { return [] }
    func show(_ token: Token) -> String { token.isQuoted ? "\"\(token.text)\"" : token.text }
    return [show(invocation.command)] + invocation.arguments.map(show)
      + invocation.options.map { "\(show($0.name)):=\(show($0.value))" }
  }

  @Test(arguments: [
    ("step", ["step"]),
    ("  step\t3  ", ["step", "3"]),
    ("", []),
    ("   \t ", []),
    ("# a comment", []),
    ("step # a comment", ["step"]),
    ("step a#b", ["step", "a#b"]),
    ("step '#b' \"#c\"", ["step", "\"#b\"", "\"#c\""]),
    ("new arch=s390x window=8G", ["new", "arch:=s390x", "window:=8G"]),
    ("new window=\"8 G\" r-1_x='a b'", ["new", "window:=\"8 G\"", "r-1_x:=\"a b\""]),
    ("new arch=", ["new", "arch:="]),
    ("new a=b=c", ["new", "a:=b=c"]),
    ("new \"arch=s390x\"", ["new", "\"arch=s390x\""]),
    ("new Arch=x 1a=b .a=b", ["new", "Arch=x", "1a=b", ".a=b"]),
    ("expect return == 0", ["expect", "return", "==", "0"]),
    ("expect return==0", ["expect", "return==0"]),
    ("expect return =0", ["expect", "return", "=0"]),
    ("expect return != 0", ["expect", "return", "!=", "0"]),
    ("expect return!=0 a<=1", ["expect", "return!=0", "a<=1"]),
    ("expect x <= 0xff", ["expect", "x", "<=", "0xff"]),
    (#"say "a \"b\" \\ c\td\n""#, ["say", "\"a \"b\" \\ c\td\n\""]),
    (#"say 'a \n "b"'"#, ["say", #""a \n "b"""#]),
    (#"say a"b c"d''"#, ["say", "\"ab cd\""]),
    (#"say a\b C:\x"#, ["say", #"a\b"#, #"C:\x"#]),
    ("say \"\"", ["say", "\"\""]),
    ("\u{feff}step 3\r", ["step", "3"]),
    ("step\u{a0}3", ["step", "3"]),
    ("a \\\n  b \\\nc", ["a", "b", "c"]),
    ("a \"b\\\nc\"", ["a", "\"bc\""]),
    ("a # b \\\nc", ["a", "c"]),
    ("a \\", ["a"]),
    ("a\\\r\nb", ["a", "b"]),
  ])
  func words(line: String, expected: [String]) throws {
    #expect(try shape(line) == expected)
  }

  @Test func columnsCountCharacters() throws {
    let invocation = try #require(try Invocation.parse("öffne  '日本' größe='a b' x"))
    #expect(invocation.command == Token("öffne", column: 1, length: 5))
    #expect(
      invocation.arguments == [
        Token("日本", column: 8, length: 4, isQuoted: true),
        Token("größe=a b", column: 13, length: 11, isQuoted: true),
        Token("x", column: 25, length: 1),
      ])
    let option = try #require(try Invocation.parse("new window='8 G'")).options[0]
    #expect(option.name == Token("window", column: 5, length: 6))
    #expect(option.value == Token("8 G", column: 12, length: 5, isQuoted: true))
  }

  @Test func lastOptionWins() throws {
    let invocation = try #require(try Invocation.parse("new a=1 b=2 a=3"))
    #expect(invocation[option: "a"]?.text == "3")
    #expect(invocation[option: "c"] == nil)
    #expect(invocation.end == 16)
  }

  @Test(arguments: [
    ("say \"abc", "the quote that begins here does not end", 5, 4),
    ("say 'abc", "the quote that begins here does not end", 5, 4),
    ("new a='b c", "the quote that begins here does not end", 7, 4),
    ("say \"a\\qb\"", "`\\q` is not an escape", 7, 2),
    ("say “abc”", "curly quotes do not quote", 5, 1),
    ("step \\ ", "nothing may follow the backslash that continues a line", 6, 1),
  ])
  func failures(line: String, message: String, column: Int, length: Int) {
    let error = #expect(throws: Diagnostic.self) { try Invocation.parse(line) }
    #expect(error?.message == message)
    #expect(error?.column == column)
    #expect(error?.length == length)
    #expect(error?.text == line)
    #expect(error?.hint != nil)
  }

  @Test(arguments: [
    ("step \\", true), ("step\\", true), ("\\", true), ("say \"a\\", true), ("a \\\nb \\", true),
    ("step", false), ("# step \\", false), ("say 'a\\", false), ("say \"a\\\\\"", false), ("step \\ ", false),
    ("a \\\nb", false),
  ])
  func continuation(line: String, expected: Bool) {
    #expect(Invocation.isContinued(line) == expected)
  }
}
