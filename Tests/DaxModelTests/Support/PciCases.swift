import DaxModel
import Testing

/// `pci.json`: constructed configuration spaces with the answer of Linux and the strict answer.
struct PciCases: Decodable, Sendable {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var hex: String
    var shmid: UInt8
    var bars: [Bar]
    var expected: Answer
    var strict: Answer
    var testDescription: String { name }
  }

  struct Bar: Decodable, Sendable {
    var index: Int
    var base: HexNumber
    var len: HexNumber
    var flags: HexNumber
  }

  struct Answer: Decodable, Hashable, Sendable {
    var found: Bool?
    var addr: HexNumber?
    var len: HexNumber?
    var error: String?
  }

  struct Sizing: Decodable, Sendable {
    struct Expected: Decodable, Sendable {
      var space: String
      var width: Int?
      var prefetchable: Bool?
      var base: HexNumber?
      var size: HexNumber
    }
    var orig: [HexNumber]
    var readback: [HexNumber]
    var expected: Expected
  }

  struct Mmio: Decodable, Sendable {
    var sel: UInt32
    var lengthLow: HexNumber
    var lengthHigh: HexNumber
    var baseLow: HexNumber
    var baseHigh: HexNumber
    var expected: Answer

    enum CodingKeys: String, CodingKey {
      case sel, expected
      case lengthLow = "len_low"
      case lengthHigh = "len_high"
      case baseLow = "base_low"
      case baseHigh = "base_high"
    }
  }

  struct Meta: Decodable, Sendable {
    var errors: [String]
  }

  var meta: Meta
  var cases: [Case]
  var barSizing: [Sizing]
  var mmio: [Mmio]

  enum CodingKeys: String, CodingKey {
    case meta, cases, mmio
    case barSizing = "bar_sizing"
  }

  static func load() throws -> PciCases { try Fixtures.json("pci.json") }
}

extension PciCases.Case {
  /// The function that the row describes.
  func function() throws -> PciFunction {
    let slot = try #require(PciSlot("00:05.0"))
    let config = try #require(ConfigurationSpace(bytes(hex: hex)))
    return PciFunction(
      slot: slot, config: config,
      bars: bars.map {
        BarResource(
          index: $0.index, base: PhysicalAddress($0.base.value), length: ByteCount($0.len.value),
          flags: ResourceFlags(rawValue: $0.flags.value))
      })
  }
}

extension PciCases.Answer {
  /// The same as the model says it, without BAR and capability.
  init(_ outcome: ShmOutcome) {
    switch outcome {
    case .found(let region):
      found = true
      addr = HexNumber(region.address.rawValue)
      len = HexNumber(region.length.rawValue)
    case .absent: found = false
    case .failed(let defect): error = defect.rawValue
    }
  }
}
