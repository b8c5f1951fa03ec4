/// s390x done right, as far as the instructions go: `zpci_memcpy_fromio()` and `zpci_memcpy_toio()`.
///
/// - Linux: arch/s390/include/asm/pci_io.h; arch/s390/pci/pci_insn.c for the instructions
public struct ZpciCopy: CopySemantics, Hashable {
  /// How the instructions name the window.
  public enum Addressing: Hashable, Sendable {
    /// By function handle, space and offset: PCILG, PCISTG, PCISTB.
    case handle
    /// By an address that is mapped: PCILGI, PCISTGI, PCISTBI.
    case mapped
  }

  /// How the copy is cut into instructions.
  public var chunking: ZpciChunking
  /// Which instructions are used.
  public var addressing: Addressing
  /// Whether the caller hears of a failure. `memcpy_fromio()` and `memcpy_toio()` return nothing.
  public var reportsErrors: Bool

  public init(_ chunking: ZpciChunking, _ addressing: Addressing = .handle, reportsErrors: Bool = true) {
    (self.chunking, self.addressing, self.reportsErrors) = (chunking, addressing, reportsErrors)
  }

  public var name: String {
    switch addressing {
    case .handle: chunking == .ruleA ? "zpci-a" : "zpci-b"
    case .mapped: "mio"
    }
  }

  public func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    let load: ZpciInstruction = addressing == .handle ? .pcilg : .pcilgi
    var rest = piece
    while rest.length > 0 {
      let (length, count) = chunking.next(rest, longest: ZpciChunking.longestSingle)
      try port.issue(load, at: rest.offset, length, count: count, memory: rest.address)
      rest.drop(length &* count)
    }
  }

  public func write(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    let (store, block): (ZpciInstruction, ZpciInstruction) =
      addressing == .handle ? (.pcistg, .pcistb) : (.pcistgi, .pcistbi)
    var rest = piece
    while rest.length > 0 {
      let (length, count) = chunking.next(rest, longest: ZpciChunking.longestBlock)
      let instruction = length > ZpciChunking.longestSingle ? block : store
      try port.issue(instruction, at: rest.offset, length, count: count, memory: rest.address)
      rest.drop(length &* count)
    }
  }
}

extension CopyPiece {
  /// Drops bytes that have been moved.
  @inline(__always)
  mutating func drop(_ count: UInt64) {
    offset &+= count
    address &+= count
    length &-= count
  }
}
