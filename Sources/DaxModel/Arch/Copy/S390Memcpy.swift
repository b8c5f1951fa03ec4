/// s390x with the reviewed patch as it stands: `memcpy()`, which is MVC in steps of 256 bytes.
///
/// Where the window is memory that is right. On a cookie the first MVC is an oops.
///
/// - Linux: arch/s390/lib/mem.S
public struct S390Memcpy: CopySemantics, Hashable {
  /// What one MVC or XC moves.
  static let step: UInt64 = 256

  public init() {}
  public var name: String { "s390-memcpy" }

  public func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    var rest = piece
    while rest.length > 0 {
      let next = rest.take(S390Memcpy.step)
      try port.load(.mvc, at: next.offset, next.length, to: next.address)
    }
  }

  public func write(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    var rest = piece
    while rest.length > 0 {
      let next = rest.take(S390Memcpy.step)
      try port.store(.mvc, at: next.offset, next.length, from: next.address)
    }
  }

  public func zero(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    var rest = piece
    while rest.length > 0 {
      let next = rest.take(S390Memcpy.step)
      try port.clear(.xc, at: next.offset, next.length)
    }
  }
}
