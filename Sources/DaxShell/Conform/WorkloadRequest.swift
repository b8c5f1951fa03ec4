import DaxModel

/// A request as recordings tell it: its name, what was asked for, and the error of the reply.
struct WorkloadRequest: Hashable {
  /// What the data path of DAX is about; the order of the others is not compared.
  static let opcodes: [FuseOpcode] = [
    .initialize, .destroy, .setupMapping, .removeMapping, .read, .write, .setattr, .fsync, .fallocate,
  ]

  var opcode: FuseOpcode
  /// The file that it is about; empty if there is none.
  var file = ""
  /// Numbers by name, in the order of the names.
  var numbers: [Field] = []
  /// What a `REMOVEMAPPING` takes out.
  var entries: [Entry] = []
  /// The negative errno of the reply; 0 if there is none.
  var error: Int64 = 0

  /// A piece of the window.
  struct Entry: Hashable {
    var offset: UInt64
    var length: UInt64
  }

  /// A number.
  subscript(name: String) -> UInt64? {
    if case .int(let number)? = numbers.first(where: { $0.name == name })?.value {
      UInt64(bitPattern: number)
    } else {
      nil
    }
  }

  private mutating func set(_ name: String, _ number: UInt64) {
    numbers.append(Field(name, .int(Int64(truncatingIfNeeded: number))))
  }

  /// The numbers that are told of each kind.
  private static let names: [FuseOpcode: [String]] = [
    .initialize: ["map_alignment"], .setupMapping: ["foffset", "len", "flags", "moffset"],
    .read: ["offset", "size", "flags"], .write: ["offset", "size", "flags"], .setattr: ["valid", "size"],
    .fsync: ["flags"], .fallocate: ["mode", "offset", "length"],
  ]

  /// Reads a request of a recording; nil if it is one that is not compared.
  init?(_ record: WorkloadRecord) throws(WorkloadFailure) {
    let name = try record.text("op")
    guard let opcode = FuseOpcode(name: name), Self.opcodes.contains(opcode) else { return nil }
    self.opcode = opcode
    if record.has("file") { file = try record.text("file") }
    if let given = record.datum["error"], given != .null {
      if case .text(let text) = given, let errno = Errno(name: text) {
        error = errno.returnValue
      } else if let number = given.wholeNumber, number.isNegative || number.bits <= 4095 {
        error = number.isNegative ? Int64(bitPattern: number.bits) : -Int64(number.bits)
      } else {
        throw WorkloadFailure("`error` of \(record.place) is no error")
      }
    }
    for element in try record.list("entries", isOptional: true) {
      let entry = WorkloadRecord(element, of: record.place)
      entries.append(Entry(offset: try entry.argument("moffset"), length: try entry.argument("len")))
    }
    for name in Self.names[opcode] ?? [] where record.has(name) { set(name, try record.flags(name)) }
    numbers.sort { $0.name < $1.name }
  }

  /// Whether the model's request is the recorded one: what was not recorded is not compared.
  func agrees(with other: WorkloadRequest) -> Bool {
    guard opcode == other.opcode, error == other.error, entries.isEmpty || entries == other.entries else {
      return false
    }
    // A recording may tell of a file by its path.
    let isSame = file.isEmpty || file == other.file || file.hasSuffix("/" + other.file)
    return isSame && numbers.allSatisfy { self[$0.name] == other[$0.name] }
  }

  /// What the server remembers of a request; nil if recordings do not compare it.
  init?(_ exchange: FuseExchange) {
    guard let opcode = exchange.operation.opcode, Self.opcodes.contains(opcode) else { return nil }
    self.opcode = opcode
    file = exchange.name.description
    error = exchange.error?.returnValue ?? 0
    switch exchange.operation {
    case .initialize:
      if case .initialize(let reply) = exchange.reply { set("map_alignment", UInt64(reply.mapAlignment)) }
    case .setupMapping(let fields):
      set("foffset", fields.fileOffset.rawValue)
      set("len", fields.length.rawValue)
      set("flags", fields.flags.rawValue)
      set("moffset", fields.windowOffset.rawValue)
    case .removeMapping(let fields):
      entries = fields.entries.map { Entry(offset: $0.windowOffset.rawValue, length: $0.length.rawValue) }
    case .read(let fields):
      set("offset", fields.offset.rawValue)
      set("size", UInt64(fields.size))
      set("flags", UInt64(fields.readFlags))
    case .write(let fields):
      set("offset", fields.offset.rawValue)
      set("size", exchange.bytes.rawValue)
      set("flags", UInt64(fields.writeFlags.rawValue))
    case .setattr(let fields):
      set("valid", UInt64(fields.valid.rawValue))
      if fields.valid.contains(.size) { set("size", fields.size.rawValue) }
    case .fsync(let fields): set("flags", UInt64(fields.flags))
    case .fallocate(let fields):
      set("mode", UInt64(fields.mode.rawValue))
      set("offset", fields.offset.rawValue)
      set("length", fields.length.rawValue)
    default: file = ""
    }
    if opcode == .initialize { file = "" }
    numbers.sort { $0.name < $1.name }
  }
}

extension WorkloadRequest: CustomStringConvertible {
  /// As a line of a recording: `SETUPMAPPING a4m flags=2 foffset=0 len=2097152 moffset=0`.
  var description: String {
    var text = opcode.name
    if !file.isEmpty { text += " " + file }
    for field in numbers {
      let isMask = field.name == "valid"
      let number = self[field.name] ?? 0
      text += " \(field.name)=" + (isMask ? hex(number) : String(number))
    }
    for entry in entries { text += " [moffset=\(entry.offset) len=\(entry.length)]" }
    if let errno = Errno(returnValue: error) {
      text += " -> -" + errno.name
    } else if error != 0 {
      text += " -> \(error)"
    }
    return text
  }
}
