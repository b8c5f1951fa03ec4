import DaxModel

/// An answer seen as a table: named columns, and a cell or nothing for each of them in each row.
struct Rows: Hashable, Sendable {
  var columns: [String]
  var cells: [[Datum?]]

  /// - A list of records is one row a record; the columns are all their fields, as they first occur.
  /// - Other elements of a list stand in the column `value`.
  /// - A record with a list of records in its field `rows`, or in its only field, is that list.
  /// - Any other record is two columns, `field` and `value`.
  init(_ datum: Datum) {
    let list: [Datum]
    switch datum {
    case .list(let elements): list = elements
    case .record(let fields):
      list = Self.table(in: fields) ?? fields.map { ["field": .text($0.name), "value": $0.value] }
    default: list = [datum]
    }
    var names: [String] = []
    func place(_ name: String) -> Int {
      if let place = names.firstIndex(of: name) { return place }
      names.append(name)
      return names.count - 1
    }
    var rows: [[(Int, Datum)]] = []
    for element in list {
      if case .record(let fields) = element {
        rows.append(fields.map { (place($0.name), $0.value) })
      } else {
        rows.append([(place("value"), element)])
      }
    }
    columns = names
    cells = rows.map { row in
      var cells = [Datum?](repeating: nil, count: names.count)
      for (place, value) in row { cells[place] = value }
      return cells
    }
  }

  private static func table(in fields: [Field]) -> [Datum]? {
    for field in fields where field.name == "rows" || fields.count == 1 {
      if case .list(let elements) = field.value { return elements }
    }
    return nil
  }
}

extension Datum {
  /// The value in a cell: text and numbers as they are, nothing for null, and lists and records as JSON.
  var cellText: String {
    switch self {
    case .null: ""
    case .text(let text): text
    case .hex(let value): DaxModel.hex(value)
    default: json
    }
  }

  /// Whether it is a number to be set flush right.
  var isNumber: Bool {
    switch self {
    case .int, .hex: true
    default: false
    }
  }
}
