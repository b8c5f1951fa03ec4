/// An instruction that reaches a PCI function on IBM Z.
///
/// Seven name the function by its handle. Four, since z15, take an address that the page tables map (MIO).
///
/// - Linux: arch/s390/pci/pci_insn.c
public enum ZpciInstruction: String, Hashable, Sendable, CaseIterable {
  case pcilg = "PCILG"
  case pcistg = "PCISTG"
  case pcistb = "PCISTB"
  case rpcit = "RPCIT"
  case mpcifc = "MPCIFC"
  case stpcifc = "STPCIFC"
  case pcilgi = "PCILGI"
  case pcistgi = "PCISTGI"
  case pcistbi = "PCISTBI"
  case pciwb = "PCIWB"

  /// What it does.
  public var summary: String {
    switch self {
    case .pcilg: "load 1 to 8 bytes"
    case .pcistg: "store 1 to 8 bytes"
    case .pcistb: "store a block of memory"
    case .rpcit: "refresh translations of DMA addresses"
    case .mpcifc: "modify the controls of a function"
    case .stpcifc: "store the controls of a function into memory"
    case .pcilgi: "load 1 to 8 bytes from a mapped address"
    case .pcistgi: "store 1 to 8 bytes to a mapped address"
    case .pcistbi: "store a block of memory to a mapped address"
    case .pciwb: "let earlier stores to mapped addresses reach the function"
    }
  }

  /// Its operation code; dots stand for the operands between the two halves.
  public var opcode: String {
    switch self {
    case .pcilg: "B9D2"
    case .pcistg: "B9D0"
    case .pcistb: "EB..D0"
    case .rpcit: "B9D3"
    case .mpcifc: "E3..D0"
    case .stpcifc: "E3..D4"
    case .pcilgi: "B9D6"
    case .pcistgi: "B9D4"
    case .pcistbi: "EB..D4"
    case .pciwb: "B9D5"
    }
  }

  /// Its format, which tells how the operands are laid out: `RRE`, `RSY` or `RXY`.
  public var format: String {
    switch self {
    case .pcistb, .pcistbi: "RSY"
    case .mpcifc, .stpcifc: "RXY"
    default: "RRE"
    }
  }

  /// How many bytes it has.
  public var byteCount: Int { format == "RRE" ? 4 : 6 }

  /// What its operands are.
  public var operands: String {
    switch self {
    case .pcilg: "R1: the data; R2, even: the request, R2+1: the offset"
    case .pcistg: "R1: the data; R2, even: the request, R2+1: the offset"
    case .pcistb: "R1: the request; R3: the offset; D2(B2): the source in memory"
    case .rpcit: "R1: the handle; R2, even: the start, R2+1: the size"
    case .mpcifc, .stpcifc: "R1: the request; D2(X2,B2): the function information block"
    case .pcilgi, .pcistgi: "R1: the data; R2, even: the address, R2+1: the length"
    case .pcistbi: "R1: the length; R3: the address; D2(B2): the source in memory"
    case .pciwb: "none"
    }
  }

  /// Whether it takes mapped addresses in place of a handle.
  public var isMIO: Bool {
    switch self {
    case .pcilgi, .pcistgi, .pcistbi, .pciwb: true
    default: false
    }
  }

  /// What it checks, in this order. The first rule that is broken decides how it ends.
  public func rules(under rules: ZpciRules) -> [ZpciRule] {
    switch self {
    case .pcilg, .pcistg: [.zpciInstalled] + ZpciFunction.loadStoreRules(under: rules)
    case .pcistb: [.zpciInstalled] + ZpciFunction.blockStoreRules
    case .rpcit: [.zpciInstalled] + ZpciFunction.refreshRules
    case .mpcifc: [.zpciInstalled] + ZpciFunction.modifyRules
    case .stpcifc: [.zpciInstalled] + ZpciFunction.storeControlsRules
    case .pcilgi, .pcistgi: [.zpciInstalled, .mioInstalled] + ZpciFunction.mappedLoadStoreRules
    case .pcistbi: [.zpciInstalled, .mioInstalled] + ZpciFunction.mappedBlockStoreRules
    case .pciwb: [.zpciInstalled, .mioInstalled]
    }
  }

  /// Whether it names what it moves by a mapped address (MIO) rather than by a function handle.
  public var takesMappedAddress: Bool { self == .pcilgi || self == .pcistgi || self == .pcistbi }

  /// What a status means that the instruction leaves with condition code 1.
  ///
  /// - Linux: arch/s390/include/asm/pci_insn.h
  public func meaning(of status: ZpciStatus) -> String? {
    switch self {
    case .mpcifc, .stpcifc:
      switch status.rawValue {
      case 4: self == .mpcifc ? "resource not available" : nil
      case 8: self == .stpcifc ? "permanent error" : nil
      case 16: self == .mpcifc ? "insufficient resources" : nil
      case 24: self == .mpcifc ? "sequence error" : nil
      case 28: "invalid DMA space"
      case 32: self == .mpcifc ? "invalid frame" : nil
      case 40: "error recovery"
      default: nil
      }
    case .rpcit where status.rawValue == 40: "error recovery"
    case .pciwb: nil
    default:
      switch status.rawValue {
      case 4: "function not enabled"
      case 8: "function in error"
      case 12: "blocked"
      case 16: "insufficient resources"
      case 20: "invalid address space"
      case 24: "already enabled"
      case 28: "DMA space not enabled"
      case 36: "second operand in invalid space"
      case 40: "function not available"
      case 44: "already in requested state"
      default: nil
      }
    }
  }
}
