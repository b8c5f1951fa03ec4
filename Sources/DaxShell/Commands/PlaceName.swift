import DaxModel

/// The names of kernel functions and of their lines.
enum FunctionNames {
  /// Every function that the model runs a line at a time, in the order of the layers.
  static let all = FunctionID.allCases.map { $0.name }

  /// The function with that name, which may be written short.
  static func find(_ token: Token) throws(Diagnostic) -> FunctionID {
    if let name = NameMatch.find(token.text, in: all).name, let function = FunctionID(rawValue: name) {
      return function
    }
    throw unknownName(
      token, kind: "kernel function", among: all, hint: "`info functions` lists those that the model has")
  }
}

/// `FUNCTION`, `FUNCTION.LINE` or, in the function that is running, just `LINE`.
struct PlaceName {
  var function: FunctionID
  /// The line's name; nil for the function as a whole.
  var line: String?
  /// The line's position in the listing; 0 for the function as a whole.
  var position: UInt8

  var site: Site { Site(function, position) }

  /// Reads a place; `current` is the function that is running.
  static func parse(
    _ token: Token, in release: KernelRelease, current: FunctionID?
  ) throws(Diagnostic) -> PlaceName {
    if let dot = token.text.lastIndex(of: ".") {
      let function = try FunctionNames.find(
        Token(String(token.text[..<dot]), column: token.column, length: token.length))
      let word = Token(
        String(token.text[token.text.index(after: dot)...]), column: token.column, length: token.length)
      return try line(word, of: function, in: release)
    }
    if let current, let name = NameMatch.find(token.text, in: lineNames(of: current, in: release)).name {
      return try line(Token(name, column: token.column, length: token.length), of: current, in: release)
    }
    if let function = NameMatch.find(token.text, in: FunctionNames.all).name.flatMap(
      FunctionID.init(rawValue:))
    {
      guard !function.lines(in: release).isEmpty else {
        throw Diagnostic("Linux \(release.name) has no \(function.name)()", at: token)
      }
      return PlaceName(function: function, line: nil, position: 0)
    }
    let lines = current.map { lineNames(of: $0, in: release) } ?? []
    let homes = FunctionID.allCases.filter { lineNames(of: $0, in: release).contains(token.text) }
    if !homes.isEmpty, homes.count <= 8 {
      throw Diagnostic(
        "`\(token.text)` is a line of another function", at: token,
        hint: "write " + listed(homes.map { "\($0.name).\(token.text)" }, "or"))
    }
    throw unknownName(
      token, kind: "kernel function or line", among: FunctionNames.all + lines,
      hint: "write FUNCTION or FUNCTION.LINE; `list FUNCTION` shows the lines")
  }

  private static func line(
    _ token: Token, of function: FunctionID, in release: KernelRelease
  ) throws(Diagnostic) -> PlaceName {
    let names = lineNames(of: function, in: release)
    guard !names.isEmpty else {
      throw Diagnostic("Linux \(release.name) has no \(function.name)()", at: token)
    }
    guard let name = NameMatch.find(token.text, in: names).name, let position = names.firstIndex(of: name)
    else {
      throw unknownName(
        token, kind: "line of \(function.name)", among: names, hint: "it has " + listed(names, "and"))
    }
    return PlaceName(function: function, line: name, position: UInt8(position))
  }

  static func lineNames(of function: FunctionID, in release: KernelRelease) -> [String] {
    function.lines(in: release).map { $0.name }
  }
}

extension Invocation {
  /// The argument at `index`, or a sentence that says what is missing.
  func argument(_ index: Int, _ name: String, example: String) throws(Diagnostic) -> Token {
    guard arguments.indices.contains(index) else {
      throw Diagnostic("\(name) is missing", after: self, hint: "for example: \(example)")
    }
    return arguments[index]
  }

  /// The argument at `index` as a count, or `standard` if it is not given.
  func count(
    _ index: Int, _ name: String, limit: Int = 1_000_000_000, unless standard: Int
  ) throws(Diagnostic) -> Int {
    arguments.indices.contains(index) ? try arguments[index].count(name, limit: limit) : standard
  }

  /// Refuses more arguments than the command takes, and options that it does not know.
  func check(arguments limit: Int, options known: [String] = []) throws(Diagnostic) {
    if arguments.count > limit {
      let onlyOptions = "options are written NAME=VALUE; see `help \(command.text)`"
      throw Diagnostic(
        "`\(arguments[limit].text)` is too much here", at: arguments[limit],
        hint: limit > 0
          ? "see `help \(command.text)`" : known.isEmpty ? "the command takes no arguments" : onlyOptions)
    }
    for option in options where !known.contains(option.name.text) {
      throw Diagnostic(
        "there is no option `\(option.name.text)`", at: option.name,
        hint: didYouMean(option.name.text, among: known)
          ?? (known.isEmpty ? "the command takes no options" : "there are " + listed(known, "and")))
    }
  }

  /// The value of an option that must be one of a few words.
  func choice(_ name: String, among words: [String]) throws(Diagnostic) -> String? {
    guard let token = self[option: name] else { return nil }
    guard let word = NameMatch.find(token.text, in: words).name else {
      throw Diagnostic(
        "`\(token.text)` is no value for \(name)", at: token,
        hint: didYouMean(token.text, among: words) ?? "there are " + listed(words, "and"))
    }
    return word
  }
}
