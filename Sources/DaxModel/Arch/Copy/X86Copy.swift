/// x86-64, as it is: the window is memory, and a copy is a copy.
///
/// - Linux: lib/iov_iter.c `_copy_to_iter()`, arch/x86/lib/memcpy_64.S
public struct X86Copy: CopySemantics, Hashable {
  public init() {}
  public var name: String { "x86" }

  public func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    try port.load(.repMovsb, at: piece.offset, piece.length, to: piece.address)
  }

  public func write(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    try port.store(.repMovsb, at: piece.offset, piece.length, from: piece.address)
  }

  public func zero(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    try port.clear(.repStosb, at: piece.offset, piece.length)
  }
}

/// x86-64 with stores that do not stay in the cache: what persistent memory uses.
///
/// Whole words go past the cache; ragged ends go through it and their lines are written back.
///
/// - Linux: arch/x86/lib/usercopy_64.c `__memcpy_flushcache()`
public struct X86FlushcacheCopy: CopySemantics, Hashable {
  /// Bytes in a cache line.
  static let line: UInt64 = 64

  public init() {}
  public var name: String { "x86-flushcache" }

  public func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    try X86Copy().read(piece, through: &port)
  }

  public func write(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    var rest = piece
    let ragged = (port.address.rawValue &+ rest.offset) & 7
    if ragged != 0 { try cached(rest.take(8 - ragged), through: &port) }
    for length in [8, 4] as [UInt64] {
      while rest.length >= length {
        let next = rest.take(length)
        try port.store(.movnti, at: next.offset, length, from: next.address)
      }
    }
    if rest.length > 0 { try cached(rest, through: &port) }
  }

  public func zero(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    try port.clear(.repStosb, at: piece.offset, piece.length)
    writeBack(piece, through: &port)
  }

  private func cached(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    try port.store(.mov, at: piece.offset, piece.length, from: piece.address)
    writeBack(piece, through: &port)
  }

  /// `clean_cache_range()`: CLWB for every line that the piece touches.
  private func writeBack(_ piece: CopyPiece, through port: inout AccessPort) {
    let start = port.address.rawValue &+ piece.offset
    var line = start & ~(X86FlushcacheCopy.line - 1)
    while line < start &+ piece.length {
      port.note(.clwb, at: line &- port.address.rawValue, X86FlushcacheCopy.line)
      line &+= X86FlushcacheCopy.line
    }
  }
}

extension CopyPiece {
  /// Cuts up to `count` bytes off the front.
  mutating func take(_ count: UInt64) -> CopyPiece {
    var front = self
    front.length = min(count, length)
    offset &+= front.length
    address &+= front.length
    length -= front.length
    return front
  }
}

extension AccessInstruction {
  public static var repMovsb: AccessInstruction { AccessInstruction("REP MOVSB") }
  public static var repStosb: AccessInstruction { AccessInstruction("REP STOSB") }
  public static var movnti: AccessInstruction { AccessInstruction("MOVNTI") }
  public static var mov: AccessInstruction { AccessInstruction("MOV") }
  public static var clwb: AccessInstruction { AccessInstruction("CLWB") }
  public static var mvc: AccessInstruction { AccessInstruction("MVC") }
  public static var xc: AccessInstruction { AccessInstruction("XC") }
}
