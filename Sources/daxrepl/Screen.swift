import CEditline
import Glibc

/// What is known of the terminal: whether there is one, its size, its character set.
enum Screen {
  /// Columns and rows.
  struct Size: Equatable {
    var columns: Int
    var rows: Int
  }

  /// Whether a descriptor is a terminal.
  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// The size of the terminal's window, or 80 x 24 if it does not say.
  static var size: Size { size(of: STDOUT_FILENO) }

  /// The size of the window behind a descriptor, or 80 x 24 if it does not say.
  static func size(of descriptor: Int32) -> Size {
    var window = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
      return Size(columns: 80, rows: 24)
    }
    return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
  }

  /// Columns for results: the window's on a terminal, else `COLUMNS` if somebody has set it.
  static var preferredWidth: Int? {
    if isTerminal(STDOUT_FILENO) { return size.columns }
    guard let text = Environment["COLUMNS"], let columns = Int(text), columns > 0 else { return nil }
    return columns
  }

  /// Whether both output streams are terminals that understand escape sequences, and colour is not unwanted.
  static var likesColor: Bool {
    Environment["NO_COLOR"] == nil && Environment["TERM"] != "dumb"
      && isTerminal(STDOUT_FILENO) && isTerminal(STDERR_FILENO)
  }

  /// Whether the terminal shows ASCII only.
  ///
  /// A file or a pipe takes UTF-8 whatever the locale, so that the same script writes the same bytes everywhere.
  static var isASCII: Bool { isTerminal(STDOUT_FILENO) && !selectLocale() }

  /// Takes over the user's character set; whether it is UTF-8.
  ///
  /// Where it is not, input is still read as UTF-8: it is the only encoding the shell knows.
  @discardableResult static func selectLocale() -> Bool {
    setlocale(LC_CTYPE, "")
    guard let name = nl_langinfo(nl_item(CODESET)), String(cString: name) == "UTF-8" else {
      setlocale(LC_CTYPE, "C.UTF-8")
      return false
    }
    return true
  }
}

/// How much room text takes on a terminal.
enum Cells {
  /// Columns that a text takes; control characters take none.
  static func width(of text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
  }

  /// Columns that one character takes.
  static func width(of scalar: Unicode.Scalar) -> Int {
    if scalar.value >= 0x20 && scalar.value < 0x7f { return 1 }
    return max(0, Int(ced_width(scalar.value)))
  }

  /// The longest beginning of a text that fits, with an ellipsis if something had to go.
  static func truncated(_ text: String, to columns: Int, ellipsis: String) -> String {
    if width(of: text) <= columns { return text }
    let room = columns - width(of: ellipsis)
    guard room > 0 else { return "" }
    var kept = String.UnicodeScalarView()
    var used = 0
    for scalar in text.unicodeScalars {
      used += width(of: scalar)
      guard used <= room else { break }
      kept.append(scalar)
    }
    return String(kept) + ellipsis
  }

  /// Where the cursor stands after text has been written from the start of a row.
  ///
  /// This is how the line editor shows it: control characters take two columns (`^A`), wide characters are not split, a full row continues below.
  static func position(
    after scalars: some Sequence<Unicode.Scalar>, columns: Int
  ) -> (row: Int, column: Int) {
    var row = 0
    var column = 0
    for scalar in scalars {
      if scalar == "\n" {
        row += 1
        column = 0
        continue
      }
      let cells =
        switch scalar.value {
        case 0x09: 8 - column % 8
        case ..<0x20, 0x7f: 2
        default: width(of: scalar)
        }
      if cells > 1, column + cells > columns, scalar.value > 0x7f {
        row += 1
        column = 0
      }
      column += cells
      while column >= columns {
        row += 1
        column -= columns
      }
    }
    return (row, column)
  }
}
