/// In which order the bytes of a number stand in messages.
///
/// The driver chooses, and the device finds out from the opcode of `FUSE_INIT` (virtio 1.2, section 5.11).
public enum FuseByteOrder: Hashable, Sendable, CaseIterable {
  case little
  case big

  /// What the first request of a driver says; nil if it is no `FUSE_INIT` in either order.
  public init?(of initRequest: [UInt8]) {
    guard initRequest.count >= 8 else { return nil }
    switch Array(initRequest[4..<8]) {
    case [26, 0, 0, 0]: self = .little
    case [0, 0, 0, 26]: self = .big
    default: return nil
    }
  }
}

extension Architecture {
  /// The order in which the processor keeps the bytes of a number in memory.
  public var byteOrder: FuseByteOrder { self == .s390x ? .big : .little }
}

/// Why bytes are no message.
public enum FuseDecodeError: Error, Hashable, Sendable {
  /// The message ends within its header or its fixed part.
  case truncated(needed: Int, got: Int)
  /// The header states another length than the message has.
  case wrongLength(stated: Int, got: Int)
  /// Bytes follow what the message consists of.
  case trailingBytes(Int)
  /// A count says that more entries, or fewer, follow than do.
  case wrongCount(stated: Int, present: Int)
  /// A name is not ended by a NUL, or holds one.
  case badName
  /// The error of a reply is positive or not known.
  case badError(Int64)
  /// Bytes follow the header of a reply that reports an error.
  case bodyAfterError(Int)
  /// Flags are set that nothing is known of.
  case unknownFlags(UInt64)
  /// The message is another one, or of another version, than was asked for.
  case otherMessage(UInt64)
}

extension FuseDecodeError: CustomStringConvertible {
  /// One sentence.
  public var message: String {
    switch self {
    case .truncated(let needed, let got): "the message needs \(needed) bytes and has \(got)"
    case .wrongLength(let stated, let got): "the header says \(stated) bytes and the message has \(got)"
    case .trailingBytes(let count): "\(count) bytes follow the message"
    case .wrongCount(let stated, let present): "the message says that \(stated) follow, and \(present) do"
    case .badName: "a name is not ended by exactly one NUL"
    case .badError(let number): "\(number) is not the negative of a known error number"
    case .bodyAfterError(let count): "\(count) bytes follow an error, which ends a reply"
    case .unknownFlags(let flags): "the flags \(hex(flags)) are not known"
    case .otherMessage(let number): "the message is of another kind or version: \(number)"
    }
  }

  public var description: String { message }
}

/// Reads the numbers of a message from left to right.
struct WireReader {
  /// The whole message.
  let bytes: [UInt8]
  /// The index of the next byte.
  private(set) var position: Int
  /// Where reading stops.
  let end: Int
  let order: FuseByteOrder

  init(_ bytes: [UInt8], from start: Int = 0, to end: Int? = nil, order: FuseByteOrder = .little) {
    self.bytes = bytes
    self.end = min(max(end ?? bytes.count, 0), bytes.count)
    self.position = min(max(start, 0), self.end)
    self.order = order
  }

  /// The bytes that are left.
  var left: Int { end - position }

  private mutating func take(_ count: Int) throws(FuseDecodeError) -> Int {
    guard count >= 0, count <= left else { throw .truncated(needed: position + max(count, 0), got: end) }
    position += count
    return position - count
  }

  mutating func u16() throws(FuseDecodeError) -> UInt16 {
    let at = try take(2)
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: UInt16.self) }
    return order == .little ? UInt16(littleEndian: value) : UInt16(bigEndian: value)
  }

  mutating func u32() throws(FuseDecodeError) -> UInt32 {
    let at = try take(4)
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: UInt32.self) }
    return order == .little ? UInt32(littleEndian: value) : UInt32(bigEndian: value)
  }

  mutating func u64() throws(FuseDecodeError) -> UInt64 {
    let at = try take(8)
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: UInt64.self) }
    return order == .little ? UInt64(littleEndian: value) : UInt64(bigEndian: value)
  }

  /// Skips bytes that mean nothing.
  mutating func skip(_ count: Int) throws(FuseDecodeError) { _ = try take(count) }

  /// A number of bytes as they are.
  mutating func data(_ count: Int) throws(FuseDecodeError) -> [UInt8] {
    let at = try take(count)
    return Array(bytes[at..<at + count])
  }

  /// All that is left.
  mutating func rest() -> [UInt8] {
    defer { position = end }
    return Array(bytes[position..<end])
  }

  /// A name, which the rest of the message must be, with the NUL that ends it.
  mutating func name() throws(FuseDecodeError) -> FileName {
    guard left > 0, bytes[end - 1] == 0, let name = FileName(bytes: Array(bytes[position..<end - 1])) else {
      throw .badName
    }
    position = end
    return name
  }

  /// Fails if anything is left.
  func finish() throws(FuseDecodeError) {
    if left > 0 { throw .trailingBytes(left) }
  }
}

/// Writes the numbers of a message from left to right.
struct WireWriter {
  private(set) var bytes: [UInt8] = []
  let order: FuseByteOrder

  init(order: FuseByteOrder = .little, capacity: Int = 128) {
    self.order = order
    bytes.reserveCapacity(capacity)
  }

  mutating func u16(_ value: UInt16) {
    withUnsafeBytes(of: order == .little ? value.littleEndian : value.bigEndian) {
      bytes.append(contentsOf: $0)
    }
  }

  mutating func u32(_ value: UInt32) {
    withUnsafeBytes(of: order == .little ? value.littleEndian : value.bigEndian) {
      bytes.append(contentsOf: $0)
    }
  }

  mutating func u64(_ value: UInt64) {
    withUnsafeBytes(of: order == .little ? value.littleEndian : value.bigEndian) {
      bytes.append(contentsOf: $0)
    }
  }

  mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

  mutating func data(_ data: [UInt8]) { bytes.append(contentsOf: data) }

  /// A name and the NUL that ends it.
  mutating func name(_ name: FileName) {
    bytes.append(contentsOf: name.bytes)
    bytes.append(0)
  }
}

/// A part of a message with fields at fixed places.
protocol WireStruct {
  init(from reader: inout WireReader) throws(FuseDecodeError)
  func write(to writer: inout WireWriter)
}
