/// A bus of the user's own: every cycle has one width, begins at a multiple of the alignment, and may turn
/// the bytes of a cycle around.
///
/// Where a piece does not begin or end so, cycles of one byte fill in, if the bus has them.
public struct BusCopy: CopySemantics, Hashable {
  /// Bytes that a full cycle moves, 1 to 4096.
  public let width: UInt64
  /// What the offset of a full cycle must be a multiple of, 1 to 4096.
  public let alignment: UInt64
  /// Whether the bytes of a full cycle arrive in the opposite order.
  public let isReversed: Bool
  /// Whether there are cycles of one byte for what does not fill a whole one.
  public let hasByteCycles: Bool

  /// - Returns: nil if width or alignment is out of range.
  public init?(width: UInt64, alignment: UInt64, isReversed: Bool = false, hasByteCycles: Bool = true) {
    guard (1...4096).contains(width), (1...4096).contains(alignment) else { return nil }
    (self.width, self.alignment) = (width, alignment)
    (self.isReversed, self.hasByteCycles) = (isReversed, hasByteCycles)
  }

  public var name: String { "bus" }

  public func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    var rest = piece
    while let (length, isFull) = try nextCycle(rest) {
      try port.busRead(
        isFull ? .read : .readByte, at: rest.offset, length, to: rest.address, reversed: isFull && isReversed)
      rest.drop(length)
    }
  }

  public func write(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    var rest = piece
    while let (length, isFull) = try nextCycle(rest) {
      try port.busWrite(
        isFull ? .write : .writeByte, at: rest.offset, length, from: rest.address,
        reversed: isFull && isReversed)
      rest.drop(length)
    }
  }

  /// How long the next cycle is, and whether it is a full one; nil when nothing is left.
  private func nextCycle(_ rest: CopyPiece) throws(CopyStop) -> (UInt64, Bool)? {
    if rest.length == 0 { return nil }
    if rest.length >= width, rest.offset % alignment == 0 { return (width, true) }
    guard hasByteCycles else { throw .refused(.EIO) }
    return (1, false)
  }
}

extension AccessInstruction {
  public static var read: AccessInstruction { AccessInstruction("READ") }
  public static var write: AccessInstruction { AccessInstruction("WRITE") }
  public static var readByte: AccessInstruction { AccessInstruction("READ8") }
  public static var writeByte: AccessInstruction { AccessInstruction("WRITE8") }
}
