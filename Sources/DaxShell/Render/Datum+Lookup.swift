extension Datum {
  /// What a path leads to.
  public enum Lookup: Hashable, Sendable {
    case found(Datum)
    /// `name` does not exist in the value at `parent` (empty: the whole answer); `names` do.
    case missing(name: String, parent: String, names: [String])
  }

  /// The value at a dotted path, if there is one.
  ///
  /// Names choose fields, numbers choose list elements from 0; a list also has `first`, `last` and
  /// `count`. `bars.0.base` and `bars[0].base` are the same. `.` is the value itself. A field name
  /// may contain dots itself: the longest way that leads somewhere is found.
  public func lookup(_ path: String) -> Datum? {
    if case .found(let datum) = resolve(path) { datum } else { nil }
  }

  /// The value at a dotted path, or where the path leaves what exists.
  public func resolve(_ path: String) -> Lookup {
    let path = Self.withoutBrackets(path)
    return path.isEmpty || path == "." ? .found(self) : walk(Substring(path), parent: "")
  }

  /// What may stand next in a path: field names, or a list's indices and properties.
  public var pathNames: [String] {
    switch self {
    case .record(let fields): fields.map { $0.name }
    case .list(let elements):
      elements.isEmpty
        ? ["count"] : ["count", "first", "last"] + (0..<min(elements.count, 16)).map { String($0) }
    default: []
    }
  }

  private func walk(_ path: Substring, parent: String) -> Lookup {
    var deepest: Lookup?
    switch self {
    case .record(let fields):
      for field in fields where path.hasPrefix(field.name) {
        let rest = path.dropFirst(field.name.count)
        let here = parent.isEmpty ? field.name : parent + "." + field.name
        if rest.isEmpty { return .found(field.value) }
        guard rest.first == "." else { continue }
        let found = field.value.walk(rest.dropFirst(), parent: here)
        if case .found = found { return found }
        deepest = deepest ?? found
      }
    case .list(let elements):
      let name = path.prefix { $0 != "." }
      let rest = path.dropFirst(name.count)
      if let element = Self.element(String(name), of: elements) {
        if rest.isEmpty { return .found(element) }
        let here = parent.isEmpty ? String(name) : parent + "." + name
        return element.walk(rest.dropFirst(), parent: here)
      }
    default: break
    }
    let name = String(path.prefix { $0 != "." })
    return deepest ?? .missing(name: name, parent: parent, names: pathNames)
  }

  private static func element(_ name: String, of elements: [Datum]) -> Datum? {
    switch name {
    case "count": return .count(elements.count)
    case "first": return elements.first
    case "last": return elements.last
    default:
      guard let index = Int(name), elements.indices.contains(index) else { return nil }
      return elements[index]
    }
  }

  /// `bars[0].base` as `bars.0.base`.
  private static func withoutBrackets(_ path: String) -> String {
    guard path.utf8.contains(UInt8(ascii: "[")) else { return path }
    var plain = ""
    for character in path {
      switch character {
      case "[": if !plain.isEmpty { plain.append(".") }
      case "]": break
      default: plain.append(character)
      }
    }
    return plain
  }
}
