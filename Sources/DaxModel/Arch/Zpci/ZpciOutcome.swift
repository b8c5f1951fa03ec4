/// How a zPCI instruction ends.
public enum ZpciOutcome: Hashable, Sendable {
  /// It completes with a condition code; the status is valid with condition code 1.
  case completed(ConditionCode, ZpciStatus?)
  /// A program interruption at the instruction.
  case program(ProgramException)
  /// An ordinary access exception: its memory operand is not there.
  case accessException

  /// Condition code 0.
  public static let done = ZpciOutcome.completed(.done, nil)

  /// The condition code, if it completes.
  public var conditionCode: ConditionCode? {
    if case .completed(let code, _) = self { code } else { nil }
  }

  /// The status that it leaves in the request register.
  public var status: ZpciStatus? {
    if case .completed(_, let status) = self { status } else { nil }
  }

  /// What Linux makes of it: nil for success, and for "busy", which is tried again.
  ///
  /// - Linux: arch/s390/pci/pci_insn.c
  public var errno: Errno? {
    switch self {
    case .completed(.done, _), .completed(.busy, _): nil
    case .completed: .EIO
    case .program, .accessException: .ENXIO
    }
  }
}

/// The condition code of the load and store instructions.
public enum ConditionCode: UInt8, Hashable, Sendable, CaseIterable {
  case done = 0
  /// An error, named by the status.
  case error = 1
  /// Busy: the program may try again.
  case busy = 2
  /// The handle is not valid.
  case invalidHandle = 3
}

/// The status code that comes with condition code 1. What a number means depends on the instruction.
public struct ZpciStatus: Hashable, Sendable {
  public var rawValue: UInt8
  public init(_ rawValue: UInt8) { self.rawValue = rawValue }
}

/// A program interruption.
public enum ProgramException: UInt16, Hashable, Sendable, CaseIterable {
  case operation = 0x0001
  case privilegedOperation = 0x0002
  case protection = 0x0004
  case addressing = 0x0005
  case specification = 0x0006
  case segmentTranslation = 0x0010
  case pageTranslation = 0x0011
  case operand = 0x0015
  case asceType = 0x0038
  case regionFirst = 0x0039
  case regionSecond = 0x003a
  case regionThird = 0x003b

  /// As the case tables name it: `PGM_OPERAND`.
  public var name: String {
    switch self {
    case .operation: "PGM_OPERATION"
    case .privilegedOperation: "PGM_PRIVILEGED"
    case .protection: "PGM_PROTECTION"
    case .addressing: "PGM_ADDRESSING"
    case .specification: "PGM_SPECIFICATION"
    case .segmentTranslation: "PGM_SEGMENT_TRANS"
    case .pageTranslation: "PGM_PAGE_TRANS"
    case .operand: "PGM_OPERAND"
    case .asceType: "PGM_ASCE_TYPE"
    case .regionFirst: "PGM_REG_FIRST_TRANS"
    case .regionSecond: "PGM_REG_SEC_TRANS"
    case .regionThird: "PGM_REG_THIRD_TRANS"
    }
  }

  /// Four digits, as an oops prints it: `0038`.
  public var digits: String { hexDigits(UInt64(rawValue), width: 4) }
}
