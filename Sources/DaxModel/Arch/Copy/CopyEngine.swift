/// The engines in the box, by name. The kernel holds one of these; library users may run any other on a port.
public enum CopyEngine: Hashable, Sendable {
  case x86(X86Copy)
  case x86Flushcache(X86FlushcacheCopy)
  case s390Memcpy(S390Memcpy)
  case zpci(ZpciCopy)
  case bus(BusCopy)

  /// The names, in the order in which `engine` lists them.
  public static let names = ["x86", "x86-flushcache", "s390-memcpy", "zpci-a", "zpci-b", "mio", "bus"]

  /// The engine with that name; a bus has 4 bytes and is aligned to them unless made otherwise.
  public static func named(_ name: String, chunking: ZpciChunking = .ruleA) -> CopyEngine? {
    switch name {
    case "x86": .x86(X86Copy())
    case "x86-flushcache": .x86Flushcache(X86FlushcacheCopy())
    case "s390-memcpy": .s390Memcpy(S390Memcpy())
    case "zpci-a": .zpci(ZpciCopy(.ruleA))
    case "zpci-b": .zpci(ZpciCopy(.ruleB))
    case "mio": .zpci(ZpciCopy(chunking, .mapped))
    case "bus": BusCopy(width: 4, alignment: 4).map { .bus($0) }
    default: nil
    }
  }

  /// What it is, in a sentence.
  public var summary: String {
    switch self {
    case .x86: "a plain copy: right where the window is memory, as on x86-64"
    case .x86Flushcache: "stores past the cache, write-back of ragged ends: what persistent memory uses"
    case .s390Memcpy: "MVC in steps of 256 bytes: the reviewed patch on s390x; on a cookie it is an oops"
    case .zpci(let zpci):
      switch (zpci.addressing, zpci.chunking) {
      case (.handle, .ruleA):
        "PCILG, PCISTG, PCISTB in powers of two, aligned on both sides: s390x until 2023"
      case (.handle, .ruleB): "PCILG, PCISTG, PCISTB, cut at multiples of 8: s390x since 6.8 (2024)"
      case (.mapped, _): "PCILGI, PCISTGI, PCISTBI on mapped addresses: s390x with MIO"
      }
    case .bus(let bus):
      "a bus of your own: \(bus.width) bytes a cycle, aligned to \(bus.alignment), "
        + (bus.isReversed ? "bytes turned around" : "bytes in order")
    }
  }
}

extension CopyEngine: CopySemantics {
  public var name: String {
    switch self {
    case .x86(let engine): engine.name
    case .x86Flushcache(let engine): engine.name
    case .s390Memcpy(let engine): engine.name
    case .zpci(let engine): engine.name
    case .bus(let engine): engine.name
    }
  }

  public var reportsErrors: Bool {
    if case .zpci(let engine) = self { engine.reportsErrors } else { true }
  }

  public func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    switch self {
    case .x86(let engine): try engine.read(piece, through: &port)
    case .x86Flushcache(let engine): try engine.read(piece, through: &port)
    case .s390Memcpy(let engine): try engine.read(piece, through: &port)
    case .zpci(let engine): try engine.read(piece, through: &port)
    case .bus(let engine): try engine.read(piece, through: &port)
    }
  }

  public func write(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    switch self {
    case .x86(let engine): try engine.write(piece, through: &port)
    case .x86Flushcache(let engine): try engine.write(piece, through: &port)
    case .s390Memcpy(let engine): try engine.write(piece, through: &port)
    case .zpci(let engine): try engine.write(piece, through: &port)
    case .bus(let engine): try engine.write(piece, through: &port)
    }
  }

  public func zero(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    switch self {
    case .x86(let engine): try engine.zero(piece, through: &port)
    case .x86Flushcache(let engine): try engine.zero(piece, through: &port)
    case .s390Memcpy(let engine): try engine.zero(piece, through: &port)
    case .zpci(let engine): try engine.zero(piece, through: &port)
    case .bus(let engine): try engine.zero(piece, through: &port)
    }
  }
}
