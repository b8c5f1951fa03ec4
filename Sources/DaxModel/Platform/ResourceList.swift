/// The resources of a machine's PCI functions as Linux has them: bases, sizes and flags of all BARs.
///
/// A line is `slot BAR start end flags`, the last three as in the sysfs file `resource` of the slot; `#`
/// begins a comment. BARs that a function does not have are left out or are all zeros.
///
///     00:02.0  2  0x00000000ec000000  0x00000000efffffff  0x000000000014220c
public struct ResourceList: Hashable, Sendable {
  /// One line.
  public struct Entry: Hashable, Sendable {
    /// The function.
    public var slot: PciSlot
    /// The BAR; its length is known.
    public var resource: BarResource
    /// The line of the file: 1-based.
    public var line: Int
  }

  /// The lines in their order, without those that are all zeros.
  public private(set) var entries: [Entry] = []
  /// The functions that the list speaks about, in the order of their first line.
  public private(set) var slots: [PciSlot] = []
  private var firstLine: [Int] = []

  /// Reads a list.
  /// - Throws: the first thing that makes no sense, with its place.
  public init(_ text: [UInt8]) throws(DumpError) {
    var lines = LineReader(text)
    var seen: Set<Place> = []
    var known: Set<PciSlot> = []
    while var line = lines.next() {
      line.skipSpace()
      guard let first = line.peek, first != UInt8(ascii: "#") else { continue }
      let column = line.column
      let entry = try Self.entry(&line, number: lines.line)
      guard seen.insert(Place(slot: entry.slot, index: entry.resource.index)).inserted else {
        throw DumpError(
          line: lines.line, column: column,
          message: "BAR \(entry.resource.index) of \(entry.slot) stands in the list twice",
          hint: "keep one of the two lines")
      }
      if known.insert(entry.slot).inserted {
        slots.append(entry.slot)
        firstLine.append(lines.line)
      }
      // Without flags it is an empty slot, which the kernel prints as all zeros.
      if entry.resource.flags.rawValue != 0 { entries.append(entry) }
    }
    guard !slots.isEmpty else {
      throw DumpError(
        line: max(lines.line, 1), column: 1, message: "there is no resource in the text", hint: Self.form)
    }
  }

  /// Reads a list.
  public init(_ text: String) throws(DumpError) { try self.init(Array(text.utf8)) }

  /// Gives the functions of a dump the resources of the list.
  ///
  /// A function that the list speaks about has exactly those; the others keep what they have.
  /// - Throws: if the list speaks about a function that is not in the dump; nothing is changed then.
  public func apply(to functions: inout [PciFunction]) throws(DumpError) {
    for (slot, line) in zip(slots, firstLine) where !functions.contains(where: { $0.slot == slot }) {
      throw DumpError(
        line: line, column: 1, message: "\(slot) is not in the dump",
        hint: "give the dump and the resources of the same machine")
    }
    for place in functions.indices where slots.contains(functions[place].slot) {
      let slot = functions[place].slot
      functions[place].bars = entries.filter { $0.slot == slot }.map { $0.resource }
        .sorted { $0.index < $1.index }
    }
  }

  private struct Place: Hashable {
    var slot: PciSlot
    var index: Int
  }

  private static let form =
    "a line looks like 00:02.0  2  0xec000000  0xefffffff  0x14220c: slot, BAR, start, end, flags"

  private static func entry(_ line: inout ByteReader, number: Int) throws(DumpError) -> Entry {
    func wrong(_ column: Int, _ message: String) -> DumpError {
      DumpError(line: number, column: column, message: message, hint: form)
    }
    guard let slot = PciSlot(&line), line.skipSpace() else {
      throw wrong(line.column, "this is no slot such as 00:02.0")
    }
    var column = line.column
    guard let index = line.decimal(), index <= 16, line.skipSpace() else {
      throw wrong(column, "this is no number of a BAR: 0 to 5, 6 for the ROM, at most 16")
    }
    var values: [UInt64] = []
    var columns: [Int] = []
    while values.count < 3 {
      column = line.column
      guard line.take("0x"), let value = line.hexDigits(1...16), line.isAtEnd || line.skipSpace() else {
        throw wrong(column, "this is no hexadecimal number such as 0xec000000")
      }
      values.append(value.value)
      columns.append(column)
    }
    guard line.isAtEnd || line.peek == UInt8(ascii: "#") else {
      throw wrong(line.column, "there is more in the line than slot, BAR, start, end and flags")
    }
    let (start, end, flags) = (values[0], values[1], values[2])
    guard end >= start, !(start == 0 && end == .max) else {
      throw wrong(columns[1], "the resource ends at \(hex(end)), before its start at \(hex(start))")
    }
    let length = ByteCount(end - start + 1)
    let resource = BarResource(
      index: Int(index), base: PhysicalAddress(start), length: length,
      flags: ResourceFlags(rawValue: flags))
    return Entry(slot: slot, resource: resource, line: number)
  }
}
