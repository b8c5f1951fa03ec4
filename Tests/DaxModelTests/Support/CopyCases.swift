@testable import DaxModel

/// A row of `zpci-copies.json`: a copy, and how each rule cuts it.
struct CopyCase: Decodable, Sendable, CustomStringConvertible {
  struct Instructions: Decodable, Sendable {
    var insn: String
    var len: UInt64
    var first_offset: UInt64
    var count: UInt64
    var qemu_check: String
  }

  var direction: String
  var io_offset: UInt64
  var mem_addr_low: UInt64
  var length: UInt64
  var A: [Instructions]
  var B: [Instructions]

  var description: String { "\(direction) \(length) at \(hex(io_offset)), memory \(hex(mem_addr_low))" }

  static let all: [CopyCase] = {
    struct File: Decodable { var rows: [CopyCase] }
    return (try? Fixtures.json("zpci-copies.json", as: File.self).rows) ?? []
  }()
}

/// A row of `zpci-copies-recorded.json`: what a real kernel did.
struct RecordedCopy: Decodable, Sendable, CustomStringConvertible {
  struct Instructions: Decodable, Sendable {
    var insn: String
    var len: UInt64
    var first_offset: UInt64
    var count: UInt64
    var program: String?
    var cc: UInt8?
  }

  var direction: String
  var bar: String
  var io_offset: UInt64
  var mem_addr_low: UInt64
  var length: UInt64
  var `return`: Int64
  var instructions: [Instructions]

  var description: String {
    "\(direction) \(length) at \(hex(io_offset)) of \(bar), memory \(hex(mem_addr_low))"
  }

  static let all: [RecordedCopy] = {
    struct File: Decodable { var rows: [RecordedCopy] }
    return (try? Fixtures.json("zpci-copies-recorded.json", as: File.self).rows) ?? []
  }()
}

/// `fromio` and `toio`, as the kernel's functions are called.
func copyDirection(_ word: String) -> CopyDirection { word == "fromio" ? .toIter : .fromIter }

/// One instruction of a copy, written out.
struct SingleAccess: Equatable, CustomStringConvertible {
  var instruction: String
  var offset: UInt64
  var length: UInt64
  /// `ok`, or what refuses it.
  var verdict: String

  var description: String { "\(instruction) \(length) at \(hex(offset)): \(verdict)" }
}

extension ZpciPlan {
  /// Instruction by instruction, with the words of the fixture.
  var accesses: [SingleAccess] {
    runs.flatMap { run in
      (0..<run.count).map { index in
        let verdict: String
        if case .program(let exception)? = run.broken?.outcome {
          verdict = exception.name
        } else {
          verdict = run.isUnaligned ? "region-dependent" : "ok"
        }
        return SingleAccess(
          instruction: run.instruction.rawValue, offset: run.offset + index * run.length, length: run.length,
          verdict: verdict)
      }
    }
  }
}

extension CopyCase.Instructions {
  /// Instruction by instruction; what stands in brackets after a verdict is dropped.
  var accesses: [SingleAccess] {
    let word = String(qemu_check.prefix { $0 != "(" && $0 != " " })
    return (0..<count).map { index in
      SingleAccess(instruction: insn, offset: first_offset + index * len, length: len, verdict: word)
    }
  }
}

/// A copy instruction by instruction: each is cut and judged by itself.
func singleAccesses(
  _ direction: CopyDirection, _ offset: UInt64, _ memory: UInt64, _ length: UInt64, _ chunking: ZpciChunking,
  _ rules: ZpciRules
) -> [SingleAccess] {
  let function = ZpciFunction(handle: FunctionHandle(0x8002_0001))
  let isRead = direction == .toIter
  var accesses: [SingleAccess] = []
  var done: UInt64 = 0
  while done < length {
    let (at, source) = (offset + done, memory + done)
    let size = chunking.length(at, source, length - done, longest: isRead ? 8 : 128)
    let request = ZpciRequest(function.handle, space: 0, length: size)
    let broken =
      size > 8
      ? function.blockStoreVerdict(request, offset: at, source: source, rules)
      : function.loadStoreVerdict(request, offset: at, rules)
    var verdict = size <= 8 && at % size != 0 ? "region-dependent" : "ok"
    if case .program(let exception)? = broken?.outcome { verdict = exception.name }
    accesses.append(
      SingleAccess(
        instruction: isRead ? "PCILG" : size > 8 ? "PCISTB" : "PCISTG", offset: at, length: size,
        verdict: verdict))
    done += size
  }
  return accesses
}
