/// The size of a BAR as `lspci -v` prints it among its decoded lines.
///
///     Region 2: Memory at ec000000 (64-bit, prefetchable) [size=64M]      (with -vv)
///     Memory at ec000000 (64-bit, prefetchable) [size=64M]                (with -v)
///     I/O ports at c040 [size=64]
struct BarSizeNote {
  /// The number of the BAR, where the line gives one.
  var index: Int?
  /// The address, where the line gives one.
  var base: UInt64?
  var isIO: Bool
  var size: ByteCount
  var line: Int
  var column: Int

  /// Reads a decoded line.
  ///
  /// `nil` if it is not about a BAR or gives no size: most are not.
  init?(_ text: ByteReader, number: Int) throws(DumpError) {
    var text = text
    if text.take("Region ") {
      guard let index = text.decimal(), index < 6, text.take(": ") else { return nil }
      self.index = Int(index)
    }
    if text.take("Memory at ") {
      isIO = false
    } else if text.take("I/O ports at ") {
      isIO = true
    } else {
      return nil
    }
    base = text.hexDigits(1...16)?.value
    while !text.take("[size=") {
      guard !text.isAtEnd else { return nil }
      text.position += 1
    }
    line = number
    column = text.column
    guard let amount = text.decimal(), let unit = Self.shift(&text), text.take(UInt8(ascii: "]")),
      amount != 0, amount <= UInt64.max >> unit
    else {
      throw DumpError(
        line: number, column: column, message: "this is no size of a BAR",
        hint: "lspci writes sizes as [size=4K], [size=64M] or [size=4G]")
    }
    size = ByteCount(amount << unit)
  }

  private static func shift(_ text: inout ByteReader) -> UInt64? {
    if text.take(UInt8(ascii: "K")) { return 10 }
    if text.take(UInt8(ascii: "M")) { return 20 }
    if text.take(UInt8(ascii: "G")) { return 30 }
    if text.take(UInt8(ascii: "T")) { return 40 }
    return 0
  }

  /// Gives the BAR of the line its size.
  ///
  /// A line for a BAR that the configuration space does not show, such as the fixed ports of an old disk
  /// controller, changes nothing.
  func apply(to function: inout PciFunction) throws(DumpError) {
    var target = index
    if target == nil {
      target = function.bars.first { $0.isIO == isIO && $0.base.rawValue == base }?.index
    }
    guard let target, function.resource(target) != nil else { return }
    do {
      try function.setSize(ofBar: target, to: size)
    } catch {
      throw DumpError(line: line, column: column, message: error.message, hint: error.hint)
    }
  }
}
