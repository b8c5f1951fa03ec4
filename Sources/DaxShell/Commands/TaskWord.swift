import DaxModel

/// Tasks in words: `remove`, `pin:5`, `probe@1`, `reader:0@1`.
enum TaskWord {
  /// Other words for a task.
  static let aliases: [String: TaskRequest.Kind] = ["bind": .probe, "rebind": .probe, "unbind": .remove]

  static let names = TaskRequest.Kind.allCases.map { $0.rawValue } + aliases.keys.sorted()

  /// Reads `KIND[:PGOFF][@DEVICE]`; without a device it is the one that commands are about.
  static func parse(_ token: Token, device: DeviceID, devices: Int) throws(Diagnostic) -> TaskRequest {
    var rest = token.text[...]
    let deviceText = cut(&rest, at: "@")
    let offsetText = cut(&rest, at: ":")
    let word = Token(String(rest), column: token.column, length: token.length)
    guard let name = NameMatch.find(word.text, in: names).name,
      let kind = TaskRequest.Kind(rawValue: name) ?? aliases[name]
    else {
      if StartedCall.names.contains(word.text) {
        throw Diagnostic(
          "`\(word.text)` is a system call", at: word,
          hint: "`\(StartedCall.named(word.text)?.example ?? "start pread 3 0 64")` begins one beside the others")
      }
      throw unknownName(
        word, kind: "task", among: names,
        hint: "there are " + listed(names, "and") + "; for example pin:5 or probe@1")
    }
    var request = TaskRequest(kind, device: device)
    if let deviceText {
      request.device = try part(deviceText, of: token).count("the device")
      guard request.device < devices else {
        throw Diagnostic(
          "there is no device \(request.device)", at: token,
          hint: devices == 1 ? "`device add` adds a second one" : "the devices are 0 to \(devices - 1)")
      }
    }
    if let offsetText {
      guard kind.takesOffset else {
        throw Diagnostic(
          "a \(kind.rawValue) is not about a page", at: token, hint: "write just \(kind.rawValue)")
      }
      request.offset = PageOffset(try part(offsetText, of: token).unsigned("the page offset"))
    }
    return request
  }

  /// What stands behind a mark, which is cut off with it.
  private static func cut(_ text: inout Substring, at mark: Character) -> String? {
    guard let place = text.lastIndex(of: mark) else { return nil }
    defer { text = text[..<place] }
    return String(text[text.index(after: place)...])
  }

  private static func part(_ text: String, of token: Token) -> Token {
    Token(text, column: token.column, length: token.length)
  }
}

extension TaskRequest {
  /// The word that stands for it: with its page and its device where they matter.
  func word(among devices: Int) -> String {
    kind.rawValue + (kind.takesOffset ? ":\(offset.rawValue)" : "") + (devices > 1 ? "@\(device)" : "")
  }

  /// Why it could not be started, and what helps.
  func refusal(at token: Token) -> Diagnostic {
    switch kind {
    case .umount: Diagnostic("nothing is mounted that could be unmounted", at: token, hint: "`mount` first")
    case .unpin:
      Diagnostic(
        "the page cannot be pinned, so nobody can put it", at: token,
        hint: "`probe` first; is there a window?")
    default: Diagnostic("there is no window whose page could be pinned", at: token, hint: "`probe` first")
    }
  }
}
