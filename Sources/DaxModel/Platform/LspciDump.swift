/// Reads what `lspci` prints with `-x`, `-xxx` or `-xxxx`, for any number of functions.
///
/// A function is a title line (`00:02.0 Mass storage controller: …`) and lines of bytes
/// (`40: 09 00 10 …`). The lines between them that `-v` and `-vv` add are skipped, except that a
/// `[size=64M]` in them gives a BAR its size: the bytes themselves do not hold it. A dump without title
/// lines is accepted; its functions are called `00:00.0`, `00:01.0`, … Lines that begin with `#` are
/// comments. Lines may end with carriage return and line feed.
public enum LspciDump {
  /// The functions of a dump in their order.
  /// - Throws: the first thing that makes no sense, with its place.
  /// - Complexity: linear in the text.
  public static func functions(in text: [UInt8]) throws(DumpError) -> [PciFunction] {
    var reader = DumpReader()
    var lines = LineReader(text)
    while let line = lines.next() { try reader.read(line, number: lines.line) }
    return try reader.finish()
  }

  /// The functions of a dump in their order.
  public static func functions(in text: String) throws(DumpError) -> [PciFunction] {
    try functions(in: Array(text.utf8))
  }
}

/// The state between two lines of a dump.
private struct DumpReader {
  /// A function that is being read.
  struct Draft {
    var slot: PciSlot
    var title: String
    var bytes: [UInt8] = []
    var sizes: [BarSizeNote] = []
    /// Where it begins.
    var line: Int
    /// The last line of bytes, and whether it is shorter than 16.
    var lastLine: Int
    var endsShort = false
  }

  var functions: [PciFunction] = []
  var draft: Draft?
  var seen: Set<PciSlot> = []
  var lineNumber = 0

  mutating func read(_ line: ByteReader, number: Int) throws(DumpError) {
    lineNumber = number
    var line = line
    let isIndented = line.skipSpace()
    guard let first = line.peek, first != UInt8(ascii: "#") else { return }
    if !isIndented {
      var ahead = line
      if let slot = PciSlot(&ahead), ahead.isAtEnd || ahead.skipSpace() {
        return try begin(slot, title: String(decoding: ahead.rest, as: UTF8.self))
      }
    }
    if let offset = Self.offset(&line, isIndented: isIndented) { return try readBytes(&line, offset: offset) }
    if isIndented { return try readDetail(line) }
    throw DumpError(
      line: number, column: line.column,
      message: "the line is neither a slot such as 00:02.0, nor bytes such as 40: 09 00, nor indented",
      hint: "give the whole output of lspci -xxxx; lines that begin with # are skipped")
  }

  /// Reads `40:` if a line of bytes begins here.
  ///
  /// In an indented line, which may be a decoded one such as `de: something`, a byte must follow.
  static func offset(_ line: inout ByteReader, isIndented: Bool) -> Int? {
    var ahead = line
    guard let digits = ahead.hexDigits(2...4), ahead.take(UInt8(ascii: ":")),
      ahead.skipSpace() || ahead.isAtEnd
    else { return nil }
    if isIndented {
      var byte = ahead
      guard byte.hexDigits(2...2) != nil, byte.skipSpace() || byte.isAtEnd else { return nil }
    }
    line = ahead
    return Int(digits.value)
  }

  mutating func begin(_ slot: PciSlot, title: String) throws(DumpError) {
    try close()
    guard seen.insert(slot).inserted else {
      throw DumpError(
        line: lineNumber, column: 1, message: "\(slot) stands in the dump twice",
        hint: "give one dump of one machine at a time")
    }
    draft = Draft(slot: slot, title: title, line: lineNumber, lastLine: lineNumber)
  }

  /// The next slot for a function without a title.
  mutating func beginUntitled() throws(DumpError) {
    for device: UInt8 in 0..<32 {
      guard let slot = PciSlot(bus: 0, device: device, function: 0), !seen.contains(slot) else { continue }
      return try begin(slot, title: "")
    }
    throw DumpError(
      line: lineNumber, column: 1, message: "there are more than 32 functions without a slot",
      hint: "keep the title lines that lspci prints, such as 00:02.0 Mass storage controller")
  }

  mutating func readBytes(_ line: inout ByteReader, offset: Int) throws(DumpError) {
    if offset == 0, draft == nil || draft?.bytes.isEmpty == false { try beginUntitled() }
    guard var current = draft else {
      throw DumpError(
        line: lineNumber, column: 1, message: "the bytes begin at \(hex(UInt64(offset))) instead of 0",
        hint: "give the dump from its line 00: on")
    }
    guard offset == current.bytes.count, !current.endsShort else {
      throw DumpError(
        line: lineNumber, column: 1,
        message: "the line is for offset \(hex(UInt64(offset))), but the bytes before it end at "
          + hex(UInt64(current.bytes.count)),
        hint: "each line holds 16 bytes and they follow each other; is one missing or cut off?")
    }
    var count = 0
    while !line.isAtEnd {
      let column = line.column
      guard let byte = line.hexDigits(2...2), line.isAtEnd || line.skipSpace() else {
        throw DumpError(
          line: lineNumber, column: column, message: "this is no byte: two hexadecimal digits are expected",
          hint: "a line looks like 40: 09 00 10 01 04 00 00 00 00 00 00 00 00 10 00 00")
      }
      count += 1
      guard count <= 16, current.bytes.count < ConfigurationSpace.extendedLength else {
        throw DumpError(
          line: lineNumber, column: column,
          message: count > 16 ? "the line has more than 16 bytes" : "the dump has more than 4096 bytes",
          hint: "give the output of lspci -xxxx as it is")
      }
      current.bytes.append(UInt8(truncatingIfNeeded: byte.value))
    }
    current.endsShort = count < 16
    current.lastLine = lineNumber
    draft = current
  }

  mutating func readDetail(_ line: ByteReader) throws(DumpError) {
    guard let note = try BarSizeNote(line, number: lineNumber) else { return }
    draft?.sizes.append(note)
  }

  /// Turns what has been read of a function into one.
  mutating func close() throws(DumpError) {
    guard let draft else { return }
    self.draft = nil
    guard let config = ConfigurationSpace(draft.bytes) else {
      let known = draft.bytes.count
      throw DumpError(
        line: draft.lastLine, column: 1,
        message: known == 0
          ? "\(draft.slot) has no bytes of configuration space"
          : "\(draft.slot) has only \(known) bytes of configuration space; the header alone has 64",
        hint: "make the dump with lspci -xxxx, as root to get more than 64 bytes")
    }
    var function = PciFunction(slot: draft.slot, title: draft.title, config: config)
    for note in draft.sizes { try note.apply(to: &function) }
    functions.append(function)
  }

  mutating func finish() throws(DumpError) -> [PciFunction] {
    try close()
    guard !functions.isEmpty else {
      throw DumpError(
        line: max(lineNumber, 1), column: 1, message: "there is no PCI function in the text",
        hint: "give the output of lspci -xxxx")
    }
    return functions
  }
}
